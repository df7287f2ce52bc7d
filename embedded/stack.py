"""`make run`: the whole site on one machine. Starts everything in order, ends all of it together (docs/decisions/0001).

What keeps a restart sound, whatever ended the last run: one lock for the folder; each child asks the kernel for a signal
when its parent dies; children carry a mark in their environment, so that what still lives is found and ended at the next
start; servers stop last; when one process ends by itself, all do.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from embedded.processes import StartError, listen_from, spawn, sweep
from embedded.servers import EmbeddedServers, postgres_bin
from embedded.terminal import Step, say

ROOT = Path(__file__).resolve().parent.parent
LOG_LIMIT = 10_000_000  # bytes; a longer log of the last run is moved aside at the start


@dataclass(frozen=True)
class Service:
    """One process of the site. `tier` orders the stop: the lowest first."""

    name: str
    command: list[str]
    tier: int
    death_signal: int = signal.SIGTERM  # sent by the kernel should the supervisor be killed
    stop_limit_s: float = 20
    environment: dict[str, str] = field(default_factory=dict)
    sockets: tuple[int, ...] = ()  # listening sockets it inherits


def services(socket_number: int, var: Path) -> list[Service]:
    """Every process beside Postgres and Valkey, in the order of their start."""
    python, celery = sys.executable, [sys.executable, "-m", "celery", "-A", "smrt_platform"]
    # A worker that lost its supervisor dies at once: a warm shutdown would let its encode run on beside the next start's.
    # On an orderly stop SIGTERM becomes Celery's soft shutdown, which waits a moment, then puts the task back.
    worker: dict[str, Any] = {"tier": 2, "death_signal": signal.SIGKILL, "environment": {"REMAP_SIGTERM": "SIGQUIT"}}
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "info"]
    web = [python, "-m", "gunicorn", "smrt_platform.wsgi", "-c", "deploy/gunicorn.py"]
    quick = {"WEB_BIND": f"fd://{socket_number}", "WEB_GRACEFUL_S": "5", "WEB_LOG_LEVEL": "warning"}
    return [
        Service("web", web, tier=1, environment=quick, sockets=(socket_number,)),
        Service("worker-default", [*celery, "worker", "-Q", "default", "-c", "2", "-n", "default@localhost", *quiet], **worker),
        Service("worker-video", [*celery, "worker", "-Q", "video-first,video", "-c", "1", "-n", "video@localhost", *quiet], **worker),
        Service("beat", [python, "-m", "celery", "-A", "smrt_platform.clock", "beat", "-s", str(var / "beat"), "--pidfile=", "-l", "warning"], tier=1),
    ]


STAND_IN_PORT = 8420


class StandIn:
    """The stand-in for Stripe (docs/decisions/0012), for a site that was given no key of Stripe's."""

    def __init__(self, var: Path, site: str):
        self.folder = var / "stripe"
        self.site = site
        self.listening = listen_from(STAND_IN_PORT)
        self.address = f"http://localhost:{self.listening.getsockname()[1]}"

    def environment(self) -> dict[str, str]:
        """What points the site at it."""
        return {
            "STRIPE_SECRET_KEY": "sk_test_standin",
            "STRIPE_API_BASE": self.address,
            "STRIPE_WEBHOOK_SECRETS": self._secret(),
            "STRIPE_PAGES": self.address,
        }

    def service(self) -> Service:
        number = self.listening.fileno()
        events = ["--webhook", f"{self.site}/payments/stripe/webhook/", "--secret", self._secret()]
        command = [sys.executable, "-m", "stripe_standin", "--fd", str(number), "--data", str(self.folder), *events]
        return Service("stripe-stand-in", command, tier=3, sockets=(number,))

    def _secret(self) -> str:
        file = self.folder / "webhook-secret"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            file.write_text(f"whsec_{secrets.token_hex(16)}")
        return file.read_text()


class Stack:
    """The running site of one folder `var`."""

    def __init__(self, var: Path, wanted_port: int):
        self.var = var.resolve()
        self.wanted_port = wanted_port
        self.port = wanted_port
        self.servers = EmbeddedServers(self.var)
        self.mark = f"SMRT_STACK_OF={self.var}"
        self.environment: dict[str, str] = {}
        self.running: list[tuple[Service, subprocess.Popen]] = []
        self.stand_in: StandIn | None = None
        self._listening: socket.socket | None = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"  # passkeys want the name, not the number

    def start(self, *, seed: bool) -> None:
        if not self.servers.lock():
            raise StartError(f"The site is already running here: {_text(self.var / 'address') or 'it is just starting or stopping'}")
        (self.var / "address").unlink(missing_ok=True)
        sweep(os.fsencode(self.mark))
        self._listen()
        if not os.environ.get("STRIPE_SECRET_KEY"):
            self.stand_in = StandIn(self.var, self.address)
        with Step("servers") as step:
            step.result = self._start_servers()
        with Step("static files") as step:
            step.result = self._collect_static()
        with Step("database") as step:
            step.result = self._migrate(step)
        with Step("site") as step:
            self._start_services()
            step.result = f"web, {len(self.running) - 1} background processes"
        if seed:
            self._seed()
        (self.var / "address").write_text(self.address)

    def wait(self) -> str:
        """Block until one process ends by itself; return the sentence about it."""
        while True:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            for service, process in self.running:
                if process.poll() is not None:
                    return self._ended(service.name, process, self.var / "log" / f"{service.name}.log")
            for name, server in (("postgres", self.servers.postgres), ("valkey", self.servers.valkey)):
                if server is not None and server.poll() is not None:
                    return self._ended(name, server, self.var / f"{name}.log")
            time.sleep(0.2)

    def stop(self) -> None:
        """End everything in order: web and clock, workers and whatever they started, Valkey, Postgres."""
        for tier in sorted({service.tier for service, _ in self.running}):
            live = [(service, process) for service, process in self.running if service.tier == tier and process.poll() is None]
            for _, process in live:
                process.terminate()
            for service, process in live:
                try:
                    process.wait(service.stop_limit_s)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self.running.clear()
        sweep(os.fsencode(self.mark))
        for listening in (self._listening, self.stand_in.listening if self.stand_in else None):
            if listening is not None:
                listening.close()
        (self.var / "address").unlink(missing_ok=True)
        self.servers.stop()

    def _listen(self) -> None:
        """Take the port now and hand the socket to gunicorn, so that nobody can slip in between."""
        self._listening = listen_from(self.wanted_port)
        self.port = self._listening.getsockname()[1]
        if self.port != self.wanted_port:
            say(f"  Port {self.wanted_port} is in use; this site takes {self.port}.")

    def _start_servers(self) -> str:
        given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
        urls = self.servers.start(postgres="DATABASE_URL" not in given, valkey="REDIS_URL" not in given)
        site = {"SMRT_LOCAL": os.environ.get("SMRT_LOCAL", "1"), "SITE_URL": os.environ.get("SITE_URL", self.address), "SMRT_VAR": str(self.var)}
        site |= self.stand_in.environment() if self.stand_in else {}
        path = os.pathsep.join([str(Path(sys.executable).parent), str(postgres_bin()), os.environ.get("PATH", "")])
        name, _, value = self.mark.partition("=")
        self.environment = {**os.environ, **given, **urls, **site, "PATH": path, "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2", name: value}
        self.servers.announce({**given, **urls, **site})
        own = [label for label, url in (("Postgres", "DATABASE_URL"), ("Valkey", "REDIS_URL")) if url in urls]
        return " and ".join(own) if own else "yours, from DATABASE_URL and REDIS_URL"

    def _collect_static(self) -> str:
        stamp, mark = self.var / "static" / ".collected", _static_fingerprint()
        if _text(stamp) == mark:
            return "unchanged"
        self._manage("collectstatic", "--noinput", "--clear", "-v", "0")
        stamp.write_text(mark)
        return "collected"

    def _migrate(self, step: Step) -> str:
        applied = 0

        def count(line: str) -> None:
            nonlocal applied
            if line.strip().startswith("Applying "):
                applied += 1
                step.detail(line.strip().removesuffix("OK").strip(" ."))

        self._manage("migrate", "--no-color", show=count)
        return f"{applied} migrations applied" if applied else "up to date"

    def _start_services(self) -> None:
        assert self._listening is not None
        number = self._listening.fileno()
        logs = self.var / "log"
        logs.mkdir(exist_ok=True)
        started = [*services(number, self.var), *([self.stand_in.service()] if self.stand_in else [])]
        for service in started:
            log = logs / f"{service.name}.log"
            if log.exists() and log.stat().st_size > LOG_LIMIT:
                log.replace(log.with_suffix(".log.1"))
            environment = {**self.environment, **service.environment}
            process = spawn(service.command, death_signal=service.death_signal, log=log, cwd=ROOT, env=environment, pass_fds=service.sockets)
            self.running.append((service, process))
        self._listening.close()  # gunicorn has it now
        if self.stand_in:
            self.stand_in.listening.close()
        self._wait_for_web()

    def _wait_for_web(self, limit_s: float = 180) -> None:
        web = self.running[0][1]
        end = time.monotonic() + limit_s
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=10) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError) as error:
                if web.poll() is not None or time.monotonic() > end:
                    raise StartError(self._ended("web", web, self.var / "log" / "web.log")) from error
            time.sleep(0.1)

    def _seed(self) -> None:
        """The demo school; a second call changes nothing. The workers are up by now and share its work."""
        with Step("demo school") as step:
            self._manage("seed_demo", show=lambda line: step.detail(line.strip(), every_s=0) if line.strip() else None)
            step.result = "ready"

    def _manage(self, *arguments: str, show: Callable[[str], Any] | None = None) -> None:
        """Run a manage.py command to its end, its lines to `show`."""
        command = [sys.executable, "manage.py", *arguments]
        process = spawn(command, death_signal=signal.SIGKILL, cwd=ROOT, env=self.environment, pipe=True)
        lines: list[str] = []
        failing = False
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip())
                failing = failing or line.startswith("Traceback")  # shown once, at the end
                if show and not failing:
                    show(line)
            process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if process.returncode:
            raise StartError("\n".join([*lines[-25:], "", f"manage.py {arguments[0]} failed."]))

    def _ended(self, name: str, process: subprocess.Popen, log: Path) -> str:
        tail = _text(log).splitlines()[-12:]
        how = "did not answer" if process.returncode is None else f"ended (exit {process.returncode})"
        return "\n".join([*(f"    {line}" for line in tail), "", f"{name} {how}. Its log: {log}"])


def _static_fingerprint() -> str:
    """Changes when any file that collectstatic would gather may have changed."""
    seen = hashlib.sha256()
    files = [ROOT / "package-lock.json", ROOT / "requirements" / "runtime.txt", ROOT / "smrt_platform" / "settings.py"]
    for folder in [ROOT / "static", *(path for path in ROOT.glob("*/static") if path.parent.name != "var")]:
        files += (path for path in folder.rglob("*") if path.is_file())
    for path in sorted(files):
        state = path.stat()
        seen.update(f"{path.relative_to(ROOT)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description="Start the whole site on this machine; Ctrl-C ends it.")
    parser.add_argument("--without-seed", action="store_true", help="leave the demo school out")
    chosen = parser.parse_args()
    os.environ.pop("SMRT_STACK_OF", None)
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65_536:
        say(f"PORT must be a number from 1 to 65535, not {port!r}.")
        return 2
    stack = Stack(Path(os.environ.get("SMRT_VAR") or ROOT / "var"), int(port))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    began, status = time.monotonic(), 0
    try:
        stack.start(seed=not chosen.without_seed)
        say(f"\n  The site is up after {time.monotonic() - began:.0f} s:  {stack.address}\n")
        if sign_ins := _text(stack.var / "sign-ins.txt").rstrip():
            say("\n".join(f"  {line}" for line in sign_ins.splitlines()) + "\n")
        if stack.stand_in:
            say(f"  Payments: a stand-in, no money moves:  {stack.stand_in.address}/_control/\n")
        say("  Ctrl-C ends it.")
        say("\n" + stack.wait())
        status = 1
    except StartError as error:
        say(f"\n{error}")
        status = 1
    except KeyboardInterrupt:
        say()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if stack.servers.held:
            with Step("stopping") as step:
                stack.stop()
                step.result = "everything has ended"
    return status


if __name__ == "__main__":
    sys.exit(main())
