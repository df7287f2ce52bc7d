"""Who may open what, now."""

from __future__ import annotations

from typing import Any

from payments.models import AccessGrant


def has_access(user: Any, subject: str) -> bool:
    """Whether `user` may open `subject` now. Anonymous and deactivated people may open nothing."""
    if not user.is_authenticated:
        return False
    return AccessGrant.objects.live().filter(user_id=user.pk, subject=subject).exists()


def subjects_open_to(user: Any) -> set[str]:
    """Every subject `user` may open now, in one query."""
    if not user.is_authenticated:
        return set()
    return set(AccessGrant.objects.live().filter(user_id=user.pk).values_list("subject", flat=True))
