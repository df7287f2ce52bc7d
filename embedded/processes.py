"""Starting child processes that cannot outlive their parent, and finding those that did."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LINUX = sys.platform.startswith("linux")
libc = ctypes.CDLL(None, use_errno=True) if LINUX else None
PR_SET_PDEATHSIG, CLONE_NEWUSER = 1, 0x10000000


class StartError(Exception):
    """An embedded part did not start; the message says which and what to look at."""


def become_nobody() -> None:
    """Map root to "nobody" in a user namespace: Postgres refuses to run as root.

    Files stay owned by root, so no user is created and no directory is opened to others.
    """
    if libc is None or libc.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "user namespace refused")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text("65534 0 1")
    Path("/proc/self/gid_map").write_text("65534 0 1")


def die_with_parent(death_signal: int) -> None:
    """Ask the kernel to send this process `death_signal` when the thread that started it ends (Linux; elsewhere nothing)."""
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)


def child_setup(death_signal: int, unroot: bool = False) -> Callable[[], None]:
    """Return the function a child runs before exec: drop root if asked, and die with the parent."""
    parent = os.getpid()

    def setup() -> None:
        if unroot and os.geteuid() == 0:
            become_nobody()  # must come first: new credentials clear the death signal
        die_with_parent(death_signal)
        if LINUX and os.getppid() != parent:
            os._exit(1)

    return setup


def spawn(
    command: list[Any], *, death_signal: int = signal.SIGTERM, unroot: bool = False, log: Path | None = None, pipe: bool = False, **options: Any
) -> subprocess.Popen:
    """Start `command` in a session of its own (a terminal's Ctrl-C does not reach it), its output appended to `log` or piped."""
    output: Any = open(log, "ab") if log else subprocess.PIPE if pipe else subprocess.DEVNULL
    if pipe:
        options["text"] = True
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=child_setup(death_signal, unroot),
            **options,
        )
    finally:
        if log:
            output.close()


def command_line(pid: int | str) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def marked(mark: bytes) -> Iterator[int]:
    """Every process that inherited our mark in its environment, however deep (Linux only)."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(entry.name) != os.getpid() and mark in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)
        except OSError:
            continue


def sweep(mark: bytes) -> None:
    """Kill whatever an earlier run left behind."""
    for _ in range(50):
        left = list(marked(mark))
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def wait_until(what: str, ready: Callable[[], bool], process: subprocess.Popen, log: Path | None, limit_s: float = 120) -> None:
    end = time.monotonic() + limit_s
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise StartError(f"{what} did not start. Its log says why: {log}")
        time.sleep(0.03)


def listen_from(wanted: int) -> socket.socket:
    """Listen on this machine's first free port from `wanted` on."""
    for port in range(wanted, min(wanted + 50, 65_536)):
        if _answers("::1", port):  # a browser that is told "localhost" may try this address first
            continue
        try:
            return socket.create_server(("127.0.0.1", port), backlog=512)
        except OSError:
            continue
    raise StartError(f"No port from {wanted} to {wanted + 49} is free. Choose another: make run PORT=9000")


def free_port(wanted: int) -> int:
    """A port nobody listened on a moment ago."""
    with listen_from(wanted) as listening:
        return int(listening.getsockname()[1])


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True
