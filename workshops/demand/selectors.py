"""What staff see of the demand: towns on a map and in a table, and what a town's people said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from workshops.demand.clusters import Cluster, PinFacts, clusters
from workshops.demand.counting import facts_of
from workshops.demand.words import COUNTED, PIN_LEVELS, month_words
from workshops.models import DemandCall, Pin, Workshop
from workshops.models.asking import AskedQuerySet

MONTHS_NAMED = 3


@dataclass(frozen=True)
class DemandRow:
    """One town: how many ask, for how many seats, when it suits most of them, and what that many seats would bring."""

    number: int
    cluster: Cluster
    call: DemandCall | None
    revenue_cents: int | None

    @property
    def people(self) -> int:
        return len(self.cluster.pins)

    @property
    def months(self) -> str:
        return popular_months(self.cluster.pins)

    @property
    def levels(self) -> list[tuple[str, int]]:
        """The seats asked for by level, as the pins say it."""
        counted: Counter[str] = Counter()
        for pin in self.cluster.pins:
            counted[pin.level] += pin.people
        return [(str(words), counted[level]) for level, words in PIN_LEVELS if counted[level]]


def popular_months(pins: Iterable[PinFacts]) -> str:
    """The months that suit most seats; whom any month suits speaks for none."""
    counted: Counter[int] = Counter()
    for pin in pins:
        for month in pin.months:
            counted[month] += pin.people
    best = sorted(counted, key=lambda month: (-counted[month], month))[:MONTHS_NAMED]
    return month_words(best)


def wanting(*, level: str = "", month: int | None = None) -> AskedQuerySet:
    """Pins on the map that a workshop of `level` in `month` would answer."""
    pins = Pin.objects.filter(state=Pin.State.ACTIVE)
    if level:
        pins = pins.filter(level__in=COUNTED[Workshop.Level(level)])
    if month:
        pins = pins.filter(Q(months=[]) | Q(months__contains=[month]))
    return pins


def demand_rows(*, level: str = "", month: int | None = None, price_cents: int | None = None) -> list[DemandRow]:
    """Towns, most seats first. Two queries."""
    pins = list(wanting(level=level, month=month).order_by("pk"))
    called = {pin.pk: pin.call_id for pin in pins if pin.call_id}
    calls = {call.pk: call for call in DemandCall.objects.filter(pk__in=set(called.values())).select_related("workshop")}
    rows = []
    for number, cluster in enumerate(clusters(facts_of(pins)), start=1):
        theirs = Counter(called[pin.pk] for pin in cluster.pins if pin.pk in called)
        call = calls.get(theirs.most_common(1)[0][0]) if theirs else None
        rows.append(DemandRow(number, cluster, call, cluster.seats * price_cents if price_cents is not None else None))
    return rows


def calls_waiting():  # type: ignore[no-untyped-def]  # a queryset of calls with two annotations
    """The towns over their threshold that are not announced, what waits for staff first, each with `seats` and `asking`."""
    rows = DemandCall.objects.filter(state__in=[DemandCall.State.OPEN, DemandCall.State.DRAFTED]).select_related("workshop")
    return with_seats(rows).order_by("-state", "-created_at", "-pk")


def with_seats(calls):  # type: ignore[no-untyped-def]  # a queryset of calls with two annotations
    still = Q(pins__state=Pin.State.ACTIVE)
    return calls.annotate(seats=Coalesce(Sum("pins__people", filter=still), 0), asking=Count("pins", filter=still))


def towns_waiting() -> int:
    """How many towns ask staff to decide: for the desk's first page."""
    drafted = Q(state=DemandCall.State.DRAFTED, workshop__state=Workshop.State.DRAFT)
    return DemandCall.objects.filter(Q(state=DemandCall.State.OPEN) | drafted).count()
