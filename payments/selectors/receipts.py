"""Receipts: what was paid, to whom, for what, and what went back; the same facts for the page and the PDF."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from core.money import format_money
from payments.models import Order, OrderLine, Payment, Refund


@dataclass(frozen=True)
class ReceiptLine:
    title: str
    quantity: int
    unit: str
    amount: str


@dataclass(frozen=True)
class Receipt:
    """Everything printed, as text. Its dates are those of the school."""

    number: str
    day: str
    buyer: list[str]
    lines: list[ReceiptLine]
    sums: list[tuple[str, str]]
    total: str
    paid: list[str]
    refunds: list[str]
    left: str
    seller: list[str] = field(default_factory=lambda: [settings.SCHOOL_NAME, *settings.SCHOOL_ADDRESS.splitlines(), settings.SCHOOL_EMAIL])

    @property
    def title(self) -> str:
        return _("Receipt %(number)s") % {"number": self.number}


def receipt_of_order(order: Order) -> Receipt:
    """Of a paid order that is not a membership's. `order` comes with user, organization and promotion code loaded."""
    rows = order.lines.select_related("beneficiary", "order__user", "balance").order_by("pk")
    lines = [_line(_named(line), line.quantity, line.unit_cents, line.subtotal_cents, order.currency) for line in rows]
    sums = [(_("Sum"), format_money(order.subtotal_cents, order.currency))]
    if order.discount_cents:
        name = _("Discount (%(code)s)") % {"code": order.promotion_code} if order.promotion_code else _("Discount")
        sums.append((name, f"−{format_money(order.discount_cents, order.currency)}"))
    if order.tax_cents:
        sums.append((_("Tax"), format_money(order.tax_cents, order.currency)))
    payments = list(order.payments.order_by("paid_at", "pk"))
    return _receipt(
        number=order.number,
        at=order.paid_at or order.created_at,
        buyer=_buyer(order.user, order.organization),
        lines=lines,
        sums=sums,
        total=order.total_cents,
        currency=order.currency,
        payments=payments,
    )


def receipt_of_payment(payment: Payment) -> Receipt:
    """Of one period of a membership. `payment` comes with user and subscription.price.product loaded."""
    product = payment.subscription.price.product if payment.subscription else None
    title = product.title if product else _("Payment")
    if payment.period_start and payment.period_end:
        title = f"{title}, {_day(payment.period_start)} – {_day(payment.period_end)}"
    net = payment.amount_cents - payment.tax_cents
    sums = [(_("Sum"), format_money(net, payment.currency))]
    if payment.tax_cents:
        sums.append((_("Tax"), format_money(payment.tax_cents, payment.currency)))
    return _receipt(
        number=f"M{payment.paid_at:%Y}-{payment.pk:06d}",
        at=payment.paid_at,
        buyer=_buyer(payment.user, None),
        lines=[_line(title, 1, net, net, payment.currency)],
        sums=sums,
        total=payment.amount_cents,
        currency=payment.currency,
        payments=[payment],
    )


def _receipt(
    *, number: str, at: datetime, buyer: list[str], lines: list[ReceiptLine], sums: list[tuple[str, str]], total: int, currency: str, payments: list[Payment]
) -> Receipt:
    refunds = list(Refund.objects.filter(payment__in=payments, state__in=[Refund.State.PENDING, Refund.State.SUCCEEDED]).order_by("created_at", "pk"))
    back = sum(refund.amount_cents for refund in refunds)
    paid_in = sum(payment.amount_cents for payment in payments)
    return Receipt(
        number=number,
        day=_day(at),
        buyer=buyer,
        lines=lines,
        sums=sums,
        total=format_money(total, currency),
        paid=[_payment_line(payment) for payment in payments] or [_("Nothing was to be paid.")],
        refunds=[_refund_line(refund, currency) for refund in refunds],
        left=format_money(paid_in - back, currency) if refunds else "",
    )


def _named(line: OrderLine) -> str:
    return _("%(title)s (deposit)") % {"title": line.named} if hasattr(line, "balance") else line.named


def _line(title: str, quantity: int, unit: int, amount: int, currency: str) -> ReceiptLine:
    return ReceiptLine(title, quantity, format_money(unit, currency), format_money(amount, currency))


def _payment_line(payment: Payment) -> str:
    words = {"amount": format_money(payment.amount_cents, payment.currency), "day": _day(payment.paid_at), "method": payment.method or _("Stripe")}
    return _("%(amount)s paid on %(day)s by %(method)s") % words


def _refund_line(refund: Refund, currency: str) -> str:
    words = {"amount": format_money(refund.amount_cents, currency), "day": _day(refund.settled_at or refund.created_at)}
    if refund.state == Refund.State.PENDING:
        return _("%(amount)s on its way back since %(day)s") % words
    return _("%(amount)s refunded on %(day)s") % words


def _buyer(user: User, organization: Organization | None) -> list[str]:
    own = [str(user.legal_name or user.display_name or ""), user.email]
    if organization is None:
        return [line for line in own if line]
    tax_id = [_("Tax number %(number)s") % {"number": organization.tax_id}] if organization.tax_id else []
    return [organization.name, *organization.billing_address.splitlines(), *tax_id, _("by %(person)s") % {"person": user.email}]


def _day(at: datetime) -> str:
    day: date = at.astimezone(ZoneInfo(settings.SCHOOL_TIME_ZONE)).date()
    return date_format(day, "DATE_FORMAT")
