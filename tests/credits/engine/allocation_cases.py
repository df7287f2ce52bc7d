"""Random rules and pieces for the allocation: small, and with every clause of the rules in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from credits.engine.matching import MODES, Match
from credits.engine.problem import Cap, Distinct, Minimum, Piece, Problem

CATEGORIES = ("ethics", "law", "technique", "science")
SCOPES = ("cycle", "cycle", "cycle", "cycle_year", "calendar_day", "24_hours", "event", "course")
START = date(2024, 2, 29)


def random_problem(random: Random) -> Problem:
    step = random.choice((1, 1, 2, 4))
    minima = _minima(random, step)
    caps = tuple(_cap(random, f"cap{i}", step) for i in range(random.choice((0, 0, 1, 1, 2, 3))))
    distinct = None
    if random.random() < 0.15:
        listed = tuple(random.sample(CATEGORIES, random.randint(1, 3)))
        distinct = Distinct(listed, random.randint(1, len(listed)), _amount(random, step, 3))
    pieces = tuple(_pieces(random, step, random.randint(0, 7)))
    required = _amount(random, step, 14) if random.random() < 0.95 else Fraction(0)
    return Problem(required, pieces, minima, caps, distinct, False, START)


def _amount(random: Random, step: int, most: int) -> Fraction:
    return Fraction(random.randint(1, most * step), step)


def _match(random: Random) -> Match:
    parts: dict[str, Any] = {}
    if random.random() < 0.75:
        parts["categories"] = frozenset(random.sample(CATEGORIES, random.choice((1, 1, 1, 2))))
    if random.random() < 0.1:
        parts["without"] = frozenset(random.sample(CATEGORIES, 1)) - parts.get("categories", frozenset())
    if random.random() < 0.35:
        parts["modes"] = frozenset(random.sample(MODES, random.choice((1, 2, 2, 3))))
    if random.random() < 0.06:
        parts["hands_on_min"] = Fraction(1, 2)
    if random.random() < 0.05:
        parts["size_from"] = Fraction(2)
    if random.random() < 0.04:
        parts["dated_from"] = START + timedelta(days=200)
    return Match(**parts)


def _minima(random: Random, step: int) -> tuple[Minimum, ...]:
    found: list[Minimum] = []
    for i in range(random.choice((0, 1, 1, 2, 2, 3, 3, 4))):
        above = random.choice(found) if found and random.random() < 0.25 else None
        additional = above.additional if above else random.random() < 0.2
        group = random.choice((None, None, "one", "one", "two"))
        if above and group in _groups_above(found, above):
            group = None
        units = Fraction(0) if random.random() < 0.03 else _amount(random, step, 4)
        found.append(Minimum(f"m{i}", _match(random), units, additional, above.code if above else None, group, True))
    return tuple(found)


def _groups_above(found: list[Minimum], at: Minimum) -> set[str | None]:
    above = [minimum for minimum in found if minimum.code == at.nested_in]
    return {at.group, *(group for minimum in above for group in _groups_above(found, minimum))}


def _cap(random: Random, code: str, step: int) -> Cap:
    match = Match() if random.random() < 0.3 else _match(random)
    return Cap(code, match, random.choice(SCOPES), _amount(random, step, 8), random.random() < 0.12)


def _pieces(random: Random, step: int, count: int) -> list[Piece]:
    found = []
    for i in range(count):
        kind = random.choice(("credit",) * 8 + ("carried", "credential"))
        day = START + timedelta(days=random.choice((0, 1, 1, 2, 3, 100, 365, 366, 400, 731)))
        at = datetime(day.year, day.month, day.day, random.randint(0, 23), tzinfo=UTC) if random.random() < 0.7 else None
        units = _amount(random, step, 5)
        found.append(
            Piece(
                credit=f"credential:{i}" if kind == "credential" else f"c{i}",
                segment=0,
                kind=kind,
                day=day,
                at=at,
                units=units,
                size=units + random.choice((0, 0, 1)),
                mode=None if kind == "credential" else random.choice(MODES),
                categories=frozenset(random.sample(CATEGORIES, random.choice((0, 1, 1, 1, 2, 2, 3)))),
                hands_on=random.choice((Fraction(0), Fraction(1, 2), Fraction(1))),
                course=random.choice("xyz"),
                event=random.choice("pqr"),
                may_serve=kind != "carried" or random.random() < 0.5,
            )
        )
    return sorted(found, key=lambda piece: ({"carried": 0, "credit": 1, "credential": 2}[piece.kind], piece.day, piece.credit, piece.segment))
