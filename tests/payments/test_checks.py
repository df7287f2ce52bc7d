"""What `manage.py check` says about payments."""

import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks

from tests.fixtures.site_processes import ROOT

WHOLE = {
    "STRIPE_SECRET_KEY": "sk_live_abc123",
    "STRIPE_WEBHOOK_SECRETS": ["whsec_abc"],
    "STRIPE_API_BASE": "",
    "STRIPE_TAX": False,
    "SITE_URL": "https://school.example",
    "LOCAL": False,
    "DEBUG": False,
    "PAYMENTS_CURRENCY": "usd",
    "PAYMENTS_GRACE_DAYS": 7,
}
TEST = {"STRIPE_SECRET_KEY": "sk_test_abc123"}
NO_KEY = {"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRETS": []}


def said(settings, *, deploy=False, **changes):
    for name, value in {**WHOLE, **changes}.items():
        setattr(settings, name, value)
    found = run_checks(include_deployment_checks=deploy)
    return [message for message in found if message.id and message.id.startswith("payments.")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"STRIPE_SECRET_KEY": "rk_live_abc123"}, []),
        (TEST, []),
        (TEST | {"LOCAL": True, "SITE_URL": "http://localhost:8000", "STRIPE_API_BASE": "http://127.0.0.1:9"}, []),
        (NO_KEY, ["payments.W001"]),
        (NO_KEY | {"STRIPE_TAX": True}, ["payments.W001", "payments.W002"]),
        ({"STRIPE_SECRET_KEY": "pk_live_abc123"}, ["payments.E001"]),
        ({"STRIPE_SECRET_KEY": "pk_test_abc123"}, ["payments.E001"]),
        ({"STRIPE_SECRET_KEY": "whsec_abc"}, ["payments.E002"]),
        ({"STRIPE_SECRET_KEY": '"sk_test_abc"'}, ["payments.E002"]),
        ({"STRIPE_SECRET_KEY": "sk_test_abc\n"}, ["payments.E002"]),
        ({"STRIPE_WEBHOOK_SECRETS": []}, ["payments.E003"]),
        (TEST | {"STRIPE_WEBHOOK_SECRETS": ["whsec_new", "sk_test_abc"]}, ["payments.E004"]),
        ({"STRIPE_API_BASE": "http://127.0.0.1:9"}, ["payments.E005"]),
        ({"SITE_URL": "http://school.example"}, ["payments.E006"]),
        ({"LOCAL": True}, ["payments.W003"]),
        ({"DEBUG": True}, ["payments.W003"]),
        ({"PAYMENTS_CURRENCY": "dollar"}, ["payments.E007"]),
        (NO_KEY | {"PAYMENTS_CURRENCY": ""}, ["payments.E007", "payments.W001"]),
        ({"PAYMENTS_GRACE_DAYS": -1}, ["payments.E008"]),
    ],
)
def test_what_is_missing_or_dangerous_is_said(settings, changes, expected):
    assert [message.id for message in said(settings, **changes)] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (TEST, ["payments.W005"]),
        (TEST | {"STRIPE_API_BASE": "http://127.0.0.1:9"}, ["payments.W004"]),
        (NO_KEY, ["payments.W001"]),
        ({"SITE_URL": "http://school.example"}, ["payments.E006"]),
    ],
)
def test_a_deployment_is_told_when_nobody_is_charged(settings, changes, expected):
    assert [message.id for message in said(settings, deploy=True, **changes)] == expected


def test_every_message_says_what_to_do_and_repeats_no_secret(settings):
    secret = "sk_live_verysecret"
    messages = said(settings, STRIPE_SECRET_KEY=secret, STRIPE_WEBHOOK_SECRETS=["verysecret"], STRIPE_API_BASE="http://x", LOCAL=True, SITE_URL="http://x")

    assert len(messages) == 4
    assert all(message.hint for message in messages)
    assert not any("verysecret" in f"{message.msg} {message.hint}" for message in messages)


@pytest.mark.parametrize(
    ("key", "secrets", "code", "words"),
    [
        ("", "", 0, "nothing that costs money can be bought"),
        ("sk_test_abc", "", 1, "news of payments would be refused"),
        ("sk_test_abc", "whsec_abc,whsec_def", 0, "no issues"),
    ],
)
def test_the_command_itself_says_so(key, secrets, code, words):
    """As a person runs it, from the environment."""
    local = {"SMRT_LOCAL": "1", "DATABASE_URL": "postgres://none/none", "REDIS_URL": "unix:///none", "SECRET_KEY": "only-for-this-test-" + "0123456789" * 3}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_")}
    environment = {**clean, **local, "DJANGO_SETTINGS_MODULE": "smrt_platform.settings", "STRIPE_SECRET_KEY": key, "STRIPE_WEBHOOK_SECRETS": secrets}
    command = [sys.executable, "-W", "ignore", "manage.py", "check"]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False)

    assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
