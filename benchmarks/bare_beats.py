"""The least Django that can count a beat: no middleware, no key, no checks, the same statement. For comparison only."""

import json
import os
import secrets

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

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402  after the settings
from django.db import connection  # noqa: E402  after the settings
from django.http import HttpRequest, JsonResponse  # noqa: E402  after the settings
from django.urls import path  # noqa: E402  after the settings

JUDGE = "SELECT * FROM streaming_judge_beat(%s, %s, %s, %s::int[], %s::int[], %s, %s, %s, false)"


def beat(request: HttpRequest, token: str, user: int) -> JsonResponse:
    body = json.loads(request.body)
    starts, ends = [pair[0] for pair in body["ranges"]], [pair[1] for pair in body["ranges"]]
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, [token, user, body["seq"], starts, ends, body["position_ms"], body["rate"], body["visible"]])
        row = cursor.fetchone()
    answer = JsonResponse({"state": row[0], "credited_ms": row[1], "covered_ms": row[4], "duration_ms": row[5], "missing": row[6]})
    answer["Content-Length"] = str(len(answer.content))
    return answer


urlpatterns = [path("beats/<str:token>/<int:user>", beat)]
application = WSGIHandler()
