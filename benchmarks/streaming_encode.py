"""One film, six rungs: our pieces beside MediaCMS's and PeerTube's commands, and beside the least that the same encoder can cost.

V1 to V6, V9 and V13 of the figures in docs/decisions/0004. All use the same ffmpeg on the same clip and take turns; times are medians of
three rounds. VMAF is taken of the last round's files. Takes about ten minutes on two cores.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import film_measure, film_peers
from benchmarks.film_clips import film_24s, folder
from benchmarks.film_measure import Cost
from benchmarks.rows import CannotMeasure, row

ROUNDS = 3
ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-measuring-0123456789abcdefghijklmnop"
JUDGED = (1080, 720, 480)
HEARD = re.compile(r"I:\s+(-?[0-9.]+) LUFS[\s\S]*Peak:\s+(-?[0-9.]+) dBFS")


def rows() -> list[dict[str, Any]]:
    os.environ.setdefault("SECRET_KEY", SECRET_KEY)
    import django

    django.setup()
    film = film_24s()
    if (os.cpu_count() or 1) < 2:
        raise CannotMeasure("Encoders are compared on two cores; this machine has one.")
    costs: dict[str, list[Cost]] = {name: [] for name in ("ours", "mediacms", "peertube", "limit")}
    for _ in range(ROUNDS):
        costs["ours"].append(_ours(film))
        mediacms = film_peers.mediacms(film, folder() / "mediacms")
        peertube = film_peers.peertube(film, folder() / "peertube")
        costs["mediacms"].append(mediacms.cost)
        costs["peertube"].append(peertube.cost)
    costs["limit"].append(_limit(film))  # processor time alone, which hardly varies
    cpu = {name: statistics.median(cost.cpu_s for cost in found) for name, found in costs.items()}
    wall = {name: statistics.median(cost.wall_s for cost in found) for name, found in costs.items()}

    def line(name: str, ours: float, theirs: float | None, unit: str, bar: float | None, better: str = "lower") -> dict[str, Any]:
        return row(area="streaming", name=name, ours=ours, theirs=theirs, unit=unit, bar=bar, better=better)

    found = [
        line("V1 ladder, processor time beside MediaCMS", cpu["ours"], cpu["mediacms"], "CPU s", 0.55),
        line("V2 ladder, wall time beside MediaCMS", wall["ours"], wall["mediacms"], "s", 0.55),
        line("V2 ladder, wall time beside PeerTube", wall["ours"], wall["peertube"], "s", 0.75),
        line("ladder, processor time beside PeerTube", cpu["ours"], cpu["peertube"], "CPU s", None),
        line("V3 ladder, processor time beside the limit", cpu["ours"], cpu["limit"], "CPU s", 1.05),
    ]
    joined = _joined()
    sizes = {name: _picture_bytes(paths) for name, paths in (("ours", joined), ("mediacms", _rungs(mediacms)), ("peertube", _rungs(peertube)))}
    scores = {height: film_measure.vmaf(joined[height], film) for height in JUDGED}
    for height in JUDGED:
        theirs = _vmaf_of(mediacms.rung(height), film)
        found.append(
            line(
                f"V4 VMAF at {height} less MediaCMS's ({scores[height]:.1f}, {theirs:.1f})",
                scores[height] - theirs,
                None,
                "VMAF",
                -1.0 if height > 480 else -2.0,
                "higher",
            )
        )
    found.append(line("V4 bytes of picture beside MediaCMS", sizes["ours"], sizes["mediacms"], "bytes", 1.05))
    for height in JUDGED[1:]:
        theirs = _vmaf_of(peertube.rung(height), film)
        found.append(line(f"V5 VMAF at {height} less PeerTube's ({scores[height]:.1f}, {theirs:.1f})", scores[height] - theirs, None, "VMAF", 4.0, "higher"))
    found.append(line("V5 bytes of picture beside PeerTube", sizes["ours"], sizes["peertube"], "bytes", 1.15))
    kept = film_measure.tree_bytes(folder() / "ours" / "release", ".mp4", ".m4s")
    theirs_kept = film_measure.tree_bytes(mediacms.folder, ".mp4", ".ts")
    found.append(line("V6 bytes kept beside MediaCMS", kept, theirs_kept, "bytes", 0.50))
    return [*found, *_seams(film, line), *_loudness(line)]


def _ours(film: Path) -> Cost:
    film_measure.run([sys.executable, "-m", "benchmarks.film_ours", str(film), str(folder() / "ours")], cwd=ROOT)
    return Cost(**json.loads((folder() / "ours" / "cost.json").read_text()))


def _limit(film: Path) -> Cost:
    """The film decoded once, its sound encoded once, and each rung encoded by our settings from pictures that are already scaled.

    Two commands at a time, as our pieces and MediaCMS's rungs: two encoders side by side take each other's caches.
    """
    from benchmarks.film_ours import WORKERS, plan_of
    from streaming.pipeline import ffmpeg
    from streaming.pipeline.filters import picture_filters

    plan, place = plan_of(film), folder() / "limit"
    (place / "audio").mkdir(parents=True, exist_ok=True)
    quiet = [ffmpeg.binary(), "-y", "-nostdin", "-v", "error"]
    keys = ",".join(f"{(start - 0.5) / float(plan.rate):.6f}" for start in plan.segment_starts[1:])
    commands = [[*quiet, "-i", str(film), "-map", "0:v", "-f", "null", "-"], ffmpeg.sound_command(plan, str(film), gain_db=0, ceiling_db=-2)]
    for rung in plan.rungs:
        scaled, pictures = f"[0:v]{picture_filters(plan, rung)}[v]", f"{rung.name}.yuv"
        film_measure.run([*quiet, "-i", str(film), "-filter_complex", scaled, "-map", "[v]", "-f", "rawvideo", pictures], cwd=place)
        raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{rung.width}x{rung.height}", "-r", str(plan.rate), "-i", pictures]
        commands.append([*quiet, *raw, *ffmpeg.encoder_options(plan, rung, 1), "-force_key_frames", keys, f"{rung.name}.mp4"])
    began = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        costs = list(pool.map(lambda command: film_measure.run(command, cwd=place), commands))
    for rung in plan.rungs:
        (place / f"{rung.name}.yuv").unlink()
    return Cost(time.monotonic() - began, sum(cost.cpu_s for cost in costs))


def _joined() -> dict[int, Path]:
    """Our segments of each rung as one file each: what a player reads, put together."""
    release = folder() / "ours" / "release"
    found = {}
    for height in film_peers.HEIGHTS:
        rung = release / str(height)
        path = release / f"joined-{height}.bin"
        path.write_bytes(b"".join(part.read_bytes() for part in [rung / "init.mp4", *sorted(rung.glob("seg_*.m4s"))]))
        found[height] = path
    return found


def _rungs(made: film_peers.Made) -> dict[int, Path]:
    return {height: made.rung(height) for height in film_peers.HEIGHTS}


def _picture_bytes(paths: dict[int, Path]) -> int:
    return sum(film_measure.stream_bytes(path, "video") for path in paths.values())


def _vmaf_of(path: Path, film: Path) -> float:
    """Leaves out a frame too many at the start, which some encodes of an encode have."""
    return film_measure.vmaf(path, film, skip_frames=max(0, film_measure.frames(path) - film_measure.frames(film)))


def _seams(film: Path, line: Any) -> list[dict[str, Any]]:
    """What a player would notice where pieces meet: frames lost or doubled, gaps, other cuts in another rung, a second init."""
    from benchmarks.film_ours import plan_of
    from streaming.pipeline.package import AUDIO, check_whole, merge

    facts, plan = json.loads((folder() / "ours" / "facts.json").read_text()), plan_of(film)
    tracks = merge(facts)
    check_whole(plan, tracks)  # raises for whatever a player would notice: gaps, cuts that differ, missing frames
    frames = {sum(segment.samples for segment in tracks[rung.name].segments) for rung in plan.rungs}
    inits = {(name, part["init_sha256"]) for piece in facts for name, part in piece["tracks"].items()}
    off_ms = abs(tracks[AUDIO].duration - plan.duration) * 1000
    return [
        line("V9 frames of each rung less the film's", max(abs(count - film_measure.frames(film)) for count in frames), None, "frames", 0),
        line("V9 init segments beyond one a rung", len(inits) - len(tracks), None, "files", 0),
        line("V9 sound's length off the picture's", float(off_ms), None, "ms", 1),
    ]


def _loudness(line: Any) -> list[dict[str, Any]]:
    from streaming.pipeline import ffmpeg

    audio = folder() / "ours" / "release" / "audio"
    joined = audio / "joined.bin"
    joined.write_bytes(b"".join(part.read_bytes() for part in [audio / "init.mp4", *sorted(audio.glob("seg_*.m4s"))]))
    command = [ffmpeg.binary(), "-hide_banner", "-nostdin", "-i", str(joined), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    heard = HEARD.search(subprocess.run(command, capture_output=True, text=True, check=True).stderr)
    if heard is None:
        raise RuntimeError("No loudness was measured.")
    return [
        line(f"V13 loudness off −17 LUFS ({heard[1]})", abs(float(heard[1]) + 17), None, "LU", 1),
        line("V13 true peak", float(heard[2]), None, "dBTP", -1),
    ]
