"""Two known systems on the same film with their own commands and queue order, at six rungs from 144 to 1080.

MediaCMS (revision 90b9fad): one process per rung in two slots, MP4 kept beside an MPEG-TS copy for HLS. Its packager is not
to be had here; a plain copy by ffmpeg stands in, which costs less than the real one. PeerTube (7.x): one process with one
thread at a time; the top rung first, the others made from it.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from benchmarks.film_measure import Cost, run
from streaming.pipeline import ffmpeg

HEIGHTS = (144, 240, 360, 480, 720, 1080)
MEDIACMS_KBPS = {144: 150, 240: 300, 360: 500, 480: 1000, 720: 2500, 1080: 4500}
PEERTUBE_BPS = {1080: 6220800, 720: 3041280, 480: 1474560, 360: 1036800, 240: 522240, 144: 210124}


@dataclass(frozen=True)
class Made:
    cost: Cost
    first_hls_s: float
    folder: Path

    def rung(self, height: int) -> Path:
        return self.folder / f"{height}.mp4"


def _ffmpeg(*arguments: str) -> list[str]:
    return [ffmpeg.binary(), "-y", "-nostdin", "-v", "error", *arguments]


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def mediacms_rung(film: str, height: int) -> list[str]:
    width, rate = round(height * 16 / 9), f"{round(1.5 * MEDIACMS_KBPS[height])}k"
    sides = f"if(lt(iw\\,ih)\\,{height}\\,{width}):if(lt(iw\\,ih)\\,{width}\\,{height})"
    picture = f"scale={sides}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=lanczos,fps=fps=30"
    return _ffmpeg(
        *("-i", film, "-c:v", "libx264", "-filter:v", picture, "-pix_fmt", "yuv420p", "-crf", "23", "-c:a", "aac", "-b:a", "128k", "-ac", "2"),
        *("-maxrate", rate, "-bufsize", rate, "-force_key_frames", "expr:gte(t,n_forced*4)", "-x264-params", "keyint=240:keyint_min=120"),
        *("-preset", "medium", "-profile:v", "main", "-level", "4.2", "-strict", "-2", f"{height}.mp4"),
    )


def mediacms(film: Path, folder: Path) -> Made:
    """Its queue on two slots: sprite, 360, 480, 720, 1080, GIF; a packaging after each rung; 144 and 240 last."""
    _empty(folder)
    (folder / "sprite").mkdir()
    usual: deque[tuple[str, list[str]]] = deque([("sprite", _ffmpeg("-i", str(film), "-f", "image2", "-vf", "fps=1/10, scale=160:90", "sprite/img%03d.jpg"))])
    usual.extend((str(height), mediacms_rung(str(film), height)) for height in (360, 480, 720, 1080))
    usual.append(("gif", _ffmpeg("-ss", "3", "-i", str(film), "-vf", "scale=344:-1:flags=lanczos,fps=1", "-t", "25", "-f", "gif", "preview.gif")))
    last = deque((str(height), mediacms_rung(str(film), height)) for height in (144, 240))
    lock, busy, began = threading.Condition(), 0, time.monotonic()
    costs: list[float] = [run(["md5sum", str(film)], cwd=folder).cpu_s]
    costs.append(run(_ffmpeg("-ss", "7", "-i", str(film), "-vframes", "1", "thumbnail.jpg"), cwd=folder).cpu_s)
    first_hls: list[float] = []
    failures: list[BaseException] = []

    def slot() -> None:
        nonlocal busy
        while True:
            with lock:
                while not (usual or last) and busy:
                    lock.wait()
                if failures or not (usual or last):
                    lock.notify_all()
                    return
                name, command = (usual or last).popleft()
                busy += 1
            try:
                cost = run(command, cwd=folder)
            except BaseException as failure:  # shown by the caller, whatever it is
                failures.append(failure)
                cost = Cost(0, 0)
            with lock:
                costs.append(cost.cpu_s)
                busy -= 1
                if name.isdigit() and not failures:
                    # Every packaging writes the whole set of what is finished.
                    done = sorted(int(path.stem) for path in folder.glob("[0-9]*.mp4") if path.stem in finished | {name})
                    finished.add(name)
                    usual.append(("hls", _package(done, folder)))
                elif name == "hls":
                    first_hls.append(time.monotonic() - began)
                lock.notify_all()

    finished: set[str] = set()
    slots = [threading.Thread(target=slot) for _ in range(2)]
    for thread in slots:
        thread.start()
    for thread in slots:
        thread.join()
    if failures:
        raise failures[0]
    return Made(Cost(time.monotonic() - began, sum(costs)), first_hls[0], folder)


def _package(heights: list[int], folder: Path) -> list[str]:
    command = _ffmpeg()
    for height in heights:
        command += ["-i", f"{height}.mp4"]
    for place, height in enumerate(heights):
        (folder / f"hls-{height}").mkdir(exist_ok=True)
        command += ["-map", str(place), "-c", "copy", "-f", "hls", "-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod"]
        command += ["-hls_segment_filename", f"hls-{height}/seg_%04d.ts", f"hls-{height}/index.m3u8"]
    return command


def peertube_rung(film: str, height: int, *options: str) -> list[str]:
    bits = PEERTUBE_BPS[height]
    return _ffmpeg(
        *("-i", film, "-acodec", "aac", "-vcodec", "libx264", "-threads", "1", *options, "-max_muxing_queue_size", "1024", "-map_metadata", "-1"),
        *("-pix_fmt", "yuv420p", "-channel_layout", "stereo", "-b:a", "160k", "-vf", f"scale=w=-2:h={height}", "-preset", "veryfast"),
        *("-maxrate:v", str(bits), "-bufsize:v", str(2 * bits), "-b_strategy", "1", "-bf", "16", "-r", "30", "-g:v", "60"),
    )


def _peertube_hls(height: int) -> list[str]:
    return [
        *("-hls_time", "4", "-hls_list_size", "0", "-hls_playlist_type", "vod", "-hls_segment_filename", f"{height}.mp4"),
        *("-hls_segment_type", "fmp4", "-f", "hls", "-hls_flags", "single_file", f"{height}.m3u8"),
    ]


def peertube(film: Path, folder: Path) -> Made:
    """As shipped, its lower rungs switched on: one process, one thread; the rungs under the top are made from the top."""
    _empty(folder)
    began = time.monotonic()
    cost = run([*peertube_rung(str(film), 1080, "-f", "mp4", "-movflags", "faststart"), "top.mp4"], cwd=folder)
    cost += run(_ffmpeg("-i", "top.mp4", "-c", "copy", *_peertube_hls(1080)), cwd=folder)
    first_hls_s = time.monotonic() - began
    for height in (720, 480, 360, 240, 144):
        cost += run([*peertube_rung("top.mp4", height), *_peertube_hls(height)], cwd=folder)
    cost += run(_ffmpeg("-i", "top.mp4", "-vf", "fps=1,scale=160:90,tile=5x5", "-frames:v", "1", "storyboard.jpg"), cwd=folder)
    return Made(Cost(time.monotonic() - began, cost.cpu_s), first_hls_s, folder)
