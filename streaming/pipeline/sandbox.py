"""Running what reads a stranger's file: limited, without network, in a folder of its own, gone when its worker is gone."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")
GB = 1024**3
STDERR_TAIL = 4000


@dataclass(frozen=True)
class Limits:
    memory_bytes: int
    cpu_s: int
    file_bytes: int
    timeout_s: float
    nice: int = 5


class ChildFailed(Exception):
    """The command ended badly; `tail` is the end of what it said."""

    def __init__(self, returncode: int, tail: str, *, timed_out: bool = False):
        super().__init__(f"exit {returncode}{' after its time was up' if timed_out else ''}: {tail[-1500:]}")
        self.returncode, self.tail, self.timed_out = returncode, tail, timed_out


def run_child(command: list[str], *, folder: Path, limits: Limits, on_line: Callable[[str], None] | None = None) -> tuple[str, str]:
    """Run `command` in `folder`; returns what it printed and the end of its error output.

    `on_line` is called with each line of output as it comes; what it raises ends the child. No variable of our own
    environment (keys, addresses of servers) is passed on. Raises ChildFailed.
    """
    tied = json.dumps({**asdict(limits), "parent": os.getpid()})
    printed: list[str] = []
    with tempfile.TemporaryFile(dir=folder) as errors:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHER), tied, *command],
            cwd=folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": str(folder), "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        timed_out = threading.Event()

        def end() -> None:
            timed_out.set()
            _kill(child)

        watchdog = threading.Timer(limits.timeout_s, end)
        watchdog.daemon = True
        watchdog.start()
        try:
            assert child.stdout is not None  # noqa: S101  # for the type checker
            for line in child.stdout:
                printed.append(line) if on_line is None else on_line(line.rstrip())
            child.wait()
        finally:
            watchdog.cancel()
            _kill(child)
            child.wait()
            if child.stdout:
                child.stdout.close()
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - STDERR_TAIL))
        tail = errors.read().decode(errors="replace")
    if child.returncode != 0:
        raise ChildFailed(child.returncode, tail, timed_out=timed_out.is_set())
    return "".join(printed), tail


def _kill(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


@contextmanager
def private_folder(root: Path) -> Iterator[Path]:
    """An empty folder nobody else uses, removed afterwards. Folders of dead workers under `root` are removed first."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(root / ".lock"):
        _remove_orphans(root)
        folder = Path(tempfile.mkdtemp(dir=root))
        mine = os.open(folder, os.O_RDONLY)
        fcntl.flock(mine, fcntl.LOCK_EX)  # held as long as this process lives
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(mine)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, which is made, against other processes of this machine."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_orphans(root: Path) -> None:
    for folder in abandoned_folders(root):
        _remove_unless_locked(folder)


def abandoned_folders(root: Path) -> Iterator[Path]:
    """Folders directly in `root` that no living process holds."""
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and not _is_locked(folder):
            yield folder


def remove_abandoned(folder: Path) -> None:
    """Remove a folder that `private_folder` made, unless somebody works in it."""
    with locked(folder.parent / ".lock"):  # between its making and its locking a folder looks abandoned
        _remove_unless_locked(folder)


def _is_locked(folder: Path) -> bool:
    with _handle(folder) as handle:
        return handle is None or not _takes_lock(handle)


def _remove_unless_locked(folder: Path) -> None:
    with _handle(folder) as handle:
        if handle is not None and _takes_lock(handle):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _handle(folder: Path) -> Iterator[int | None]:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:  # its owner just finished
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)


def _takes_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
