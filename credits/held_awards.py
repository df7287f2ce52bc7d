"""Awards that are held: since when, why, and what was known of it on an earlier day.

An award is held while something its certificate needs is missing, and while it is under review because its payment is questioned or a CE
officer looks into its certificate. Each beginning and end is an entry of the ledger with its instant, and the entries alone say what was so when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.models import Award, AwardEntry

LICENCE_NUMBER_MISSING = "licence_number_missing"
LEGAL_NAME_MISSING = "legal_name_missing"
PAYMENT_DISPUTED = "payment_disputed"
UNDER_REVIEW = "under_review"
WAITS_FOR = {
    LICENCE_NUMBER_MISSING: gettext_lazy("waits for your licence number"),
    LEGAL_NAME_MISSING: gettext_lazy("waits for your legal name"),
    PAYMENT_DISPUTED: gettext_lazy("waits until your bank has decided about the payment"),
}

MISSES = {
    LICENCE_NUMBER_MISSING: gettext_lazy("waits for the licence number"),
    LEGAL_NAME_MISSING: gettext_lazy("waits for the legal name"),
    PAYMENT_DISPUTED: gettext_lazy("waits until the bank has decided about the payment"),
}


class HoldEntry(NamedTuple):
    """What of an entry says that its award is held from then on, or no longer."""

    kind: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Hold:
    """An award is held `since` without a break. `codes` say why: what is missing, or that it is under review."""

    since: datetime
    codes: tuple[str, ...]

    @property
    def is_review(self) -> bool:
        """Whether it is for others than the learner to end it."""
        return PAYMENT_DISPUTED in self.codes or UNDER_REVIEW in self.codes


def hold_entries() -> ArraySubquery:
    """For `annotate`: the entries of an award that tell of holds, the earliest first. An index knows them, and they are few."""
    rows = AwardEntry.objects.filter(award=OuterRef("pk"), kind__in=AwardEntry.HOLDS).order_by("pk")
    return ArraySubquery(rows.values(entry=JSONObject(kind="kind", at="at", data="data")))


def entries_from(rows: Iterable[dict[str, Any]]) -> tuple[HoldEntry, ...]:
    """What `hold_entries` found."""
    return tuple(HoldEntry(row["kind"], datetime.fromisoformat(row["at"]), row["data"]) for row in rows)


def hold_of(award: Award) -> Hold | None:
    """Why an award is held now, out of its prefetched entries; None when it is not, or has ended."""
    if award.status in (Award.Status.SUPERSEDED, Award.Status.REVOKED):
        return None
    return latest_hold(HoldEntry(entry.kind, entry.at, entry.data) for entry in award.entries.all() if entry.kind in AwardEntry.HOLDS)


def latest_hold(entries: Iterable[HoldEntry]) -> Hold | None:
    """The hold that stands after the last of `entries`."""
    return next((hold for _entry, hold in reversed(list(_followed(entries)))), None)


def states(entries: Iterable[HoldEntry]) -> Iterator[tuple[datetime, bool]]:
    """From which moment on an award was held, or no longer."""
    return ((entry.at, hold is not None) for entry, hold in _followed(entries))


def _followed(entries: Iterable[HoldEntry]) -> Iterator[tuple[HoldEntry, Hold | None]]:
    """Each entry with the hold that stands from it on."""
    since: datetime | None = None
    missing: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    for entry in entries:
        if entry.kind == AwardEntry.Kind.HELD:
            missing = tuple(entry.data.get("missing", ())) or (UNDER_REVIEW,)
        elif entry.kind == AwardEntry.Kind.RELEASED:
            missing = ()
        elif entry.kind == AwardEntry.Kind.SUSPENDED:
            because = (str(entry.data.get("because", UNDER_REVIEW)),)
        else:
            because = ()
        codes = tuple(dict.fromkeys((*because, *missing)))
        since = (since or entry.at) if codes else None
        yield entry, Hold(since, codes) if since else None


def why_held(hold: Hold, to_holder: bool = True) -> str:
    """Such as "held for review since November 3, 2026: a bank questions the payment"."""
    said = {"day": date_format(localtime(hold.since), "F j, Y")}
    if PAYMENT_DISPUTED in hold.codes:
        return _("held for review since %(day)s: a bank questions the payment") % said
    if UNDER_REVIEW in hold.codes:
        return (_("held for review since %(day)s: the school looks into its certificate") if to_holder else _("held for review since %(day)s")) % said
    waits = ", ".join(str((WAITS_FOR if to_holder else MISSES)[code]) for code in hold.codes if code in WAITS_FOR)
    return _("held since %(day)s: it %(waits)s") % (said | {"waits": waits})


def what_next(hold: Hold, to_holder: bool = True) -> str:
    """What ends the hold, and who does it."""
    if PAYMENT_DISPUTED in hold.codes:
        if not to_holder:
            return _("If the bank decides for the charge it counts again by itself, else a CE officer decides.")
        return _("Nothing is lost: if the bank decides for the charge it counts again by itself, else a CE officer decides and we write to you.")
    if UNDER_REVIEW in hold.codes:
        if not to_holder:
            return _("A CE officer ends the review or revokes the award.")
        return _("Nothing is lost yet: a CE officer decides, and we write to you. If the credit stands, it counts again at once.")
    return _("It counts as soon as that is given.")
