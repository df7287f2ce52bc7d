"""Who lacks what, by board and by deadline: out of the snapshots, which are a day old at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credits.dashboards.plots import Bar, Columns, bars_of, columns_of, months_from
from credits.models import Board, Licence, StandingSnapshot
from credits.models.snapshots import StandingSnapshotQuerySet
from credits.rulebook import BoardRules, known
from credits.rulebook.words import Unit, amount
from credits.standing_words import Words, minimum_label, minimum_what
from credits.standings import names_by_code, row_content

MONTHS = 12
BOARDS_SHOWN = 10
WITHIN = (30, 90, 180, 365)

LACKING = Q(needed__gt=0) | ~Q(blocked_by=[])
LATE = Q(before_status="open", before_needed__gt=0)
SHOW: dict[str, tuple[Promise | str, Q]] = {
    "lacking": (_("Lacks something"), LACKING),
    "late": (_("Late credit possible"), LATE),
    "unknown": (_("Nothing known"), ~Q(gap_code="")),
    "complete": (_("Complete"), Q(needed=0, blocked_by=[])),
    "all": (_("All"), Q()),
}
GAPS: dict[str, Promise | str] = {
    "no_rules": _("no rules of this board in our data"),
    "nothing_asked": _("no continuing education is asked for"),
    "no_calendar": _("when its cycles end is not established"),
    "no_cycle": _("the board’s next period is not in our data"),
    "not_begun": _("its first cycle has not begun"),
    "missing_issued_on": _("its date of issue is missing"),
    "missing_number": _("its number is missing"),
    "missing_born_on": _("the date of birth is missing"),
    "missing_practising_since": _("since when they practise is missing"),
    "facts_unfit": _("two facts on file contradict each other"),
}


@dataclass(frozen=True)
class StandingFilter:
    """What a reader asked to see. `within` counts days to the deadline, None is any; `lacks` is the code of a minimum."""

    show: str = "lacking"
    board: str = ""
    within: int | None = None
    lacks: str = ""
    words: str = ""
    is_unverified: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str], words: str) -> StandingFilter:
        """Whatever is not known means everything that lacks something."""
        show, within = query.get("show", ""), query.get("within", "")
        return cls(
            show=show if show in SHOW else "lacking",
            board=query.get("board", "")[:60].replace("\x00", ""),
            within=int(within) if within in map(str, WITHIN) else None,
            lacks=query.get("lacks", "")[:120].replace("\x00", ""),
            words=words,
            is_unverified=query.get("unverified", "") == "1",
        )

    def rows(self, today: date) -> StandingSnapshotQuerySet:
        """The snapshots asked for, the nearest deadline first, with what a list shows of each."""
        rows = self._around(StandingSnapshot.objects.on_file()).filter(SHOW[self.show][1])
        deadline = "before_deadline" if self.show == "late" else "deadline"
        if self.within is not None:
            rows = rows.filter(**{f"{deadline}__range": (today, today + timedelta(days=self.within))})
        if self.lacks:
            rows = rows.filter(missing__contains=[{"code": self.lacks}])
        rows = rows.select_related("licence__board", "licence__user").with_staleness()
        return rows.order_by(F(deadline).asc(nulls_last=True), "licence__user__email", "pk")

    def _around(self, rows: StandingSnapshotQuerySet) -> StandingSnapshotQuerySet:
        """Without regard to what they lack and when, which the plots show."""
        if self.board:
            rows = rows.filter(licence__board__code=self.board)
        if self.is_unverified:
            rows = rows.filter(is_verified=False, gap_code="")
        if self.words:
            person = Q(licence__user__email__icontains=self.words) | Q(licence__user__display_name__icontains=self.words)
            rows = rows.filter(person | Q(licence__number__icontains=self.words))
        return rows

    def by_month(self, today: date) -> Columns:
        """How many cycles close in each of the next months, those that lack something at the bottom."""
        months = months_from(today, MONTHS)
        after = months_from(months[-1], 2)[1]
        rows = self._around(StandingSnapshot.objects.on_file()).filter(deadline__gte=today, deadline__lt=after)
        counted = rows.annotate(month=TruncMonth("deadline")).order_by().values("month")
        counts = {row["month"]: _kinds(row) for row in counted.annotate(**_COUNTS)}
        return columns_of(months, counts, ("lacking", "complete"))

    def by_board(self) -> tuple[Bar, ...]:
        """The boards with the most licences that lack something."""
        rows = replace(self, board="")._around(StandingSnapshot.objects.on_file())
        counted: Any = rows.order_by().values("licence__board__code", "licence__board__name").annotate(**_COUNTS)
        listed = sorted(counted, key=lambda row: (-row["lacking"], -row["complete"], row["licence__board__name"]))
        named = ((row["licence__board__code"], row["licence__board__name"], _kinds(row)) for row in listed[:BOARDS_SHOWN])
        return bars_of(named, ("lacking", "complete", "unknown"))


_COUNTS = {"lacking": Count("pk", filter=LACKING), "complete": Count("pk", filter=SHOW["complete"][1]), "unknown": Count("pk", filter=~Q(gap_code=""))}


def _kinds(row: Mapping[str, Any]) -> dict[str, int]:
    return {kind: row[kind] for kind in ("lacking", "complete", "unknown")}


@dataclass(frozen=True)
class Lack:
    """A snapshot in words: how much is missing, of what, and which cards."""

    snapshot: StandingSnapshot
    needed: str
    parts: tuple[tuple[str, str], ...]  # units, and of what
    cards: tuple[str, ...]
    gap: str
    late: str
    held: str
    days_left: int | None

    @property
    def is_lacking(self) -> bool:
        return bool(self.needed or self.cards)


def lacks_of(snapshots: Iterable[StandingSnapshot], today: date) -> Iterator[Lack]:
    """Costs no query on rows of `StandingFilter.rows`."""
    rules, names = known(), names_by_code()
    for snapshot in snapshots:
        board = rules.get(snapshot.licence.board.code)
        yield Lack(
            snapshot=snapshot,
            needed=_amount(snapshot.needed, board) if snapshot.needed else "",
            parts=tuple(_part(snapshot, board, names, code, units) for code, units in snapshot.missing_units),
            cards=tuple(names.get(code, code) for code in snapshot.blocked_by),
            gap=str(GAPS.get(snapshot.gap_code, snapshot.gap_code)),
            late=_amount(snapshot.before_needed, board) if snapshot.before_status == "open" and snapshot.before_needed else "",
            held=_amount(snapshot.held, board) if snapshot.held else "",
            days_left=snapshot.days_left(today),
        )


def minima_of(board: str) -> list[tuple[str, str]]:
    """The minima that rules of a board have, by code, with their words: what a reader can ask for."""
    rules = known().get(board)
    if rules is None:
        return []
    words = Words(rules.unit, names_by_code(), {})
    found = {part["code"]: minimum_label(row.content, part["code"], words) for row in rules.rules for part in row.content.get("minima", ())}
    return sorted(found.items(), key=lambda item: item[1].casefold())


def boards_on_file() -> QuerySet[Board]:
    return Board.objects.filter(Exists(Licence.objects.on_file().filter(board=OuterRef("pk")))).order_by("name")


def _amount(units: Decimal | None, board: BoardRules | None) -> str:
    return amount(plain_units(units), board.unit if board else Unit())


def plain_units(units: Decimal | None) -> str:
    """5.500000 as 5.5, nothing as ""."""
    return "" if units is None else f"{units.normalize():f}"


def _part(snapshot: StandingSnapshot, board: BoardRules | None, names: dict[str, str], code: str, units: Decimal) -> tuple[str, str]:
    label = code.replace("_", " ")
    reference = {"id": snapshot.rule_id, "version": snapshot.rule_version}
    if board and any((row.content["id"], row.content["version"]) == (snapshot.rule_id, snapshot.rule_version) for row in board.rules):
        label = minimum_what(row_content(board, reference), code, Words(board.unit, names, {}))
    return plain_units(units), label
