"""Kinds of jobs that real workers run in tests. They write lines to files, which outlive any kill."""

import os
import time
from pathlib import Path

from core.jobs import RunningJob, job


def write_line(folder: str, name: str, line: object) -> None:
    with open(Path(folder) / name, "a") as file:
        file.write(f"{line}\n")


def lines(folder: Path, name: str) -> list[str]:
    path = folder / name
    return path.read_text().split() if path.exists() else []


@job("probe.quick")
def quick(job: RunningJob, *, folder: str, number: int) -> None:
    write_line(folder, "effects", number)


@job("probe.slow")
def slow(job: RunningJob, *, folder: str, seconds: float) -> None:
    """Note who works on it, take a while the first time, then have one effect."""
    write_line(folder, "starts", os.getpid())
    time.sleep(seconds if job.row.attempts == 1 else 0)
    job.report(90, "nearly there")
    write_line(folder, "effects", job.row.attempts)


def bury(*, folder: str, error: str) -> None:
    write_line(folder, "buried", "once")


@job("probe.poison", on_dead=bury)
def poison(job: RunningJob, *, folder: str) -> None:
    write_line(folder, "starts", os.getpid())
    os.kill(os.getpid(), 9)


@job("probe.endless", time_limit_s=1)
def endless(job: RunningJob, *, folder: str) -> None:
    write_line(folder, "starts", os.getpid())
    time.sleep(600)
