"""What is said in the films of lessons: where a learner may look for it, and which lessons say nothing in writing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import User
from courses.models import Attempt, Lesson
from courses.selectors.access import is_course_open
from payments.selectors import subjects_open_to
from streaming.models import Caption, Cue, VideoAsset
from streaming.selectors import assets_for, search_cues
from streaming.selectors.words import pieces_of


@dataclass(frozen=True)
class Moment:
    """One place in a lesson where the words are said; `pieces` is the text as (part, whether it was searched for)."""

    attempt: Attempt
    lesson: Lesson
    cue: Cue
    pieces: list[tuple[str, bool]]

    @property
    def address(self) -> str:
        seconds = self.cue.start_ms / 1000
        return reverse("courses:lesson_detail", args=[self.attempt.pk, self.lesson.pk]) + "?" + urlencode({"t": f"{seconds:g}"})


def moments_page(user: User, text: str, *, page: str | None, per_page: int) -> tuple[Page[Cue], list[Moment]]:
    """The moments where `text` is said in the lessons that `user` may watch now, a page of them. Constant queries.

    Of a film that several courses show, the attempt begun last is the one that opens.
    """
    places = _places(user)
    found = Paginator(search_cues(text=text, assets=VideoAsset.objects.filter(pk__in=list(places))), per_page).get_page(page)
    moments = [Moment(*places[cue.caption.asset_id], cue, pieces_of(cue.headline)) for cue in found]  # type: ignore[attr-defined]  # annotated by the search
    return found, moments


def _places(user: User) -> dict[int, tuple[Attempt, Lesson]]:
    """By asset, where `user` watches it: lessons of their attempts at courses that are open to them."""
    opened = subjects_open_to(user)
    attempts = [row for row in Attempt.objects.of(user).select_related("course").order_by("created_at", "pk") if is_course_open(row.course, opened)]
    of_version: dict[int, list[Lesson]] = {}
    for lesson in Lesson.objects.filter(version__in={attempt.version_id for attempt in attempts}).select_related("asset__replaced_by"):
        of_version.setdefault(lesson.version_id, []).append(lesson)
    pairs = {attempt.lesson_subject(lesson): (attempt, lesson) for attempt in attempts for lesson in of_version.get(attempt.version_id, [])}
    watched = assets_for({subject: lesson.asset for subject, (_attempt, lesson) in pairs.items()})
    return {watched[subject].pk: place for subject, place in pairs.items()}


def lessons_without_captions(lessons: Iterable[Lesson]) -> list[Lesson]:
    """Those whose film has sound and no captions. One query."""
    rows = [lesson for lesson in lessons if lesson.asset.current.has_audio]
    written = VideoAsset.objects.filter(Exists(Caption.objects.shown().filter(asset=OuterRef("pk"))), pk__in=[lesson.asset.current.pk for lesson in rows])
    captioned = set(written.values_list("pk", flat=True))
    return [lesson for lesson in rows if lesson.asset.current.pk not in captioned]
