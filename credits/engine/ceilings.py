"""Caps as they bear on pieces: which pieces share a cap's room, the pass in completion order, and what is over a cap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import lcm

from credits.engine.further import Rulings
from credits.engine.problem import Cap, Piece
from credits.engine.simplex import Table

Room = tuple[Fraction, tuple[int, ...]]  # what a cap admits, and the pieces that share it


def instant(piece: Piece) -> datetime:
    return piece.at if piece.at is not None else datetime.combine(piece.day, time(), UTC)


def year_of_cycle(day: date, start: date) -> int:
    """How many years after `start` the cycle year of `day` began."""
    leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    begins = (start.month, 28) if (start.month, start.day) == (2, 29) and not leap else (start.month, start.day)
    return day.year - start.year - ((day.month, day.day) < begins)


def sharing(cap: Cap, members: Sequence[int], pieces: Sequence[Piece], start: date) -> list[tuple[int, ...]]:
    """The sets of pieces that the cap looks at together."""
    if cap.scope == "cycle":
        return [tuple(members)]
    if cap.scope == "24_hours":
        times = {i: instant(pieces[i]) for i in members}
        return [tuple(i for i in members if end - timedelta(hours=24) < times[i] <= end) for end in sorted(set(times.values()))]
    groups: dict[object, list[int]] = {}
    for i in members:
        piece = pieces[i]
        key: object = {"calendar_day": piece.day, "event": piece.event, "course": piece.course}.get(cap.scope)
        groups.setdefault(year_of_cycle(piece.day, start) if cap.scope == "cycle_year" else key, []).append(i)
    return [tuple(group) for group in groups.values()]


def shared_rooms(rules: Rulings, pieces: Sequence[Piece], matched: Sequence[int], start: date, *, in_completion_order: bool) -> dict[int, list[Room]]:
    """By the cap's position, every room. `matched` are the caps that each piece is under."""
    found = {}
    for at, cap in enumerate(rules.caps):
        if cap.in_completion_order == in_completion_order:
            members = [i for i, mask in enumerate(matched) if mask >> at & 1]
            found[at] = [(cap.units, group) for group in sharing(cap, members, pieces, start)]
    return found


def in_completion_order(rooms: Sequence[Room], pieces: Sequence[Piece]) -> list[Fraction]:
    """What each piece may give when the caps take credits as they come in."""
    admitted = [piece.units for piece in pieces]
    left = [room for room, _ in rooms]
    under: dict[int, list[int]] = {}
    for at, (_, members) in enumerate(rooms):
        for i in members:
            under.setdefault(i, []).append(at)
    for i in sorted(under, key=lambda i: (instant(pieces[i]), pieces[i].credit, pieces[i].segment)):
        admitted[i] = max(Fraction(0), min(admitted[i], *(left[at] for at in under[i])))
        for at in under[i]:
            left[at] -= admitted[i]
    return admitted


def surplus(left: Sequence[Fraction], rooms: Sequence[Room], counted: Sequence[Fraction]) -> list[Fraction]:
    """Of the units left over, the most that fits beside what is counted; of several ways the one that keeps the oldest."""
    kept = list(left)
    tight = []
    for room, sharers in rooms:
        members = tuple(i for i in sharers if left[i])
        if members:
            spare = room - sum((counted[i] for i in sharers), Fraction(0))
            if sum((left[i] for i in members), Fraction(0)) > spare:
                tight.append((max(spare, Fraction(0)), members))
    if not tight:
        return kept
    if _nested([set(members) for _, members in tight]):
        return _oldest_first(kept, tight)
    return _most(kept, tight)


def _nested(sets: list[set[int]]) -> bool:
    return all(a <= b or b <= a or not a & b for a in sets for b in sets)


def _oldest_first(kept: list[Fraction], tight: Sequence[Room]) -> list[Fraction]:
    """Rooms inside one another: taking the oldest first is already the most."""
    left = [room for room, _ in tight]
    for i in range(len(kept)):
        around = [j for j, (_, members) in enumerate(tight) if i in members]
        if around:
            kept[i] = min(kept[i], *(left[j] for j in around))
            for j in around:
                left[j] -= kept[i]
    return kept


def _most(kept: list[Fraction], tight: Sequence[Room]) -> list[Fraction]:
    scale = lcm(*(amount.denominator for amount in (*kept, *(room for room, _ in tight))))
    table = Table()
    held = sorted({i for _, members in tight for i in members})
    place = {i: table.variable(0, int(kept[i] * scale), 0) for i in held}
    table.columns = list(place.values())
    total = table.variable(None, None, 0)
    table.row(total, [-1] * len(held))
    for room, members in tight:
        table.row(table.variable(0, None, int(room * scale)), [1 if i in members else 0 for i in held])
    table.push(total, 1, sum(int(kept[i] * scale) for i in held))
    for i in held:
        whole = int(kept[i] * scale)
        table.push(place[i], 1, whole)
        table.low[place[i]] = table.value[place[i]]
        kept[i] = Fraction(table.value[place[i]]) / scale
    return kept
