"""A process that dies, and what finishes its work."""

import json
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from core import jobs
from core.models import Job
from tests.fixtures.site_processes import ROOT


@pytest.fixture
def run(site_environment, stripe_api):
    """Run a story in a process of its own that kills itself at the arrow; "" lets it end."""
    environment = site_environment | {"STRIPE_SECRET_KEY": "sk_test_standin", "STRIPE_API_BASE": stripe_api.url}

    def start(story, arrow, **told):
        command = [sys.executable, "-W", "ignore", "-m", "tests.workshops.chaos.caller", story, arrow, json.dumps(told)]
        done = subprocess.run(command, env=environment, cwd=ROOT, timeout=120, check=False)
        assert done.returncode == (-signal.SIGKILL if arrow else 0), f"It did not come to {arrow}."

    return start


@pytest.fixture
def sweep(monkeypatch):
    """What the sweeper and a worker do once the lease of the one that died has run out."""

    def do():
        with monkeypatch.context() as here:
            here.setattr(jobs, "wake", lambda row: jobs.run(row.pk))
            for _round in range(10):
                Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
                Job.objects.open().update(woken_at=None)
                if not jobs.sweep():
                    break

    return do
