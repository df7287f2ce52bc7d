"""What a member may do with a membership: pause, go on, keep it, pay what is open, and Stripe's portal for the rest.

Each verb asks Stripe and then projects what came of it. A crash between the two heals: nothing is believed but what a
projection reads, and `heal_subscriptions` reads again.
"""

from __future__ import annotations

import hashlib
import json
from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from stripe.params import SubscriptionUpdateParams
from stripe.params.billing_portal import SessionCreateParams

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from payments.gateway import portal
from payments.gateway import subscriptions as gateway
from payments.gateway.client import GatewayRefused, environment
from payments.models import Customer, PortalConfiguration, Price, Product, StripePrice, Subscription
from payments.services.subscriptions import project_subscription

PAUSE_MONTHS = (1, 2, 3)
PAUSE_RESTS = timedelta(days=365)
# Collecting begins again a little before the period that is paid for again, so that its invoice is surely not voided.
RESUME_LEAD = timedelta(hours=1)
PORTAL_PRODUCTS = 10  # Stripe's limit


class MembershipRefused(DomainError):
    code = "membership_refused"


def pause_membership(*, subscription: Subscription, months: int) -> Subscription:
    """Skip the next `months` payments. What is paid for stays open to its end; then the library rests until it is paid for again.

    Asking for the same pause again changes nothing. Speaks to Stripe: not inside a transaction. Raises MembershipRefused.
    """
    row = _fresh(subscription)
    if reason := why_no_pause(row):
        raise MembershipRefused(reason, code="no_pause")
    if months not in PAUSE_MONTHS or row.current_period_end is None:
        raise MembershipRefused(_("A pause lasts one, two or three months."), code="no_pause")
    resumes_at = _months_later(row.current_period_end, months) - RESUME_LEAD
    _update(row, {"pause_collection": {"behavior": "void", "resumes_at": int(resumes_at.timestamp())}}, "payments.pause_membership", months=months)
    return _fresh(row)


def why_no_pause(row: Subscription) -> str:
    """Why this membership cannot be paused now, with what to do instead; "" when it can."""
    if row.status != Subscription.Status.ACTIVE:
        return _("Only a membership that runs and is paid for can be paused.")
    if row.paused_at:
        return _("This membership is paused already.")
    if row.cancel_at:
        return _("This membership ends already. Keep it first if you want to pause it instead.")
    if row.price.interval != Price.Interval.MONTH:
        return _("A membership paid by the year cannot be paused: there is no payment to skip. Change to monthly payment, or cancel and come back.")
    if row.paid_through is None or row.current_period_end is None or row.paid_through < row.current_period_end:
        return _("The payment for this period is on its way. Try again when it has come, in a few hours.")
    if row.last_paused_at and clock.now() < row.last_paused_at + PAUSE_RESTS:
        day = date_format(row.last_paused_at + PAUSE_RESTS, "DATE_FORMAT")
        return _("A membership can be paused once a year; yours can be again from %(day)s. You can cancel it and come back at any time.") % {"day": day}
    return ""


def resume_membership(*, subscription: Subscription) -> Subscription:
    """End a pause. Within the time that is paid for nothing is charged; later a new period begins and is charged at once.

    A membership that is not paused is left as it is. Speaks to Stripe: not inside a transaction.
    """
    row = _fresh(subscription)
    if row.paused_at is None or row.is_over:
        return row
    if row.status == Subscription.Status.PAUSED:
        raise MembershipRefused(_("This membership waits for a card. Enter one, and write to the school if it does not begin."), code="needs_card")
    params: SubscriptionUpdateParams = {"pause_collection": ""}
    if row.paid_through is None or row.paid_through <= clock.now():
        params |= {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    # Beginning a period is no wished state that could be asked for twice: the key of this pause makes it one.
    _update(row, params, "payments.resume_membership", key=f"membership:{row.pk}:resume:{int(row.paused_at.timestamp())}")
    return _fresh(row)


def keep_membership(*, subscription: Subscription) -> Subscription:
    """Take back a cancellation before it has come. One that is not cancelled is left as it is; one that is over is refused."""
    row = _fresh(subscription)
    if row.is_over:
        raise MembershipRefused(_("This membership has ended. Begin a new one; what you watched and earned is still there."), code="membership_over")
    if row.cancel_at is None:
        return row
    facts = gateway.fetch_subscription(row.stripe_subscription_id)
    _update(row, {"cancel_at_period_end": False} if facts["cancel_at_period_end"] else {"cancel_at": ""}, "payments.keep_membership")
    return _fresh(row)


def pay_open_invoice(*, subscription: Subscription) -> Subscription:
    """Ask the member's card for the late payment now. Raises MembershipRefused when the card is declined."""
    row = _fresh(subscription)
    if not row.open_invoice_id:
        return row
    refusal = ""
    try:
        gateway.pay_invoice(row.open_invoice_id)
    except GatewayRefused as refused:
        refusal = str(refused)
    row = _fresh(row)
    if row.open_invoice_id and refusal:
        raise MembershipRefused(_("The card was not accepted: %(reason)s Change the card, then try again.") % {"reason": refusal}, code="card_declined")
    return row


def open_portal(*, user: User, return_url: str, flow: str = "") -> str:
    """The address of Stripe's portal for `user`, good for a few minutes; `flow` leads straight to "card", "plan" or "cancel".

    Raises DomainError for somebody who never paid anything here. Speaks to Stripe: not inside a transaction.
    """
    customer = Customer.objects.filter(user=user, environment=environment()).exclude(stripe_customer_id="").first()
    if customer is None:
        raise MembershipRefused(_("You have paid nothing here yet, so there is no card to look after."), code="no_customer")
    params: SessionCreateParams = {"customer": customer.stripe_customer_id, "return_url": return_url}
    subscription = Subscription.objects.running().filter(user=user, environment=environment()).first()
    if flow == "card":
        params["flow_data"] = {"type": "payment_method_update", "after_completion": {"type": "redirect", "redirect": {"return_url": return_url}}}
    elif flow == "plan" and subscription:
        params["flow_data"] = {"type": "subscription_update", "subscription_update": {"subscription": subscription.stripe_subscription_id}}
    elif flow == "cancel" and subscription and subscription.cancel_at is None:
        params["flow_data"] = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.stripe_subscription_id}}
    try:
        params["configuration"] = sync_portal()
        try:
            return str(portal.create_session(params)["url"])
        except GatewayRefused as refused:
            if refused.code != "resource_missing":
                raise
            # The key in the settings belongs to another account than the one the configuration was made in.
            PortalConfiguration.objects.filter(environment=environment(), stripe_configuration_id=params["configuration"]).delete()
            params["configuration"] = sync_portal()
            return str(portal.create_session(params)["url"])
    except GatewayRefused as refused:
        raise MembershipRefused(_("The payment service refused this: %(reason)s") % {"reason": refused}) from refused


def sync_portal() -> str:
    """The id of the portal's configuration, made or brought up to date when our memberships' prices changed. Safe to repeat."""
    features: Any = portal_features()
    fingerprint = hashlib.sha256(json.dumps(features, sort_keys=True).encode()).hexdigest()
    row = PortalConfiguration.objects.filter(environment=environment()).first()
    if row and row.fingerprint == fingerprint:
        return row.stripe_configuration_id
    if row:
        portal.update_configuration(row.stripe_configuration_id, {"features": features})
        configuration_id = row.stripe_configuration_id
    else:  # a crash before the row is written leaves one at Stripe that nobody uses, once its key is forgotten there
        made = portal.create_configuration(key=f"portal:{environment()}:{fingerprint}", params={"features": features, "name": "Membership"})
        configuration_id = made["id"]
    values = {"stripe_configuration_id": configuration_id, "fingerprint": fingerprint}
    PortalConfiguration.objects.update_or_create(environment=environment(), defaults=values)
    return str(configuration_id)


def portal_features() -> dict[str, Any]:
    """What members may do there: change the card, change between our prices, cancel for the end of the period, see invoices."""
    products = _switchable_prices()
    update: dict[str, Any] = {"enabled": bool(products)}
    if products:
        update |= {
            "default_allowed_updates": ["price"],
            "products": [{"product": product, "prices": prices} for product, prices in products.items()],
            "proration_behavior": "always_invoice",
            "trial_update_behavior": "continue_trial",
        }
    return {
        "payment_method_update": {"enabled": True},
        "invoice_history": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end", "proration_behavior": "none"},
        "subscription_update": update,
    }


def _switchable_prices() -> dict[str, list[str]]:
    """Stripe's prices of our memberships by Stripe's product, in the school's currency: a plan never changes its currency."""
    copies = StripePrice.objects.filter(
        environment=environment(),
        is_active=True,
        price__is_active=True,
        price__currency=settings.PAYMENTS_CURRENCY,
        price__product__is_active=True,
        price__product__kind=Product.Kind.MEMBERSHIP,
    ).exclude(price__interval=Price.Interval.ONCE)
    found: dict[str, list[str]] = {}
    for copy in copies.order_by("price__product_id", "price__interval", "pk"):
        found.setdefault(copy.stripe_product_id, []).append(copy.stripe_price_id)
    return dict(list(found.items())[:PORTAL_PRODUCTS])


def _fresh(subscription: Subscription) -> Subscription:
    """The membership as it stands at Stripe this moment, written down."""
    try:
        row = project_subscription(subscription_id=subscription.stripe_subscription_id)
    except GatewayRefused as refused:  # the key in the settings belongs to another account by now, for one
        raise MembershipRefused(_("The payment service refused this: %(reason)s") % {"reason": refused}) from refused
    if row is None:
        raise MembershipRefused(_("This membership is not known any more. Write to the school."), code="membership_unknown")
    return row


def _update(row: Subscription, params: SubscriptionUpdateParams, action: str, *, key: str = "", **details: Any) -> None:
    try:
        gateway.update_subscription(row.stripe_subscription_id, params, key=key)
    except GatewayRefused as refused:
        raise MembershipRefused(_("The payment service refused this: %(reason)s") % {"reason": refused}) from refused
    record_audit(actor=row.user, action=action, record=row, **details)


def _months_later(moment: datetime, months: int) -> datetime:
    month = moment.month - 1 + months
    year, month = moment.year + month // 12, month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
