"""The least Django that can count a beat: no middleware, no key, no checks, the same statement. For comparison only."""

import json
import os
import runpy
import secrets
from pathlib import Path

import dj_database_url
import django
from django.conf import settings

settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="benchmarks.bare_beats",
    MIDDLEWARE=[],
    USE_TZ=True,
    DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60, conn_health_checks=True)},
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

BEAT = runpy.run_path(str(Path(__file__).resolve().parent.parent / "streaming" / "services" / "beat_sql.py"))["BEAT"]  # without the app around it


def beat(request: HttpRequest, token: str, user: int) -> JsonResponse:
    body = json.loads(request.body)
    params = {
        "token": token,
        "user": user,
        "seq": body["seq"],
        "starts": [pair[0] for pair in body["ranges"]],
        "ends": [pair[1] for pair in body["ranges"]],
        "position": body["position_ms"],
        "rate": body["rate"],
        "visible": body["visible"],
    }
    with connection.cursor() as cursor:
        cursor.execute(BEAT, params)
        row = cursor.fetchone()
    answer = JsonResponse({"state": row[0], "credited_ms": row[1], "covered_ms": row[5], "duration_ms": row[6], "missing": row[7]})
    answer["Content-Length"] = str(len(answer.content))
    return answer


urlpatterns = [path("beats/<str:token>/<int:user>", beat)]
application = WSGIHandler()
