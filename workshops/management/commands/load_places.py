"""Fills the address book of places from the packaged lists of towns and US postal codes. Safe to repeat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from workshops.near.address_book import load_places


class Command(BaseCommand):
    help = "Load US postal codes and the towns of the United States, Canada and the United Kingdom, so that visitors can search workshops near them."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_places()} places.")
