"""What could be completed, and what it would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from credits.models import Activity, Licence


@dataclass(frozen=True)
class Offer:
    """Something a person could complete. `key` names it: two offers with one key are the same.

    `day` is the civil date of its completion; None is the day the prospects are asked for. `title`,
    `instructor` and `minutes` of instruction by mode are what would be compared with the approvals, as a dossier's `offered` is.
    `ends_at` matters where a board counts by 24 hours.
    """

    key: str
    activity: Activity = field(compare=False)
    day: date | None = None
    event: str = ""
    title: str = ""
    instructor: str = ""
    minutes: Mapping[str, int] | None = field(default=None, compare=False)
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Fill:
    """Part of what a minimum still misses. `of` is what it misses without the offer."""

    code: str
    label: str
    units: Decimal
    of: Decimal


@dataclass(frozen=True)
class Prospect:
    """What completing an offer would do for one licence.

    `units` are those that no longer have to be earned; `worth` those the board would credit. `code` says why, `sentence` in one line,
    `short` in a few words where nothing counts, and `why` at length. `day` is the day the units are wanted by; None where nothing can
    be said of a cycle. `is_verified`: a person at the school has read the board's rules. `if_released` says in a sentence what would be
    said instead once what is held or waits for review counts; "" where that changes nothing.
    """

    NO_CREDIT = ("no_approval", "approval_gap", "differs_from_approval")

    licence: Licence
    place: str
    counts: bool
    units: Decimal
    worth: Decimal
    unit: str
    fills: tuple[Fill, ...]
    sentence: str
    why: str
    code: str
    short: str = ""
    day: date | None = None
    is_verified: bool = False
    if_released: str = ""

    @property
    def is_uncredited(self) -> bool:
        """Whether completing it would earn nothing with the board at all, whatever is still missing there."""
        return self.code in self.NO_CREDIT


@dataclass(frozen=True)
class Effect:
    """What completing several offers together would do for one licence, in its current cycle.

    `counted` and `reasons` are by the offers' keys; a reason is the code of why not all of an offer is counted, "" when all of it is.
    """

    needed_before: Decimal
    needed_after: Decimal
    counted: Mapping[str, Decimal]
    missing_before: tuple[tuple[str, Decimal], ...]
    missing_after: tuple[tuple[str, Decimal], ...]
    reasons: Mapping[str, str]

    @property
    def closes(self) -> bool:
        return not self.needed_after
