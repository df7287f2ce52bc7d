"""“Announced, in the next 180 days, within 50 miles, the nearest 20” among a million workshops, beside the plain scan.

Ours is what page, API and feeds ask: NearSearch through the ORM, up to the list of keys. The scan is the same query without
the bounding box and with indexes switched off for it, as fast as Postgres can by itself (it may use parallel workers). Both
must give the same workshops in the same order. Origins are towns of the address book, larger ones more often; so are venues.
Searches run by turns, ours and a scan, after both have warmed the memory.

The workshops are copies of one row made by SQL. `WORKSHOPS=50000` is quicker.
"""

# ruff: noqa: E402  the models need a Django that is set up

from __future__ import annotations

import os
import random
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smrt_platform.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
django.setup()

from django.db import connection, transaction

from benchmarks.rows import row
from core import clock
from tests.factories.workshops import WorkshopFactory
from workshops.models import Venue, Workshop, WorkshopQuerySet
from workshops.near import filters
from workshops.near.geo import Point
from workshops.near.place_file import Town, towns
from workshops.near.searches import NearSearch
from workshops.near.selectors import workshops_near

WORKSHOPS = int(os.environ.get("WORKSHOPS", "1000000"))
VENUES = 5_000
SEARCHES, SCANS = 300, 60
NEAREST = 20
BAR = 1 / 8
SEED = 20261123

COPIES = """
INSERT INTO workshops_workshop ({columns})
SELECT {values}
FROM workshops_workshop t, generate_series(1, %(count)s) i
JOIN LATERAL (
    SELECT (%(venues)s::bigint[])[1 + floor(random() * %(venue_count)s + i * 0)::int] AS pk,
           now() + make_interval(mins => (random() * 1200 * 1440)::int - 1000 * 1440 + i * 0) AS begins
) made ON true
JOIN workshops_venue v ON v.id = made.pk
WHERE t.id = %(pk)s
"""


def rows() -> list[dict[str, Any]]:
    rng = random.Random(SEED)
    known = list(towns())
    _prepare(known, rng)
    today = clock.now().date()
    origins = rng.choices(known, weights=[town.people for town in known], k=SEARCHES)
    searches = [NearSearch(lat=town.lat, lng=town.lng, radius=50, first=today, last=today + timedelta(days=180)) for town in origins]
    for search in searches[:5]:
        _ours(search), _scan(search)
    ours, scans, found = [], [], 0
    for number, search in enumerate(searches):
        mine, seconds = _timed(_ours, search)
        ours.append(seconds)
        found += len(mine)
        if number < SCANS:
            theirs, seconds = _timed(_scan, search)
            scans.append(seconds)
            if mine != theirs:
                raise RuntimeError(f"{search.query()} finds {mine}, and the scan {theirs}.")
    print(f"  {SCANS} answers identical, {found / SEARCHES:.1f} of {NEAREST} found on average", flush=True)
    name = f"nearest {NEAREST} of {WORKSHOPS} workshops within 50 miles and 180 days"
    lower: dict[str, Any] = {"area": "workshops", "unit": "ms", "better": "lower"}
    return [
        row(name=f"{name}, p95 beside the scan", ours=_p95(ours), theirs=_p95(scans), bar=BAR, **lower),
        row(name="the same, median", ours=statistics.median(ours) * 1000, theirs=statistics.median(scans) * 1000, bar=None, **lower),
    ]


def _prepare(known: list[Town], rng: random.Random) -> None:
    began = time.perf_counter()
    first = WorkshopFactory()
    chosen = rng.choices(known, weights=[town.people for town in known], k=VENUES)
    near = [(town, town.lat + rng.gauss(0, 0.05), town.lng + rng.gauss(0, 0.05)) for town in chosen]
    venues = Venue.objects.bulk_create(
        Venue(name="Bench", city=town.name, country=town.country, lat=lat, lng=lng, time_zone=town.time_zone) for town, lat, lng in near
    )
    made = {"id": "t.id + i", "slug": "'bench-' || i", "venue_id": "v.id", "lat": "v.lat", "lng": "v.lng", "starts_at": "made.begins"}
    made |= {"ends_at": "made.begins + interval '7 hours'", "state": "CASE WHEN i %% 10 = 0 THEN 'cancelled' ELSE 'published' END"}
    columns = [field.column for field in Workshop._meta.concrete_fields]
    sql = COPIES.format(columns=", ".join(f'"{name}"' for name in columns), values=", ".join(made.get(name, f't."{name}"') for name in columns))
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.38)")
        values = {"count": WORKSHOPS - 1, "venues": [venue.pk for venue in venues], "venue_count": VENUES, "pk": first.pk}
        cursor.execute(sql, values)
        cursor.execute("VACUUM ANALYZE workshops_workshop")
    print(
        f"  {Workshop.objects.count()} workshops made in {time.perf_counter() - began:.0f} s, {Workshop.objects.coming().count()} of them to come", flush=True
    )


def _keys(found: WorkshopQuerySet) -> list[int]:
    return list(found.values_list("pk", flat=True)[:NEAREST])


def _ours(search: NearSearch) -> list[int]:
    return _keys(search.results())


def _scan(search: NearSearch) -> list[int]:
    """The same question by distance alone, without the box, and without an index."""
    origin = search.origin or Point(0, 0)
    everything = filters.filtered(Workshop.objects.coming(), search)
    with _no_index():
        return _keys(workshops_near(origin, radius_km=None, queryset=everything).filter(distance_km__lte=search.radius_km))


@contextmanager
def _no_index() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        for kind in ("indexscan", "indexonlyscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        yield


def _timed(ask: Callable[[NearSearch], list[int]], search: NearSearch) -> tuple[list[int], float]:
    again = replace(search)  # without what it remembers
    began = time.perf_counter()
    found = ask(again)
    return found, time.perf_counter() - began


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000
