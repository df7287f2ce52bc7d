"""The supervisor as a person starts it, on a folder of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded import processes
from embedded.processes import marked, sweep

ROOT = Path(__file__).resolve().parent.parent.parent


class RunningStack:
    """`make run` without the installation and the demo school; its data in `var`."""

    def __init__(self, var: Path, port: int, environment: dict[str, str]):
        self.var, self.output = var, var.parent / f"output-{time.monotonic_ns()}.txt"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embedded.stack", "--without-seed"],
                cwd=ROOT,
                env={"PORT": str(port), **environment, "SMRT_VAR": str(var)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_up(self, limit_s: float = 200) -> str:
        """The address it printed."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end and self.process.poll() is None:
            if match := re.search(r"The site is up after \d+ s:  (\S+)", self.said):
                return match[1]
            time.sleep(0.05)
        raise AssertionError(f"The site did not come up:\n{self.said}")

    def finish(self, limit_s: float = 200) -> tuple[int, str]:
        """Wait for its end: exit status and everything it said."""
        return self.process.wait(limit_s), self.said

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def members(self) -> set[int]:
        """Every living process that belongs to it, servers included."""
        return living(self.var) | ({self.process.pid} if self.process.poll() is None else set())


def living(var: Path) -> set[int]:
    """Processes that carry the folder's mark or serve its data."""
    found = set(marked(os.fsencode(f"SMRT_STACK_OF={var}")))
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(str(var) + "/") in words and (b"postgres" in words or b"valkey" in words):
            found.add(int(entry.name))
    return found


def none_left_within(var: Path, limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while living(var):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    """A port nobody uses, away from those a person's own site may take and those the system hands out by itself."""
    return processes.free_port(10_500 + os.getpid() % 1_000)


def start_in(var: Path, port: int, **variables: str) -> RunningStack:
    theirs = ("PORT", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SITE_URL", "SECRET_KEY", "SMRT_LOCAL")
    environment = {name: value for name, value in os.environ.items() if name not in theirs}
    return RunningStack(var, port, {**environment, **variables})


def make_end(stack: RunningStack) -> None:
    """Whatever a test left running is killed."""
    if stack.process.poll() is None:
        stack.process.kill()
        stack.process.wait()
    if not none_left_within(stack.var, 60):
        sweep(os.fsencode(f"SMRT_STACK_OF={stack.var}"))


@pytest.fixture(scope="session")
def first_run(tmp_path_factory) -> tuple[Path, set[int], int, str]:
    """A first start in an empty folder, ended by Ctrl-C: the folder, the processes it had, its exit status, what it said."""
    var = tmp_path_factory.mktemp("first") / "var"
    stack = start_in(var, free_port())
    try:
        stack.wait_until_up()
        members = stack.members()
        status, said = stack.interrupt()
        assert living(var) == set()
        return var, members, status, said
    finally:
        make_end(stack)


@pytest.fixture
def var(tmp_path, first_run) -> Path:
    """A folder as the first run left it, so that a test waits for a second start only."""
    folder = tmp_path / "var"
    shutil.copytree(first_run[0], folder, ignore=shutil.ignore_patterns("run", "lock", "static"))
    shutil.copytree(first_run[0] / "static", folder / "static", copy_function=os.link)
    return folder


@pytest.fixture
def start_stack(var) -> Iterator[Callable[..., RunningStack]]:
    """Call it to start the site in `var`."""
    started: list[RunningStack] = []
    port = free_port()

    def start(**variables: str) -> RunningStack:
        started.append(start_in(var, port, **variables))
        return started[-1]

    yield start
    for stack in started:
        make_end(stack)
