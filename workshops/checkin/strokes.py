"""A drawn signature as the lines it was drawn by: judged when it comes in, drawn anew when it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from workshops.models import Attendance, Signature

MAX_LINES, MAX_POINTS, MAX_SIDE = 200, 4000, 2000
LEAST_SPAN = 12  # of the drawing, in its own dots: less is a slip of the finger


class SignatureRefused(DomainError):
    code = "signature_refused"


@dataclass(frozen=True)
class Drawing:
    strokes: list[list[list[int]]]
    width: int
    height: int


def read_drawing(value: Any) -> Drawing:
    """`{"width", "height", "strokes": [[[x, y], …], …]}` with whole numbers inside the canvas. Raises SignatureRefused."""
    odd = SignatureRefused(_("The signature cannot be read. Let the person sign again."))
    if not isinstance(value, dict) or not all(_is_whole(value.get(name), 1, MAX_SIDE) for name in ("width", "height")):
        raise odd
    width, height, strokes = value["width"], value["height"], value.get("strokes")
    if not isinstance(strokes, list) or not 0 < len(strokes) <= MAX_LINES or not all(isinstance(line, list) and line for line in strokes):
        raise odd
    points = [point for line in strokes for point in line]
    if len(points) > MAX_POINTS or not all(_is_point(point, width, height) for point in points):
        raise odd
    if max(_span([point[axis] for point in points]) for axis in (0, 1)) < LEAST_SPAN:
        raise SignatureRefused(_("That is too small for a signature. Let the person sign again."))
    return Drawing(strokes, width, height)


def keep(drawing: Drawing) -> Signature:
    return Signature.objects.create(strokes=drawing.strokes, width=drawing.width, height=drawing.height)


def drawn(line: Attendance) -> Drawing | None:
    """What was drawn for a line of the log, to be kept with another one that takes its place."""
    signature = line.signature
    return Drawing(signature.strokes, signature.width, signature.height) if signature else None


def svg(signature: Signature) -> str:
    """The picture, made from numbers alone."""
    lines = "".join(f'<path d="{_path(line)}"/>' for line in signature.strokes)
    box = f'viewBox="0 0 {signature.width:d} {signature.height:d}"'
    pen = 'fill="none" stroke="#1a1a1a" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} {pen}>{lines}</svg>'


def _path(line: list[list[int]]) -> str:
    first, *rest = [f"{x:d} {y:d}" for x, y in line]
    return f"M{first}" + ("".join(f"L{point}" for point in rest) or f"L{first}")


def _is_whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_point(point: Any, width: int, height: int) -> bool:
    return isinstance(point, list) and len(point) == 2 and _is_whole(point[0], 0, width) and _is_whole(point[1], 0, height)


def _span(values: list[int]) -> int:
    return max(values) - min(values)
