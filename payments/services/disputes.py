"""A buyer's bank questions a charge: what was paid by it is suspended, and restored or ended by the bank's decision.

Nothing that was earned is deleted: the apps above flag it (`dispute_changed`). Decision 0016.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.money import format_money
from notifications.services import send_mail_once
from payments import subjects
from payments.gateway import refunds as gateway
from payments.models import AccessGrant, Dispute, OrderLine, Payment
from payments.selectors.refunds import is_paid_otherwise
from payments.services.access import resume_access, suspend_access
from payments.services.refunds import close_all, end_membership, id_of, lock_payment, payment_of, people_of
from payments.signals import dispute_changed

# "prevented" and "warning_closed" end without a decision against us. https://docs.stripe.com/api/disputes/object
CLOSED = ("won", "lost", "warning_closed", "prevented")
NONE, OPEN, LOST = "none", "open", "lost"


def project_dispute(*, dispute_id: str) -> Dispute | None:
    """Bring one dispute up to date, with everything that hangs on it. None when its charge is of no payment of ours."""
    facts = gateway.fetch_dispute(dispute_id)
    payment = payment_of(charge_id=id_of(facts.get("charge")), intent=id_of(facts.get("payment_intent")))
    if payment is None:
        return None
    with transaction.atomic():
        payment = lock_payment(payment.pk)
        before = standing_of(payment)
        dispute = _write(payment, facts)
        after = standing_of(payment)
        if after != before:
            record_audit(actor=None, action="payments.project_dispute", record=dispute, payment=payment.pk, status=dispute.status, standing=after)
            _apply(payment, after, dispute)
            _tell(payment, dispute, after)
    return dispute


def standing_of(payment: Payment) -> str:
    """What the disputes of a payment come to: OPEN while one is open, then LOST if one was, else NONE."""
    rows = list(Dispute.objects.filter(payment=payment))
    if any(row.is_open for row in rows):
        return OPEN
    return LOST if any(row.status == "lost" for row in rows) else NONE


def _write(payment: Payment, facts: dict[str, Any]) -> Dispute:
    dispute = Dispute.objects.filter(stripe_dispute_id=facts["id"]).first() or Dispute(stripe_dispute_id=facts["id"], payment=payment)
    if dispute.closed_at and facts["status"] not in CLOSED:  # read before it was closed, projected after
        return dispute
    due = (facts.get("evidence_details") or {}).get("due_by")
    dispute.status, dispute.reason, dispute.amount_cents = facts["status"], facts.get("reason") or "", facts["amount"]
    dispute.opened_at, dispute.evidence_due_at = _at(facts["created"]), _at(due) if due else None
    dispute.closed_at = (dispute.closed_at or clock.now()) if facts["status"] in CLOSED else None
    dispute.save()
    return dispute


def _apply(payment: Payment, standing: str, dispute: Dispute) -> None:
    reason = {
        OPEN: _("The bank of the buyer questions the payment (dispute %(id)s)."),
        LOST: _("The bank of the buyer took the payment back (dispute %(id)s)."),
        NONE: _("The payment stands again (dispute %(id)s)."),
    }[standing] % {"id": dispute.stripe_dispute_id}
    if standing != NONE and is_paid_otherwise(payment):  # somebody who was charged twice questions one of the charges
        return
    people = _paid_subjects(payment)  # before a lost dispute empties the seats of an organization
    for grant in grants_paid_by(payment):
        if standing == OPEN:
            suspend_access(grant=grant, reason=reason)
        elif standing == NONE:
            resume_access(grant=grant, reason=reason)
    if standing == LOST:
        close_all(payment=payment, reason=reason)
        if payment.subscription:  # whichever period it was: the next charge would be questioned too
            end_membership(subscription=payment.subscription, by=None, reason=reason)
    for user, subject in people:
        dispute_changed.send(
            sender=Dispute, user=user, subject=subject, is_open=standing == OPEN, is_lost=standing == LOST, reason=reason, since=payment.paid_at,
            until=payment.period_end,
        )  # fmt: skip


def grants_paid_by(payment: Payment) -> list[AccessGrant]:
    """The grants that stand because of `payment`."""
    grants: list[AccessGrant] = []
    if payment.order_id:
        of_lines = (
            Q(order_line__order=payment.order_id) | Q(order_line__additions__order=payment.order_id) | Q(organization_seat__pool__line__order=payment.order_id)
        )
        grants += AccessGrant.objects.standing().filter(of_lines).order_by("pk").distinct()
    if payment.subscription and payment.subscription.grant and not payment.subscription.grant.revoked_at:
        grants.append(payment.subscription.grant)
    return grants


def _paid_subjects(payment: Payment) -> list[tuple[Any, str]]:
    """(person, subject) of everything that `payment` gave."""
    rows = (
        OrderLine.objects.filter(Q(order=payment.order_id) | Q(additions__order=payment.order_id)).distinct() if payment.order_id else OrderLine.objects.none()
    )
    lines = rows.filter(adds_to=None).select_related("order__user", "beneficiary")
    found = [(person, line.subject) for line in lines for person in people_of(line)]
    if payment.subscription and not any(subject == subjects.LIBRARY for _user, subject in found):
        found.append((payment.user, subjects.LIBRARY))
    return found


def _tell(payment: Payment, dispute: Dispute, standing: str) -> None:
    context = {"payment": payment, "dispute": dispute, "standing": standing, "amount": format_money(dispute.amount_cents, payment.currency)}
    key = f"dispute:{dispute.pk}:{standing}"
    send_mail_once(key=f"{key}:staff", template="payments/mail/staff_dispute", context=context, to_address=settings.SCHOOL_EMAIL)
    send_mail_once(key=f"{key}:buyer", template="payments/mail/dispute", context=context, recipient=payment.user)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
