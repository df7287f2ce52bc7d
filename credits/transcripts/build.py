"""A transcript: a person's lines by board and cycle, with what each cycle adds up to in the board's own unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits import days
from credits.cases import all_cycles_upto
from credits.licence_facts import missing_facts
from credits.models import Board, Licence, TranscriptLink
from credits.prospects.prospector import Prospector
from credits.rulebook import known
from credits.selectors import school_today, today_of
from credits.transcripts.lines import Line, Origin, State, award_lines, external_lines, open_lines
from credits.transcripts.sources import in_progress_of

STANDING = frozenset({State.EARNED, State.PENDING})


@dataclass(frozen=True)
class TranscriptFilter:
    """What is asked for. `board` is a code, "" for all; the days are those of completion, both inclusive, open when None."""

    board: str = ""
    first: date | None = None
    last: date | None = None
    origins: frozenset[str] = frozenset(Origin)
    states: frozenset[str] = STANDING

    @classmethod
    def of(cls, query: Mapping[str, str]) -> TranscriptFilter:
        """Out of an address: board, period (a year, or two days with `..` between them), kind, status. What is not understood asks for nothing less."""
        kind, status = query.get("kind", ""), query.get("status", "")
        first, last = period_of(query.get("period", ""))
        states = frozenset(State) if status == "all" else frozenset({status}) if status in State.values else STANDING
        return cls(query.get("board", "").replace("\x00", ""), first, last, frozenset({kind}) if kind in Origin.values else frozenset(Origin), states)

    @classmethod
    def of_link(cls, link: TranscriptLink) -> TranscriptFilter:
        origins = {Origin.HERE} | ({Origin.ELSEWHERE} if link.with_external else set()) | ({Origin.IN_PROGRESS} if link.with_pending else set())
        states = STANDING if link.with_pending else frozenset({State.EARNED})
        return cls(link.board.code if link.board else "", link.first_on, link.last_on, frozenset(origins), states)

    def takes(self, line: Line) -> bool:
        if line.origin not in self.origins or line.state not in self.states:
            return False
        if self.board and (line.board is None or line.board.code != self.board):
            return False
        if line.day is None:  # not completed: it belongs to whatever time is still to come
            return self.last is None or self.last >= school_today()
        return (self.first is None or line.day >= self.first) and (self.last is None or line.day <= self.last)


@dataclass(frozen=True)
class Section:
    """The lines of one board in one cycle, or in one year where no cycles are known; without a board, everything that has none."""

    board: Board | None
    licence_number: str
    heading: str
    first: date | None
    last: date | None
    is_cycle: bool
    is_current: bool
    unit: str
    lines: tuple[Line, ...]

    def _sum(self, origin: Origin | None, state: State) -> str:
        units = (line.units for line in self.lines if line.units is not None and line.state == state and origin in (None, line.origin))
        return f"{sum(units, Decimal(0)).normalize():f}"

    @property
    def here(self) -> str:
        return self._sum(Origin.HERE, State.EARNED)

    @property
    def elsewhere(self) -> str:
        return self._sum(Origin.ELSEWHERE, State.EARNED)

    @property
    def earned(self) -> str:
        return self._sum(None, State.EARNED)

    @property
    def pending(self) -> str:
        return self._sum(None, State.PENDING)

    @property
    def period(self) -> str:
        """As an address says it."""
        return f"{self.first}..{self.last}" if self.first and self.last else ""


@dataclass(frozen=True)
class Transcript:
    """`name` is the legal name when it is confirmed, else what the person calls themselves."""

    user: Any
    name: str
    is_name_confirmed: bool
    made_on: date
    sections: tuple[Section, ...]
    boards: tuple[Board, ...] = ()  # of every line, whatever was asked for
    periods: tuple[tuple[str, str], ...] = ()  # years and cycles one can ask for
    asked: TranscriptFilter = field(default_factory=TranscriptFilter)

    @property
    def lines(self) -> list[Line]:
        return [line for section in self.sections for line in section.lines]

    @property
    def totals(self) -> list[tuple[Board, str, str]]:
        """Per board, the earned units of everything shown, and their word."""
        found: dict[int, tuple[Board, Decimal, str]] = {}
        for section in self.sections:
            if section.board:
                before = found.get(section.board.pk, (section.board, Decimal(0), section.unit))
                found[section.board.pk] = (section.board, before[1] + Decimal(section.earned), section.unit)
        return [(board, f"{units.normalize():f}", unit) for board, units, unit in found.values()]


def transcript_of(user: Any, asked: TranscriptFilter) -> Transcript:
    """Everything `asked` for, the newest cycle of each board first. A constant number of queries."""
    prospector = Prospector(user)
    everything = [*award_lines(user), *external_lines(user)]
    if Origin.IN_PROGRESS in asked.origins:
        everything += open_lines(in_progress_of(user), prospector)
    legal = user.legal_name
    sections = _sections(everything, prospector.licences)
    shown = _sections([line for line in everything if asked.takes(line)], prospector.licences)
    return Transcript(
        user=user,
        name=legal.printed if legal else str(user.display_name),
        is_name_confirmed=legal is not None,
        made_on=today_of(user),
        sections=tuple(shown),
        boards=tuple({line.board.pk: line.board for line in sorted(everything, key=_board_name) if line.board}.values()),
        periods=tuple(_periods(everything, sections)),
        asked=asked,
    )


def period_of(text: str) -> tuple[date | None, date | None]:
    """`2026`, or `2025-09-01..2027-08-31`; open on both sides for anything else."""
    try:
        if ".." in text:
            first, last = (date.fromisoformat(part) for part in text.split(".."))
            return (first, last) if days.FIRST <= first <= last <= days.LAST else (None, None)
        year = int(text) if len(text) == 4 and text.isascii() and text.isdigit() else 0
        return (date(year, 1, 1), date(year, 12, 31)) if days.FIRST.year <= year <= days.LAST.year else (None, None)
    except ValueError:
        return None, None


def _board_name(line: Line) -> str:
    return line.board.name.casefold() if line.board else ""


def _sections(lines: Iterable[Line], licences: Iterable[Licence]) -> list[Section]:
    by_board: dict[int, list[Line]] = {}
    boards: dict[int, Board] = {}
    without: list[Line] = []
    for line in lines:
        if line.board is None:
            without.append(line)
        else:
            by_board.setdefault(line.board.pk, []).append(line)
            boards[line.board.pk] = line.board
    held: dict[int, Licence] = {}
    for licence in licences:
        held.setdefault(licence.board_id, licence)
    sections = []
    for board in sorted(boards.values(), key=lambda board: board.name.casefold()):
        sections += _sections_of_board(board, by_board[board.pk], held.get(board.pk))
    if without:
        sections.append(Section(None, "", _("Without a board’s units"), None, None, is_cycle=False, is_current=False, unit="", lines=_ordered(without)))
    return sections


def _sections_of_board(board: Board, lines: list[Line], licence: Licence | None) -> list[Section]:
    today = today_of(licence.user if licence else None)
    rules = known().get(board.code)
    cycles = all_cycles_upto(rules, licence, today) if rules and licence and not missing_facts(licence, licence.user) else []
    periods: dict[tuple[date, date], tuple[str, bool, list[Line]]] = {}
    for line in lines:
        day = line.day or today
        cycle = next((cycle for cycle in cycles if cycle.start <= day <= cycle.end), None)
        if cycle:
            words = {"first": date_format(cycle.start, "F j, Y"), "last": date_format(cycle.end, "F j, Y")}
            key, heading = (cycle.start, cycle.end), _("%(first)s to %(last)s") % words
        else:
            key, heading = (date(day.year, 1, 1), date(day.year, 12, 31)), str(day.year)
        periods.setdefault(key, (heading, cycle is not None, []))[2].append(line)
    unit = next((line.unit for line in lines if line.unit), board.unit_plural)
    number = licence.number if licence else ""
    return [
        Section(board, number, heading, first, last, is_cycle, is_cycle and first <= today <= last, unit, _ordered(found))
        for (first, last), (heading, is_cycle, found) in sorted(periods.items(), key=lambda item: item[0], reverse=True)
    ]


def _ordered(lines: list[Line]) -> tuple[Line, ...]:
    """The newest first; what has no day yet is newer than all."""
    by_title = sorted(lines, key=lambda line: line.title.casefold())
    return tuple(sorted(by_title, key=lambda line: line.day or date.max, reverse=True))


def _periods(lines: Iterable[Line], sections: Iterable[Section]) -> list[tuple[str, str]]:
    years = sorted({line.day.year for line in lines if line.day}, reverse=True)
    cycles = [(section.period, f"{section.board.name}: {section.heading}") for section in sections if section.board and section.is_cycle]
    return [*cycles, *((str(year), str(year)) for year in years)]
