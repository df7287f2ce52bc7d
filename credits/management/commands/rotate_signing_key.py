"""`manage.py rotate_signing_key --reason "…"`: retire the key certificates are signed with, and make a new one."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from credits.certificates.keys import rotate_signing_key


class Command(BaseCommand):
    help = "Make a new signing key. Certificates signed by the old one stay valid, and its public half stays published."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", required=True, help="Kept in the audit log.")

    def handle(self, *args: Any, reason: str, **options: Any) -> None:
        if settings.SIGNING_KEY_FILE:
            raise CommandError("The key comes from SIGNING_KEY_FILE. Put another file there instead.")
        row = rotate_signing_key(actor=None, reason=reason)
        self.stdout.write(f"New certificates are signed with key {row.kid}, valid until {row.not_after:%Y-%m-%d}.")
