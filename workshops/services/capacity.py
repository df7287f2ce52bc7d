"""How many seats a workshop has: what a change would do to the waiting list, and the change itself. One path for both."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.audit import record_audit
from workshops.errors import ScheduleRefused
from workshops.models import Seat, WaitingEntry, Workshop
from workshops.services.locking import locked_workshop
from workshops.signals import workshop_changed
from workshops.waiting.turns import free_places, serve_list, turns_of


@dataclass(frozen=True)
class CapacityPlan:
    """What a change of capacity means now: who is offered seats, in turn; or why it cannot be, and what to do."""

    offers: list[WaitingEntry]
    refusal: str = ""

    @property
    def seats_offered(self) -> int:
        return sum(entry.party for entry in self.offers)


def plan_capacity(workshop: Workshop, *, capacity: int, remote_capacity: int = 0) -> CapacityPlan:
    """The plan for `workshop` with other capacities; nothing is changed. Somebody may take a seat before it is carried out."""
    planned = copy(workshop)
    planned.capacity, planned.remote_capacity = capacity, remote_capacity
    if refusal := refusal_of(workshop, planned):
        return CapacityPlan([], refusal)
    return CapacityPlan([turn.entry for turn in turns_of(planned, free=free_places(planned)) if turn.is_offer])


def refusal_of(workshop: Workshop, planned: Workshop) -> str:
    """Why the seats taken in `workshop` do not fit into `planned`, and what to do; "" when they do."""
    if planned.remote_capacity and planned.format != Workshop.Format.HYBRID:
        return _("Only a workshop that is in person and online has remote seats besides.")
    if planned.capacity < 1:
        return _("A workshop has one seat at least.")
    taken = {place: workshop.seats.taken().filter(place=place).count() for place in Seat.Place.values}
    moves = Workshop.Format.HYBRID not in (workshop.format, planned.format) and workshop.format != planned.format
    if moves:  # from the room to online or back: everybody goes along
        taken = {planned.places[0]: sum(taken.values())}
    for place, count in taken.items():
        if count <= planned.capacity_of(place):
            continue
        over = count - planned.capacity_of(place)
        words = {"n": count, "place": str(Seat.Place(place).label).lower(), "over": over, "capacity": planned.capacity_of(place)}
        sentence = ngettext("%(n)s seat (%(place)s) is taken or held", "%(n)s seats (%(place)s) are taken or held", count) % words
        rest = ngettext("take back one seat first.", "take back %(over)s seats first.", over) % words
        return _("%(taken)s, so there cannot be %(capacity)s: %(rest)s") % {"taken": sentence, "rest": rest, **words}
    return ""


def check_capacity(*, workshop: Workshop, planned: Workshop) -> None:
    """Raise ScheduleRefused when what is taken in `workshop`, locked by the caller, does not fit into `planned`."""
    if refusal := refusal_of(workshop, planned):
        raise ScheduleRefused(refusal, code="capacity_below_taken")


def follow_capacity(*, workshop: Workshop) -> int:
    """After a workshop was saved with other seats: move seats to the place it has now, and offer what is free. The caller holds the lock."""
    if len(workshop.places) == 1:
        workshop.seats.taken().exclude(place=workshop.places[0]).update(place=workshop.places[0])
        workshop.waiting.open().exclude(place=workshop.places[0]).update(place=workshop.places[0])
    return serve_list(workshop)


def set_capacity(*, workshop: Workshop, capacity: int, remote_capacity: int = 0, by: Any) -> Workshop:
    """Change how many seats there are; what comes free goes to the waiting list in the same moment.

    Raises ScheduleRefused when more are taken, with what to do. The same numbers again change nothing.
    """
    with locked_workshop(workshop) as locked:
        if (locked.capacity, locked.remote_capacity) == (capacity, remote_capacity):
            return locked
        planned = copy(locked)
        planned.capacity, planned.remote_capacity = capacity, remote_capacity
        check_capacity(workshop=locked, planned=planned)
        record_audit(
            actor=by, action="workshops.set_capacity", record=locked, before=[locked.capacity, locked.remote_capacity], after=[capacity, remote_capacity]
        )
        planned.save(update_fields=["capacity", "remote_capacity", "updated_at"])
        follow_capacity(workshop=planned)
        workshop_changed.send(sender=Workshop, workshop=planned)
        return planned
