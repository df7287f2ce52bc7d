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

from streaming.pipeline.filters import ladder_graph, on_the_grid
from streaming.pipeline.formats import FORMATS, PROTOCOLS
from streaming.pipeline.pieces import PieceSpec
from streaming.pipeline.plan import AAC_FRAME, CRF, PRESET, SAMPLE_RATE, SEGMENT_S, X264, Plan, Rung
from streaming.pipeline.probe import Probe

MOST_DECODERS, MOST_LARGE_DECODERS = 4, 2
LARGE_PIXELS = 2_500_000  # more than 1080p
PARALLEL_SINCE = 7  # from this major version on, the encoders of one ffmpeg run side by side
MARGIN_S = 1.0  # sought so much earlier: the pictures that lead an open GOP's key frame cannot be decoded after a seek to it
SCRATCH = "ffmpeg.m3u8"  # ffmpeg's own playlist, not published


def binary() -> str:
    """The ffmpeg of the setting, else the system's, else the one in the wheel."""
    return settings.FFMPEG or shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()


@lru_cache(maxsize=4)
def major_version(path: str) -> int:
    """0 for builds that name a date or revision: these are newer than any number."""
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=True, timeout=30).stdout
    match = re.match(r"ffmpeg version n?(\d+)\.", said)
    return int(match[1]) if match else 0


def cores() -> int:
    """What this process may use, which a pinned worker or a container makes fewer than the machine has."""
    return len(os.sched_getaffinity(0))


def encoder_threads(rung: int, rungs: int) -> int:
    """Threads for encoder number `rung` (0 is the largest) of `rungs`.

    One each wastes least. Where encoders wait for each other, or the largest alone would leave cores idle, it gets more.
    """
    free, version = cores(), major_version(binary())
    if 0 < version < PARALLEL_SINCE:
        return free
    return max(1, free // 2 if rungs > 1 else free) if rung == 0 else 1


def _start() -> list[str]:
    return [binary(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-y"]


def _reading(demuxer: str, source: str, *before: str, most: int = MOST_DECODERS) -> list[str]:
    # Each decoding thread holds frames of its own: with one per core a 4K film would take gigabytes on a large machine.
    threads = str(min(most, cores()))
    return ["-threads", threads, "-protocol_whitelist", PROTOCOLS, "-format_whitelist", FORMATS, "-f", demuxer, *before, "-i", source]


def _hls(folder: str, first_segment: int, segment_s: float) -> list[str]:
    # frag_discont keeps every segment's own time, so that pieces encoded apart join without a gap.
    return [
        *("-map_metadata", "-1", "-map_chapters", "-1", "-hls_segment_options", "movflags=+frag_discont"),
        *("-f", "hls", "-hls_time", f"{segment_s:g}", "-hls_playlist_type", "vod", "-hls_list_size", "0"),
        *("-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4", "-start_number", str(first_segment)),
        *("-hls_segment_filename", f"{folder}/seg_%05d.m4s", f"{folder}/{SCRATCH}"),
    ]


def piece_command(plan: Plan, spec: PieceSpec, source: str, *, seeking: bool, lasting_s: float) -> list[str]:
    """The piece's rungs in one pass; each in its own folder, which must exist. Not `seeking`, the film is decoded from its start."""
    first, end = spec.frames(plan)
    rungs = [plan.rung(name) for name in spec.rungs]
    # The source's own times all the way: whatever is sought, frame n of the grid is the same picture at the same time.
    times = ["-copyts", "-start_at_zero"]
    at_s = float(first / plan.rate) - MARGIN_S
    sought = seeking and at_s > 0
    if sought:
        times += ["-noaccurate_seek", "-ss", f"{at_s:.6f}"]
    grid = on_the_grid(plan, first_frame=first, end_frame=end, sought=sought, lasting_s=lasting_s)
    command = [*_start(), "-progress", "pipe:1", "-filter_complex_threads", str(cores())]
    most = MOST_LARGE_DECODERS if plan.probe.width * plan.probe.height > LARGE_PIXELS else MOST_DECODERS
    command += [*_reading(plan.probe.demuxer, source, *times, most=most), "-filter_complex", ladder_graph(plan, rungs, grid)]
    keys = ",".join(_just_before(plan, segment) for segment in range(spec.first_segment + 1, spec.first_segment + spec.segments))
    for number, rung in enumerate(rungs):
        command += ["-map", f"[v{rung.name}]", *encoder_options(plan, rung, encoder_threads(number, len(rungs)))]
        command += [*(["-force_key_frames", keys] if keys else []), "-an", "-sn", "-dn", "-avoid_negative_ts", "disabled"]
        # Shorter than a segment: it is cut at each key frame, and there is none but at the forced ones.
        command += _hls(rung.name, spec.first_segment, SEGMENT_S / 2)
    return command


def _just_before(plan: Plan, segment: int) -> str:
    """Half a frame before its first: ffmpeg rounds to microseconds and forces the first frame that is not earlier."""
    return f"{float((plan.segment_starts[segment] - Fraction(1, 2)) / plan.rate):.6f}"


def encoder_options(plan: Plan, rung: Rung, threads: int) -> list[str]:
    nearest = plan.longest_segment + 1  # no key frame of a scene cut within a segment
    return [
        *("-c:v", "libx264", "-preset", PRESET, "-profile:v", "high", "-crf", str(CRF)),
        *("-x264-params", ":".join(f"{name}={value}" for name, value in X264.items())),
        *("-maxrate", str(rung.max_bps), "-bufsize", str(rung.max_bps), "-pix_fmt", "yuv420p", "-fps_mode", "passthrough"),
        *("-g", str(2 * nearest), "-keyint_min", str(nearest), "-threads", str(threads)),
        *("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    ]


def sound_channels(probe: Probe) -> int:
    return 1 if probe.audio_channels == 1 else 2


def _mixed(probe: Probe) -> list[str]:
    """The source's sound from the film's first moment on, in the channels it will have."""
    return [f"aresample={SAMPLE_RATE}:async=1000:first_pts=0", f"aformat=channel_layouts={'mono' if sound_channels(probe) == 1 else 'stereo'}"]


def loudness_command(plan: Plan, source: str) -> list[str]:
    filters = [*_mixed(plan.probe), f"atrim=end_sample={plan.samples}", "ebur128=framelog=quiet"]
    return [*_telling(), *_reading(plan.probe.demuxer, source), "-map", f"0:{plan.probe.audio_index}", "-af", ",".join(filters), "-f", "null", "-"]


def _telling() -> list[str]:
    return [argument if argument != "warning" else "info" for argument in _start()]


def heard_command(sound: str) -> list[str]:
    """Loudness and true peak of our own file."""
    return [*_telling(), *_reading("mov", sound), "-map", "0:0", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]


def sound_command(plan: Plan, source: str, *, gain_db: float, ceiling_db: float) -> list[str]:
    """The whole film's sound at once, exactly as long as the picture: encoded in pieces it would gap at each seam.

    The encoder's priming takes the place of the first 21 ms, so that no player needs an edit list to keep lips in step.
    """
    filters = [
        *_mixed(plan.probe),
        f"volume={gain_db:.2f}dB",
        f"alimiter=limit={10 ** (ceiling_db / 20):.4f}:level=false:latency=1",
        f"apad=whole_len={plan.samples}",
        f"atrim=start_sample={AAC_FRAME}:end_sample={plan.samples}",
        "asetpts=PTS-STARTPTS",
    ]
    return [
        *_start(),
        *("-progress", "pipe:1"),
        *_reading(plan.probe.demuxer, source),
        *("-map", f"0:{plan.probe.audio_index}", "-vn", "-sn", "-dn", "-af", ",".join(filters)),
        *("-c:a", "aac", "-b:a", "96k" if sound_channels(plan.probe) == 1 else "128k"),
        *_hls("audio", 0, SEGMENT_S),
    ]


def copy_command(probe: Probe, source: str, target: str, *, sound: str) -> list[str]:
    """The film's picture and sound in Matroska, with an index, undecoded. `sound`: copy, or a codec where that is not possible."""
    command = [*_start(), "-fflags", "+genpts", *_reading(probe.demuxer, source), "-map", f"0:{probe.video_index}", "-c:v", "copy"]
    if probe.demuxer == "avi" and probe.video_codec == "mpeg4":
        command += ["-bsf:v", "mpeg4_unpack_bframes"]
    if probe.has_audio:
        command += ["-map", f"0:{probe.audio_index}", "-c:a", sound]
    return [*command, "-dn", "-sn", "-max_interleave_delta", "0", "-f", "matroska", target]
