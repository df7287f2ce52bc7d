"""Fills the address book of places from the packaged list of US postal codes. Safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import zipcodes
from django.core.management.base import BaseCommand

from workshops.models import Place


class Command(BaseCommand):
    help = "Load US postal codes and towns, so that visitors can search workshops near them."

    def handle(self, *args: Any, **options: Any) -> None:
        places = postal_codes_and_cities()
        Place.objects.bulk_create(
            places,
            batch_size=5000,
            update_conflicts=True,
            unique_fields=["kind", "search_key"],
            update_fields=["label", "lat", "lng", "weight"],
        )
        self.stdout.write(f"{len(places)} places.")


def postal_codes_and_cities() -> list[Place]:
    """Every active postal code with a position, and each town as the middle of its codes."""
    codes, towns = [], defaultdict(list)
    for row in zipcodes.list_all():
        lat, lng = float(row["lat"] or 0), float(row["long"] or 0)
        if not row["active"] or (lat, lng) == (0.0, 0.0):  # military codes lie nowhere
            continue
        label = f"{row['city']}, {row['state']}"
        codes.append(Place(kind=Place.Kind.POSTAL_CODE, search_key=row["zip_code"], label=f"{row['zip_code']} {label}", lat=lat, lng=lng))
        towns[label].append((lat, lng))
    for label, points in towns.items():
        lat = sum(point[0] for point in points) / len(points)
        lng = sum(point[1] for point in points) / len(points)
        codes.append(Place(kind=Place.Kind.CITY, search_key=label.lower(), label=label, lat=lat, lng=lng, weight=len(points)))
    return codes
