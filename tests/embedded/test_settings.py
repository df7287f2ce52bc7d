"""A missing or malformed variable stops the start with a sentence that names it."""

import os
import subprocess
import sys

import pytest
from dotenv import dotenv_values

from tests.embedded.conftest import ROOT

COMPLETE = {
    "PATH": os.environ["PATH"],
    "DATABASE_URL": "postgres://app@db/app",
    "REDIS_URL": "redis://broker:6379/0",
    "SECRET_KEY": "x" * 50,
    "SITE_URL": "https://school.example",
    "ALLOWED_HOSTS": "school.example",
}


def read_settings(**changes: str | None) -> tuple[int, str]:
    environment = {name: value for name, value in {**COMPLETE, **changes}.items() if value is not None}
    answer = subprocess.run([sys.executable, "-c", "import smrt_platform.settings"], cwd=ROOT, env=environment, capture_output=True, text=True)
    return answer.returncode, answer.stderr.strip()


def test_complete_environment_is_accepted():
    assert read_settings() == (0, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", None),
        ("DATABASE_URL", "somewhere"),
        ("REDIS_URL", None),
        ("REDIS_URL", "broker:6379"),
        ("SECRET_KEY", None),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", dotenv_values(ROOT / ".env.example")["SECRET_KEY"]),  # copied and not filled in: the whole world knows it
        ("SITE_URL", None),
        ("SITE_URL", "school.example"),
        ("ALLOWED_HOSTS", None),
        ("DEBUG", "perhaps"),
        ("DEBUG", "1"),  # only on a local site
        ("TRUSTED_PROXIES", "one"),
        ("SCHOOL_TIME_ZONE", "Mars/Olympus"),
        ("EMAIL_URL", "post-office"),
    ],
)
def test_wrong_variable_is_named(name, value):
    status, said = read_settings(**{name: value})

    assert status == 1
    assert said.startswith("Configuration error: ")
    assert name in said
    assert said.endswith("See docs/configuration.md.")
    assert "\n" not in said
