"""What a board's formula gives beside what an officer types in, for the desk."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from credits.models import Activity, Board
from credits.prospects.values import Worth, parts_in_words, worth_of_activity


@dataclass(frozen=True)
class Comparison:
    """`sentence` says what the formula gives, or why it gives nothing; `warning` that the approved amount differs."""

    sentence: str
    worth: Worth | None = None
    parts: tuple[str, ...] = ()
    warning: str = ""


def comparison_of(activity: Activity | None, board: Board | None, units: Decimal | None) -> Comparison:
    if activity is None or board is None:
        return Comparison(_("Choose the activity and the board, and the board's own definition of an hour is worked out here."))
    worth = worth_of_activity(activity, board)
    if worth is None:
        if not activity.components:
            return Comparison(_("The activity says nothing of its minutes, so no hours can be worked out. Add them to the activity."))
        said = {"board": board.name}
        return Comparison(_("How %(board)s counts an hour of this kind is not in our data. Copy the amount from its letter.") % said)
    return Comparison(worth.sentence, worth, tuple(parts_in_words(worth)), worth.warning(units) if units is not None else "")


def units_typed(words: str) -> Decimal | None:
    """An amount from a form that is not finished; None for anything that is not one."""
    try:
        units = Decimal(words.strip())
    except InvalidOperation:
        return None
    return units if units.is_finite() and 0 < units < 100_000 else None
