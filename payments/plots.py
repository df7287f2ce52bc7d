"""Geometry of the revenue plot: bars in a picture of 720 × 260 units, drawn by a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from payments.ledger import Month
from payments.models import Product

WIDTH, HEIGHT = 720, 260
LEFT, BOTTOM, TOP = 64, 28, 12
GAP = 0.28  # of a month's width
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Bar:
    kind: str
    label: Any
    cents: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Column:
    month: date
    middle: float
    bars: list[Bar]
    refunded: Bar | None


@dataclass(frozen=True)
class Line:
    cents: int
    y: float


@dataclass(frozen=True)
class RevenuePlot:
    columns: list[Column]
    lines: list[Line]
    kinds: list[tuple[str, Any]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    baseline: int = HEIGHT - BOTTOM


def revenue_plot(months: Sequence[Month]) -> RevenuePlot:
    """Stacked bars of what came in, by kind of product, with what went back as a bar in front."""
    top = nice_ceiling(max((max(month.gross_cents, month.refunded_cents) for month in months), default=0))
    scale = (HEIGHT - BOTTOM - TOP) / top
    slot = (WIDTH - LEFT) / max(1, len(months))
    labels = dict(Product.Kind.choices)
    columns = []
    for position, month in enumerate(months):
        x, bars, base = LEFT + slot * (position + GAP / 2), [], float(HEIGHT - BOTTOM)
        width = slot * (1 - GAP)
        for kind in Product.Kind.values:
            if cents := month.by_kind.get(kind, 0):
                tall = cents * scale
                base -= tall
                bars.append(Bar(kind, labels[kind], cents, round(x, 1), round(base, 1), round(width, 1), round(tall, 1)))
        back = None
        if month.refunded_cents:
            tall = month.refunded_cents * scale
            back = Bar("refunded", "", month.refunded_cents, round(x + width * 0.7, 1), round(HEIGHT - BOTTOM - tall, 1), round(width * 0.3, 1), round(tall, 1))
        columns.append(Column(month.begins_on, round(x + width / 2, 1), bars, back))
    used = {kind for month in months for kind in month.by_kind}
    lines = [Line(round(top * part / 4), round(HEIGHT - BOTTOM - top * part / 4 * scale, 1)) for part in range(5)]
    return RevenuePlot(columns, lines, [(kind, labels[kind]) for kind in Product.Kind.values if kind in used])


def nice_ceiling(cents: int) -> int:
    """The next round number at or above `cents` that four grid lines divide well; at least 400."""
    size = 100
    while True:
        for step in STEPS:
            if cents <= (ceiling := round(4 * step * size / 4) * 4):
                return max(ceiling, 400)
        size *= 10
