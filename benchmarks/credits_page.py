"""What one licence with thirty awards costs where a learner sees it: the page of where it stands, and its part of the dashboard.

Requests go through the whole of Django in one process (sessions, sign-in, templates), without a server and a network, and so
does what is timed. The dashboard shows more than licences; its part is what works out where they stand, and the whole page is
there to be read beside it. `PAGES=500` takes more turns.
"""

# ruff: noqa: E402  the models need a Django that is set up

from __future__ import annotations

import os
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smrt_platform.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from benchmarks.rows import row
from credits.models import Licence
from credits.selectors import school_today
from credits.services import load_boards
from credits.standings import standings_of_person
from tests.factories.accounts import UserFactory
from tests.factories.credits import AccreditationFactory, ActivityFactory, AwardFactory, BoardFactory, DossierFactory, LicenceFactory

TURNS = int(os.environ.get("PAGES", "200"))
AWARDS = 30
BAR_MS, BAR_QUERIES = 50, 12
TOPICS = ("ethics", "technique", "medical_errors", "laws_and_rules", "human_trafficking")
MODES = ("self_paced", "in_person_hands_on", "live_remote", "in_person_lecture")


# The names of static files without their hashes: nothing was collected for a server here.
PLAIN_FILES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@override_settings(STORAGES=PLAIN_FILES)
def rows() -> list[dict[str, Any]]:
    licence = _licence()
    client = Client(headers={"host": "localhost"})
    client.force_login(licence.user, backend="django.contrib.auth.backends.ModelBackend")
    page, dashboard = reverse("credits:licence_standing", args=[licence.pk]), reverse("portal:dashboard")
    found = []
    for name, work in (
        ("page of where it stands", lambda: _get(client, page)),
        ("its part of the dashboard", lambda: standings_of_person(licence.user, school_today())),
    ):
        cost = _measure(work)
        label = f"one licence, {AWARDS} awards, {name}"
        found.append(row(area="credits", name=f"{label}, p95", ours=cost.p95_ms, theirs=None, unit="ms", bar=BAR_MS, better="lower"))
        found.append(row(area="credits", name=f"{label}, p95 of our process alone", ours=cost.cpu_p95_ms, theirs=None, unit="ms CPU", bar=None, better="lower"))
        found.append(row(area="credits", name=label, ours=cost.queries, theirs=None, unit="queries", bar=BAR_QUERIES, better="lower"))
    whole = _measure(lambda: _get(client, dashboard))
    return [*found, row(area="credits", name="the whole dashboard of that learner, p95", ours=whole.p95_ms, theirs=None, unit="ms", bar=None, better="lower")]


def _licence() -> Licence:
    """Of a board with six minima that share one group, which is the dearest kind; half of its awards lie in this cycle."""
    load_boards()
    board = BoardFactory(code="us_fl_massage")
    run = uuid.uuid4().hex  # other measurements use the same tables
    licence = LicenceFactory(board=board, issued_on=date(2016, 3, 1), user=UserFactory(email=f"{run}@example.org"))
    for number in range(AWARDS):
        units, day = (1, 2, 3, 4, 6)[number % 5], school_today() - timedelta(days=20 + 40 * number)
        split = [{"category": TOPICS[number % len(TOPICS)], "units": str((units + 1) // 2)}] if number % 3 else []
        activity, mode = ActivityFactory(), MODES[number % len(MODES)]
        accreditation = AccreditationFactory(activity=activity, board=board, units=units, mode=mode, category_split=split)
        facts = {"offered": {"minutes": {"in_person_hands_on": 100, "in_person_lecture": 50}}}
        at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
        dossier = DossierFactory(key=f"bench:{run}:{number}", user=licence.user, activity=activity, completed_on=day, completed_at=at, facts=facts)
        AwardFactory(dossier=dossier, accreditation=accreditation, board=board, licence=licence, units=units, mode=mode, category_split=split, completed_on=day)
    return licence


def _get(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}.")


class Cost(NamedTuple):
    """Of one turn: by the clock, in processor time of this process, and in queries."""

    p95_ms: float
    cpu_p95_ms: float
    queries: int


def _measure(work: Callable[[], object]) -> Cost:
    """After a few turns to warm up."""
    for _turn in range(5):
        work()
    asked = min(_queries(work) for _turn in range(3))  # once in three seconds a process also asks whether other rules are in force
    clock, cpu = [], []
    for _turn in range(TURNS):
        began, cpu_began = time.perf_counter(), time.process_time()
        work()
        clock.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - cpu_began) * 1000)
    last = int(TURNS * 0.95)
    return Cost(sorted(clock)[last], sorted(cpu)[last], asked)


def _queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)
