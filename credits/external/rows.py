"""Credits earned elsewhere as rows of the rules engine's vocabulary: each event in a credit's life is one version of it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet

from credits.engine.quantities import text
from credits.known_on import known_on
from credits.models import ExternalCredit, ExternalEntry

LABEL = "external"
REVIEWS = {ExternalCredit.Status.ACCEPTED: "accepted", ExternalCredit.Status.REFUSED: "refused"}


def external_entries() -> QuerySet[ExternalEntry]:
    """Everybody's events with what `external_credits` reads of them, in its order; one query. Filter by `credit__user` and `credit__board`."""
    rows = ExternalEntry.objects.exclude(kind=ExternalEntry.Kind.SUPERSEDED)  # the next version's own event says the rest
    return rows.select_related("credit__approval_board", "credit__user").order_by("credit__completed_on", "credit__key", "pk")


def external_id(credit: ExternalCredit) -> str:
    return f"external:{credit.key}"


def external_credits(entries: Iterable[ExternalEntry]) -> list[dict[str, Any]]:
    """Entries of one person and board, in the order of `external_entries`, as the engine reads them.

    A credit is a fact from the day it was typed in, pending until somebody accepts its proof; what was known before a
    decision stays as it was.
    """
    ordered = sorted(entries, key=lambda entry: (str(entry.credit.key), entry.pk))
    by_credit = itertools.groupby(ordered, key=lambda entry: entry.credit.key)
    return [_row(entry, number) for _key, events in by_credit for number, entry in enumerate(events, start=1)]


def _row(entry: ExternalEntry, number: int) -> dict[str, Any]:
    credit = entry.credit
    status = ExternalEntry.STATUS_AFTER[ExternalEntry.Kind(entry.kind)]
    return {
        "id": external_id(credit),
        "version": number,
        "recorded_on": known_on(entry.at, credit.user.time_zone),
        "status": "revoked" if status == ExternalCredit.Status.WITHDRAWN else "active",
        "date": credit.completed_on.isoformat(),
        "course": course_of(credit),
        "review": REVIEWS.get(status, "pending"),
        "segments": _segments(credit),
    }


def course_of(credit: ExternalCredit) -> str:
    """The same title of the same provider is the same course, however it was typed."""
    name = f"{plain(credit.title)}\n{plain(credit.provider_name)}"
    return f"external:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def plain(words: str) -> str:
    """Words without what two people type differently: capitals, and spaces more or less."""
    return " ".join(words.split()).casefold()


def _segments(credit: ExternalCredit) -> list[dict[str, Any]]:
    """One for each category that was named; what is left over is of no topic. All bear the labels that hold for the whole."""
    approval = [f"approval:{credit.approval_board.code}"] if credit.approval_board else []
    common = [LABEL, *approval, *credit.labels]
    share = {"hands_on_fraction": text(Fraction(credit.hands_on_percent, 100))} if credit.hands_on_percent is not None else {}
    left, segments = credit.units, []
    for part in [*credit.category_split, None]:
        units = left if part is None else min(left, Decimal(str(part["units"])))
        if units > 0:
            categories = common if part is None else [*common, str(part["category"])]
            segments.append({"units": f"{units.normalize():f}", "mode": credit.mode, "categories": categories} | share)
        left -= units
    return segments
