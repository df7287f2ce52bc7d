"""Segments that nginx checks and serves, beside the same nginx serving the same bytes to anybody (V11).

Beside them: what it costs to ask Django about each segment (`auth_request`, its best case: one MAC, no session, no query), and
to let the site itself serve. Rounds alternate, each figure is the median. `wrk` makes the load when it is installed; otherwise
processes of ours, which are slower than nginx, so that nginx's own CPU time is counted instead of the clock.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.rows import CannotMeasure, row
from benchmarks.serving import free_port, gunicorn, wait_until_open

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"64 kB": 64 * 1024, "256 kB": 256 * 1024, "1 MB": 1024 * 1024}
ROUNDS, SLOW_ROUNDS, ROUND_S = 7, 3, 2
CONNECTIONS = 16
BAR = 0.90
SECRET_KEY = secrets.token_hex(32)
TRIED_S = 3  # an address that short-lived is watched until it dies

CONF = """daemon off;
{user}
worker_processes 2;
pcre_jit on;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    include {folder}/conf/http.conf;
    upstream gate {{ server 127.0.0.1:{gate}; keepalive 16; }}
    server {{
        listen 127.0.0.1:{port};
        include {folder}/conf/server.conf;
        location /plain/ {{
            alias {media}/video/;
            open_file_cache max=2000 inactive=60s;
            open_file_cache_valid 60s;
        }}
        location ~ "^/asked/(?<mac>[0-9a-f]+)/(?<name>[0-9]+)/(?<file>.+)$" {{
            auth_request /gate;
            alias {media}/video/$file;
            open_file_cache max=2000 inactive=60s;
            open_file_cache_valid 60s;
        }}
        location = /gate {{
            internal;
            proxy_pass http://gate/gate/$mac/$name;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }}
    }}
}}
"""

Load = Callable[[str, int], float]


def rows() -> list[dict[str, Any]]:
    program = shutil.which("nginx")
    if program is None:
        raise CannotMeasure("nginx is not installed here (apt-get install nginx-light).")
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="bench-video-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        os.environ.update(SECRET_KEY=SECRET_KEY, VIDEO_DELIVERY="nginx", MEDIA_ROOT=str(folder / "media"), S3_BUCKET="")
        import django

        django.setup()
        asset = _film(folder / "media")
        with gunicorn("smrt_platform.wsgi") as site, gunicorn("benchmarks.bare_gate") as gate, _nginx(program, folder, gate) as (port, pid):
            return [*_throughput(asset, port, site, pid), _life(asset, port), *_signing(asset)]


def _film(media: Path) -> Any:
    """A video whose segments have the sizes to be measured."""
    import uuid

    from streaming.models import VideoAsset

    asset = VideoAsset(uuid=uuid.uuid4(), release="0" * 12)
    rung = media / asset.prefix / "720"
    rung.mkdir(parents=True)
    for number, size in enumerate(SIZES.values()):
        (rung / f"seg_{number:05}.m4s").write_bytes(os.urandom(size))
    return asset


@contextmanager
def _nginx(program: str, folder: Path, gate: int) -> Iterator[tuple[int, int]]:
    from django.core.management import call_command

    port = free_port()
    call_command("nginx_video_conf", folder / "conf", verbosity=0, stdout=open(os.devnull, "w"))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(CONF.format(user=user, folder=folder, media=folder / "media", port=port, gate=gate))
    process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        wait_until_open(port, process, log=folder / "error.log")
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)


def _throughput(asset: Any, port: int, site: int, pid: int) -> list[dict[str, Any]]:
    from streaming.delivery import signed_base

    base = signed_base(asset, grant_id=None, ttl_s=3600)
    mac = _gate_mac()
    load, unit = (_wrk, "requests/s") if shutil.which("wrk") else (_processes(pid), "requests/CPU s of nginx")
    found = []
    for number, (words, size) in enumerate(SIZES.items()):
        file = f"720/seg_{number:05}.m4s"
        ways = {
            "plain": f"http://127.0.0.1:{port}/plain/{asset.prefix.removeprefix('video/')}/{file}",
            "ours": f"http://127.0.0.1:{port}{base}{file}",
            "asked": f"http://127.0.0.1:{port}/asked/{mac}/1/{asset.prefix.removeprefix('video/')}/{file}",
            "app": f"http://127.0.0.1:{site}{base}{file}",
        }
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(ROUNDS):
            names = [way for way in ways if way in ("plain", "ours") or turn < SLOW_ROUNDS]
            for way in names if turn % 2 else reversed(names):
                rates[way].append(load(ways[way], size))
        median = {way: statistics.median(values) for way, values in rates.items()}
        found += [
            row(
                area="streaming", name=f"V11 protected segments of {words}, beside plain nginx", ours=median["ours"], theirs=median["plain"], unit=unit, bar=BAR
            ),
            row(area="streaming", name=f"  beside asking Django about each, {words}", ours=median["ours"], theirs=median["asked"], unit=unit, bar=None),
        ]
        if load is _wrk:  # the app's CPU is not nginx's
            found.append(
                row(area="streaming", name=f"  served by the app, beside plain nginx, {words}", ours=median["app"], theirs=median["plain"], unit=unit, bar=None)
            )
    return found


def _gate_mac() -> str:
    """The token bare_gate takes; asked of it in a process of its own, because it brings its own settings."""
    command = [sys.executable, "-c", "from benchmarks.bare_gate import mac_of; print(mac_of('1'))"]
    return subprocess.run(command, cwd=ROOT, env=os.environ, check=True, capture_output=True, text=True).stdout.strip()


def _wrk(url: str, size: int) -> float:
    """Answers a second; any that is not 200 or not whole stops the measurement."""
    _once(url, size)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{ROUND_S}s", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or ((errors := re.search(r"Socket errors: (.*)", said)) and re.search(r"(connect|read|write) [1-9]", errors[1])):
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None:
        raise RuntimeError(said)
    return float(rate[1])


def _processes(pid: int) -> Load:
    def load(url: str, size: int) -> float:
        """Answers per second of CPU time that nginx's workers spent."""
        _once(url, size)
        before = _cpu_s(pid)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            answered = sum(pool.starmap(_ask_on, [(url, size, ROUND_S)] * 2))
        return answered / (_cpu_s(pid) - before)

    return load


def _cpu_s(master: int) -> float:
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    ticks = [sum(map(int, Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13])) for child in children]
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _ask_on(url: str, size: int, seconds: float) -> int:
    """Whole answers over one connection until the time is up."""
    parts = urlsplit(url)
    message = f"GET {parts.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    buffer, answered, end = bytearray(1 << 20), 0, time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", parts.port)) as connection:
        while time.monotonic() < end:
            connection.sendall(message)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            top, _, body = head.partition(b"\r\n\r\n")
            if not top.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(top.decode(errors="replace"))
            left = size - len(body)
            while left:
                left -= connection.recv_into(buffer, min(left, len(buffer)))
            answered += 1
    return answered


def _once(url: str, size: int) -> None:
    with urllib.request.urlopen(url, timeout=10) as answer:
        if len(answer.read()) != size:
            raise RuntimeError(f"{url} did not come whole.")


def _life(asset: Any, port: int) -> dict[str, Any]:
    """How long nginx goes on serving to a viewer whose grant ended just after their last renewal."""
    from streaming.delivery import LONGEST_S, address_for

    began = time.time()
    url = f"http://127.0.0.1:{port}{address_for(asset, grant_id=1, ttl_s=TRIED_S).base}720/seg_00000.m4s"
    while time.time() < began + TRIED_S + 5:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as refused:
            refused.close()
            break
    lived = LONGEST_S - TRIED_S + time.time() - began
    return row(area="streaming", name="V11 life of a revoked viewer's address", ours=lived, theirs=None, unit="s", bar=LONGEST_S, better="lower")


def _signing(asset: Any) -> list[dict[str, Any]]:
    """What handing out one address costs the site: a pass opens a whole film, a presigned address one segment."""
    import boto3

    from streaming.delivery import signed_base

    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench")
    presign = _each_ms(lambda: client.generate_presigned_url("get_object", Params={"Bucket": "bench", "Key": f"{asset.prefix}/720/seg_00000.m4s"}), 300)
    sign = _each_ms(lambda: signed_base(asset, grant_id=7), 3000)
    client.close()
    return [
        row(area="streaming", name="signing a pass for a film", ours=sign, theirs=None, unit="ms", bar=None, better="lower"),
        row(area="streaming", name="presigning one segment (VIDEO_DELIVERY=s3)", ours=presign, theirs=None, unit="ms", bar=None, better="lower"),
    ]


def _each_ms(call: Callable[[], Any], times: int) -> float:
    call()
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times * 1000
