"""The least Django that can be asked about each segment: no middleware, no query, one MAC. For comparison only."""

import os
import secrets

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY") or secrets.token_hex(32),
    SECRET_KEY_FALLBACKS=[],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="benchmarks.bare_gate",
    MIDDLEWARE=[],
    INSTALLED_APPS=[],
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402  after the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402  after the settings
from django.urls import path  # noqa: E402  after the settings
from django.utils.crypto import constant_time_compare, salted_hmac  # noqa: E402  after the settings


def mac_of(name: str) -> str:
    return salted_hmac("bench", name).hexdigest()


def gate(request: HttpRequest, mac: str, name: str) -> HttpResponse:
    return HttpResponse(status=204 if constant_time_compare(mac, mac_of(name)) else 403)


urlpatterns = [path("gate/<str:mac>/<str:name>", gate)]
application = WSGIHandler()
