"""Makes Stripe's copy of what is on sale equal to ours, and says what it did. Safe to repeat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from payments.services import sync_prices


class Command(BaseCommand):
    help = "Copy products, prices and promotion codes that are on sale to Stripe; take off there what was taken off here."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            summary = sync_prices()
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        width = max((len(row.what) for row in summary.rows), default=0)
        for row in summary.rows:
            self.stdout.write(f"{row.action_label:<10} {row.what:<{width}}  {row.stripe_id or row.note}")
        counts = ", ".join(f"{summary.count(action)} {action}" for action in ("made", "changed", "taken off", "kept", "refused"))
        self.stdout.write(f"{summary.environment}: {counts}.")
        if summary.count("refused"):
            raise CommandError("Some were refused: see above, correct them at the desk under Products, and run this again.")
