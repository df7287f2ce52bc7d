"""Who may open what, now."""

from __future__ import annotations

from typing import Any

from django.db.models import Max

from payments import subjects
from payments.models import AccessGrant

PANEL_ROWS = 10


def has_access(user: Any, subject: str) -> bool:
    """Whether `user` may open `subject` now. Anonymous and deactivated people may open nothing."""
    return access_through(user, subject) != ""


def access_through(user: Any, subject: str) -> str:
    """What opens `subject` to `user` now: the subject itself, else subjects.LIBRARY, else "" for nothing.

    One query; a second one, of the kind, for a member without a grant of its own.
    """
    if not user.is_authenticated:
        return ""
    opened = set(AccessGrant.objects.live().filter(user_id=user.pk, subject__in=[subject, subjects.LIBRARY]).values_list("subject", flat=True))
    if subject in opened:
        return subject
    return subjects.LIBRARY if subjects.LIBRARY in opened and subjects.is_in_library(subject) else ""


def subjects_open_to(user: Any) -> set[str]:
    """Every subject `user` may open now, in one query; with subjects.LIBRARY among them, all of the library."""
    if not user.is_authenticated:
        return set()
    return set(AccessGrant.objects.live().filter(user_id=user.pk).values_list("subject", flat=True))


def streams_open_to(user: Any) -> int:
    """On how many devices at once `user` may watch now: the most that any of their access allows. One query."""
    most = AccessGrant.objects.live().filter(user_id=user.pk).aggregate(most=Max("streams"))["most"]
    return most or 1


def people_suspended_from(subject: str) -> set[int]:
    """Primary keys of the people whose access to `subject` is suspended while a payment is disputed."""
    return set(AccessGrant.objects.standing().filter(subject=subject, suspended_at__isnull=False).values_list("user_id", flat=True))


def access_panel(person: Any) -> dict[str, Any]:
    """For the desk page of one person: what is open to them now, the latest first."""
    grants = list(AccessGrant.objects.live().filter(user=person)[:PANEL_ROWS])
    titles = subjects.titles_of({grant.subject for grant in grants})
    return {"person": person, "rows": [{"grant": grant, "title": titles[grant.subject]} for grant in grants]}
