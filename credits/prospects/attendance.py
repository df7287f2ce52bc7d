"""What each approval would grant for what was attended, asked of the same rules and the same engine as the award."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from credits.attended import HOUR_NOT_ESTABLISHED, granted_for
from credits.decisions import preflight
from credits.models import Accreditation, Activity, DeliveryMode, Dossier
from credits.rulebook import BoardRules, known


@dataclass(frozen=True)
class BoardHours:
    """Units of one approval. With none, `code` and `sentence` say why; `sentence` also says how a part came about."""

    approval: int
    board: str
    board_code: str
    unit: str
    units: Decimal
    approved: Decimal
    code: str
    sentence: str

    @property
    def units_shown(self) -> str:
        return f"{self.units.normalize():f}"

    @property
    def approved_shown(self) -> str:
        return f"{self.approved.normalize():f}"

    @property
    def is_full(self) -> bool:
        return self.units == self.approved

    @property
    def is_for_an_officer(self) -> bool:
        return self.code == HOUR_NOT_ESTABLISHED


def approvals_of(activity: Activity, *, day: date) -> list[Accreditation]:
    """The approvals that cover a completion on `day`, with their boards, as `hours_of` takes them. One query."""
    return list(activity.accreditations.in_force_on(day).select_related("board", "activity").order_by("board__name", "-valid_from", "pk"))


def hours_of(facts: Mapping[str, Any], approvals: Iterable[Accreditation], *, rules: Mapping[str, BoardRules] | None = None) -> list[BoardHours]:
    """`facts` are those of the dossier-to-be ({"offered", "attended"}). Of a board's approvals for the room and for online, the one that fits."""
    rules = known() if rules is None else rules
    modes = {mode for mode, minutes in facts["offered"]["minutes"].items() if minutes}
    remote = modes == {DeliveryMode.LIVE_REMOTE}
    rows = list(approvals)
    fitting = [row for row in rows if (row.mode == DeliveryMode.LIVE_REMOTE) == remote]
    others = [row for row in rows if row not in fitting and row.board_id not in {one.board_id for one in fitting}]
    return [_hours(dict(facts), row, rules) for row in sorted([*fitting, *others], key=lambda row: (row.board.name, row.pk))]


def _hours(facts: dict[str, Any], row: Accreditation, rules: Mapping[str, BoardRules]) -> BoardHours:
    stops = preflight(dossier=Dossier(kind=Activity.Kind.WORKSHOP, facts=facts), activity=row.activity, accreditation=row)
    granted = granted_for(facts, row, rules=rules)
    units, code, sentence = (Decimal(0), "differs_from_approval", " ".join(stops)) if stops else (granted.units, granted.code, granted.sentence)
    return BoardHours(row.pk, row.board.name, row.board.code, row.unit_printed, units, row.units, code, sentence)
