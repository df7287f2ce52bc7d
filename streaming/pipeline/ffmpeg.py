"""Which ffmpeg runs, and the command lines it gets (measured in docs/decisions/0004). Pure but for finding the binary."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from fractions import Fraction
from functools import lru_cache

import imageio_ffmpeg
from django.conf import settings

from streaming.pipeline.formats import FORMATS, PROTOCOLS
from streaming.pipeline.plan import CRF, PRESET, SEGMENT_S, Plan, Rung, ladder_graph, picture_filters, rate_text
from streaming.pipeline.probe import Probe

SAMPLE_RATE = 48_000
AAC_PRIMING = 1024  # samples ffmpeg's encoder puts before the first
# With frag_discont this keeps every segment's own time, so that pieces of a film encoded apart join without a gap.
KEEP_TIMES = ("-avoid_negative_ts", "disabled")
MOST_DECODERS = 4
PARALLEL_SINCE = 7  # from this major version on, the encoders of one ffmpeg run side by side


def binary() -> str:
    """The ffmpeg of the setting, else the system's, else the one in the wheel."""
    return settings.FFMPEG or shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()


@lru_cache(maxsize=4)
def major_version(path: str) -> int:
    """0 for builds that name a date or revision: these are newer than any number."""
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=True, timeout=30).stdout
    match = re.match(r"ffmpeg version n?(\d+)\.", said)
    return int(match[1]) if match else 0


def _encoder_threads(path: str) -> int:
    cores = os.cpu_count() or 1
    version = major_version(path)
    return cores if 0 < version < PARALLEL_SINCE else max(1, cores // 2)


def _reading(probe: Probe, source: str) -> list[str]:
    # Each decoding thread holds frames of its own: with one per core a 4K film would take gigabytes on a large machine.
    return [
        "-threads",
        str(min(MOST_DECODERS, os.cpu_count() or 1)),
        "-protocol_whitelist",
        PROTOCOLS,
        "-format_whitelist",
        FORMATS,
        "-f",
        probe.demuxer,
        "-i",
        source,
    ]


def _start() -> list[str]:
    return [binary(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y"]


def _hls(folder: str) -> list[str]:
    return [
        *("-map_metadata", "-1", "-map_chapters", "-1", "-hls_segment_options", "movflags=+frag_discont"),
        *("-f", "hls", "-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod", "-hls_list_size", "0"),
        *("-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"),
        *("-hls_segment_filename", f"{folder}/seg_%05d.m4s", f"{folder}/ffmpeg.m3u8"),
    ]


def picture_command(plan: Plan, source: str) -> list[str]:
    """All rungs in one pass; each in its own folder, which must exist."""
    command = [*_start(), "-progress", "pipe:1", *_reading(plan.probe, source), "-filter_complex", ladder_graph(plan)]
    for rung in plan.rungs:
        command += ["-map", f"[v{rung.name}]", *_encoder(plan, rung), "-an", "-sn", "-dn", *KEEP_TIMES, *_hls(rung.name)]
    return command


def _encoder(plan: Plan, rung: Rung) -> list[str]:
    frames = plan.rate * SEGMENT_S
    return [
        *("-c:v", "libx264", "-preset", PRESET, "-profile:v", "high", "-crf", str(CRF)),
        *("-maxrate", str(rung.max_bps), "-bufsize", str(rung.max_bps), "-pix_fmt", "yuv420p"),
        *("-r", rate_text(plan.rate), "-t", f"{plan.duration_s * 1.05 + 10:.3f}"),
        *("-g", str(round(frames * 2)), "-keyint_min", str(round(frames))),
        *("-force_key_frames", f"expr:gte(t,n_forced*{SEGMENT_S})"),
        *("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        *("-threads", str(_encoder_threads(binary()))),
    ]


def loudness_command(probe: Probe, source: str) -> list[str]:
    start = [argument if argument != "warning" else "info" for argument in _start()]
    return [*start, *_reading(probe, source), "-map", f"0:{probe.audio_index}", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]


def sound_command(plan: Plan, source: str, *, gain_db: float, length_s: Fraction) -> list[str]:
    """The whole film's sound at once, exactly as long as the picture: encoded in pieces it would gap at each seam.

    The encoder's priming takes the place of the first 21 ms, so that no player needs an edit list to keep lips in step.
    """
    length = f"{float(length_s):.6f}"
    channels = 1 if plan.probe.audio_channels == 1 else 2
    filters = [
        f"aresample={SAMPLE_RATE}:async=1000:first_pts=0",
        f"aformat=channel_layouts={'mono' if channels == 1 else 'stereo'}",
        f"volume={gain_db:.2f}dB",
        "alimiter=limit=0.80:level=false:latency=1",
        f"apad=whole_dur={length}",
        f"atrim=end={length}",
        f"atrim=start_sample={AAC_PRIMING}",
        "asetpts=PTS-STARTPTS",
    ]
    return [
        *_start(),
        *_reading(plan.probe, source),
        *("-map", f"0:{plan.probe.audio_index}", "-vn", "-sn", "-dn", "-af", ",".join(filters)),
        *("-c:a", "aac", "-b:a", "96k" if channels == 1 else "128k"),
        *_hls("audio"),
    ]


def poster_command(plan: Plan, source: str, target: str, *, at_s: float) -> list[str]:
    """A typical frame from after the title: the `thumbnail` filter passes over black and blurred ones."""
    width, height = _poster_size(plan)
    graph = f"[0:{plan.probe.video_index}]{picture_filters(plan)},thumbnail=n=24,scale={width}:{height}:out_range=full,format=yuvj420p"
    return [*_start(), "-ss", f"{at_s:.3f}", *_reading(plan.probe, source), "-filter_complex", graph, "-frames:v", "1", "-q:v", "4", "-update", "1", target]


def _poster_size(plan: Plan) -> tuple[int, int]:
    suitable = [rung for rung in plan.rungs if rung.height <= 720] or [plan.rungs[-1]]
    return suitable[0].width, suitable[0].height
