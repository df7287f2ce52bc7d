"""Distance on a sphere, in SQL that any Postgres runs (no PostGIS).

A bounding box lets the b-tree on (lat, lng, starts_at) do the work; the haversine formula decides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.db.models import ExpressionWrapper, F, FloatField, Q, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

EARTH_RADIUS_KM = 6371.0088  # IUGG mean radius
KM_PER_MILE = 1.609344
MOST_LATITUDE = 85.0511  # where the web's map of the world is as high as it is wide


@dataclass(frozen=True)
class Point:
    lat: float
    lng: float


def distance_km(origin: Point) -> ExpressionWrapper:
    """Expression for the great-circle distance from `origin` to a row's `lat`, `lng`, in km."""
    lat, lng = math.radians(origin.lat), math.radians(origin.lng)
    half_lat = Sin((Radians(F("lat")) - Value(lat)) / Value(2.0))
    half_lng = Sin((Radians(F("lng")) - Value(lng)) / Value(2.0))
    chord = Power(half_lat, 2) + Value(math.cos(lat)) * Cos(Radians(F("lat"))) * Power(half_lng, 2)
    # Rounding can lift the chord of two antipodes above 1, where asin is undefined.
    angle = ASin(Least(Value(1.0), Sqrt(chord)))
    return ExpressionWrapper(Value(2 * EARTH_RADIUS_KM) * angle, output_field=FloatField())


def within_box(origin: Point, radius_km: float) -> Q:
    """Rows in the smallest latitude–longitude box that holds the circle; also across the antimeridian and the poles."""
    angle = radius_km / EARTH_RADIUS_KM
    d_lat = math.degrees(angle)
    south, north = origin.lat - d_lat, origin.lat + d_lat
    box = Q(lat__range=(max(-90.0, south), min(90.0, north)))
    if south <= -90 or north >= 90:
        return box  # the circle holds a pole: every longitude is in it
    d_lng = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(origin.lat)))))
    west, east = origin.lng - d_lng, origin.lng + d_lng
    if west < -180:
        return box & (Q(lng__gte=west + 360) | Q(lng__lte=east))
    if east > 180:
        return box & (Q(lng__gte=west) | Q(lng__lte=east - 360))
    return box & Q(lng__range=(west, east))


def world_xy(lat: float, lng: float) -> tuple[float, float]:
    """Where a position lies on the Mercator map that the web uses, in parts of its width: 0 is 180 degrees west, and the top.

    Latitudes beyond 85 degrees lie at its edge; longitudes beyond 180 degrees on the next turn around the earth.
    """
    sine = math.sin(math.radians(max(-MOST_LATITUDE, min(MOST_LATITUDE, lat))))
    return lng / 360 + 0.5, 0.5 - math.atanh(sine) / (2 * math.pi)


def world_latitude(y: float) -> float:
    """The latitude of a height on that map."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))


def distance_words(distance: int, unit: str) -> str:
    """ "50 miles" or "80 km"."""
    if unit == "mi":
        return ngettext("%(n)s mile", "%(n)s miles", distance) % {"n": distance}
    return _("%(n)s km") % {"n": distance}


def away_words(km: float, unit: str) -> str:
    """How far off, as precisely as the middle of a town allows: whole miles or kilometres."""
    distance = round(km / KM_PER_MILE if unit == "mi" else km)
    if distance <= 1:
        return _("about a mile away") if unit == "mi" else _("about a kilometre away")
    return _("%(distance)s away") % {"distance": distance_words(distance, unit)}
