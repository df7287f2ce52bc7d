"""What each wish of a search asks of a workshop, but for the distance."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, DateField, DateTimeField, Exists, ExpressionWrapper, F, Func, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce

from core.money import as_decimal
from credits.models import Accreditation
from payments.selectors import affordable_subjects
from workshops.models import Seat, Workshop, WorkshopQuerySet, is_taken

if TYPE_CHECKING:
    from workshops.near.searches import NearSearch

ROOM, REMOTE = Seat.Place.ROOM, Seat.Place.REMOTE
ONLINE, HYBRID = Workshop.Format.ONLINE, Workshop.Format.HYBRID


def currency() -> str:
    return str(settings.PAYMENTS_CURRENCY)


def price_parameter(amount: int | None) -> str:
    """19000 usd → "190", as an address carries it."""
    return "" if amount is None else f"{as_decimal(amount, currency()).normalize():f}"


def filtered(found: WorkshopQuerySet, search: NearSearch) -> WorkshopQuerySet:
    found = within_dates(found, first=search.first, last=search.last)
    if search.attend == REMOTE:
        found = found.filter(Q(format=ONLINE) | Q(format=HYBRID, remote_capacity__gt=0))
    elif search.attend == ROOM or search.is_by_distance:  # what is held online alone is near to nobody
        found = found.exclude(format=ONLINE)
    if search.level:
        found = found.filter(level=search.level)
    if search.board:
        found = counting_for(found, search.board)
    if search.max_price is not None:
        found = costing_at_most(found, search.max_price)
    if search.seats:
        found = with_seats_left(found, search.seats, attend=search.attend)
    return found


def within_dates(found: WorkshopQuerySet, *, first: date | None, last: date | None) -> WorkshopQuerySet:
    """Workshops that begin between two civil dates of the school's zone, both included."""
    zone = ZoneInfo(settings.SCHOOL_TIME_ZONE)
    if first:
        found = found.filter(starts_at__gte=datetime.combine(first, time.min, zone))
    if last:
        found = found.filter(starts_at__lte=datetime.combine(last, time.max, zone))
    return found


def counting_for(found: WorkshopQuerySet, board: str) -> WorkshopQuerySet:
    """Workshops whose activity the board, or one whose approvals it accepts, approves for the day on which they end at the venue."""
    found = found.annotate(last_day=Cast(Func(F("venue__time_zone"), F("ends_at"), function="timezone", output_field=DateTimeField()), DateField()))
    day = OuterRef("last_day")
    standing = Q(status=Accreditation.Status.IN_FORCE) | Q(status=Accreditation.Status.WITHDRAWN, withdrawn_on__gt=day)
    approvals = Accreditation.objects.filter(standing, Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day, activity=OuterRef("activity"))
    return found.filter(Exists(approvals.filter(Q(board__code=board) | Q(board__accepted_by__code=board))))


def costing_at_most(found: WorkshopQuerySet, amount: int) -> WorkshopQuerySet:
    """Workshops that are free, or have a price of their own in the school's currency that is not above `amount`."""
    keys = [int(subject.partition(":")[2]) for subject in affordable_subjects("workshop:", amount, currency())]
    return found.filter(Q(is_free=True) | Q(pk__in=keys))


def with_seats_left(found: WorkshopQuerySet, wanted: int, *, attend: str) -> WorkshopQuerySet:
    """Workshops with `wanted` seats left where one wants to be; without a wish, in one of the two places."""
    room = Q(room_left__gte=wanted) & ~Q(format=ONLINE)
    remote = Q(format=HYBRID, remote_left__gte=wanted) | Q(format=ONLINE, all_left__gte=wanted)
    found = found.annotate(room_left=_left("capacity", Q(place=ROOM)), remote_left=_left("remote_capacity", Q(place=REMOTE)), all_left=_left("capacity", Q()))
    return found.filter(room if attend == ROOM else remote if attend == REMOTE else room | remote)


def _left(capacity: str, of: Q) -> ExpressionWrapper:
    taken = Seat.objects.filter(is_taken(), of, workshop=OuterRef("pk")).order_by().values("workshop").annotate(n=Count("pk")).values("n")
    return ExpressionWrapper(F(capacity) - Coalesce(Subquery(taken), 0), output_field=IntegerField())
