"""Which Node this project runs: the system's when it is new enough and has npm, else the one from the wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from embedded.processes import StartError

OLDEST_MAJOR = 18
ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv" / "bin"


def node_program() -> str:
    """Path of `node`. Raises StartError when neither is there."""
    if path := system_node():
        return path
    if (ENVIRONMENT / "node").exists():
        return str(ENVIRONMENT / "node")
    raise StartError("Node is missing. Run: make install")


def system_node() -> str | None:
    """Path of the system's node, or None when it is missing, too old, or comes without npm."""
    path = shutil.which("node", path=_path_without_environment())
    if path is None or shutil.which("npm", path=_path_without_environment()) is None:
        return None
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.match(r"v(\d+)\.", answer.stdout)
    return path if version and int(version[1]) >= OLDEST_MAJOR else None


def _path_without_environment() -> str:
    """PATH without the project's own environment, whose `node` is the wheel's."""
    return os.pathsep.join(folder for folder in os.get_exec_path() if Path(folder) != ENVIRONMENT)
