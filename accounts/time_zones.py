"""The time zones people choose from."""

from __future__ import annotations

import zoneinfo
from functools import cache

REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def time_zone_choices() -> list[tuple[str, list[tuple[str, str]] | str]]:
    """Zones by region, for a select: ("America", [("America/New_York", "New York"), …]), and UTC at the end."""
    groups: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for name in sorted(zoneinfo.available_timezones()):
        region, _, place = name.partition("/")
        if region in groups and place:
            groups[region].append((name, place.replace("_", " ").replace("/", ", ")))
    return [*((region, zones) for region, zones in groups.items()), ("UTC", "UTC")]
