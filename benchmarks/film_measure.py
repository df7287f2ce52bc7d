"""What encoding costs and what it is worth: processor and wall time of commands, VMAF, bytes of picture and sound."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import imageio_ffmpeg

VMAF_EVERY = 5


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)


def run(command: Sequence[str], *, cwd: Path, cores: Iterable[int] | None = None) -> Cost:
    """Run to the end; user and system time of the process and of all it waited for. Raises when it fails."""
    pinned = ["taskset", "-c", ",".join(map(str, cores))] if cores is not None else []
    log = cwd / "last-error.log"
    began = time.monotonic()
    with log.open("wb") as errors:
        child = subprocess.Popen([*pinned, *command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        _pid, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"exit {child.returncode}: {' '.join(command)[:400]}\n{log.read_text(errors='replace')[-2000:]}")
    return Cost(time.monotonic() - began, used.ru_utime + used.ru_stime)


def vmaf(distorted: Path, reference: Path, *, skip_frames: int = 0) -> float:
    """Mean VMAF (default model, every fifth frame) of `distorted`, shown at 1920x1080, against `reference`."""
    # The wheel's ffmpeg, whichever one encodes: not every build has libvmaf.
    graph = (
        f"[0:v]trim=start_frame={skip_frames},scale=1920:1080:flags=bicubic,setpts=N/30/TB[d];[1:v]setpts=N/30/TB[r];"
        f"[d][r]libvmaf=n_subsample={VMAF_EVERY}:n_threads=2"
    )
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-i", str(distorted), "-i", str(reference), "-filter_complex", graph]
    said = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"VMAF score: ([0-9.]+)", said)
    if found is None:
        raise RuntimeError(f"No VMAF score in: {said[-1000:]}")
    return float(found[1])


def frames(path: Path) -> int:
    """Pictures in the file, counted by their packets."""
    with av.open(str(path)) as container:
        return sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)


def stream_bytes(path: Path, kind: str) -> int:
    """Bytes of the packets of the first stream of `kind` ("video" or "audio"), without the container's own."""
    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type == kind]
        return sum(packet.size for packet in container.demux(streams[0])) if streams else 0


def tree_bytes(folder: Path, *suffixes: str) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix in suffixes)
