"""What the catalogue lists and the course page shows."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from courses.models import Course, CourseQuerySet, CourseVersion, Lesson, Section
from credits.models import Accreditation
from credits.prospects.offers import Offer
from credits.prospects.prospector import Prospector
from credits.selectors import hours_by_board, school_today
from payments.selectors import offers_for


def catalogue(*, words: str = "", board: str = "", topic: str = "", hours: Decimal | None = None) -> CourseQuerySet:
    """Listed courses, by title. `hours` is a least number of units with `board`, or with any board.

    Words match whole English words in any order anywhere in the course's texts, or pieces of its title.
    """
    rows = with_lengths(Course.objects.listed()).select_related("current_version__activity").order_by("current_version__title", "pk")
    if words := words.strip():
        vector = SearchVector(*(f"current_version__{name}" for name in ("title", "summary", "description", "objectives", "instructor_name")), config="english")
        pieces = Q()
        for word in words.split()[:8]:
            pieces &= Q(current_version__title__icontains=word) | Q(current_version__summary__icontains=word)
        rows = rows.annotate(text=vector).filter(Q(text=SearchQuery(words, config="english", search_type="websearch")) | pieces)
    if topic:
        rows = rows.filter(current_version__topic=topic)
    if board or hours is not None:
        approved = Accreditation.objects.in_force_on(school_today())
        if board:
            approved = approved.filter(board__code=board)
        if hours is not None:
            approved = approved.filter(units__gte=hours)
        rows = rows.filter(current_version__activity__in=approved.values("activity"))
    return rows


def with_lengths(courses: CourseQuerySet) -> CourseQuerySet:
    """Adds `lesson_count` and `video_ms` of the current version."""
    lessons = Lesson.objects.filter(version=OuterRef("current_version")).order_by().values("version")
    return courses.annotate(
        lesson_count=Coalesce(Subquery(lessons.annotate(n=Count("pk")).values("n")), 0),
        video_ms=Coalesce(Subquery(lessons.annotate(n=Sum(Coalesce("asset__replaced_by__duration_ms", "asset__duration_ms"))).values("n")), 0),
    )


def with_hours(courses: Iterable[Course]) -> list[Course]:
    """The same courses, each with `hours`: what every board grants today. One query."""
    rows = list(courses)
    found = hours_by_board([row.current_version.activity for row in rows if row.current_version and row.current_version.activity])
    for row in rows:
        activity = row.current_version.activity_id if row.current_version else None
        row.hours = found.get(activity or 0, [])  # type: ignore[attr-defined]  # for the template
    return rows


def with_prospects(courses: Iterable[Course], prospector: Prospector) -> list[Course]:
    """The same courses, each with `prospects`: what completing it today would count for, licence by licence. One query."""
    rows = list(courses)
    offered = {row.pk: offer for row in rows if row.current_version and (offer := offer_of(row.current_version))}
    found = prospector.prospects(offered.values())
    for row in rows:
        row.prospects = found[offered[row.pk].key] if row.pk in offered else ()  # type: ignore[attr-defined]  # for the template
    return rows


def offer_of(version: CourseVersion, *, key: str = "") -> Offer | None:
    """What completing a version would be compared with the approvals by; None for one that boards were never asked about."""
    activity = version.activity
    if activity is None:
        return None
    return Offer(key or f"course:{version.course_id}", activity, title=version.title, instructor=version.instructor_name, minutes=activity.minutes_by_mode)


def with_offers(courses: Iterable[Course]) -> list[Course]:
    """The same courses, each with `offers`: the ways to buy it; none for a free one. Two queries."""
    rows = list(courses)
    found = offers_for([row.subject for row in rows if not row.is_free])
    for row in rows:
        row.offers = found.get(row.subject, [])  # type: ignore[attr-defined]  # for the template
    return rows


def course_outline(version: CourseVersion) -> list[Section]:
    """Sections with their lessons and videos. Two queries."""
    return list(version.sections.prefetch_related(Prefetch("lessons", Lesson.objects.select_related("asset__replaced_by").order_by("position"))))


def course_titles(subjects: Iterable[str]) -> dict[str, str]:
    """For payments: a title for each subject of ours."""
    pks = {subject: subject.partition(":")[2] for subject in subjects}
    rows = _latest_titles(Course.objects.filter(pk__in=[pk for pk in pks.values() if pk.isdecimal()]))
    return {subject: rows.get(int(pk), subject) if pk.isdecimal() else subject for subject, pk in pks.items()}


def search_courses(text: str) -> list[tuple[str, str]]:
    """For payments: (subject, title) of courses whose title or address has `text`."""
    rows = _latest_titles(Course.objects.filter(Q(slug__icontains=text) | Q(versions__title__icontains=text)).distinct())
    return sorted(((f"course:{pk}", title) for pk, title in rows.items()), key=lambda pair: pair[1].casefold())[:200]


def _latest_titles(courses: Any) -> dict[int, str]:
    latest = CourseVersion.objects.filter(course=OuterRef("pk")).order_by("-number").values("title")[:1]
    return dict(Course.objects.filter(pk__in=courses.values("pk")).annotate(latest_title=Subquery(latest)).values_list("pk", "latest_title"))
