"""Memberships as Stripe has them, written down; and the library grant that follows (decision 0015).

Nothing here is decided by what happened: a subscription is fetched, its row is written under its lock, and access is
computed from the row.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from payments.entitlement import library_open_until
from payments.gateway import subscriptions as gateway
from payments.gateway.client import GatewayRefused, GatewayUnavailable, environment
from payments.models import AccessGrant, Customer, Order, Payment, Price, Product, StripePrice, Subscription
from payments.services.access import announce_access, announce_access_at, grant_access, set_streams
from payments.services.membership_mail import tell_member
from payments.subjects import LIBRARY

logger = logging.getLogger(__name__)

TRIES = 5
LATE = (Subscription.Status.PAST_DUE, Subscription.Status.UNPAID)
HEALED_AT_ONCE = 500  # the job runs every hour
ASKED_DAILY = timedelta(days=1)


def project_subscription(*, subscription_id: str) -> Subscription | None:
    """Write down how the subscription and its payments stand at Stripe now, and let the library follow.

    Speaks to Stripe: never call it inside a transaction. Safe to call twice and at once: an answer that another call
    overtook is thrown away and asked for again. None, with a line in the log, when nobody here is its member.
    """
    for _attempt in range(TRIES):
        revision = Subscription.objects.filter(stripe_subscription_id=subscription_id).values_list("revision", flat=True).first()
        facts = gateway.fetch_subscription(subscription_id)
        invoices = gateway.paid_invoices(subscription_id)
        charges = _new_charges(invoices)
        with transaction.atomic():
            known = _row_of(facts)
            if known is None:
                return None
            _record_payments(known, invoices, charges)  # payments are locked before memberships
            row = Subscription.objects.select_for_update(no_key=True, of=("self",)).select_related("user", "grant", "price__product").get(pk=known.pk)
            if row.revision == (revision or 0):
                _write(row, facts, invoices)
                _follow(row)
                tell_member(subscription=row, new_invoices=list(charges))
                return row
            transaction.set_rollback(True)  # the payments too: who writes them sends their receipts
    raise GatewayUnavailable(_("This membership changes faster than it can be read. It is read again in a minute."))


def project_invoice(*, invoice_id: str) -> Subscription | None:
    """Write down the membership that the invoice bills, and with it every payment of it; None when it bills none."""
    found = gateway.subscription_of(gateway.fetch_invoice(invoice_id))
    return project_subscription(subscription_id=found) if found else None


def heal_subscriptions() -> int:
    """Ask again about every membership whose moment has come: a period over or not paid yet, a payment late, a pause, or a day unasked.

    Returns how many were asked about. One that cannot be read now is left for the next run.
    """
    now = clock.now()
    due = Q(current_period_end__lte=now) | Q(status__in=[*LATE, Subscription.Status.INCOMPLETE, Subscription.Status.PAUSED])
    due |= Q(paused_at__isnull=False) | Q(projected_at__lte=now - ASKED_DAILY) | Q(paid_through__lt=F("current_period_end"))
    rows = Subscription.objects.running().filter(due, environment=environment()).order_by("projected_at")
    asked = 0
    for subscription_id in list(rows.values_list("stripe_subscription_id", flat=True)[:HEALED_AT_ONCE]):
        try:
            project_subscription(subscription_id=subscription_id)
            asked += 1
        except (GatewayUnavailable, GatewayRefused) as failure:
            logger.warning("Membership %s could not be read (%s); the next run asks again.", subscription_id, failure)
    return asked


def _new_charges(invoices: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By invoice, the charges of those that no payment stands for yet, or none whose fee is known."""
    ids = [invoice["id"] for invoice in invoices if invoice["amount_paid"]]
    known = set(Payment.objects.filter(stripe_invoice_id__in=ids, fee_cents__isnull=False).values_list("stripe_invoice_id", flat=True))
    found = {invoice["id"]: gateway.charge_of(invoice) for invoice in invoices if invoice["id"] in ids and invoice["id"] not in known}
    return {pk: charge for pk, charge in found.items() if charge}


def _row_of(facts: dict[str, Any]) -> Subscription | None:
    """The row, made if it is new; None when nobody here is the member."""
    rows = Subscription.objects.select_related("user", "order")
    if row := rows.filter(stripe_subscription_id=facts["id"]).first():
        return row
    person, price = _member(facts), _price(facts)
    if person is None or price is None:
        logger.error("Subscription %s at Stripe belongs to nobody here, or its price is not ours.", facts["id"])
        return None
    values = {"user": person[0], "order": person[1], "price": price, "environment": environment(), "status": facts["status"], "projected_at": clock.now()}
    return rows.get_or_create(stripe_subscription_id=facts["id"], defaults=values)[0]  # two events at once make one row


def _member(facts: dict[str, Any]) -> tuple[User, Order | None] | None:
    """By the order that its metadata names, unless the customer is somebody else's: other sites may share the account."""
    customer = Customer.objects.filter(stripe_customer_id=_id_of(facts["customer"]), environment=environment()).select_related("user").first()
    number = str((facts.get("metadata") or {}).get("order", ""))
    order = Order.objects.filter(pk=int(number), environment=environment()).select_related("user").first() if number.isdecimal() else None
    if order and (customer is None or customer.user_id == order.user_id):
        return order.user, order
    return (customer.user, None) if customer else None


def _price(facts: dict[str, Any]) -> Price | None:
    ids = [item["price"]["id"] for item in facts["items"]["data"]]
    copy = StripePrice.objects.filter(stripe_price_id__in=ids, environment=environment()).select_related("price").first()
    return copy.price if copy else None


def _id_of(found: Any) -> str:
    return found if isinstance(found, str) else found["id"]


def _write(row: Subscription, facts: dict[str, Any], invoices: list[dict[str, Any]]) -> None:
    now, item, latest = clock.now(), facts["items"]["data"][0], facts["latest_invoice"] or {}
    price, pause = _price(facts), facts["pause_collection"]
    if price is None:
        logger.error("Subscription %s has a price that is not ours; the one before stays on it.", facts["id"])
    row.price = price or row.price
    row.status = Subscription.Status(facts["status"])
    row.current_period_start, row.current_period_end = _time(item["current_period_start"]), _time(item["current_period_end"])
    row.trial_end, row.ended_at = _time(facts["trial_end"]), _time(facts["ended_at"])
    row.cancel_at = _time(facts["cancel_at"]) or (row.current_period_end if facts["cancel_at_period_end"] else None)
    row.paid_through = paid_through(invoices)
    is_paused = bool(pause) or row.status == Subscription.Status.PAUSED
    if is_paused and row.paused_at is None:
        row.last_paused_at = now
    row.paused_at = (row.paused_at or now) if is_paused else None
    row.resumes_at = _time(pause["resumes_at"]) if pause else None
    is_late = row.status in LATE and latest.get("status") == "open" and bool(latest.get("attempted"))
    row.past_due_since = (row.past_due_since or _time(latest["status_transitions"]["finalized_at"]) or now) if is_late else None
    row.open_invoice_id = latest["id"] if is_late else ""
    row.open_invoice_url = (latest["hosted_invoice_url"] or "") if is_late else ""
    row.next_attempt_at = _time(latest["next_payment_attempt"]) if is_late else None
    row.projected_at, row.revision = now, row.revision + 1
    row.save()


def _time(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def period_of(invoice: dict[str, Any]) -> tuple[datetime, datetime] | None:
    """The period an invoice bills by its subscription lines; None when it has none (something added by hand).

    Whole periods before parts of one: a change of plan also has lines that give back, or add, the rest of the old period.
    """
    lines = [line for line in invoice["lines"]["data"] if (line.get("parent") or {}).get("type") == "subscription_item_details"]
    whole = [line for line in lines if not line["parent"]["subscription_item_details"]["proration"]]
    billed = whole or [line for line in lines if line["amount"] >= 0]
    if not billed:
        return None
    last = max((line["period"] for line in billed), key=lambda period: (period["start"], period["end"]))
    return datetime.fromtimestamp(last["start"], UTC), datetime.fromtimestamp(last["end"], UTC)


def paid_through(invoices: list[dict[str, Any]]) -> datetime | None:
    """The end of the period that the latest paid invoice bills; a trial's invoice over nothing is paid too.

    The latest, not the farthest: who changes from a year to a month gets the rest of the year credited.
    """
    for invoice in sorted(invoices, key=lambda invoice: invoice["created"], reverse=True):
        if period := period_of(invoice):
            return period[1]
    return None


def _record_payments(row: Subscription, invoices: list[dict[str, Any]], charges: dict[str, dict[str, Any]]) -> None:
    for invoice in invoices:
        if charge := charges.get(invoice["id"]):
            _record_payment(row, invoice, charge)


def _record_payment(row: Subscription, invoice: dict[str, Any], charge: dict[str, Any]) -> None:
    """The payment of one period. A row that the order or the charge made before is completed, never doubled."""
    intent, period, balance = _id_of(charge["payment_intent"] or ""), period_of(invoice), charge["balance_transaction"]
    ids = {"stripe_invoice_id": invoice["id"], "stripe_charge_id": charge["id"]} | ({"stripe_payment_intent_id": intent} if intent else {})
    facts: dict[str, Any] = {
        **ids,
        "subscription": row,
        "tax_cents": sum(tax["amount"] for tax in invoice.get("total_taxes") or []),
        "fee_cents": balance["fee"] if isinstance(balance, dict) else None,
        "method": method_of(charge),
        "period_start": period[0] if period else None,
        "period_end": period[1] if period else None,
        "receipt_url": charge["receipt_url"] or "",
        "invoice_url": invoice["hosted_invoice_url"] or "",
    }
    is_any = Q(stripe_invoice_id=invoice["id"]) | Q(stripe_charge_id=charge["id"]) | (Q(stripe_payment_intent_id=intent) if intent else Q())
    paid_at = _time(invoice["status_transitions"]["paid_at"]) or clock.now()
    first = row.order if invoice["billing_reason"] == "subscription_create" else None
    new = {"user": row.user, "order": first, "environment": row.environment, "currency": invoice["currency"], "paid_at": paid_at}
    if not Payment.objects.filter(is_any).exists():
        try:
            with transaction.atomic():
                Payment.objects.create(**facts, **new, amount_cents=charge["amount_captured"])
            return
        except IntegrityError:  # somebody else made it this moment
            logger.info("The payment of invoice %s was just recorded.", invoice["id"])
    Payment.objects.filter(is_any).update(**facts, updated_at=clock.now())


def method_of(charge: dict[str, Any]) -> str:
    """“Visa ending in 4242”, or the kind of another means."""
    details = charge["payment_method_details"] or {}
    if card := details.get("card"):
        return f"{str(card['brand'] or 'card').title()} ending in {card['last4']}"
    return str(details.get("type") or "").replace("_", " ").capitalize()


def _follow(row: Subscription) -> None:
    """Give, move or end the library grant of the member of `row`, whose lock the caller holds."""
    _note_taken_back(row)
    last = row.payments.filter(period_end=row.paid_through).first() if row.paid_through else None
    row.is_paid_back = bool(last and last.refunded_cents)
    until, streams, now = _open_until(row), _streams(row), clock.now()
    # The standing grant is one for each person: its row serialises two memberships of one person.
    standing = AccessGrant.objects.filter(user=row.user, subject=LIBRARY, source=AccessGrant.Source.SUBSCRIPTION).standing()
    grant = standing.select_for_update(no_key=True, of=("self",)).select_related("user").first()
    if until and until > now and (grant is None or grant.phase == "expired"):
        source, reason = AccessGrant.Source.SUBSCRIPTION, str(row.price.product)
        grant = grant_access(user=row.user, subject=LIBRARY, source=source, expires_at=until, reason=reason, streams=streams)
    if grant and grant.phase != "expired":
        _move(grant, until)
        set_streams(grant=grant, streams=streams)
        row.grant = grant
        row.grant_paid_through = row.trial_end if row.status == row.Status.TRIALING else row.paid_through
    row.save(update_fields=["taken_back_through", "is_paid_back", "grant", "grant_paid_through", "updated_at"])


def _note_taken_back(row: Subscription) -> None:
    """A grant that was revoked took back the period it stood for; only a period paid after that opens the library again."""
    if row.grant and row.grant.revoked_at:
        row.taken_back_through = max((at for at in (row.taken_back_through, row.grant_paid_through) if at), default=None)
        row.grant = row.grant_paid_through = None


def _open_until(row: Subscription) -> datetime | None:
    """Until when any membership of this person opens the library."""
    rows = [row, *Subscription.objects.filter(user=row.user_id, environment=row.environment).exclude(pk=row.pk).select_related("grant")]
    for other in rows[1:]:
        _note_taken_back(other)
    grace = timedelta(days=settings.PAYMENTS_GRACE_DAYS)
    return max((end for end in (library_open_until(each, grace) for each in rows) if end), default=None)


def follow_streams(product: Product) -> None:
    """Members have what their plan says today: let their access follow a change of it. What was bought once stays as it was bought."""
    members = Subscription.objects.running().filter(price__product=product, grant__isnull=False).exclude(grant__streams=product.streams)
    for row in members.select_related("price__product", "grant__user").order_by("pk"):
        if row.grant and row.grant.phase == "live":
            set_streams(grant=row.grant, streams=_streams(row))


def _streams(row: Subscription) -> int:
    """On how many devices at once any membership of this person that opens the library lets them watch; else what `row` would."""
    others = Subscription.objects.filter(user=row.user_id, environment=row.environment).exclude(pk=row.pk).select_related("price__product")
    grace, now = timedelta(days=settings.PAYMENTS_GRACE_DAYS), clock.now()
    standing = [each for each in (row, *others) if (until := library_open_until(each, grace)) and until > now]
    return max((each.price.product.streams for each in standing), default=row.price.product.streams)


def _move(grant: AccessGrant, until: datetime | None) -> None:
    """Let `grant` end at `until`, or now when that is past; what is over stays over since then."""
    now = clock.now()
    end = until if until and until > now else max(now, grant.starts_at + timedelta(microseconds=1))
    if end == grant.expires_at:
        return
    was_live = grant.is_live
    record_audit(actor=None, action="payments.move_access_end", record=grant, subject=grant.subject, expires_at=end.isoformat())
    grant.expires_at = end
    grant.save(update_fields=["expires_at", "updated_at"])
    if end > now:
        announce_access_at(grant=grant, edge="expires", at=end)
    if grant.is_live != was_live:
        announce_access(grant=grant)
