"""What happens when a revision takes force: the record says so, and everything that rests on the rules is told."""

from __future__ import annotations

from django.db import transaction

from core import clock
from credits.models import RuleRevision
from credits.revisions.in_force import note_change


def take_force() -> list[RuleRevision]:
    """Note which revisions took force since the last call. `known()` answers with them by itself; this is for what is kept and waits."""
    with transaction.atomic():
        due = RuleRevision.objects.approved().filter(took_force_at__isnull=True, in_force_from__lte=clock.now())
        rows = list(due.select_for_update(of=("self",)).select_related("board").order_by("in_force_from", "number"))
        for row in rows:
            row.took_force_at = clock.now()
            row.save(update_fields=["took_force_at", "updated_at"])
        if rows:
            note_change()
    return rows
