"""Courses and workshops that fill what a person's licences still miss, for the home page and the dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from courses.models import Attempt, Course
from courses.selectors import catalogue, with_prospects
from credits.prospects.offers import Prospect
from credits.prospects.prospector import Prospector
from workshops.models import Seat, Workshop
from workshops.selectors import offer_of

LOOKED_AT = 12  # of each kind: a page must not hold an allocation for everything the school teaches


@dataclass(frozen=True)
class Suggestion:
    """Something that counts, with the licences it counts for."""

    title: str
    url: str
    prospects: tuple[Prospect, ...]
    workshop: Workshop | None = None

    @property
    def is_needed(self) -> bool:
        """Whether it fills something; otherwise it is only credited, and nobody can say what it fills."""
        return any(one.units for one in self.prospects)


def suggestions_for(prospector: Prospector, *, shown: int) -> list[Suggestion]:
    """The first courses and the soonest workshops by how much they fill; none for a person without licences. Five queries.

    What the person has a seat in or is taking already is no news to them.
    """
    if not prospector.licences:
        return []
    courses = catalogue().exclude(pk__in=Attempt.objects.of(prospector.user).open().values("course"))
    found = [_of_course(course) for course in with_prospects(courses[:LOOKED_AT], prospector)]
    others = Workshop.objects.coming().exclude(pk__in=Seat.objects.coming_for(prospector.user).values("workshop"))
    coming = list(others.select_related("venue", "activity").prefetch_related("blocks").order_by("starts_at", "pk")[:LOOKED_AT])
    offers = {row.pk: offer for row in coming if (offer := offer_of(row))}
    held = prospector.prospects(offers.values())
    found += [Suggestion(row.title, row.get_absolute_url(), _counting(held[offers[row.pk].key]), row) for row in coming if row.pk in offers]
    counting = [one for one in found if one.prospects]
    needed = [one for one in counting if one.is_needed] or counting
    return sorted(needed, key=lambda one: -sum(prospect.units for prospect in one.prospects))[:shown]


def _of_course(course: Course) -> Suggestion:
    version = course.current_version
    prospects: tuple[Prospect, ...] = course.prospects  # type: ignore[attr-defined]  # with_prospects adds it
    return Suggestion(version.title if version else course.slug, course.get_absolute_url(), _counting(prospects))


def _counting(prospects: tuple[Prospect, ...]) -> tuple[Prospect, ...]:
    """Those that count in the cycle that runs; what counts only for a later renewal is no suggestion for today."""
    return tuple(one for one in prospects if one.counts and one.code != "next_cycle")
