"""Verbs of payments, one module per noun."""

from payments.services.access import announce_access, announce_access_at, grant_access, resume_access, revoke_access, suspend_access
from payments.services.additions import Addition, start_addition
from payments.services.balances import extend_balance, lower_balance, pay_balance, tend_balances, waive_balance
from payments.services.charges import project_charge
from payments.services.checkout import cancel_order, check_order, heal_orders, open_checkout, project_session
from payments.services.customers import ensure_customer
from payments.services.deposits import deposit_for, set_deposit
from payments.services.disputes import project_dispute
from payments.services.due_days import MovedDay, follow_beginning, follow_zone, lock_rests, moved_days
from payments.services.inbox import apply_event, receive_event
from payments.services.lines import give_back, lock_line, move_line, pass_line_on
from payments.services.membership import keep_membership, open_portal, pause_membership, pay_open_invoice, resume_membership, sync_portal
from payments.services.membership_mail import remind_member
from payments.services.orders import quote_order, start_order
from payments.services.prices import ensure_stripe_price, ensure_stripe_promotion, sync_prices
from payments.services.products import ItemInput, reasons_not_on_sale, save_product, save_promotion_code, set_on_sale, set_price, take_price_off
from payments.services.reconciliation import ask_reconcile, reconcile
from payments.services.refunds import RefundPart, heal_refunds, project_refund, request_refund
from payments.services.settling import close_order, settle_order
from payments.services.subscriptions import heal_subscriptions, project_invoice, project_subscription
from payments.shares import parts_of, split_amount

__all__ = [
    "Addition",
    "ItemInput",
    "MovedDay",
    "RefundPart",
    "announce_access",
    "announce_access_at",
    "apply_event",
    "ask_reconcile",
    "cancel_order",
    "check_order",
    "close_order",
    "deposit_for",
    "ensure_customer",
    "ensure_stripe_price",
    "ensure_stripe_promotion",
    "extend_balance",
    "follow_beginning",
    "follow_zone",
    "give_back",
    "grant_access",
    "heal_orders",
    "heal_refunds",
    "heal_subscriptions",
    "keep_membership",
    "lock_line",
    "lock_rests",
    "lower_balance",
    "move_line",
    "moved_days",
    "open_checkout",
    "open_portal",
    "parts_of",
    "pass_line_on",
    "pause_membership",
    "pay_balance",
    "pay_open_invoice",
    "project_charge",
    "project_dispute",
    "project_invoice",
    "project_refund",
    "project_session",
    "project_subscription",
    "quote_order",
    "reasons_not_on_sale",
    "receive_event",
    "reconcile",
    "remind_member",
    "request_refund",
    "resume_access",
    "resume_membership",
    "revoke_access",
    "save_product",
    "save_promotion_code",
    "set_deposit",
    "set_on_sale",
    "set_price",
    "settle_order",
    "split_amount",
    "start_addition",
    "start_order",
    "suspend_access",
    "sync_portal",
    "sync_prices",
    "take_price_off",
    "tend_balances",
    "waive_balance",
]
