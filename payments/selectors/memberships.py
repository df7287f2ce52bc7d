"""A person's membership, in the words of its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, QuerySet, Value, When
from django.urls import reverse

from accounts.models import User
from core import clock
from payments.entitlement import library_open_until
from payments.gateway.client import environment
from payments.models import Payment, Subscription
from payments.selectors.access import has_access
from payments.subjects import LIBRARY

Status = Subscription.Status


@dataclass(frozen=True)
class Membership:
    """One membership as it stands now. `state` is one of the words of `_state`; `open_until` may lie in the past."""

    subscription: Subscription
    state: str
    is_open: bool
    open_until: datetime | None

    @property
    def is_over(self) -> bool:
        return self.subscription.is_over

    @property
    def needs_payment(self) -> bool:
        return self.state == "late"

    @property
    def url(self) -> str:
        return reverse("payments:membership")


def membership_of(user: User) -> Membership | None:
    """The membership that runs, else the last one; None for somebody who never had one. Two queries."""
    rows = Subscription.objects.filter(user=user, environment=environment()).exclude(status=Status.INCOMPLETE_EXPIRED)
    is_over = Case(When(status=Status.CANCELED, then=Value(1)), default=Value(0))
    row = rows.select_related("price__product").order_by(is_over, "-created_at", "-pk").first()
    if row is None:
        return None
    until = library_open_until(row, timedelta(days=settings.PAYMENTS_GRACE_DAYS))
    is_open = has_access(user, LIBRARY)
    return Membership(row, _state(row, until, is_open), is_open, until)


def _state(row: Subscription, until: datetime | None, is_open: bool) -> str:
    """trial, open, late, paused, ending, waiting, suspended, needs_card or ended."""
    if row.status == Status.CANCELED:
        return "ended"
    if row.status in (Status.PAST_DUE, Status.UNPAID):
        return "late"
    if row.status == Status.PAUSED:
        return "needs_card"
    if row.paused_at:
        return "ending" if row.cancel_at else "paused"
    if until is None or until <= clock.now():
        return "waiting"  # nothing that is paid for: a first payment under way, a pause just over, a payment given back
    if not is_open:
        return "suspended"
    if row.cancel_at:
        return "ending"
    return "trial" if row.status == Status.TRIALING else "open"


def late_membership_of(user: User) -> Membership | None:
    """For a banner: the membership whose payment is late. One query for everybody else."""
    if not Subscription.objects.filter(user=user, environment=environment(), status__in=[Status.PAST_DUE, Status.UNPAID]).exists():
        return None
    found = membership_of(user)
    return found if found and found.needs_payment else None


def membership_payments(user: User) -> QuerySet[Payment]:
    """What the person paid for memberships, the latest first."""
    return Payment.objects.filter(user=user, subscription__isnull=False).select_related("subscription__price__product")
