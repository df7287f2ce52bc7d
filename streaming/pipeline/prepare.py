"""Rewrites a film whose container finds moments badly into one that finds them, without decoding it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from streaming.pipeline import ffmpeg
from streaming.pipeline.probe import MAX_BYTES, Probe, Refused, probe_file
from streaming.pipeline.sandbox import GB, ChildFailed, Limits, run_child

MOST_DIFFERENCE_S = Fraction(1, 10)


def prepare(probe: Probe, source: Path, target: Path) -> bool:
    """Copy picture and sound of `source` into Matroska at `target`, alone in its folder, when pieces cannot be cut from `source` itself.

    True when `target` is there: probe and use it in place of `source`. False when `source` is as good, or nothing better could be made of it.
    """
    if probe.cuttable:
        return False
    limits = Limits(memory_bytes=2 * GB, cpu_s=1800, file_bytes=MAX_BYTES + GB, timeout_s=3600)
    for sound in ("copy", "pcm_s16le"):  # Matroska knows no name for some of the sounds of old cameras
        try:
            run_child(ffmpeg.copy_command(probe, str(source), str(target), sound=sound), folder=target.parent, limits=limits)
            if _serves(probe, probe_file(target)):
                return True
        except (ChildFailed, Refused):
            pass
        target.unlink(missing_ok=True)
    return False


def _serves(probe: Probe, copy: Probe) -> bool:
    """A copy shows what an edit list hid, so where the length was known it must be the same."""
    known = probe.demuxer in {"mov", "matroska"} and probe.raw["announced"] > 0
    return copy.cuttable and not (known and abs(copy.length - probe.length) > MOST_DIFFERENCE_S)
