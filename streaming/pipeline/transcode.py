"""One file to one folder of HLS in one process: every piece in turn, playlists, a cover. Writes only into its folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from streaming.pipeline import ffmpeg
from streaming.pipeline.encode import encode_piece
from streaming.pipeline.package import AUDIO, CheckFailed, Track, check_whole, master_playlist, merge, playlists
from streaming.pipeline.pieces import pieces_of
from streaming.pipeline.plan import Plan, plan_for
from streaming.pipeline.prepare import prepare
from streaming.pipeline.probe import Probe, probe_file
from streaming.pipeline.sandbox import GB, Limits, run_child

POSTER = "poster.jpg"

Report = Callable[[int, str], None]  # percent, stage; may raise to end the work


@dataclass(frozen=True)
class Film:
    """A finished transcode in `folder`."""

    plan: Plan
    tracks: dict[str, Track]
    folder: Path

    @property
    def probe(self) -> Probe:
        return self.plan.probe

    @property
    def sound(self) -> Track | None:
        return self.tracks.get(AUDIO)

    @property
    def duration_ms(self) -> int:
        return round(self.plan.duration * 1000)


def transcode(source: Path, target: Path, report: Report) -> Film:
    """Make HLS of `source` (alone in its folder) in the empty folder `target`.

    Raises Refused with a sentence when the file is to blame, ChildFailed or CheckFailed when we may be.
    """
    report(1, _("Reading the file"))
    probe = probe_file(source)
    copy = source.parent.parent / "copy" / "source"
    copy.parent.mkdir()
    if prepare(probe, source, copy):
        source, probe = copy, probe_file(copy)
    plan = plan_for(probe)
    facts, pieces, stage = [], pieces_of(plan), _("Encoding the picture")
    for spec in pieces:
        folder = source.parent.parent / "piece"
        folder.mkdir()
        facts.append(encode_piece(plan, spec, source, folder, lambda share, n=spec.number: report(3 + round((n + share) / len(pieces) * 90), stage)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for file in folder.rglob("*.*"):
            kept = target / file.relative_to(folder)
            kept.parent.mkdir(exist_ok=True)
            file.replace(kept)
        for made in folder.iterdir():
            made.rmdir()
        folder.rmdir()
    tracks = merge(facts)
    check_whole(plan, tracks)
    report(94, _("Choosing a picture for the cover"))
    _make_poster(plan, source, target)
    for path, text in playlists(plan, tracks, complete=True).items():
        (target / path).write_text(text)
    (target / "master.m3u8").write_text(master_playlist(plan, tracks))
    return Film(plan, tracks, target)


def _make_poster(plan: Plan, source: Path, target: Path) -> None:
    limits = Limits(memory_bytes=6 * GB, cpu_s=600, file_bytes=GB, timeout_s=600)
    for at_s in (float(plan.duration) * 0.2, 0.0):  # from the start when the film is damaged just there
        run_child(ffmpeg.poster_command(plan, str(source), POSTER, at_s=at_s), folder=target, limits=limits)
        if (target / POSTER).exists():
            return
    raise CheckFailed("no picture for the cover came out")
