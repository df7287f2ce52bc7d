"""Removing what is past its time."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError

from credits.retention import jobs  # noqa: F401  registers the job kind
from credits.retention.sources import due_now
from credits.selectors import school_today

logger = logging.getLogger(__name__)


class SomeStayed(RuntimeError):
    """Records that could not be removed; all others were."""


def remove_expired(*, report: Callable[[int, str], None] = lambda progress, stage: None) -> int:
    """Remove every record whose time is over and that nothing holds; returns how many. Each is a transaction of its own.

    One that cannot be removed does not keep the others; in the end SomeStayed names it. Killed anywhere, the next run goes on.
    """
    work, removed, failed = list(due_now()), 0, []
    for number, (source, pk) in enumerate(work, start=1):
        try:
            removed += source.remove_due(pk, school_today())
        except DatabaseError as refusal:  # the database itself keeps it: a hold or a longer period came in between
            logger.exception("%s %s was not removed.", source.code, pk)
            failed.append(f"{source.code} {pk}: {str(refusal).splitlines()[0]}")
        if number % 20 == 0:
            report(number * 100 // len(work), f"{number} / {len(work)}")
    if failed:
        raise SomeStayed("; ".join(failed[:20]))
    return removed
