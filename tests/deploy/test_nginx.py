"""deploy/nginx.conf in front of the real site: what passes and what is closed."""

import os
import re
import socket
import time
import urllib.error
import urllib.request
import uuid
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from streaming.delivery import address_for
from streaming.models import VideoAsset
from tests.fixtures.nginx import without_docker, write_video_conf

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.system
LESS_THAN_A_BODY_MAY_TAKE_S = 45  # nginx waits 60 for the next byte


@pytest.fixture
def proxied(start_nginx, gunicorn_site, settings, tmp_path) -> str:
    """The address of nginx with our file, changed only in what needs certificates, Docker's names and low ports."""
    settings.VIDEO_DELIVERY = "nginx"
    write_video_conf(tmp_path)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"^\s*(ssl_|http2|listen \[::\]|listen 80|include /etc/nginx/mime).*$", "", without_docker(text), flags=re.MULTILINE)
    text = text.replace("listen 443 ssl default_server;", "listen 127.0.0.1:{port};").replace("server web:8000;", f"server {gunicorn_site.url[7:]};")
    text = text.replace("/tmp/", f"{tmp_path}/").replace("/dev/stderr", f"{tmp_path}/nginx-error.log").replace("worker_processes auto", "worker_processes 1")
    text = text.replace("/etc/nginx/", f"{tmp_path}/")
    as_root = "user root;" if os.geteuid() == 0 else ""
    port = start_nginx(f"daemon off;\n{as_root}\n{text}")
    return f"http://localhost:{port}"


def ask(address: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=LESS_THAN_A_BODY_MAY_TAKE_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def test_videos_come_from_nginx_while_the_site_is_down(proxied, gunicorn_site):
    asset = VideoAsset(uuid=uuid.uuid4(), release="0123456789ab")
    default_storage.save(f"{asset.prefix}/240/seg_00000.m4s", ContentFile(b"moving picture"))
    gunicorn_site.kill()

    assert ask(f"{proxied}{address_for(asset, grant_id=1).base}240/seg_00000.m4s") == (200, b"moving picture")
    assert ask(f"{proxied}{address_for(asset, grant_id=1, ttl_s=-2).base}240/seg_00000.m4s")[0] == 403
    assert ask(proxied)[0] == 502


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

        assert ask(proxied)[0] == 200
