"""Applications behind gunicorn as the site runs them, and the plainest client that reads their answers."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def read_answer(connection: socket.socket) -> tuple[bytes, bool]:
    """One answer, and whether the connection may be used again."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise RuntimeError("The server hung up.")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: (\d+)", head)
    length = int(found[1]) if found else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body, b"connection: close" not in head.lower()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_open(port: int, process: subprocess.Popen[bytes], *, log: Path) -> None:
    """Return when `process` accepts connections at `port`; raises with the end of its log when it ended or takes over half a minute."""
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"What was to be measured did not start:\n{log.read_text()[-2000:]}") from error
            time.sleep(0.05)


@contextmanager
def gunicorn(application: str, **variables: str) -> Iterator[int]:
    """The application with two workers as the site runs it, on a free port; `variables` are added to its environment."""
    port = free_port()
    log = open(ROOT / "var" / f"bench-{application}.log", "w")
    command = [sys.executable, "-m", "gunicorn", application, "-c", "deploy/gunicorn.py"]
    environment = {**os.environ, "WEB_BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "2", "WEB_THREADS": "4", "WEB_LOG_LEVEL": "warning"}
    environment |= {"SITE_URL": "http://127.0.0.1", **variables}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until_open(port, process, log=Path(log.name))
        yield port
    finally:
        process.terminate()
        process.wait(20)
        log.close()
