"""Measures what videos take in storage; the daily job does the same."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from streaming.models import VideoAsset
from streaming.selectors.space import space_totals
from streaming.services.space import measure_space


class Command(BaseCommand):
    help = "Measure what each video takes in storage (original, renditions, stills, captions) and keep it for the desk."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--asset", metavar="UUID", help="Only this one, by the identifier in its address.")

    def handle(self, *args: Any, asset: str | None, **options: Any) -> None:
        one = None
        if asset:
            try:
                one = VideoAsset.objects.get(uuid=asset)
            except (VideoAsset.DoesNotExist, ValidationError) as error:
                raise CommandError(f"No video has the identifier {asset}.") from error
        measured = measure_space(asset=one)
        self.stdout.write(f"{measured} measured; all videos together take {filesizeformat(space_totals().size_bytes)}.")
