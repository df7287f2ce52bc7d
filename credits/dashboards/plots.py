"""Geometry of the dashboards' plots: columns and bars in units of their own, drawn by templates with the numbers beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

COLUMN, HEIGHT, GAP, WIDTH = 10, 40, 1.5, 100


@dataclass(frozen=True)
class Part:
    """One piece of a column or bar, of the kind that its class and the legend name."""

    kind: str
    count: int
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Column:
    day: date
    total: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Columns:
    """Columns side by side in a picture `width` wide and HEIGHT high."""

    columns: tuple[Column, ...]
    width: int
    height: int = HEIGHT

    @property
    def is_empty(self) -> bool:
        return not any(column.total for column in self.columns)


@dataclass(frozen=True)
class Bar:
    """One line, WIDTH across. `key` is what a link to its rows asks for."""

    key: str
    label: str
    total: int
    parts: tuple[Part, ...]


def columns_of(days: Sequence[date], counts: Mapping[date, Mapping[str, int]], kinds: Sequence[str]) -> Columns:
    """A column for each of `days`, its kinds stacked from the ground up in the order of `kinds`; the highest fills the picture."""
    most = max((sum(parts.values()) for parts in counts.values()), default=0) or 1
    columns = []
    for place, day in enumerate(days):
        parts, ground = [], float(HEIGHT)
        for kind in kinds:
            count = counts.get(day, {}).get(kind, 0)
            if count:
                height = count * HEIGHT / most
                ground -= height
                parts.append(Part(kind, count, _place(place * COLUMN + GAP), _place(ground), _place(COLUMN - 2 * GAP), _place(height)))
        columns.append(Column(day, sum(part.count for part in parts), tuple(parts)))
    return Columns(tuple(columns), len(columns) * COLUMN)


def bars_of(rows: Iterable[tuple[str, str, Mapping[str, int]]], kinds: Sequence[str]) -> tuple[Bar, ...]:
    """A bar for each row of key, label and counts, its kinds side by side; the longest fills the picture."""
    listed = list(rows)
    most = max((sum(counts.values()) for _, _, counts in listed), default=0) or 1
    found = []
    for key, label, counts in listed:
        parts, start = [], 0.0
        for kind in kinds:
            width = counts.get(kind, 0) * WIDTH / most
            if width:
                parts.append(Part(kind, counts[kind], _place(start), "0", _place(width), "4"))
            start += width
        found.append(Bar(key, label, sum(counts.values()), tuple(parts)))
    return tuple(found)


def months_from(day: date, count: int) -> list[date]:
    """The first days of the month of `day` and of those after it."""
    return [date(day.year + (day.month - 1 + step) // 12, (day.month - 1 + step) % 12 + 1, 1) for step in range(count)]


def _place(value: float) -> str:
    """A coordinate: two places, always with a point whatever the language."""
    return f"{value:.2f}"
