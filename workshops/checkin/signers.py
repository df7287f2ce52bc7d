"""Who has to sign, because a board wants the signatures of those who were there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core import clock
from credits.attendance_proof import signature_wishes
from credits.models import Licence
from workshops.models import Seat, Workshop


@dataclass(frozen=True)
class Signers:
    """`boards` are the names of those that ask. Everyone signs where the board approved the activity itself or the room lies in its state."""

    boards: tuple[str, ...]
    everyone: bool
    learners: frozenset[int]

    def includes(self, seat: Seat) -> bool:
        return self.everyone or seat.learner_id in self.learners


def signers(workshop: Workshop, seats: Iterable[Seat]) -> Signers:
    """Who of `seats` signs on arrival; `workshop` has its venue and activity loaded. Three queries at most."""
    day = clock.civil_date(workshop.ends_at or clock.now(), workshop.venue.time_zone)
    wishes = signature_wishes(workshop.activity, on=day)
    if not wishes:
        return Signers((), False, frozenset())
    here = f"{workshop.venue.country}-{workshop.venue.region}"
    for_all = [wish.board for wish in wishes if wish.is_own or wish.board.jurisdiction == here]
    rows = Licence.objects.on_file().filter(user__in=[seat.learner_id for seat in seats], board__in=[wish.board for wish in wishes])
    holders = list(rows.values_list("user", "board__name"))
    names = {board.name for board in for_all} | {name for _user, name in holders}
    return Signers(tuple(sorted(names)), bool(for_all), frozenset(user for user, _name in holders))
