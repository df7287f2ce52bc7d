"""The dry run: what calling a workshop off would mean for each seat, before anything is done."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.money import format_money
from payments.models import Balance, OrderLine
from payments.selectors import LineMoney, money_of, paid_lines_of, unpaid_of
from workshops.models import Attendance, CallOffEntry, Seat, Workshop
from workshops.moving.quotes import listed_of, priced, prices_of, rest_of
from workshops.waiting.turns import free_places

Action = CallOffEntry.Action
OFFER = "offer:"  # how the reference of a seat begins that is offered to the waiting list
CHOICES = (Action.REFUND, Action.MOVE, Action.ASK)


@dataclass(frozen=True)
class PlannedSeat:
    """One seat, what would become of it, and why it is not as wished."""

    seat: Seat
    line: OrderLine | None
    action: str
    back_cents: int = 0
    currency: str = ""
    paid_cents: int = 0
    note: str = ""
    is_blocked: bool = False  # money that cannot go back now

    @property
    def action_words(self) -> str:
        return str(Action(self.action).label)

    @property
    def back(self) -> str:
        return format_money(self.back_cents, self.currency) if self.currency else ""

    @property
    def paid(self) -> str:
        return format_money(self.paid_cents, self.currency) if self.currency else ""

    @property
    def payer(self) -> Any:
        """Who gets the money, when that is somebody else."""
        return self.line.order.user if self.line and self.line.order.user_id != self.seat.learner_id else None

    @property
    def is_choosable(self) -> bool:
        return self.action in (*CHOICES, Action.END)


@dataclass(frozen=True)
class Plan:
    workshop: Workshop
    to: Workshop | None
    rows: list[PlannedSeat]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(row.action for row in self.rows))

    @property
    def totals(self) -> list[tuple[str, str, int]]:
        """(what, money in words, number of people) for each action that occurs, in the order of the actions."""
        found = []
        for action in Action:
            rows = [row for row in self.rows if row.action == action]
            if rows:
                found.append((str(action.label), _sums(rows), len(rows)))
        return found

    @property
    def back(self) -> str:
        return _sums(self.rows) or "–"

    @property
    def blocked(self) -> list[PlannedSeat]:
        return [row for row in self.rows if row.is_blocked]

    @property
    def digest(self) -> str:
        """What a person agreed to; another one once a seat, its money or its fate has changed."""
        facts = [(row.seat.pk, row.seat.state, row.action, row.back_cents, row.currency) for row in self.rows]
        return hashlib.sha256(repr((self.workshop.pk, self.to and self.to.pk, facts)).encode()).hexdigest()[:32]


def _sums(rows: list[PlannedSeat]) -> str:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.back_cents:
            sums[row.currency] += row.back_cents
    return ", ".join(format_money(cents, currency) for currency, cents in sorted(sums.items()))


def plan_call_off(workshop: Workshop, *, default: str = Action.REFUND, to: Workshop | None = None, choices: Mapping[int, str] | None = None) -> Plan:
    """What would become of every seat; `choices` says it for single seats by primary key. A constant number of queries.

    Whoever does not fit on the date `to` gets the money back.
    """
    seats = list(_seats_of(workshop))
    lines = _lines_of(workshop)
    money = money_of(list(lines.values()))
    attended = set(Attendance.objects.filter(seat__workshop=workshop).values_list("seat", flat=True))
    places = free_places(to) if to else {}
    there = set(to.seats.taken().values_list("learner", flat=True)) if to else set()
    currency = next((row.currency for row in money.values()), None)
    price = prices_of([to], currency).get(to.pk) if to else None
    by_seat = {seat.pk: money[line.pk] for seat in seats if (line := lines.get((seat.reference, seat.learner_id)))}
    unpaid = unpaid_of([line.pk for line in lines.values()]) if to else {}
    listed = listed_of(by_seat, unpaid)
    rows = []
    for seat in seats:
        line = lines.get((seat.reference, seat.learner_id)) if seat.reference else None
        row = _planned(seat, line, money.get(line.pk) if line else None, (choices or {}).get(seat.pk, default), seat.pk in attended)
        if row.action == Action.MOVE:
            row = _moved(row, to, money.get(line.pk) if line else None, price, listed.get(seat.pk, 0), unpaid, places, is_there=seat.learner_id in there)
        rows.append(row)
    return Plan(workshop, to, rows)


def _seats_of(workshop: Workshop) -> QuerySet[Seat]:
    """Seats that people have or pay for. What is only offered to the waiting list goes with the list."""
    rows = workshop.seats.own().taken().exclude(state=Seat.State.HELD, reference__startswith=OFFER)
    return rows.select_related("learner").order_by("created_at", "pk")


def _lines_of(workshop: Workshop) -> dict[tuple[str, int | None], OrderLine]:
    found = paid_lines_of(workshop.subject)
    people = {line.pk: line for line in OrderLine.objects.filter(pk__in=[line.pk for line in found.values()]).select_related("order__user")}
    return {key: people[line.pk] for key, line in found.items()}


def _planned(seat: Seat, line: OrderLine | None, money: LineMoney | None, wish: str, has_attended: bool) -> PlannedSeat:
    if seat.is_held:
        return PlannedSeat(seat, None, Action.RELEASE, note=_("Their order is let go of; if it is paid all the same, it goes back in full."))
    paid: dict[str, Any] = {"paid_cents": money.paid_cents, "currency": money.currency} if money else {}
    if has_attended:
        return PlannedSeat(seat, line, Action.KEEP, note=_("Attendance is recorded, so seat and money stay. Decide about the money on the order."), **paid)
    if wish in (Action.MOVE, Action.ASK):
        return PlannedSeat(seat, line, wish, **paid)
    if money is None or not money.parts:
        return PlannedSeat(seat, line, Action.END, **paid)
    return _refunded(seat, line, money)


def _refunded(seat: Seat, line: OrderLine | None, money: LineMoney, note: str = "") -> PlannedSeat:
    blocked = bool(money.questioned_cents)
    if blocked:
        note = _("A bank questions this payment and decides about the money. The seat ends; refund by hand if the bank decides for the school.")
    elif not money.left_cents:
        note = note or _("All of it went back already.")
    return PlannedSeat(seat, line, Action.REFUND, money.left_cents, money.currency, money.paid_cents, note, blocked)


def _moved(
    row: PlannedSeat,
    to: Workshop | None,
    money: LineMoney | None,
    price: Any,
    listed: int,
    unpaid: Mapping[int, Balance],
    places: dict[str, int],
    *,
    is_there: bool,
) -> PlannedSeat:
    place = to.place_or_only(row.seat.place) if to else ""
    if to is None or is_there or places.get(place, 0) < 1:
        if to is None:
            why = _("No other date is chosen.")
        elif is_there:
            why = _("They have a seat on that date already.")
        else:
            why = _("No seat is left on that date.")
        if money is None or not money.parts:
            return PlannedSeat(row.seat, row.line, Action.END, note=why)
        return _refunded(row.seat, row.line, money, why)
    places[place] -= 1
    quote = priced(to, money, price, listed, rest_of(row.line, unpaid)) if money else None
    back = max(0, -quote.difference_cents) if quote and not quote.why_not else 0
    return PlannedSeat(row.seat, row.line, Action.MOVE, back, row.currency, row.paid_cents)
