"""What a browser and the caches on its way are told by a site under HTTPS, asked of the settings as a deployment reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ASK = """
import json, warnings
warnings.simplefilter("ignore")
import django
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
django.setup()
from django.test import Client
proxy = Client(HTTP_HOST="school.example", HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_FOR="203.0.113.9")
page = proxy.get("/")
plain = Client(HTTP_HOST="school.example").get("/")
cookies = {name: {key: morsel[key] for key in ("secure", "path", "domain", "samesite")} for name, morsel in page.cookies.items()}
print(json.dumps({"status": page.status_code, "headers": dict(page.headers), "cookies": cookies, "plain": plain.headers.get("Location", "")}))
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY)
"""


@pytest.fixture(scope="module")
def told() -> dict:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "smrt_platform.settings",
        "DATABASE_URL": "postgres://none/none",
        "REDIS_URL": "unix:///none",
        "SECRET_KEY": "x" * 50,
        "SITE_URL": "https://school.example",
        "ALLOWED_HOSTS": "school.example",
        "TRUSTED_PROXIES": "1",
    }
    answer = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
    assert answer.returncode == 0, answer.stderr
    first, session = answer.stdout.splitlines()
    return {**json.loads(first), "session": session}


def test_cookies_belong_to_this_host_and_to_https_alone(told):
    assert told["status"] == 200
    assert told["cookies"] == {"__Host-csrf": {"secure": True, "path": "/", "domain": "", "samesite": "Lax"}}
    assert told["session"] == "__Host-session True True"


def test_the_browser_stays_on_https_and_runs_only_what_the_site_sends(told):
    headers = told["headers"]
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert told["plain"] == "https://school.example/"
    assert policy["script-src"] == policy["default-src"] == policy["style-src"] == "'self'"
    assert policy["form-action"] == "'self' https://checkout.stripe.com https://billing.stripe.com"  # where a pay button leads
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("nosniff", "DENY", "same-origin")


def test_no_cache_on_the_way_keeps_a_page_made_for_one_person(told):
    """Each page greets its viewer and holds their CSRF token; a CDN told nothing may keep what it passes on."""
    assert told["headers"]["Cache-Control"] == "private, no-cache"
