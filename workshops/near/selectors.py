"""Workshops by distance, and the boards to choose from."""

from __future__ import annotations

from credits.models import Board
from workshops.models import Workshop, WorkshopQuerySet
from workshops.near.geo import Point, distance_km, within_box


def workshops_near(origin: Point, *, radius_km: float | None, queryset: WorkshopQuerySet | None = None, by_date: bool = False) -> WorkshopQuerySet:
    """Coming workshops with `distance_km`, nearest first (equal distances by date, then id) or soonest first; all of them without a radius."""
    found = Workshop.objects.coming() if queryset is None else queryset
    if radius_km is not None:
        found = found.filter(within_box(origin, radius_km))
    found = found.annotate(distance_km=distance_km(origin))
    if radius_km is not None:
        found = found.filter(distance_km__lte=radius_km)
    return found.order_by("starts_at", "distance_km", "pk") if by_date else found.order_by("distance_km", "starts_at", "pk")


def boards_of_coming_workshops() -> list[tuple[str, str]]:
    """Code and name of every board whose approval a workshop to come has."""
    boards = Board.objects.filter(accreditations__activity__in=Workshop.objects.coming().values("activity"), accreditations__status="in_force")
    return list(boards.order_by("name").distinct().values_list("code", "name"))
