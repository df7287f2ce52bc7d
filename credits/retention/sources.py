"""What can be removed, one class for each kind of record: what is due, whether a hold keeps it, and how it goes.

Each removal locks the person, looks again, removes and notes it, in one transaction. The database checks completions once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import BooleanField, Case, DateField, Exists, F, Func, Max, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest, TruncDate
from django.utils.translation import gettext_lazy as _

from core import clock
from core.audit import subject_of
from credits.certificates.services import purge_certificate
from credits.decisions import bare_trace
from credits.licence_needs import needs_of
from credits.models import (
    Award,
    AwardEntry,
    AwardHolder,
    BirthDate,
    Board,
    Certificate,
    Dossier,
    DossierFile,
    ExternalProof,
    HeldCredential,
    LegalHold,
    Licence,
    Removal,
)
from credits.retention.holds import pass_gate
from credits.selectors import school_today
from credits.services.ledger import lock_person
from credits.signals import detail_removed
from credits.stored_files import delete_when_committed

YEARS = 7  # for everything that an audit may ask for, where no board wants longer
BIRTH_DATE_REST = timedelta(days=365)  # how long it may lie unused; people come back to a licence

# What of a dossier's facts is about the course, the workshop and the school, and stays.
KEPT_FACTS = (
    "version", "published_at", "objectives", "summary", "description", "prerequisites", "policies", "outline", "requirements", "instructor", "activity",
    "workshop", "venue", "location", "schedule", "dates", "evaluation_submitted",
)  # fmt: skip
KEPT_PARTS = {"course": ("id", "slug", "title"), "offered": ("title", "minutes", "video_ms", "instructor"), "roster": ("seats", "capacity")}


@dataclass(frozen=True)
class Due:
    """One record whose time is over, or will be: `due_on` is the first day it can go. `address` is its desk page, "" without one."""

    source: str
    pk: int
    label: str
    detail: str
    due_on: date
    is_held: bool
    address: str = ""


class Source:
    """One kind of record. `rows` adds `due_on` and `is_held`; `remove` answers how many of what went."""

    code: ClassVar[str]
    title: ClassVar[Any]
    goes: ClassVar[Any]
    stays: ClassVar[Any]
    person: ClassVar[str] = "user"

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def remove(self, row: Any) -> dict[str, int]:
        raise NotImplementedError

    def label(self, row: Any) -> str:
        return str(row)

    def detail(self, row: Any) -> str:
        return ""

    def address(self, row: Any) -> str:
        return ""

    def due(self, until: date) -> QuerySet[Any]:
        """Those that can go until the day `until`, the oldest first."""
        return self.rows().filter(due_on__lte=until).order_by("due_on", "pk")

    def shown(self, row: Any) -> Due:
        return Due(self.code, row.pk, self.label(row), self.detail(row), row.due_on, row.is_held, self.address(row))

    def remove_due(self, pk: int, today: date) -> bool:
        """Remove one record if its time is over and nothing holds it; says whether it went. A repeat changes nothing."""
        with transaction.atomic():
            person = self.due(today).filter(pk=pk).values_list(f"{self.person}_id", flat=True).first()
            if person is None:
                return False
            lock_person(person)
            pass_gate()
            row = self.due(today).filter(pk=pk, is_held=False).first()  # afresh: it may have been renewed or held meanwhile
            if row is None:
                return False
            subject, due_on = subject_of(row), row.due_on
            removed = self.remove(row)
            Removal.objects.create(source=self.code, subject=subject, due_on=due_on, removed=removed)
        return True


def _held_person(path: str) -> Exists:
    return Exists(LegalHold.objects.standing().filter(person=OuterRef(path)))


def _years_after(day: Any, years: Any) -> Cast:
    interval = Func(years, template="make_interval(years => %(expressions)s)", output_field=models.DurationField())
    return Cast(models.ExpressionWrapper(day + interval, output_field=models.DateTimeField()), DateField())


def _next_day(day: Any) -> Cast:
    return Cast(models.ExpressionWrapper(day + Value(timedelta(days=1)), output_field=models.DateTimeField()), DateField())


def completions() -> QuerySet[Dossier]:
    """Completions with `due_on`, the first day after the years of keeping, and `is_held`: the database's own answers."""
    kept_until = Func(F("pk"), function="credits_kept_until", output_field=DateField())
    rows = Dossier.objects.annotate(due_on=_next_day(kept_until), is_held=Func(F("pk"), function="credits_is_held", output_field=BooleanField()))
    return rows.select_related("user", "activity")


class OfCompletions(Source):
    """What belongs to a completion, and is kept as long as its boards want."""

    def due(self, until: date) -> QuerySet[Dossier]:
        # No completion goes before seven years, so the younger ones need not be asked about one by one.
        latest = date(until.year - YEARS, until.month, 28 if (until.month, until.day) == (2, 29) else until.day)
        return super().due(until).filter(completed_on__lte=latest)

    def label(self, row: Dossier) -> str:
        return f"{row.activity.title}, {row.completed_on:%Y-%m-%d}"

    def detail(self, row: Dossier) -> str:
        return str(row.user)

    def address(self, row: Dossier) -> str:
        return row.get_absolute_url()


class Evidence(OfCompletions):
    """Detail of a completion: what was watched, answered, signed."""

    code = "evidence"
    title = _("Evidence of completions")
    goes = _("What was watched and when, exam answers, attendance times, affirmations, files handed over, and the apps' own copies of them.")
    stays = _("That it was completed and when, the course version, outline, schedule and instructor, awards and certificates.")

    def rows(self) -> QuerySet[Dossier]:
        return completions().filter(purged_at__isnull=True)

    def remove(self, row: Dossier) -> dict[str, int]:
        kept = {name: row.facts[name] for name in KEPT_FACTS if name in row.facts}
        for name, parts in KEPT_PARTS.items():
            if isinstance(row.facts.get(name), dict):
                kept[name] = {part: row.facts[name][part] for part in parts if part in row.facts[name]}
        gone = len(set(row.facts) - set(kept))
        files = DossierFile.objects.filter(dossier=row).exclude(content=b"").update(content=b"")
        Dossier.objects.filter(pk=row.pk).update(facts=kept, trace=bare_trace(row.trace), purged_at=clock.now())
        detail_removed.send(sender=Dossier, dossier=row)
        return {"facts": gone, "files": files}


class Holders(OfCompletions):
    """Names and licence numbers of awards, and the certificates, once the person has no account any more."""

    code = "holders"
    title = _("Names on awards and certificates")
    goes = _("Name, licence number and account on the award, the certificate's file, what it printed, and officers' notes that name the person.")
    stays = _("The award with its units, and the certificate's serial, hash and status: a file somebody still has can be verified.")

    def rows(self) -> QuerySet[Dossier]:
        named = Exists(AwardHolder.objects.filter(award__dossier=OuterRef("pk"), purged_at__isnull=True))
        return completions().filter(named, user__is_active=False)

    def remove(self, row: Dossier) -> dict[str, int]:
        awards = Award.objects.filter(dossier=row)
        emptied = {
            "user": None,
            "legal_name_printed": "",
            "licence_number": "",
            "licence_jurisdiction": "",
            "purged_at": clock.now(),
            "updated_at": clock.now(),
        }
        holders = AwardHolder.objects.filter(award__in=awards, purged_at__isnull=True).update(**emptied)
        entries = 0
        for entry in AwardEntry.objects.filter(award__in=awards).filter(~Q(reason="") | Q(data__has_key="changes")):
            data = {name: value for name, value in entry.data.items() if name != "changes"}
            entries += AwardEntry.objects.filter(pk=entry.pk).update(reason="", data=data)
        certificates = list(Certificate.objects.filter(award__in=awards, purged_at__isnull=True))
        for certificate in certificates:
            purge_certificate(certificate=certificate, actor=None, reason="The years of keeping are over.")
        return {"holders": holders, "entries": entries, "certificates": len(certificates)}


class BirthDates(Source):
    """Dates of birth that no licence's calendar goes by any more."""

    code = "birth_dates"
    title = _("Dates of birth")
    goes = _("The date of birth, a year after the last licence on file that needs it was put away, or the account closed.")
    stays = _("Nothing of it.")

    def rows(self) -> QuerySet[BirthDate]:
        wanting = [board.pk for board in Board.objects.only("pk", "code") if needs_of(board.code).born_on]
        used = Licence.objects.filter(user=OuterRef("user"), board__in=wanting).on_file()
        latest = Licence.objects.filter(user=OuterRef("user"), board__in=wanting).order_by().values("user").annotate(at=Max("archived_at")).values("at")
        rows = BirthDate.objects.filter(~Exists(used) | Q(user__is_active=False)).select_related("user")
        rested = Greatest(TruncDate("updated_at"), Coalesce(TruncDate(models.Subquery(latest)), TruncDate("updated_at")))
        due_on = Cast(models.ExpressionWrapper(rested + Value(BIRTH_DATE_REST), output_field=models.DateTimeField()), DateField())
        return rows.annotate(due_on=due_on, is_held=_held_person("user"))

    def detail(self, row: BirthDate) -> str:
        return str(row.user)

    def remove(self, row: BirthDate) -> dict[str, int]:
        return {"dates": BirthDate.objects.filter(pk=row.pk).delete()[0]}


class Cards(Source):
    """Held credentials that expired long ago, with their proofs."""

    code = "cards"
    title = _("Cards and their proofs")
    goes = _("A card or certification and the file that proves it, seven years after it expired.")
    stays = _("Nothing of it.")

    def rows(self) -> QuerySet[HeldCredential]:
        due_on = _next_day(_years_after(F("expires_on"), Value(YEARS)))
        return HeldCredential.objects.select_related("user").annotate(due_on=due_on, is_held=_held_person("user"))

    def detail(self, row: HeldCredential) -> str:
        return str(row.user)

    def remove(self, row: HeldCredential) -> dict[str, int]:
        name = str(row.proof.name) if row.proof else ""
        HeldCredential.objects.filter(pk=row.pk).delete()
        delete_when_committed(name)
        return {"cards": 1, "files": 1 if name else 0}


class ExternalProofs(Source):
    """Files that prove credit earned elsewhere."""

    code = "external_proofs"
    title = _("Proofs of credit earned elsewhere")
    goes = _("The file, seven years after the last completion it proves, or longer where the board wants it.")
    stays = _("What was typed in, the decision about it, and the file's hash.")

    def rows(self) -> QuerySet[ExternalProof]:
        held_board = Exists(LegalHold.objects.standing().filter(board__external_credits__proofs=OuterRef("pk")))
        years = Greatest(Value(YEARS), Coalesce(Max("credits__board__retention_years"), Value(0)), output_field=models.IntegerField())
        rows = ExternalProof.objects.filter(purged_at__isnull=True).select_related("user").annotate(last_day=Max("credits__completed_on"), years=years)
        last = Coalesce(F("last_day"), TruncDate("created_at"))
        is_held = Case(When(held_board, then=Value(True)), default=_held_person("user"), output_field=BooleanField())
        return rows.annotate(due_on=_next_day(_years_after(last, F("years"))), is_held=is_held)

    def detail(self, row: ExternalProof) -> str:
        return str(row.user)

    def remove(self, row: ExternalProof) -> dict[str, int]:
        name = str(row.file.name)
        ExternalProof.objects.filter(pk=row.pk).update(file="", name="", purged_at=clock.now(), updated_at=clock.now())
        delete_when_committed(name)
        return {"files": 1}


SOURCES: dict[str, Source] = {source.code: source for source in (Evidence(), Holders(), BirthDates(), Cards(), ExternalProofs())}


def add_source(source: Source) -> None:
    """Let an app above have records of its own removed daily; adding the same code again replaces it."""
    SOURCES[source.code] = source


def due_now() -> Iterator[tuple[Source, int]]:
    """What can go today and nothing holds, source by source."""
    today = school_today()
    for source in SOURCES.values():
        for pk in list(source.due(today).filter(is_held=False).values_list("pk", flat=True)):
            yield source, pk
