"""Chapters of an asset: written at the desk, or taken over from the marks in the file."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record_audit
from core.errors import DomainError
from streaming.models import Chapter, VideoAsset


class ChaptersUnusable(DomainError):
    """`rows` says what is wrong with which of the chapters given, by its place from 0."""

    code = "chapters_unusable"

    def __init__(self, rows: dict[int, str]):
        super().__init__(next(iter(rows.values())))
        self.rows = rows


def set_chapters(*, asset: VideoAsset, chapters: list[tuple[int, str]], by: Any = None) -> None:
    """Replace the chapters by `chapters`, pairs of start in milliseconds and title. Raises ChaptersUnusable with each row that cannot be."""
    wrong, seen = dict[int, str](), set[int]()
    for place, (start_ms, _title) in enumerate(chapters):
        if start_ms in seen:
            wrong[place] = _("Another chapter starts at the same moment. Give each its own time.")
        elif asset.duration_ms and start_ms >= asset.duration_ms:
            wrong[place] = _("The video has ended by then: it lasts %(length)s. Correct the time.") % {"length": asset.length_text}
        seen.add(start_ms)
    if wrong:
        raise ChaptersUnusable(wrong)
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)  # one writer at a time, or two lists would mix
        before = list(locked.chapters.values_list("start_ms", "title"))
        if before == sorted(chapters):
            return
        locked.chapters.all().delete()
        Chapter.objects.bulk_create(Chapter(asset=locked, start_ms=start_ms, title=title) for start_ms, title in sorted(chapters))
        record_audit(actor=by, action="streaming.set_chapters", record=locked, before=before, after=sorted(chapters))


def import_chapters(*, asset: VideoAsset, marks: list[tuple[int, str]], duration_ms: int) -> None:
    """Take over the marks an editing program wrote into the file, unless the asset has chapters. Whole seconds, as the desk shows them."""
    if asset.chapters.exists():
        return
    usable: dict[int, str] = {}
    for start_ms, title in marks:
        second = start_ms // 1000 * 1000
        if second < duration_ms:
            usable.setdefault(second, title)
    if len(usable) > 1:  # one mark at the start is what some programs write into every file
        set_chapters(asset=asset, chapters=list(usable.items()))
