"""Giving money back: asked for here, or seen at Stripe.

The row and its key are written before Stripe is asked (`request_refund`), the asking may be repeated (`send_refund`),
and what Stripe says is projected under the payment's lock (`project_refund`, `write_refund`). Decision 0016.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from core.money import format_money
from payments import tasks  # noqa: F401  registers the job kinds
from payments.gateway import refunds as gateway
from payments.gateway.client import GatewayRefused, GatewayUnavailable, PaymentsClosed, environment
from payments.gateway.subscriptions import cancel_subscription
from payments.models import Balance, Order, OrderLine, Payment, Refund, RefundLine, Subscription
from payments.selectors.refunds import is_paid_otherwise, is_questioned, refunded_by_line
from payments.services.access import revoke_access
from payments.services.refund_mail import tell_buyer, tell_staff
from payments.services.seats import close_pool
from payments.services.subscriptions import project_subscription
from payments.signals import line_refunded
from payments.turns import in_turn

logger = logging.getLogger(__name__)

# Stripe keeps an idempotency key for a day. A row asks under one key for 23 hours, then looks for an hour without
# asking, then asks under a new key: no call under the old one can still be under way.
KEY_LASTS = timedelta(hours=24)
KEY_RESTS = timedelta(hours=1)
SETTLED = {"succeeded": Refund.State.SUCCEEDED, "failed": Refund.State.FAILED, "canceled": Refund.State.CANCELLED}
RANK = {Refund.State.PENDING: 0, Refund.State.SUCCEEDED: 1, Refund.State.FAILED: 2, Refund.State.CANCELLED: 2}  # no way leads back
FOR_GOOD = (400, 402, 404)  # Stripe's answers that no repeat will change; 401 and 403 are our own settings


class RefundRefused(DomainError):
    code = "refund_refused"


@dataclass(frozen=True)
class RefundPart:
    """So much of one line; `line` is None for a payment without lines, such as a membership's period."""

    line: OrderLine | None
    amount_cents: int
    closes_access: bool


def request_refund(*, payment: Payment, by: User | None, parts: Sequence[RefundPart], reason: str, reason_class: str, key: str | None = None) -> Refund:
    """Write a refund down and have Stripe asked for it; access that it closes closes now. Network comes later, in a job.

    A repeat with the same `key` returns the first row; the same key with another amount is refused. Raises RefundRefused
    for more than is left of the payment or of a line, for nothing at all, and while a bank looks into the payment.
    """
    reason_class, total = Refund.ReasonClass(reason_class), sum(part.amount_cents for part in parts)
    with transaction.atomic():
        payment = lock_payment(payment.pk)
        if key and (earlier := Refund.objects.filter(key=key).first()):
            if (earlier.payment_id, earlier.amount_cents) != (payment.pk, total):
                raise RefundRefused(_("This refund was asked for before with other amounts. Begin again from the payment."), code="refund_key_taken")
            return earlier
        parts = _as_they_are(parts)
        _check(payment, parts, total)
        refund = Refund.objects.create(
            payment=payment,
            amount_cents=total,
            key=key or f"refund:{uuid.uuid4()}",
            reason_class=reason_class,
            reason=reason.strip(),
            requested_by=by,
            ends_membership=bool(payment.subscription_id) and any(part.closes_access for part in parts),
        )
        payment.refunded_cents = F("refunded_cents") + total
        payment.save(update_fields=["refunded_cents", "updated_at"])
        RefundLine.objects.bulk_create(
            RefundLine(refund=refund, line=part.line, amount_cents=part.amount_cents, closes_access=part.closes_access) for part in parts if part.line
        )
        record_audit(actor=by, action="payments.request_refund", record=refund, reason=reason, payment=payment.pk, amount_cents=total)
        _close(payment, parts, by=by, reason=reason.strip() or str(reason_class.label))
        if reason_class != Refund.ReasonClass.UNAVAILABLE:  # whoever could not give it says so, with the refund, in one mail
            tell_buyer(refund, payment, parts)
        enqueue("payments.send_refund", key=f"refund:{refund.pk}", args={"refund": refund.pk})
    return refund


def lock_payment(pk: int) -> Payment:
    """The payment afresh, with its order locked before it. The caller holds a transaction."""
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=pk)
    if order_id:
        Order.objects.select_for_update(no_key=True).get(pk=order_id)
    return Payment.objects.select_for_update(no_key=True, of=("self",)).select_related("user", "order", "subscription__grant").get(pk=pk)


def _as_they_are(parts: Sequence[RefundPart]) -> list[RefundPart]:
    """The same parts with their lines read under the lock: what a line opened may have changed since the caller looked."""
    lines = OrderLine.objects.select_related("order__user", "beneficiary", "grant", "item").in_bulk([part.line.pk for part in parts if part.line])
    return [replace(part, line=lines[part.line.pk]) if part.line else part for part in parts]


def _check(payment: Payment, parts: Sequence[RefundPart], total: int) -> None:
    def money(cents: int) -> str:
        return format_money(cents, payment.currency)

    lines = [part.line for part in parts if part.line]
    if len({line.pk for line in lines}) < len(lines) or any(line.order_id != payment.order_id for line in lines):
        raise ValueError("A refund names each line of its payment's order once.")
    if total <= 0 or any(part.amount_cents < 0 for part in parts):
        raise RefundRefused(_("Enter an amount above zero."), code="refund_of_nothing")
    if is_questioned(payment):
        raise RefundRefused(
            _("The buyer's bank has questioned this payment and decides about the money. Nothing can be refunded beside it."), code="payment_disputed"
        )
    if total > payment.refundable_cents:
        raise RefundRefused(
            _("%(asked)s is more than is left of this payment: %(left)s of %(paid)s.")
            % {"asked": money(total), "left": money(payment.refundable_cents), "paid": money(payment.amount_cents)},
            code="refund_too_large",
        )
    gone = refunded_by_line(lines)
    for part in parts:
        if part.line and part.amount_cents > (left := part.line.total_cents - gone.get(part.line.pk, 0)):
            raise RefundRefused(
                _("%(asked)s is more than is left of “%(title)s”: %(left)s of %(paid)s.")
                % {"asked": money(part.amount_cents), "title": part.line.title, "left": money(left), "paid": money(part.line.total_cents)},
                code="refund_too_large",
            )


def _close(payment: Payment, parts: Sequence[RefundPart], *, by: User | None, reason: str) -> None:
    gone = refunded_by_line([part.line for part in parts if part.line])
    for part in parts:
        if part.line:
            is_full = gone.get(part.line.pk, 0) >= part.line.total_cents
            take_back_line(line=part.line, since=payment.paid_at, by=by, reason=reason, closes_access=part.closes_access, is_full=is_full)
    if payment.subscription and any(part.closes_access for part in parts):
        end_membership(subscription=payment.subscription, by=by, reason=reason)


def take_back_line(*, line: OrderLine, since: datetime | None, by: User | None, reason: str, closes_access: bool, is_full: bool) -> None:
    """Announce that money for `line`, paid at `since`, went back and, with `closes_access`, end what it gave.

    What only completes another line's price ends with that line, and that line with it. The caller holds the order's lock.
    """
    people = people_of(line)  # before an organization's seats are emptied: theirs is the news
    if closes_access and line.grant:
        revoke_access(grant=line.grant, by=by, reason=reason)
    if closes_access:
        close_pool(line=line, reason=reason, by=by)
    if closes_access and line.outcome == OrderLine.Outcome.FULFILLED:
        line.outcome, line.decided_at = OrderLine.Outcome.TAKEN_BACK, clock.now()
        line.save(update_fields=["outcome", "decided_at", "updated_at"])
    news = {"subject": line.subject, "reference": line.order.reference, "closes_access": closes_access, "is_full": is_full, "since": since, "by": by}
    for person in people:
        line_refunded.send(sender=OrderLine, user=person, **news)
    if closes_access:
        Balance.objects.filter(line=line, state=Balance.State.DUE).update(state=Balance.State.FORFEITED, decided_at=clock.now(), note=reason[:300])
        line.additions.filter(outcome=OrderLine.Outcome.FULFILLED).update(outcome=OrderLine.Outcome.TAKEN_BACK, decided_at=clock.now())
        if line.adds_to_id:
            main = OrderLine.objects.select_related("order__user", "beneficiary", "grant").get(pk=line.adds_to_id)
            if main.outcome == OrderLine.Outcome.FULFILLED:
                take_back_line(line=main, since=main.order.paid_at, by=by, reason=reason, closes_access=True, is_full=False)


def people_of(line: OrderLine) -> list[User]:
    """Who has what `line` gave: whom it was bought for, or the people in the seats that an organization bought."""
    if line.order.organization_id:
        return list(User.objects.filter(organization_seats__pool__line=line).order_by("pk"))
    return [line.person]


def end_membership(*, subscription: Subscription, by: User | None, reason: str) -> None:
    """Close the library now, and have Stripe stop charging for it. The caller holds the payment's lock."""
    if subscription.grant:
        revoke_access(grant=subscription.grant, by=by, reason=reason)
    enqueue("payments.stop_charging", key=f"subscription:{subscription.pk}:stop", args={"subscription": subscription.pk})


def send_refund(*, refund: Refund) -> Refund:
    """Ask Stripe for `refund` and project the answer. Safe to repeat at any time, and by two at once.

    Looks for it among the payment's refunds first: an answer may have been lost after it had its effect.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund.pk)
    payment = refund.payment
    if refund.state != Refund.State.PENDING or payment.environment != environment():
        return refund
    if refund.stripe_refund_id:
        return project_refund(refund_id=refund.stripe_refund_id) or refund
    with in_turn(refund.key):
        return _look_or_send(refund, payment)


def _look_or_send(refund: Refund, payment: Payment) -> Refund:
    names = {"intent": payment.stripe_payment_intent_id, "charge": payment.stripe_charge_id}
    found = next((facts for facts in gateway.list_refunds(**names) if (facts.get("metadata") or {}).get("refund") == refund.key), None)
    if found is None:
        key = _key_for_now(refund)
        if key is None:
            return refund
        try:
            found = gateway.create_refund(
                **names, amount_cents=refund.amount_cents, reason=_stripe_reason(refund), key=key, metadata={"refund": refund.key, "payment": str(payment.pk)}
            )
        except GatewayRefused as refusal:
            if refusal.status not in FOR_GOOD or "idempoten" in refusal.code.lower():
                raise
            return _refuse(refund, str(refusal))
    return write_refund(found) or refund


def _key_for_now(refund: Refund) -> str | None:
    """The idempotency key to ask under, or None in the hour in which the last one runs out."""
    age = max(clock.now() - refund.created_at, timedelta(0))  # another machine's clock may be ahead of ours
    days, into = divmod(age, KEY_LASTS)
    if into >= KEY_LASTS - KEY_RESTS:
        return None
    return refund.key if days == 0 else f"{refund.key}:{days}"


def _stripe_reason(refund: Refund) -> str:
    """Stripe knows three reasons; “fraudulent” would put the buyer's card on a block list, which is decided there."""
    known = (Refund.ReasonClass.REQUESTED, Refund.ReasonClass.DUPLICATE)
    return str(refund.reason_class) if refund.reason_class in known else ""


def _refuse(refund: Refund, failure: str) -> Refund:
    with transaction.atomic():
        payment = lock_payment(refund.payment_id)
        refund = Refund.objects.select_for_update(no_key=True).get(pk=refund.pk)
        if refund.state == Refund.State.PENDING and not refund.stripe_refund_id:
            _settle(refund, payment, Refund.State.FAILED, failure)
    return refund


def project_refund(*, refund_id: str) -> Refund | None:
    """Bring the row of one refund of Stripe's up to date; None when it is of no payment of ours."""
    return write_refund(gateway.fetch_refund(refund_id))


def payment_of(*, charge_id: str, intent: str) -> Payment | None:
    """Our payment that a charge or its intent stands for, in the environment we speak to."""
    rows = Payment.objects.filter(environment=environment())
    return (rows.filter(stripe_payment_intent_id=intent).first() if intent else None) or (
        rows.filter(stripe_charge_id=charge_id).first() if charge_id else None
    )


def id_of(value: Any) -> str:
    """Of an object that may have come expanded."""
    return value["id"] if isinstance(value, dict) else value or ""


def write_refund(facts: dict[str, Any]) -> Refund | None:
    """Write what Stripe says about one refund, under the payment's lock. A refund that was made there becomes an external row."""
    payment = payment_of(charge_id=id_of(facts.get("charge")), intent=id_of(facts.get("payment_intent")))
    if payment is None:
        return None
    key = (facts.get("metadata") or {}).get("refund", "")
    state = SETTLED.get(facts.get("status") or "", Refund.State.PENDING)
    with transaction.atomic():
        payment = lock_payment(payment.pk)
        rows = Refund.objects.select_for_update(no_key=True).filter(payment=payment)
        refund = rows.filter(stripe_refund_id=facts["id"]).first() or (rows.filter(key=key, stripe_refund_id="").first() if key else None)
        if refund is None:
            return _write_external(payment, facts, state)
        refund.stripe_refund_id = facts["id"]
        refund.save(update_fields=["stripe_refund_id", "updated_at"])
        if RANK[state] > RANK[Refund.State(refund.state)]:  # another reader may have brought newer facts meanwhile
            _settle(refund, payment, state, facts.get("failure_reason") or "")
    return refund


def _settle(refund: Refund, payment: Payment, state: str, failure: str) -> None:
    """Write how a refund ended. A failed one gives its amount back to the payment; what it closed stays closed (decision 0016)."""
    refund.state, refund.failure = Refund.State(state), failure
    refund.settled_at = clock.now() if state != Refund.State.PENDING else None
    refund.save(update_fields=["state", "failure", "settled_at", "updated_at"])
    _recount(payment)
    _let_membership_follow(refund, payment)
    record_audit(actor=None, action="payments.settle_refund", record=refund, state=str(state), failure=failure)
    if state in (Refund.State.FAILED, Refund.State.CANCELLED):
        tell_staff("failed", refund, payment)


def _recount(payment: Payment) -> None:
    """Sum what went back from the rows.

    A refund made at Stripe while ours of the same money waits to be sent would pass what was captured for a moment, until
    Stripe refuses ours: the sum stops at the captured amount meanwhile.
    """
    payment.refunded_cents = min(_under_way(payment).aggregate(sum=Sum("amount_cents"))["sum"] or 0, payment.amount_cents)
    payment.save(update_fields=["refunded_cents", "updated_at"])


def _let_membership_follow(refund: Refund, payment: Payment) -> None:
    """Whether money of the last period went back counts for how long a membership lasts (decision 0015)."""
    if payment.subscription:
        key, args = f"refund:{refund.pk}:{refund.state}:follow", {"subscription": payment.subscription.stripe_subscription_id}
        enqueue("payments.follow_subscription", key=key, args=args)


def _under_way(payment: Payment) -> QuerySet[Refund]:
    """The refunds that count: given back, or on their way."""
    return payment.refunds.filter(state__in=[Refund.State.PENDING, Refund.State.SUCCEEDED])


def _write_external(payment: Payment, facts: dict[str, Any], state: str) -> Refund:
    """A refund that somebody made at Stripe. One that completes a full refund closes what was paid; a part of it closes nothing."""
    refund = Refund.objects.create(
        payment=payment,
        amount_cents=facts["amount"],
        key=f"external:{facts['id']}",
        stripe_refund_id=facts["id"],
        state=state,
        reason_class=Refund.ReasonClass.EXTERNAL,
        settled_at=None if state == Refund.State.PENDING else clock.now(),
        failure=facts.get("failure_reason") or "",
    )
    record_audit(actor=None, action="payments.see_external_refund", record=refund, payment=payment.pk, amount_cents=refund.amount_cents)
    if state not in (Refund.State.PENDING, Refund.State.SUCCEEDED):
        return refund
    _recount(payment)
    at_stripe = _under_way(payment).exclude(stripe_refund_id="")  # a row of ours that is not sent yet may still be refused
    is_full = (at_stripe.aggregate(sum=Sum("amount_cents"))["sum"] or 0) >= payment.amount_cents
    if is_full:
        close_all(payment=payment, reason=_("Refunded in full at the payment provider."))
        refund.ends_membership = bool(payment.subscription_id) and is_latest_period(payment)
        refund.save(update_fields=["ends_membership", "updated_at"])
    _let_membership_follow(refund, payment)
    tell_staff("external", refund, payment, is_full=is_full)
    return refund


def close_all(*, payment: Payment, reason: str) -> None:
    """End everything that `payment` gave, unless another payment of the order stands for it. The caller holds the payment's lock."""
    lines = payment.order.lines.select_related("order__user", "beneficiary", "grant") if payment.order else OrderLine.objects.none()
    for line in [] if is_paid_otherwise(payment) else lines:
        if line.outcome == OrderLine.Outcome.FULFILLED:
            take_back_line(line=line, since=payment.paid_at, by=None, reason=reason, closes_access=True, is_full=True)
    if payment.subscription and is_latest_period(payment):
        end_membership(subscription=payment.subscription, by=None, reason=reason)


def is_latest_period(payment: Payment) -> bool:
    """Whether the membership still runs on this payment: money back for a period long over does not end today's."""
    return not Payment.objects.filter(subscription=payment.subscription_id, paid_at__gt=payment.paid_at).exists()


def stop_charging(*, subscription: Subscription) -> None:
    """Have Stripe end a membership whose money went back, at once. Safe to repeat. Calls the network."""
    try:
        cancel_subscription(subscription.stripe_subscription_id)
    except GatewayRefused as refusal:
        if refusal.status not in FOR_GOOD:  # otherwise it has ended already, or was never there
            raise
    project_subscription(subscription_id=subscription.stripe_subscription_id)


def heal_refunds() -> int:
    """Bring every refund to its end that a crash or an outage left on its way. Returns how many rows were looked at."""
    waiting = Refund.objects.filter(state=Refund.State.PENDING, payment__environment=environment()).order_by("pk")
    looked_at = 0
    for refund in waiting.iterator():
        looked_at += 1
        try:
            send_refund(refund=refund)
        except (GatewayRefused, GatewayUnavailable, PaymentsClosed) as error:
            logger.warning("Refund %s waits for the next run: %s", refund.pk, error)
    ended = Q(payments__refunds__ends_membership=True) | Q(payments__disputes__status="lost")
    for subscription in Subscription.objects.running().filter(ended, environment=environment()).distinct():
        looked_at += 1
        try:
            stop_charging(subscription=subscription)
        except (GatewayRefused, GatewayUnavailable, PaymentsClosed) as error:
            logger.warning("Membership %s is still charged; the next run asks again: %s", subscription.pk, error)
    return looked_at


def note_unsent(*, refund: Refund, error: str) -> None:
    """The job gave up; the hourly run goes on trying. Staff are told that the buyer waits."""
    with transaction.atomic():
        payment = lock_payment(refund.payment_id)
        logger.error("Refund %s could not be sent: %s", refund.pk, error.strip().splitlines()[-1] if error.strip() else "unknown")
        tell_staff("unsent", refund, payment)
