"""What ends soon: licences, cards and certifications that learners hold, and the school's own approvals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from credits.dashboards.plots import Columns, columns_of
from credits.licence_needs import credential_names
from credits.models import Accreditation, HeldCredential, Licence

WITHIN = (30, 90, 180)
WEEKS = 13
KINDS: dict[str, Promise | str] = {
    "licences": _("Licences"),
    "credentials": _("Cards and certifications"),
    "approvals": _("Approvals of the school"),
}


@dataclass(frozen=True)
class Ending:
    """One thing that ends. `person` is None for an approval."""

    kind: str
    pk: int
    what: str
    detail: str
    person: Any
    ends_on: date
    days_left: int


@dataclass(frozen=True)
class ExpiryFilter:
    kind: str = "licences"
    within: int = 90
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], words: str) -> ExpiryFilter:
        kind, within = query.get("kind", ""), query.get("within", "")
        return cls(kind if kind in KINDS else "licences", int(within) if within in map(str, WITHIN) else 90, words)

    def rows(self, today: date) -> Any:
        """What ends within the days asked for, the soonest first; a renewed or replaced one is left out."""
        rows = _rows(self.kind, today, today + timedelta(days=self.within))
        if self.words:
            rows = rows.filter(_found(self.kind, self.words))
        return rows


def counts(today: date, within: int) -> dict[str, int]:
    """How many of each kind end within so many days. Three queries."""
    return {kind: _rows(kind, today, today + timedelta(days=within)).count() for kind in KINDS}


def by_week(today: date) -> Columns:
    """How many of each kind end in each of the next thirteen weeks, which begin today. Three queries."""
    weeks = [today + timedelta(weeks=number) for number in range(WEEKS)]
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for kind in KINDS:
        for day in _rows(kind, today, weeks[-1] + timedelta(days=6)).order_by().values_list(_END[kind], flat=True):
            found[weeks[(day - today).days // 7]][kind] += 1
    return columns_of(weeks, found, tuple(KINDS))


def endings_of(kind: str, rows: Any, today: date) -> list[Ending]:
    """A page of `ExpiryFilter.rows` in words."""
    listed = list(rows)
    names = credential_names([row.credential for row in listed]) if kind == "credentials" and listed else {}
    return [_ending(kind, row, names, today) for row in listed]


_END = {"licences": "expires_on", "credentials": "expires_on", "approvals": "valid_to"}


def _rows(kind: str, first: date, last: date) -> Any:
    match kind:
        case "licences":
            renewed = Licence.objects.filter(pk=OuterRef("pk"), renewals__cycle_end=OuterRef("expires_on"), renewals__renewed_on__isnull=False)
            licences = Licence.objects.on_file().filter(~Exists(renewed), expires_on__range=(first, last))
            return licences.select_related("board", "user").order_by("expires_on", "user__email", "pk")
        case "credentials":
            later = HeldCredential.objects.filter(user=OuterRef("user"), credential=OuterRef("credential"), expires_on__gt=OuterRef("expires_on"))
            cards = HeldCredential.objects.filter(~Exists(later), expires_on__range=(first, last))
            return cards.select_related("user").order_by("expires_on", "user__email", "pk")
    return Accreditation.objects.expiring(by=last, today=first).select_related("board", "activity").order_by("valid_to", "board__name", "pk")


def _found(kind: str, words: str) -> Q:
    if kind == "approvals":
        return Q(approved_title__icontains=words) | Q(board__name__icontains=words) | Q(approval_number__icontains=words)
    person = Q(user__email__icontains=words) | Q(user__display_name__icontains=words)
    return person | (Q(number__icontains=words) | Q(board__name__icontains=words) if kind == "licences" else Q(credential__icontains=words))


def _ending(kind: str, row: Any, names: Mapping[str, str], today: date) -> Ending:
    match kind:
        case "licences":
            what, detail, person, day = row.board.name, row.number, row.user, row.expires_on
        case "credentials":
            what, detail, person, day = names[row.credential], "", row.user, row.expires_on
        case _:
            what, detail, person, day = row.approved_title, f"{row.board.name} {row.approval_number}".strip(), None, row.valid_to
    return Ending(kind, row.pk, what, detail, person, day, (day - today).days)
