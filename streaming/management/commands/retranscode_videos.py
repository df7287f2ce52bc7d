"""Makes films anew with the ladder of today; the page “Make films anew” of the desk does the same."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from core.errors import DomainError
from streaming.models import VideoAsset
from streaming.selectors.remake import standing_of
from streaming.services.remake import begin_remake


class Command(BaseCommand):
    help = "Queue the making anew of films that another ladder made. Goes on by itself after a restart; a second call joins the one that runs."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="Every film.")
        which.add_argument("--asset", metavar="UUID", action="append", help="Only this one, by the identifier in its address; may be repeated.")
        parser.add_argument("--force", action="store_true", help="Those that today's ladder made as well.")

    def handle(self, *args: Any, asset: list[str] | None, force: bool, **options: Any) -> None:
        try:
            assets = VideoAsset.objects.filter(uuid__in=asset) if asset else None
            if assets is not None and assets.count() != len(set(asset or [])):
                raise CommandError("Not every identifier is that of a video.")
        except ValidationError as error:
            raise CommandError("An identifier looks like 1b4e28ba-2fa1-4d3b-a0b4-6e5f0a1c2d3e.") from error
        try:
            remake = begin_remake(by=None, assets=assets, force=force)
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{standing_of(remake).words}. It goes on in the background: {settings.SITE_URL}{reverse('streaming_desk:remake')}")
