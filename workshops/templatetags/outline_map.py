"""`{% outline_map … %}`: a map of packaged outlines, beside text that says the same. The page's view carries `map_page`."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from workshops.near.search_map import SearchMap

register = template.Library()


@register.inclusion_tag("workshops/near/_map.html")
def outline_map(
    *,
    label: str,
    points: str = "",
    many: str = "",
    lat: float | None = None,
    lng: float | None = None,
    radius_km: float | None = None,
    waits: bool = False,
    zoom: int | None = None,
    drawn: SearchMap | None = None,
) -> dict[str, Any]:
    """The points of a GeoJSON address, or one position; `radius_km` draws a circle around the position.

    `many` says what a cluster of points holds, with %s for how many; without it they are workshops. A map that
    `waits` is drawn when somebody asks for it: it outweighs the page of a first visit. One that was `drawn` on the
    server is shown so until somebody asks to move it, and begins where that is.
    `zoom` is how close one position is looked at; without it, as its surroundings.
    """
    return {
        "label": label,
        "points": points,
        "many": many,
        "lat": lat,
        "lng": lng,
        "radius_m": None if radius_km is None else round(radius_km * 1000),
        "waits": waits,
        "zoom": zoom,
        "drawn": drawn,
        "tiles": settings.MAP_TILES,
        "tiles_credit": settings.MAP_TILES_CREDIT,
    }


@register.inclusion_tag("workshops/near/_map_head.html")
def outline_map_head() -> dict[str, Any]:
    """The stylesheets of a map, for the page's head."""
    return {}


@register.inclusion_tag("workshops/near/_map_scripts.html")
def outline_map_scripts() -> dict[str, Any]:
    """The scripts of a map, for the end of the page."""
    return {}
