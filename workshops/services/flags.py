"""What a refund or a dispute means for attendance that was credited: credits is told, and decides what follows."""

from __future__ import annotations

from typing import Any

from credits.services import flag_completion, unflag_completion
from workshops.models import WorkshopCompletion


def flag_paid_attendance(*, user: Any, workshop: int, reason: str, suspends: bool) -> int:
    """Flag what `user` earned in the workshop with this primary key by a seat that was paid. Returns how many completions that were."""
    return sum(flag_completion(key=key, reason=reason, suspends=suspends) is not None for key in _keys(user, workshop))


def unflag_paid_attendance(*, user: Any, workshop: int, reason: str) -> int:
    """End the suspensions of `flag_paid_attendance`; what was not flagged stays as it is."""
    return sum(unflag_completion(key=key, reason=reason) is not None for key in _keys(user, workshop))


def _keys(user: Any, workshop: int) -> list[str]:
    completions = WorkshopCompletion.objects.filter(seat__learner=user, seat__workshop=workshop).exclude(seat__reference="").select_related("seat")
    return [completion.seat.key for completion in completions.order_by("pk")]
