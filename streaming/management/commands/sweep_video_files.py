"""Removes video files that no row names; the daily job does the same."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import filesizeformat

from streaming.services.sweep import sweep


class Command(BaseCommand):
    help = "Remove files that no video names and nobody wrote for a day: old releases, given-up uploads, folders of dead workers on this machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say what would be removed, and remove nothing.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        orphans = sweep(dry_run=dry_run)
        for orphan in orphans:
            self.stdout.write(f"{orphan.name}  {filesizeformat(orphan.size_bytes)}")
        done, total = "would be removed" if dry_run else "removed", filesizeformat(sum(orphan.size_bytes for orphan in orphans))
        self.stdout.write(f"{len(orphans)} {done}, {total}.")
