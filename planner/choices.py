"""What a person can take, has booked or has begun: workshops and courses with everything the search and the pages need of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from core import clock
from courses.models import Attempt, Course
from courses.selectors import is_course_open, progress_of, with_lengths
from courses.selectors import offer_of as course_offer
from credits.models import Accreditation, Activity, Dossier, Licence
from credits.prospects.offers import Offer as Promise
from payments.selectors import Offer, offers_for
from payments.selectors.access import subjects_open_to
from planner.wishes import Origin, metres_between
from workshops.models import Seat, Workshop, WorkshopQuerySet
from workshops.near.geo import Point
from workshops.near.selectors import workshops_near
from workshops.selectors import offer_of as workshop_offer

MOST_WORKSHOPS = 150  # of the soonest, and as many of the nearest
MOST_COURSES = 150
WAITING_DAYS = 30  # between a workshop's end and the school's word on who attended
TRAVEL_M_PER_HOUR = 80_000  # between two workshops on one trip


@dataclass(frozen=True)
class Choice:
    """A workshop date or a course. `day` is when its credit would be earned, `minutes` the home study it still takes.

    `travel_m` is there and back; None where no place was given. `offers` are the ways to pay; a choice that is owned needs none.
    """

    key: str
    title: str
    url: str
    promised: Promise
    day: date
    is_owned: bool
    is_booked: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    zone: str = ""
    where: str = ""
    point: Point | None = None
    minutes: int = 0
    study_minutes: int = 0
    travel_m: int | None = None
    seats_left: int | None = None
    offers: tuple[Offer, ...] = ()

    @property
    def is_workshop(self) -> bool:
        return self.key.startswith("workshop:")

    @property
    def pk(self) -> int:
        return int(self.key.partition(":")[2])

    @property
    def activity(self) -> Activity:
        return self.promised.activity

    @property
    def promise(self) -> Promise:
        """What completing it on its day promises, in the words of credits."""
        return replace(self.promised, key=f"{self.key}@{self.day}", day=self.day)

    @property
    def alone_cents(self) -> int:
        """What it costs by itself, or in the cheapest product that has it; 0 for what is owned."""
        return 0 if self.is_owned else min((offer.price.amount_cents for offer in self.offers), default=0)


@dataclass(frozen=True)
class Shelf:
    """`booked` and `begun` are certain; `open` can be chosen. The counts say why a date is not among them."""

    booked: tuple[Choice, ...]
    open: tuple[Choice, ...]
    done: frozenset[int] = frozenset()
    full: int = 0
    unsold: int = 0
    clashing: int = 0
    left_out: int = 0


class Shelves:
    """Everything read once for one person; `today` is the day the choices are looked at."""

    def __init__(self, user: Any, *, today: date, minutes_per_week: int, origin: Origin | None) -> None:
        self.user = user
        self.today = today
        self.minutes_per_week = minutes_per_week
        self.origin = origin
        self.opened = subjects_open_to(user)

    def study_days(self, minutes: int) -> int:
        return -(-minutes * 7 // self.minutes_per_week)

    def shelf(self, *, licences: Sequence[Licence], last: date, since: date) -> Shelf:
        """What can still help `licences` by `last`; what was completed on `since` or later is not proposed once more."""
        activities = _approved_activities(licences)
        done = set(Dossier.objects.visible_to(self.user).filter(completed_on__gte=since).values_list("activity_id", flat=True))
        booked = [*self._booked_workshops(), *self._begun_courses()]
        taken = {choice.activity.pk for choice in booked} | done
        wanted = activities - taken
        workshops, full, left_out = self._open_workshops(wanted, last)
        courses, more = self._open_courses(wanted, begun_minutes=sum(choice.minutes for choice in booked))
        sold, unsold = self._with_prices([*workshops, *courses])
        free = [choice for choice in sold if not any(clash(choice, other) for other in booked)]
        return Shelf(
            booked=tuple(sorted(booked, key=lambda choice: (choice.day, choice.key))),
            open=tuple(free),
            done=frozenset(done),
            full=full,
            unsold=unsold,
            clashing=len(sold) - len(free),
            left_out=left_out + more,
        )

    def named(self, keys: Iterable[str]) -> dict[str, Choice]:
        """The choices with these keys, whether or not they can be taken now; who is gone is left out."""
        pks: dict[str, list[int]] = {"workshop": [], "course": []}
        for key in keys:
            kind, _, pk = key.partition(":")
            if kind in pks and pk.isdecimal():
                pks[kind].append(int(pk))
        rows = self._rows(Workshop.objects.filter(pk__in=pks["workshop"], ends_at__isnull=False))
        found = [self._workshop(row) for row in rows]
        courses = with_lengths(Course.objects.filter(pk__in=pks["course"], current_version__activity__isnull=False))
        found += [self._course(row) for row in courses.select_related("current_version__activity")]
        return {choice.key: choice for choice in self._with_prices(found, keep=True)[0]}

    # Workshops

    def _rows(self, rows: WorkshopQuerySet) -> list[Any]:
        return list(rows.select_related("venue", "activity").prefetch_related("blocks").with_seats_taken())

    def _booked_workshops(self) -> list[Choice]:
        """Those with a seat that are not over, or of which the school has not said yet who was there."""
        since = clock.now() - timedelta(days=WAITING_DAYS)
        seats = Seat.objects.confirmed().filter(
            learner=self.user, workshop__state=Workshop.State.PUBLISHED, workshop__ends_at__gt=since, completion__isnull=True
        )
        return [replace(self._workshop(row), is_owned=True, is_booked=True) for row in self._rows(Workshop.objects.filter(pk__in=seats.values("workshop")))]

    def _open_workshops(self, activities: Collection[int], last: date) -> tuple[list[Choice], int, int]:
        """Those with a free seat that end by `last`, how many are full, and how many were too many to look at."""
        latest = clock.now() + timedelta(days=(last - self.today).days + 1)
        found = Workshop.objects.coming().filter(activity__in=activities, ends_at__lte=latest)
        count = found.count()
        soonest = found.order_by("starts_at", "pk").values_list("pk", flat=True)[:MOST_WORKSHOPS]
        pks = set(soonest)
        if self.origin and count > MOST_WORKSHOPS:
            pks |= {row.pk for row in workshops_near(self.origin.point, radius_km=None, queryset=found)[:MOST_WORKSHOPS]}
        rows = self._rows(Workshop.objects.filter(pk__in=pks))
        held = set(Seat.objects.held().filter(learner_id=self.user.pk, workshop__in=pks).values_list("workshop_id", flat=True))
        choices = [self._workshop(row) for row in rows if row.pk in held or row.seats_free]
        choices = [choice for choice in choices if choice.day <= last]
        return choices, len(rows) - len([row for row in rows if row.pk in held or row.seats_free]), count - len(pks)

    def _workshop(self, row: Any) -> Choice:
        promised = workshop_offer(row)
        if promised is None:
            raise ValueError("A workshop without dates is no choice.")
        point = Point(row.venue.lat, row.venue.lng)
        return Choice(
            key=row.subject,
            title=row.title,
            url=row.get_absolute_url(),
            promised=promised,
            day=promised.day or self.today,
            is_owned=row.is_free or row.subject in self.opened,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            zone=row.venue.time_zone,
            where=f"{row.venue.name}, {row.venue.town}",
            point=point,
            travel_m=2 * metres_between(self.origin.point, point) if self.origin else None,
            seats_left=row.seats_free,
        )

    # Courses

    def _begun_courses(self) -> list[Choice]:
        """Courses the person has begun and can go on with, each with the study that is left."""
        attempts = Attempt.objects.of(self.user).open().filter(version__activity__isnull=False)
        rows = list(attempts.select_related("course", "version__activity").order_by("created_at", "pk"))
        found, minutes = [], 0
        for progress in progress_of(rows):
            attempt = progress.attempt
            version, promised = attempt.version, course_offer(attempt.version)
            if promised is None or not is_course_open(attempt.course, self.opened):
                continue
            whole = max(promised.activity.minutes, sum(item.asset.duration_ms or 0 for item in progress.lessons) // 60_000)
            left = max(1, whole * (100 - progress.percent) // 100)
            minutes += left
            found.append(
                Choice(
                    key=attempt.course.subject,
                    title=version.title,
                    url=attempt.get_absolute_url(),
                    promised=promised,
                    day=self.today + timedelta(days=self.study_days(minutes)),
                    is_owned=True,
                    is_booked=True,
                    minutes=left,
                    study_minutes=whole,
                    travel_m=0 if self.origin else None,
                )
            )
        return found

    def _open_courses(self, activities: Collection[int], *, begun_minutes: int) -> tuple[list[Choice], int]:
        found = with_lengths(Course.objects.listed()).filter(current_version__activity__in=activities).select_related("current_version__activity")
        count = found.count()
        rows = list(found.order_by("current_version__title", "pk")[:MOST_COURSES])
        begun = set(Attempt.objects.of(self.user).open().values_list("course_id", flat=True))
        choices = [self._course(row, begun_minutes=begun_minutes) for row in rows if row.pk not in begun]
        return choices, count - len(rows)

    def _course(self, row: Any, *, begun_minutes: int = 0) -> Choice:
        version, promised = row.current_version, course_offer(row.current_version)
        if promised is None:
            raise ValueError("A course that boards were never asked about is no choice.")
        minutes = max(promised.activity.minutes, row.video_ms // 60_000, 1)
        return Choice(
            key=row.subject,
            title=version.title,
            url=row.get_absolute_url(),
            promised=promised,
            day=self.today + timedelta(days=self.study_days(begun_minutes + minutes)),
            is_owned=row.is_free or is_course_open(row, self.opened),
            minutes=minutes,
            study_minutes=minutes,
            travel_m=0 if self.origin else None,
        )

    # Prices

    def _with_prices(self, choices: Sequence[Choice], *, keep: bool = False) -> tuple[list[Choice], int]:
        """The choices with the ways to pay for them in the school's currency; those nobody can buy are left out and counted."""
        offers = offers_for([choice.key for choice in choices if not choice.is_owned])
        found = []
        for choice in choices:
            own = tuple(offer for offer in offers.get(choice.key, []) if offer.price.currency == settings.PAYMENTS_CURRENCY)
            if choice.is_owned or own or keep:
                found.append(replace(choice, offers=own))
        return found, len(choices) - len(found)


def clash(one: Choice, other: Choice) -> bool:
    """Whether nobody can be at both: they overlap, or the way from one to the other is longer than the time between."""
    if one.starts_at is None or other.starts_at is None or one.ends_at is None or other.ends_at is None or one.key == other.key:
        return False
    first, second = (one, other) if one.starts_at <= other.starts_at else (other, one)
    between = second.starts_at - first.ends_at  # type: ignore[operator]  # both are workshops, so both have their times
    way = metres_between(first.point, second.point) if first.point and second.point else 0
    return between < timedelta(hours=way / TRAVEL_M_PER_HOUR)


def _approved_activities(licences: Sequence[Licence]) -> set[int]:
    """Activities that some approval could make count for one of `licences`."""
    boards = {licence.board_id for licence in licences}
    rows = Accreditation.objects.exclude(status=Accreditation.Status.DRAFT)
    return set(rows.filter(Q(board__in=boards) | Q(board__accepted_by__in=boards)).values_list("activity_id", flat=True))
