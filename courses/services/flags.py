"""What a refund or a dispute means for completions of courses: credits is told, and decides what follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from courses.models import Completion
from credits.services import flag_completion, unflag_completion
from payments.models import AccessGrant
from payments.subjects import LIBRARY


def flag_paid_completions(*, user: User, subject: str, reason: str, suspends: bool, since: datetime | None = None, until: datetime | None = None) -> int:
    """Flag what `user` completed by the payment for `subject` (of the time it covers). Returns how many completions that were."""
    return sum(flag_completion(key=key, reason=reason, suspends=suspends) is not None for key in _keys(user, subject, since, until))


def unflag_paid_completions(*, user: User, subject: str, reason: str, since: datetime | None = None, until: datetime | None = None) -> int:
    """End the suspensions of `flag_paid_completions`; what was not flagged stays as it is."""
    return sum(unflag_completion(key=key, reason=reason) is not None for key in _keys(user, subject, since, until))


def _keys(user: User, subject: str, since: datetime | None, until: datetime | None) -> Iterable[str]:
    return [completion.attempt.key for completion in _paid_completions(user, subject, since, until)]


def _paid_completions(user: User, subject: str, since: datetime | None, until: datetime | None) -> QuerySet[Completion]:
    rows = Completion.objects.filter(attempt__learner=user).select_related("attempt").order_by("pk")
    kind, _colon, pk = subject.partition(":")
    if subject == LIBRARY:  # not those the person may open without the membership
        own = AccessGrant.objects.live().filter(user=user, subject__startswith="course:").values_list("subject", flat=True)
        rows = rows.filter(attempt__course__is_free=False).exclude(attempt__course__in=[int(name.partition(":")[2]) for name in own])
    elif kind == "course" and pk.isdigit():
        rows = rows.filter(attempt__course=int(pk))
    else:
        return rows.none()
    if since:
        rows = rows.filter(completed_at__gte=since)
    return rows.filter(completed_at__lt=until) if until else rows
