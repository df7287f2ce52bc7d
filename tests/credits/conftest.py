"""The day that a module's dates speak of."""

from datetime import UTC, datetime, time

import pytest
from django.utils import timezone


@pytest.fixture(autouse=True)
def _on_the_day_the_module_names(request, monkeypatch):
    """Where a module names its `TODAY`, it is that day: what is recorded meanwhile is known on it, in whatever year the test runs."""
    if day := getattr(request.module, "TODAY", None):
        real, noon = timezone.now, datetime.combine(day, time(17), UTC)
        began = real()
        monkeypatch.setattr(timezone, "now", lambda: noon + (real() - began))
