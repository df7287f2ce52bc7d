"""Chapters of an asset."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from streaming.models import Chapter, VideoAsset


class ChaptersUnusable(DomainError):
    code = "chapters_unusable"


def set_chapters(*, asset: VideoAsset, chapters: list[tuple[int, str]]) -> None:
    """Replace the chapters by `chapters`, pairs of start in milliseconds and title."""
    starts = [start_ms for start_ms, _title in chapters]
    if len(set(starts)) != len(starts):
        raise ChaptersUnusable(_("Two chapters start at the same moment. Give each its own time."))
    if asset.duration_ms and any(start_ms >= asset.duration_ms for start_ms in starts):
        raise ChaptersUnusable(_("A chapter starts after the video has ended. Correct its time."))
    with transaction.atomic():
        asset.chapters.all().delete()
        Chapter.objects.bulk_create(Chapter(asset=asset, start_ms=start_ms, title=title) for start_ms, title in sorted(chapters))
