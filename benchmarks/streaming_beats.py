"""Beats per second through gunicorn (two workers), beside a bare Django view with the same statement, and the statement alone.

Load comes from processes on the same cores that speak HTTP over sockets and reuse connections. The three take turns; each figure is
the median of three turns. Every beat is a real one: it locks, credits and commits, for one of 400 viewers.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import secrets
import socket
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from benchmarks.serving import gunicorn, read_answer

ROOT = Path(__file__).resolve().parent.parent
VIEWERS = 400
CLIENTS = 4
TURN_S = 4.0
TURNS = 3
BAR = 0.8
LOGIN = "bench-login-cookie"
SECRET_KEY = secrets.token_hex(32)
TYPES = "uuid, bigint, int, int[], int[], int, numeric, boolean"

Viewer = tuple[str, int, str]  # session token, person, beat key
Turn = Callable[[list[Viewer], int, float], int]


def rows() -> list[dict[str, Any]]:
    viewers = _viewers()
    with gunicorn("smrt_platform.wsgi") as ours, gunicorn("benchmarks.bare_beats") as bare:
        turns: dict[str, Turn] = {"ours": _http(ours, _our_request), "bare": _http(bare, _bare_request), "sql": _sql}
        rates: dict[str, list[float]] = {name: [] for name in turns}
        seqs = 0
        for name in ["ours", "bare"]:  # warm
            seqs += 10_000
            _measure(turns[name], viewers, seqs, 1.0)
        for _ in range(TURNS):
            for name, turn in turns.items():
                seqs += 100_000
                rates[name].append(_measure(turn, viewers, seqs, TURN_S))
    median = {name: statistics.median(values) for name, values in rates.items()}
    return [
        row(area="streaming", name="beats through gunicorn, beside a bare Django view", ours=median["ours"], theirs=median["bare"], unit="beats/s", bar=BAR),
        row(area="streaming", name="beats through gunicorn, beside the statement alone", ours=median["ours"], theirs=median["sql"], unit="beats/s", bar=None),
    ]


def _measure(turn: Turn, viewers: list[Viewer], seq: int, seconds: float) -> float:
    """Beats a second that CLIENTS processes got answered, each with its own share of the viewers."""
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        shares = [(viewers[n::CLIENTS], seq, seconds) for n in range(CLIENTS)]
        return sum(pool.starmap(turn, shares)) / seconds


def _viewers() -> list[Viewer]:
    """People with an open player each, opened long enough ago that nothing is throttled."""
    os.environ.setdefault("SECRET_KEY", SECRET_KEY)
    import django

    django.setup()
    from datetime import timedelta

    from django.db import connection
    from django.http import HttpRequest
    from django.utils import timezone

    from accounts.models import User
    from streaming.beat_keys import make_beat_key
    from streaming.models import Grant, PlaybackSession, VideoAsset, WatchEvidence

    run = uuid.uuid4().hex[:8]
    asset = VideoAsset.objects.create(title="Bench", state="ready", release="0" * 12, duration_ms=3_600_000, width=1, height=1)
    people = User.objects.bulk_create([User(email=f"{run}-{n}@example.org", password="!") for n in range(VIEWERS)])
    grants = Grant.objects.bulk_create([Grant(user=person, asset=asset, subject=f"bench:{run}:{person.pk}") for person in people])
    evidence = WatchEvidence.objects.bulk_create([WatchEvidence(user=grant.user, asset=asset, subject=grant.subject) for grant in grants])
    long_ago = timezone.now() - timedelta(days=30)
    sessions = PlaybackSession.objects.bulk_create(
        [PlaybackSession(user=each.user, grant=grant, evidence=each, opened_at=long_ago) for grant, each in zip(grants, evidence, strict=True)]
    )
    browser = HttpRequest()
    from django.conf import settings

    browser.COOKIES[settings.SESSION_COOKIE_NAME] = LOGIN
    viewers = [(str(session.token), session.user_id, make_beat_key(browser, session.token, session.user_id)) for session in sessions]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return viewers


def _beat(seq: int) -> dict[str, Any]:
    start = seq * 10_000 % 3_590_000
    return {"seq": seq, "ranges": [[start, start + 10_000]], "position_ms": start + 10_000, "rate": 1, "visible": True}


def _our_request(viewer: Viewer, seq: int) -> bytes:
    token, _user, key = viewer
    return _request(f"/api/v1/streaming/sessions/{token}/beats", {**_beat(seq), "key": key})


def _bare_request(viewer: Viewer, seq: int) -> bytes:
    token, user, _key = viewer
    return _request(f"/beats/{token}/{user}", _beat(seq))


def _request(path: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: session={LOGIN}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def _http(port: int, request: Callable[[Viewer, int], bytes]) -> Turn:
    return _HttpTurn(port, request)


class _HttpTurn:
    """Beats over one connection until the time is up; a class, because a pool has to carry it to its processes."""

    def __init__(self, port: int, request: Callable[[Viewer, int], bytes]):
        self.port, self.request = port, request

    def __call__(self, viewers: list[Viewer], seq: int, seconds: float) -> int:
        connection, answered, end = None, 0, time.monotonic() + seconds
        while time.monotonic() < end:
            seq += 1
            message = self.request(viewers[seq % len(viewers)], seq)
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", self.port))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(message)
            answer, keep = read_answer(connection)
            if not answer.startswith(b"HTTP/1.1 200") or b'"open"' not in answer:
                raise RuntimeError(answer[:400].decode(errors="replace"))
            answered += 1
            if not keep:
                connection.close()
                connection = None
        return answered


def _sql(viewers: list[Viewer], seq: int, seconds: float) -> int:
    """The statement alone, prepared, each in a transaction of its own."""
    import psycopg2
    from django.conf import settings

    database = settings.DATABASES["default"]
    connection = psycopg2.connect(dbname=database["NAME"], user=database["USER"], host=database["HOST"], port=database["PORT"] or None)
    connection.autocommit = True
    answered = 0
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE beat ({TYPES}) AS SELECT * FROM streaming_judge_beat($1, $2, $3, $4, $5, $6, $7, $8, false)")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seq += 1
            token, user, _key = viewers[seq % len(viewers)]
            beat = _beat(seq)
            (start, stop), position = beat["ranges"][0], beat["position_ms"]
            cursor.execute("EXECUTE beat (%s, %s, %s, %s, %s, %s, %s, %s)", (token, user, seq, [start], [stop], position, 1, True))
            if cursor.fetchone()[0] != "open":
                raise RuntimeError("A beat of the benchmark was not accepted.")
            answered += 1
    connection.close()
    return answered
