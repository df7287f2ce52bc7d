"""A film cut into pieces that workers make apart: what each holds, in the order they are begun. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streaming.pipeline.plan import Plan

PICTURE, SOUND = "picture", "sound"
LEAD_RUNGS = 2


@dataclass(frozen=True)
class PieceSpec:
    kind: str  # PICTURE or SOUND
    number: int
    first_segment: int
    segments: int
    rungs: tuple[str, ...]  # names, largest first; none for sound

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "number": self.number, "first_segment": self.first_segment, "segments": self.segments, "rungs": list(self.rungs)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PieceSpec:
        return cls(data["kind"], data["number"], data["first_segment"], data["segments"], tuple(data["rungs"]))

    def frames(self, plan: Plan) -> tuple[int, int]:
        """The first frame and the one after the last."""
        return plan.segment_starts[self.first_segment], plan.end_of(self.first_segment + self.segments - 1)


def pieces_of(plan: Plan) -> list[PieceSpec]:
    """All pieces. First the lead (the first seconds at the two lowest rungs, what can be watched soonest), then the sound
    (whole: encoded in pieces it would gap at each seam), then the first seconds of the other rungs, then everything in order.
    """
    names = tuple(rung.name for rung in plan.rungs)
    lead, others = names[-LEAD_RUNGS:], names[:-LEAD_RUNGS]
    wanted: list[tuple[str, int, int, tuple[str, ...]]] = [(PICTURE, 0, 1, lead)]
    if plan.has_sound:
        wanted.append((SOUND, 0, plan.segments, ()))
    if others:
        wanted.append((PICTURE, 0, 1, others))
    for first in range(1, plan.segments, plan.segments_per_piece):
        wanted.append((PICTURE, first, min(plan.segments_per_piece, plan.segments - first), names))
    return [PieceSpec(kind, number, first, count, rungs) for number, (kind, first, count, rungs) in enumerate(wanted)]
