"""What a plan is made of: gaps, steps, and sets that were measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credits.models import Licence
from credits.prospects.needs import Missing, Need
from credits.rulebook.words import Unit
from credits.standing_held import HeldCredit
from credits.standings import Gap
from payments.selectors import Offer
from planner.choices import Choice, Shelf
from planner.wishes import Wishes


@dataclass(frozen=True)
class Deficit:
    """One licence in a plan. `limit` is the last day by which a route is to be done; `with_booked` is missing after all that is booked.

    Without `need` nothing can be planned, and `gap` says why.
    """

    licence: Licence
    need: Need | None
    gap: Gap | None
    limit: date | None = None
    with_booked: Decimal = Decimal(0)
    missing_with_booked: tuple[Missing, ...] = ()
    margin_is_gone: bool = False
    held: tuple[HeldCredit, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.need is not None and self.need.renewed_on is None and self.need.needed > 0 and self.limit is not None

    @property
    def is_planned(self) -> bool:
        """Whether more has to be taken than is booked."""
        return self.is_open and self.with_booked > 0


@dataclass(frozen=True)
class Count:
    """What a step gives one licence, inside the set it is in."""

    licence: Licence
    place: str
    units: Decimal
    unit: str
    worth: Decimal
    why: str


@dataclass(frozen=True)
class Step:
    """`is_spare`: the others of its set close as much without it."""

    choice: Choice
    counts: tuple[Count, ...]
    alone: Offer | None = None
    is_spare: bool = False

    @property
    def is_useless(self) -> bool:
        return not any(count.units for count in self.counts)


@dataclass(frozen=True)
class After:
    """What one licence still misses when a set is completed."""

    deficit: Deficit
    needed: Decimal
    missing: tuple[Missing, ...]
    unit: Unit

    @property
    def licence(self) -> Licence:
        return self.deficit.licence

    @property
    def is_closed(self) -> bool:
        return not self.needed


@dataclass(frozen=True)
class Purchase:
    """Something to buy for a set: `times` is how often a membership is paid for while the study lasts."""

    offer: Offer
    opens: tuple[str, ...]
    times: int

    @property
    def cents(self) -> int:
        return self.offer.price.amount_cents * self.times


@dataclass(frozen=True)
class Found:
    """One set, measured. `booked` comes first; `steps` are what is to be added, the first to be done first."""

    goal: str
    steps: tuple[Step, ...]
    booked: tuple[Step, ...]
    after: tuple[After, ...]
    purchases: tuple[Purchase, ...]
    cents: int
    currency: str
    travel_m: int | None
    finishes_on: date | None
    is_proven: bool = True

    @property
    def is_closing(self) -> bool:
        return all(after.is_closed for after in self.after)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(step.choice.key for step in self.steps)

    @property
    def minutes(self) -> int:
        return sum(step.choice.minutes for step in self.steps)

    @property
    def days_away(self) -> int:
        return sum(step.choice.is_workshop for step in self.steps)


@dataclass(frozen=True)
class Plan:
    """What is missing and the best ways to close it. `answers` is empty where nothing has to be added, or nothing can be."""

    wishes: Wishes
    today: date
    deficits: tuple[Deficit, ...]
    booked: tuple[Step, ...]
    answers: tuple[Found, ...]
    shelf: Shelf
    looked_at: int
    left_out: int
    others: tuple[Licence, ...] = ()

    @property
    def open_deficits(self) -> tuple[Deficit, ...]:
        return tuple(deficit for deficit in self.deficits if deficit.is_open)

    @property
    def planned(self) -> tuple[Deficit, ...]:
        return tuple(deficit for deficit in self.deficits if deficit.is_planned)

    @property
    def is_unknown(self) -> bool:
        """Whether of none of the licences it is known what they miss; what would tell stands at each."""
        return all(deficit.gap for deficit in self.deficits)

    @property
    def is_closed_by_booked(self) -> bool:
        return bool(self.open_deficits) and not self.planned
