"""What the container engine asks: `health.py web`, `health.py worker`, `health.py beat`. Exit 0 means well."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

BEAT_WRITES_EVERY_S = 180  # Celery's clock saves its place at least this often


def web() -> bool:
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")
    request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/health/ready", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=8) as answer:  # noqa: S310  our own address
        return answer.status == 200


def worker() -> bool:
    """The worker itself answers through the broker."""
    name = f"{sys.argv[2]}@{socket.gethostname()}"
    command = [sys.executable, "-m", "celery", "-A", "smrt_platform", "inspect", "ping", "-d", name, "-t", "5"]
    return subprocess.run(command, capture_output=True, timeout=25).returncode == 0


def beat() -> bool:
    place = Path(sys.argv[2])
    written = [file.stat().st_mtime for file in place.parent.glob(f"{place.name}*")]  # one file or three, as the machine's dbm has it
    return bool(written) and time.time() - max(written) < 2 * BEAT_WRITES_EVERY_S


if __name__ == "__main__":
    try:
        sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.exit(str(error))
