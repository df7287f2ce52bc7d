"""What a pack is about: which completions, and which of their awards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.models import Award, AwardEntry, Claim, CompletionFlag, Dossier, DossierFile

CHUNK = 50  # completions in memory at a time


class Scope(Protocol):
    """What a pack and the form that asks for one have in common."""

    learner: Any
    activity: Any
    board: Any
    first_day: Any
    last_day: Any


def awards_within(scope: Scope) -> QuerySet[Award]:
    """A board is shown what counts for it or rests on its approval, and nothing of other boards."""
    rows = Award.objects.all()
    return rows.filter(Q(board=scope.board) | Q(accreditation__board=scope.board)) if scope.board else rows


def dossiers_within(scope: Scope) -> QuerySet[Dossier]:
    rows = Dossier.objects.order_by("completed_on", "pk")
    if scope.learner:
        rows = rows.filter(user=scope.learner)
    if scope.activity:
        rows = rows.filter(activity=scope.activity)
    if scope.first_day:
        rows = rows.filter(completed_on__gte=scope.first_day)
    if scope.last_day:
        rows = rows.filter(completed_on__lte=scope.last_day)
    if scope.board:
        rows = rows.filter(Exists(awards_within(scope).filter(dossier=OuterRef("pk"))))
    return rows


def loaded(scope: Scope) -> Iterator[Dossier]:
    """The completions one after the other, each with all that a pack says of it; memory and queries by chunks."""
    pks: list[int] = []
    for pk in dossiers_within(scope).values_list("pk", flat=True).iterator(chunk_size=2000):
        pks.append(pk)
        if len(pks) == CHUNK:
            yield from _chunk(scope, pks)
            pks = []
    yield from _chunk(scope, pks)


def _chunk(scope: Scope, pks: list[int]) -> Iterator[Dossier]:
    entries = AwardEntry.objects.select_related("actor")
    awards = awards_within(scope).with_status().select_related("board", "accreditation__board", "holder", "certificate")  # type: ignore[attr-defined]  # AwardQuerySet's own
    awards = awards.defer("certificate__staged", "certificate__snapshot").prefetch_related(Prefetch("entries", entries)).order_by("pk")
    refused = Claim.objects.filter(state=Claim.State.REFUSED).select_related("licence__board")
    if scope.board:
        refused = refused.filter(licence__board=scope.board)
    rows = Dossier.objects.filter(pk__in=pks).select_related("user", "activity").order_by("completed_on", "pk")
    yield from rows.prefetch_related(
        Prefetch("awards", awards, to_attr="shown_awards"),
        Prefetch("files", DossierFile.objects.listed()),
        Prefetch("flags", CompletionFlag.objects.order_by("pk")),
        Prefetch("claims", refused, to_attr="refused_claims"),
        Prefetch("user__legal_names", to_attr="every_name"),
    )


def about(scope: Scope) -> str:
    """The scope as one line: “Zoë Đặng · Florida Board · from Jan. 1, 2026”."""
    parts = [
        _person(scope.learner) if scope.learner else "",
        str(scope.activity) if scope.activity else "",
        str(scope.board) if scope.board else "",
        _("from %(day)s") % {"day": date_format(scope.first_day, "N j, Y")} if scope.first_day else "",
        _("until %(day)s") % {"day": date_format(scope.last_day, "N j, Y")} if scope.last_day else "",
    ]
    return " · ".join(part for part in parts if part)


def _person(user: Any) -> str:
    """The legal name in force; no query with the names prefetched."""
    return next((name.printed for name in user.legal_names.all() if name.replaced_at is None), str(user))
