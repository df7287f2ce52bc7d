"""Where 100,000 licences with 30 awards each stand, beside the time it takes to read those awards.

Ours is a batch on two cores: two processes, each with half of the licences. Reading is one process that passes over the same
awards with their segments, by the ORM's `iterator()`, and does nothing with them. Both read what is in the machine's memory;
the awards are read before and after, and the mean counts. Memory is the peak of a batch process, beside that of one with a
tenth of the licences.

Both are also given in processor time of our own processes, without the database's: that tells less of what else the machine does.

The awards are made by SQL: ten boards with calendars of every kind, sixty activities, four years. `LICENCES=10000` is quicker.
"""

# ruff: noqa: E402  the models need a Django that is set up

from __future__ import annotations

import json
import os
import resource
import secrets
import subprocess
import sys
import time
from datetime import date
from typing import Any, NamedTuple

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smrt_platform.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
django.setup()

from django.db import connection

from benchmarks.rows import row
from credits.batch import standings_of
from credits.models import Award, Licence
from credits.services import load_boards
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory

LICENCES = int(os.environ.get("LICENCES", "100000"))
AWARDS = 30
PROCESSES = 2
BAR, MEMORY_BAR = 10, 1.15
AS_OF = date(2026, 11, 23)
BASE = 10_000_000  # keys that nothing else here has
BOARDS = (
    "us_fl_massage", "us_ny_massage", "us_ne_massage", "us_ga_massage", "us_tx_massage", "us_va_massage", "us_wa_massage", "us_la_massage",
    "us_il_massage", "ncbtmb_bc",
)  # fmt: skip
ACTIVITIES = 60
MODES = ("self_paced", "in_person_hands_on", "live_remote", "in_person_lecture")
TOPICS = ("ethics", "technique", "medical_errors", "laws_and_rules", "human_trafficking")

PEOPLE = """
INSERT INTO accounts_user (id, password, is_superuser, email, display_name, time_zone, is_active, is_staff, date_joined, session_epoch)
SELECT %(base)s + i, '!', false, 'bench' || i || '@example.org', 'Person ' || i, 'America/New_York', true, false, now(), 0
FROM generate_series(0, %(count)s - 1) i;
INSERT INTO credits_birthdate (user_id, born_on, created_at, updated_at)
SELECT %(base)s + i, date '1960-01-01' + (i * 37 %% 15000), now(), now() FROM generate_series(0, %(count)s - 1) i;
INSERT INTO credits_licence (id, user_id, board_id, number, jurisdiction, name_on_licence, issued_on, practising_since, created_at, updated_at)
SELECT %(base)s + i, %(base)s + i, (%(boards)s::bigint[])[1 + i %% cardinality(%(boards)s::bigint[])], 'MA' || i, '', '',
       date '2008-01-01' + (i * 37 %% 6000), date '2008-01-01' + (i * 37 %% 6000), now(), now()
FROM generate_series(0, %(count)s - 1) i;
"""

DOSSIERS = """
INSERT INTO credits_dossier (id, key, user_id, activity_id, kind, completed_at, zone, completed_on, facts, trace, sha256, created_at)
SELECT %(base)s + i * %(awards)s + j, 'bench:' || i || ':' || j, %(base)s + i, (%(activities)s::bigint[])[1 + (i * 13 + j * 7) %% %(kinds)s], 'home_study',
       %(as_of)s::timestamptz - make_interval(days => (i * 7 + j * 49) %% 1460), 'America/New_York',
       (%(as_of)s::timestamptz - make_interval(days => (i * 7 + j * 49) %% 1460))::date,
       '{"offered": {"title": "Bench", "minutes": {"in_person_hands_on": 100, "in_person_lecture": 50}}}', '{"code": "completed", "met": true}',
       repeat('0', 64), now()
FROM generate_series(%(first)s, %(last)s - 1) i, generate_series(0, %(awards)s - 1) j;
"""

LEDGER = """
INSERT INTO credits_award (id, key, version, dossier_id, board_id, accreditation_id, licence_id, origin, title, units, unit_printed, category_split, mode,
                           contact_minutes, approval_number, provider_number, provider_name, board_name, approval_board_name, instructor_name,
                           instructor_credentials, completed_on, trace, recorded_at)
SELECT d.id, d.key, 1, d.id, l.board_id, a.id, l.id, 'completion', a.approved_title, a.units, 'hours', a.category_split, a.mode,
       360, a.approval_number, a.provider_number, a.provider_name, 'Board', 'Board', 'Ana Ruiz', 'LMT', d.completed_on, '{"code": "award", "met": true}',
       d.completed_at
FROM credits_dossier d
JOIN credits_licence l ON l.user_id = d.user_id
JOIN credits_accreditation a ON a.activity_id = d.activity_id AND a.board_id = l.board_id
WHERE d.user_id >= %(base)s + %(first)s AND d.user_id < %(base)s + %(last)s;
INSERT INTO credits_awardentry (award_id, kind, at, reason, data)
SELECT a.id, 'issued', a.recorded_at, '', '{}' FROM credits_award a WHERE a.licence_id >= %(base)s + %(first)s AND a.licence_id < %(base)s + %(last)s;
INSERT INTO credits_awardentry (award_id, kind, at, reason, data)
SELECT a.id, CASE WHEN a.id %% 100 = 0 THEN 'revoked' ELSE 'held' END, a.recorded_at, '', '{}'
FROM credits_award a WHERE a.id %% 50 = 0 AND a.licence_id >= %(base)s + %(first)s AND a.licence_id < %(base)s + %(last)s;
"""


class Cost(NamedTuple):
    """Of several processes: until the last was done, the processor time of all, the peak memory of the largest."""

    seconds: float
    cpu_s: float
    peak_mb: float


def rows() -> list[dict[str, Any]]:
    _prepare()
    _read()  # what is measured is in memory for all
    before = _read()
    tenth = _batch(LICENCES // 10)
    whole = _batch(LICENCES)
    after = _read()
    reading = Cost(*(sum(pair) / 2 for pair in zip(before, after, strict=True)))
    name = f"{LICENCES} licences × {AWARDS} awards"
    print(f"  reading took {before.seconds:.1f} s before and {after.seconds:.1f} s after", flush=True)
    lower: dict[str, Any] = {"area": "credits", "better": "lower"}
    return [
        row(name=f"{name}, evaluated on two cores beside reading them", ours=whole.seconds, theirs=reading.seconds, unit="s", bar=BAR, **lower),
        row(name="the same in processor time of our processes", ours=whole.cpu_s, theirs=reading.cpu_s, unit="s", bar=None, **lower),
        row(name="peak memory of a batch, all licences beside a tenth", ours=whole.peak_mb, theirs=tenth.peak_mb, unit="MB", bar=MEMORY_BAR, **lower),
        row(area="credits", name="licences evaluated in a batch on two cores", ours=LICENCES / whole.seconds, theirs=None, unit="licences/s", bar=None),
    ]


def _prepare() -> None:
    """The boards and approvals as the site has them, the rest by SQL, ten thousand licences at a time."""
    began = time.perf_counter()
    load_boards()
    boards = [BoardFactory(code=code) for code in BOARDS]
    activities = [_activity(number, boards) for number in range(ACTIVITIES)]
    values = {"base": BASE, "count": LICENCES, "awards": AWARDS, "kinds": ACTIVITIES, "as_of": f"{AS_OF} 15:00:00+00"}
    values |= {"boards": [board.pk for board in boards], "activities": activities}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the keys are right by construction
        cursor.execute(PEOPLE, values)
        for first in range(0, LICENCES, 10_000):
            piece = values | {"first": first, "last": min(first + 10_000, LICENCES)}
            cursor.execute(DOSSIERS, piece)
            cursor.execute(LEDGER, piece)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
    print(f"  {LICENCES * AWARDS} awards made in {time.perf_counter() - began:.0f} s", flush=True)


def _activity(number: int, boards: list[Any]) -> int:
    units = (1, 2, 3, 4, 6)[number % 5]
    split = [{"category": TOPICS[number % len(TOPICS)], "units": str((units + 1) // 2)}] if number % 3 else []
    activity = ActivityFactory()
    for board in boards:
        AccreditationFactory(activity=activity, board=board, units=units, mode=MODES[number % len(MODES)], category_split=split)
    return int(activity.pk)


def _read() -> Cost:
    """One pass over the awards; their segments are a column of theirs."""
    began, cpu, segments = time.perf_counter(), time.process_time(), 0
    for award in Award.objects.filter(licence__gte=BASE).order_by().iterator(chunk_size=2000):
        segments += len(award.category_split)
    return Cost(time.perf_counter() - began, time.process_time() - cpu, _peak_mb())


def _batch(count: int) -> Cost:
    share = -(-count // PROCESSES)
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.credits_batch"]
    workers = [subprocess.Popen([*command, str(first), str(min(first + share, count))], stdout=subprocess.PIPE, text=True) for first in range(0, count, share)]
    answers = [json.loads(worker.communicate()[0]) for worker in workers]
    seconds = time.perf_counter() - began
    if any(worker.returncode for worker in workers) or sum(answer["count"] for answer in answers) != count:
        raise RuntimeError(f"The batch gave {answers}.")
    print(f"  {count} licences in {seconds:.1f} s: {answers[0]['statuses']}", flush=True)
    return Cost(seconds, sum(answer["cpu_s"] for answer in answers), max(answer["peak_mb"] for answer in answers))


def _work(first: int, last: int) -> dict[str, Any]:
    statuses: dict[str, int] = {}
    for standing in standings_of(Licence.objects.filter(pk__gte=BASE + first, pk__lt=BASE + last).order_by("pk"), AS_OF):
        said = standing.gap_code or standing.status
        statuses[said] = statuses.get(said, 0) + 1
    return {"count": sum(statuses.values()), "statuses": statuses, "cpu_s": time.process_time(), "peak_mb": _peak_mb()}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(_work(int(sys.argv[1]), int(sys.argv[2]))))
