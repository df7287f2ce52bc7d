"""A line of the benchmark table, and how the table is printed."""

from __future__ import annotations

from typing import Any

AREAS = ("streaming", "credits", "certificates", "workshops", "payments", "pages")
COLUMNS = ("area", "name", "ours", "theirs", "unit", "ratio", "bar", "better", "holds")


class CannotMeasure(Exception):
    """What this measurement needs is not on this machine; the message says what."""


def row(*, area: str, name: str, ours: float, theirs: float | None, unit: str, bar: float | None, better: str = "higher") -> dict[str, Any]:
    """One line of the table. `ratio` is ours / theirs; it holds at or above `bar` when higher is better, else at or below.

    Without `theirs` the bar is compared with `ours` itself; without a bar the line is there to be read beside others.
    """
    if area not in AREAS or better not in ("higher", "lower"):
        raise ValueError(f"No area {area!r} or direction {better!r}.")
    ratio = ours / theirs if theirs else None
    judged = ours if theirs is None else ratio
    holds = None
    if bar is not None and judged is not None:
        holds = judged >= bar if better == "higher" else judged <= bar
    return {"area": area, "name": name, "ours": ours, "theirs": theirs, "unit": unit, "ratio": ratio, "bar": bar, "better": better, "holds": holds}


def print_table(rows: list[dict[str, Any]]) -> None:
    lines = [COLUMNS, *(tuple(_shown(entry[column]) for column in COLUMNS) for entry in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(COLUMNS))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 100 else f"{value:.0f}" if isinstance(value, float) else str(value)
