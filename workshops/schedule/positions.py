"""Where a venue stands: from the town of the address book, or as typed, looked at with suspicion."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.translation import gettext as _

from workshops.models import Place
from workshops.near.geo import EARTH_RADIUS_KM, Point
from workshops.near.places import find_places, nearest_place

FAR_KM = 150  # no venue lies so far from the middle of its own town


def towns_of(*, city: str, region: str, postal_code: str, country: str) -> list[Place]:
    """What the address book knows of an address: its postal code before its town; best first, of that country alone."""
    for words in (postal_code if country == "US" else "", f"{city}, {region}" if region else "", city):
        if words and (found := [place for place in find_places(words) if place.country == country]):
            return found
    return []


def kilometres(a: Point, b: Point) -> float:
    """Great-circle distance."""
    lat, other = math.radians(a.lat), math.radians(b.lat)
    chord = math.sin((other - lat) / 2) ** 2 + math.cos(lat) * math.cos(other) * math.sin(math.radians(b.lng - a.lng) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def doubt(lat: float, lng: float, towns: Sequence[Place]) -> str:
    """A sentence when a typed position cannot be right; empty when nothing speaks against it."""
    if lat == 0 and lng == 0:
        return _("0, 0 lies in the sea off Africa. Enter where the venue stands.")
    swapped = _("Latitude and longitude seem to be swapped: did you mean latitude %(lng)s and longitude %(lat)s?") % {"lat": lat, "lng": lng}
    if not -90 <= lat <= 90 or not -180 <= lng <= 180:
        return swapped if -90 <= lng <= 90 and -180 <= lat <= 180 else _("This position does not lie on earth. Latitude goes to 90, longitude to 180.")
    if not towns or _gap(lat, lng, towns) <= FAR_KM:
        return ""
    if -90 <= lng <= 90 and _gap(lng, lat, towns) <= FAR_KM:
        return swapped
    if _gap(lat, -lng, towns) <= FAR_KM:
        return _("West of Greenwich the longitude is negative: did you mean %(lng)s?") % {"lng": -lng}
    words = {"km": round(_gap(lat, lng, towns)), "town": towns[0].label}
    return _("This position lies %(km)s km from %(town)s. Correct it or the address, or leave it empty and we take the middle of the town.") % words


def _gap(lat: float, lng: float, towns: Sequence[Place]) -> float:
    return min(kilometres(Point(lat, lng), Point(town.lat, town.lng)) for town in towns)


def zone_at(lat: float, lng: float, towns: Sequence[Place]) -> str:
    """The time zone of the town nearest to a position; empty where none is known."""
    near = nearest_place(Point(lat, lng))
    return (near.time_zone if near else "") or next((town.time_zone for town in towns if town.time_zone), "")
