"""Compares our rows with Stripe now, makes good what was missed, and says what it did. Safe to repeat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.gateway.client import is_open
from payments.services import reconcile

WORDS = {
    "found": "events that had not arrived",
    "applied": "events applied",
    "failed": "events that could not be applied",
    "orders": "orders looked at",
    "memberships": "memberships looked at",
    "refunds": "refunds looked at",
}


class Command(BaseCommand):
    help = "Store events that Stripe could not deliver, apply what waits, finish what a crash left half done, and compare the sums."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_open():
            raise CommandError("No STRIPE_SECRET_KEY is set: there is nothing to compare with.")
        run = reconcile()
        for name, count in run.counts.items():
            self.stdout.write(f"{count:>6} {WORDS.get(name, name)}")
        for row in run.discrepancies:
            self.stdout.write(f"{row['day']} {row['kind']}: {row['here']} here, {row['at_stripe']} at Stripe ({', '.join(row['ids'])})")
        if run.error:
            raise CommandError(run.error)
