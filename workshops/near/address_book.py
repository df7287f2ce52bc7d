"""Filling the address book of places from what comes with the site: US postal codes, and the towns of three countries."""

from __future__ import annotations

import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import zipcodes
from django.db import transaction

from workshops.models import Place
from workshops.near.place_file import towns
from workshops.near.places import search_key
from workshops.near.regions import region_shown

PEOPLE_PER_CODE = 800  # of a small town whose people nobody counted for us
FIELDS = ("label", "lat", "lng", "weight", "country", "region", "time_zone")


def load_places() -> int:
    """Write every place that differs from its row, or has none; how many there are. Called again, it writes nothing."""
    wanted = {(place.kind, place.search_key): place for place in (*_from_postal_codes(), *_from_towns())}
    # A town whose people are known takes the place of one that was made of its postal codes: it is the later of the two.
    present = {(row.kind, row.search_key): row for row in Place.objects.all().iterator()}
    changed = [place for key, place in wanted.items() if key not in present or _facts(present[key]) != _facts(place)]
    with transaction.atomic():
        Place.objects.bulk_create(changed, batch_size=5000, update_conflicts=True, unique_fields=["kind", "search_key"], update_fields=FIELDS)
    return len(wanted)


def _facts(place: Place) -> tuple[object, ...]:
    return tuple(getattr(place, name) for name in FIELDS)


def _from_postal_codes() -> Iterable[Place]:
    """Every active postal code with a position, and each town as the middle of its codes."""
    codes: list[Place] = []
    towns_of: dict[str, list[Place]] = defaultdict(list)
    zones = zoneinfo.available_timezones()
    for row in zipcodes.list_all():
        lat, lng = float(row["lat"] or 0), float(row["long"] or 0)
        if not row["active"] or (lat, lng) == (0.0, 0.0):  # military codes lie nowhere
            continue
        town, zone = f"{row['city']}, {row['state']}", row["timezone"]
        where = {"country": "US", "region": row["state"], "time_zone": zone if zone in zones else ""}
        code = Place(kind=Place.Kind.POSTAL_CODE, search_key=row["zip_code"], label=f"{row['zip_code']} {town}", lat=lat, lng=lng, **where)
        codes.append(code)
        towns_of[town].append(code)
    return [*codes, *(_middle(label, parts) for label, parts in towns_of.items())]


def _middle(label: str, codes: list[Place]) -> Place:
    return Place(
        kind=Place.Kind.CITY,
        search_key=search_key(label),
        label=label,
        lat=sum(code.lat for code in codes) / len(codes),
        lng=sum(code.lng for code in codes) / len(codes),
        weight=PEOPLE_PER_CODE * len(codes),
        country="US",
        region=codes[0].region,
        time_zone=Counter(code.time_zone for code in codes).most_common(1)[0][0],
    )


def _from_towns() -> Iterator[Place]:
    for town in towns():
        label = f"{town.name}, {region_shown(town.country, town.region)}"
        yield Place(
            kind=Place.Kind.CITY,
            search_key=search_key(label),
            label=label,
            lat=town.lat,
            lng=town.lng,
            weight=town.people,
            country=town.country,
            region=town.region,
            time_zone=town.time_zone,
        )
