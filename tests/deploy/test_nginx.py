"""deploy/nginx.conf in front of the real site: what passes and what is closed."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from embedded.processes import free_port, spawn

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.system


@pytest.fixture(scope="session")
def nginx_program() -> str:
    """nginx, installed from Debian's package when this is root there."""
    if not shutil.which("nginx") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], capture_output=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "nginx-light"], env=quiet, capture_output=True)
    if program := shutil.which("nginx"):
        return program
    pytest.skip("nginx is a system package and can be installed by root on Debian only")


@pytest.fixture
def proxied(nginx_program, gunicorn_site, tmp_path) -> str:
    """The address of nginx with our file, changed only in what needs certificates, Docker's names and low ports."""
    port = free_port(8900)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"^\s*(ssl_|http2|resolver|zone|listen \[::\]|listen 80|include).*$", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ssl default_server;", f"listen 127.0.0.1:{port};").replace("server web:8000 resolve;", f"server {gunicorn_site.url[7:]};")
    text = text.replace("/tmp/", f"{tmp_path}/").replace("/dev/stderr", f"{tmp_path}/nginx-error.log").replace("worker_processes auto", "worker_processes 1")
    (tmp_path / "nginx.conf").write_text(f"daemon off;\n{'user root;' if os.geteuid() == 0 else ''}\n{text}")
    command = [nginx_program, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "nginx-error.log"]
    log = tmp_path / "nginx.log"
    process = spawn(command, death_signal=signal.SIGKILL, log=log)
    try:
        for _ in range(100):
            if process.poll() is not None:
                raise AssertionError(log.read_text())
            if ask(f"http://127.0.0.1:{port}/health/live")[0] == 404:
                break
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


def ask(address: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def test_pages_pass_and_health_stays_inside(proxied, gunicorn_site):
    assert ask(proxied)[0] == 200
    assert ask(f"{proxied}/health/ready")[0] == 404
    assert ask(f"{gunicorn_site.url}/health/ready")[0] == 200


PIECE = "/desk/video/uploads/00000000-0000-4000-8000-000000000000/"
BEATS = "/api/v1/streaming/sessions/00000000-0000-4000-8000-000000000000/beats"


@pytest.mark.parametrize(("method", "path"), [("POST", BEATS), ("POST", "/desk/video/upload/"), ("POST", PIECE), ("PUT", PIECE)])
def test_strangers_who_send_a_byte_now_and_then_hold_no_thread(proxied, method, path):
    """Each names the CSRF token it brings, so that nothing before the body refuses it; the site has eight threads."""
    secret = "a" * 32
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n"
    head += f"Cookie: csrf={secret}; __Host-csrf={secret}\r\nX-CSRFToken: {secret}\r\nOrigin: https://localhost\r\nReferer: https://localhost/\r\n\r\na"
    with ExitStack() as held:
        for _ in range(24):
            stranger = held.enter_context(socket.create_connection(("127.0.0.1", int(proxied.rpartition(":")[2])), timeout=5))
            stranger.sendall(head.encode())
        time.sleep(0.5)
        began = time.monotonic()

        assert ask(proxied)[0] == 200
        assert time.monotonic() - began < 3
