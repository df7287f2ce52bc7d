"""Geometry of the space plot: one bar a kind in a picture of 720 units across, drawn by a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streaming.selectors.space import Part

WIDTH = 720
ROW, BAR, TOP = 46, 16, 22  # each row has its words above its bar
LEAST = 2  # even the smallest part is seen


@dataclass(frozen=True)
class SpaceBar:
    part: Part
    words_y: int
    y: int
    width: float
    percent: int


@dataclass(frozen=True)
class SpacePlot:
    bars: list[SpaceBar]
    height: int
    width: int = WIDTH
    bar: int = BAR


def space_plot(parts: Sequence[Part]) -> SpacePlot:
    total = sum(part.size_bytes for part in parts) or 1
    largest = max((part.size_bytes for part in parts), default=1)
    bars = [
        SpaceBar(part, ROW * row + TOP - 6, ROW * row + TOP, round(max(LEAST, WIDTH * part.size_bytes / largest), 1), round(100 * part.size_bytes / total))
        for row, part in enumerate(parts)
    ]
    return SpacePlot(bars, ROW * len(parts))
