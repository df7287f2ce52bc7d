"""How much of the storage one person's videos may take."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Role
from streaming.gathering import NoRoom
from streaming.models import VideoAsset

GB = 1000**3


def refuse_over_quota(*, by: Any, size: int) -> None:
    """Raises NoRoom when the videos of `by` would take more than an instructor's may. Call in the transaction that adds `size` bytes."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)  # one addition a person at a time
    if by.has_role(Role.STAFF):
        return
    taken = VideoAsset.objects.filter(uploaded_by=by).aggregate(sum=Sum("size_bytes"))["sum"] or 0
    if taken + size > settings.INSTRUCTOR_VIDEO_GB * GB:
        sentence = _("Your videos may take %(gb)s GB together. Delete some that are not used, or ask the school for more.")
        raise NoRoom(sentence % {"gb": settings.INSTRUCTOR_VIDEO_GB})
