"""`make run`: everything starts, everything ends, and nothing that happened to the last run stops the next one."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.embedded.conftest import ROOT, free_port, living, make_end, none_left_within, start_in

pytestmark = pytest.mark.timeout(600)


def test_first_run_says_each_step_and_ctrl_c_ends_every_process(first_run):
    _, members, status, said = first_run

    words = [line.split()[0] for line in said.splitlines() if line.startswith("  ")]
    assert list(dict.fromkeys(words)) == ["servers", "static", "database", "site", "The", "Payments:", "Ctrl-C", "stopping"]
    assert "migrations applied" in said
    assert len(members) >= 8  # servers, web, workers, clock and this one; their children may still be coming
    assert status == 0
    assert "everything has ended" in said


def test_second_run_finds_everything_in_place(start_stack, var):
    key = (var / "secret_key").read_text()

    stack = start_stack()
    stack.wait_until_up()

    assert "unchanged" in stack.said
    assert "up to date" in stack.said
    assert (var / "secret_key").read_text() == key
    stack.interrupt()


def test_kill_9_leaves_nothing_behind_and_nothing_in_the_way(start_stack, var):
    first = start_stack()
    address = first.wait_until_up()

    first.process.kill()
    first.process.wait()

    assert none_left_within(var, 120)
    second = start_stack()
    assert second.wait_until_up() == address
    second.interrupt()


def test_whole_stack_killed_at_once_starts_again(start_stack, var):
    """A power cut: no process had a moment to tidy up, Postgres recovers from its log."""
    first = start_stack()
    first.wait_until_up()

    for pid in first.members():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    first.process.wait()

    assert (var / "postgres" / "postmaster.pid").exists()
    second = start_stack()
    second.wait_until_up()
    second.interrupt()


def test_start_interrupted_half_way_is_repeated_cleanly(tmp_path):
    """A folder whose very first start was ended while Postgres was made."""
    var, port = tmp_path / "var", free_port()
    first = start_in(var, port)
    while not (var / "postgres.new").exists() and not (var / "postgres").exists():
        assert first.process.poll() is None
    first.process.send_signal(signal.SIGTERM)
    first.finish()
    assert living(var) == set()

    second = start_in(var, port)
    try:
        second.wait_until_up()
        second.interrupt()
    finally:
        make_end(second)


def test_malformed_port_is_named(start_stack):
    status, said = start_stack(PORT="eighty").finish()

    assert (status, said.strip()) == (2, "PORT must be a number from 1 to 65535, not 'eighty'.")


def test_malformed_setting_is_named_and_nothing_is_left(start_stack, var):
    status, said = start_stack(SCHOOL_TIME_ZONE="Mars").finish()

    assert status == 1
    assert "Configuration error: SCHOOL_TIME_ZONE must be the name of a time zone" in said
    assert living(var) == set()


def test_running_site_is_joined_not_disturbed_and_ends_as_one(var):
    """One start for four promises: a busy port, a second start, a command beside it, a process that dies."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        stack = start_in(var, port)
        try:
            address = stack.wait_until_up()
            assert address != f"http://localhost:{port}"
            assert f"Port {port} is in use; this site takes {address.rsplit(':', 1)[1]}." in stack.said

            status, said = start_in(var, port).finish()
            assert (status, said.strip()) == (1, f"The site is already running here: {address}")
            with urllib.request.urlopen(f"{address}/health/ready") as answer:
                assert answer.status == 200

            stand_in = next(word for word in stack.said.split() if word.endswith("/_control/")).removesuffix("/_control/")
            with urllib.request.urlopen(f"{stand_in}/_control/health") as answer:
                assert answer.status == 200
            assert ask_manage_py(var) == [address, "app", stand_in]

            beat = next(pid for pid in living(var) if b"\0beat\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
            os.kill(beat, signal.SIGKILL)
            status, said = stack.finish()
            assert (status, living(var)) == (1, set())
            assert f"beat ended (exit -9). Its log: {var}/log/beat.log" in said
        finally:
            make_end(stack)


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_start_killed_at_any_moment_never_stops_the_next(start_stack, var, held):
    """Twelve starts, each killed a little later in its life; then one that must come up with everything."""
    for moment in range(12):
        stack = start_stack()
        time.sleep(0.1 + 0.6 * moment)
        stack.process.kill()
        stack.process.wait()

    last = start_stack()
    address = last.wait_until_up()

    with urllib.request.urlopen(f"{address}/health/ready") as answer:
        assert answer.status == 200
    assert last.interrupt()[0] == 0
    assert living(var) == set()
    held(
        "A killed site starts again",
        done="twelve starts, each killed (-9) a little later in its life",
        outcome="the thirteenth comes up with everything, and ends whole",
    )


def ask_manage_py(var: Path) -> list[str]:
    """What a command that a person starts beside the running site sees."""
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE")}
    question = "from django.conf import settings; print(settings.SITE_URL, settings.DATABASES['default']['NAME'], settings.STRIPE_API_BASE)"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", question]
    answer = subprocess.run(command, cwd=ROOT, env={**environment, "SMRT_VAR": str(var)}, capture_output=True, text=True, check=True)
    return answer.stdout.split()
