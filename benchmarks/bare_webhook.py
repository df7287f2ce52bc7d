"""The least Django that can keep an event: no middleware, no signature, no job, one insert. For comparison only."""

import json
import os
import secrets

import dj_database_url
import django
from django.conf import settings

settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="benchmarks.bare_webhook",
    MIDDLEWARE=[],
    USE_TZ=True,
    DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60, conn_health_checks=True)},
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402  after the settings
from django.db import connection  # noqa: E402  after the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402  after the settings
from django.urls import path  # noqa: E402  after the settings

KEEP = """
    INSERT INTO payments_stripeevent (event_id, environment, type, object_type, object_id, occurred_at, source, note, created_at, updated_at)
    VALUES (%s, 'stand-in', %s, %s, %s, to_timestamp(%s), 'webhook', '', now(), now()) ON CONFLICT DO NOTHING
"""


def webhook(request: HttpRequest) -> HttpResponse:
    event = json.loads(request.body)
    about = event["data"]["object"]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [event["id"], event["type"], about["object"], about["id"], event["created"]])
    return HttpResponse("Stored.\n", content_type="text/plain", headers={"Content-Length": "8"})


urlpatterns = [path("payments/stripe/webhook/", webhook)]
application = WSGIHandler()
