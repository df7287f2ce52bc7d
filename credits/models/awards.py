"""The ledger: dossiers handed over at completion, awards, and everything that ever happened to them.

Dossier, DossierFile, Award and AwardEntry are append-only: triggers refuse UPDATE and DELETE (decision 0006). The one exception is the
removal of personal detail once the years of keeping are over and no legal hold stands (decision 0035); the triggers check both.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse

from core.models import TimeStampedModel
from credits.categories import split_shown
from credits.models.activities import Activity, DeliveryMode


class RevocationReason(models.TextChoices):
    """The closed list of what a verify page may say. The full reason stays inside the school."""

    ISSUED_IN_ERROR = "issued_in_error", "Issued in error"
    REQUIREMENTS_NOT_MET = "requirements_not_met", "Requirements were not met"
    APPROVAL_NOT_VALID = "approval_not_valid", "The approval did not cover it"
    DUPLICATE = "duplicate", "Issued twice"
    IDENTITY = "identity", "Completed by another person"
    HOLDER_REQUEST = "holder_request", "At the holder's request"
    ENTERED_BY_MISTAKE = "entered_by_mistake", "Entered here by mistake"


class DossierQuerySet(models.QuerySet["Dossier"]):
    def visible_to(self, user: Any) -> DossierQuerySet:
        return self.filter(user=user)

    def whole(self) -> DossierQuerySet:
        """Without what was attended in part only."""
        return self.filter(Q(facts__attended__isnull=True) | Q(facts__attended__is_full=True))


class Dossier(models.Model):
    """The immutable evidence of one completion, as the app above handed it over. Audit packs are made from it alone."""

    key = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="dossiers")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="dossiers")
    kind = models.CharField(max_length=12, choices=Activity.Kind)
    completed_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    completed_on = models.DateField(help_text="The civil date in `zone`, fixed at completion.")
    facts = models.JSONField(default=dict)
    trace = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    purged_at = models.DateTimeField(null=True, blank=True, help_text="When personal detail was removed, after the years of keeping (decision 0035).")

    IMPORTED, BY_HAND = "imported:", "by-hand:"  # how the keys of what no course and no workshop recorded begin

    objects = DossierQuerySet.as_manager()

    class Meta:
        ordering = ["-completed_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-completed_at"], name="completions_of_a_person"),
            models.Index(fields=["completed_on"], name="completions_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.activity_id} {self.completed_on}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:dossier_detail", args=[self.pk])

    @property
    def is_imported(self) -> bool:
        """Whether all that is known of it is a certificate issued before this system."""
        return self.key.startswith(self.IMPORTED)

    @property
    def is_partial(self) -> bool:
        """Whether only a part of it was attended (`credits.attended`)."""
        return not (self.facts.get("attended") or {}).get("is_full", True)

    @property
    def is_by_hand(self) -> bool:
        return self.key.startswith(self.BY_HAND)


class DossierFileQuerySet(models.QuerySet["DossierFile"]):
    def listed(self) -> DossierFileQuerySet:
        """Without the bytes."""
        return self.defer("content")


class DossierFile(models.Model):
    """One file of a dossier, kept in the database so that it commits, or does not, with the completion it proves."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    objects = DossierFileQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["dossier", "name"], name="a_dossier_names_each_file_once")]

    def __str__(self) -> str:
        return self.name


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: Any) -> AwardQuerySet:
        return self.filter(dossier__user=user)

    def with_status(self) -> AwardQuerySet:
        """Adds `last_kind`, the latest entry's kind, so that a list shows `status` without a query per row."""
        return self.annotate(last_kind=latest_kind())

    def current(self) -> AwardQuerySet:
        """Neither superseded nor revoked."""
        return self.annotate(last_kind=latest_kind()).exclude(last_kind__in=[AwardEntry.Kind.SUPERSEDED, AwardEntry.Kind.REVOKED])

    def with_status_of(self, status: str) -> AwardQuerySet:
        kinds = [kind for kind, after in AwardEntry.STATUS_AFTER.items() if after == status]
        return self.annotate(last_kind=latest_kind()).filter(last_kind__in=kinds)

    def held(self) -> AwardQuerySet:
        """Looks only at those that were ever held: they are few, and an index knows them."""
        ever = AwardEntry.objects.filter(kind=AwardEntry.Kind.HELD)
        return self.filter(pk__in=ever.values("award")).with_status_of(Award.Status.HELD)


def latest_kind() -> Subquery:
    return Subquery(AwardEntry.objects.deciding().filter(award=OuterRef("pk")).order_by("-pk").values("kind")[:1])


class Award(models.Model):
    """Credit earned by one completion for one board, or the provider's own acknowledgement when no board is concerned.

    `board` is the body the award counts for; `accreditation` may be another body's approval that it accepts. Everything
    printed is frozen here. What happened to the award since is in its entries.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Awarded"
        HELD = "held", "Held"
        SUPERSEDED = "superseded", "Superseded"
        REVOKED = "revoked", "Revoked"

    class Origin(models.TextChoices):
        COMPLETION = "completion", "Completion"
        BY_HAND = "by_hand", "Issued by hand"
        IMPORTED = "imported", "Issued before this system"

    key = models.CharField(max_length=200, help_text="What earned it, such as dossier:81:accreditation:3:licence:7; versions share it.")
    version = models.PositiveSmallIntegerField(default=1)
    supersedes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="awards")
    board = models.ForeignKey("credits.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="awards")
    accreditation = models.ForeignKey("credits.Accreditation", null=True, blank=True, on_delete=models.PROTECT, related_name="awards")
    licence = models.ForeignKey("credits.Licence", null=True, blank=True, on_delete=models.PROTECT, related_name="awards")
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.COMPLETION)
    title = models.CharField(max_length=250)
    units = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True, help_text="Empty on the provider's plain certificate.")
    unit_printed = models.CharField(max_length=60, blank=True)
    category_split = models.JSONField(default=list, blank=True)
    mode = models.CharField(max_length=20, choices=DeliveryMode)
    contact_minutes = models.PositiveIntegerField(default=0)
    approval_number = models.CharField(max_length=80, blank=True)
    provider_number = models.CharField(max_length=80, blank=True)
    provider_name = models.CharField(max_length=160, blank=True)
    board_name = models.CharField(max_length=160, blank=True, help_text="The body it counts for.")
    approval_board_name = models.CharField(max_length=160, blank=True, help_text="The body whose approval it rests on.")
    instructor_name = models.CharField(max_length=160, blank=True)
    instructor_credentials = models.CharField(max_length=200, blank=True)
    completed_on = models.DateField()
    trace = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ["-completed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="an_award_is_made_once"),
            models.UniqueConstraint(fields=["dossier", "board", "version"], nulls_distinct=False, name="one_award_per_completion_and_board"),
            models.CheckConstraint(
                condition=Q(version=1, supersedes__isnull=True) | Q(version__gt=1, supersedes__isnull=False), name="a_later_version_names_what_it_supersedes"
            ),
            models.CheckConstraint(
                condition=Q(accreditation__isnull=True, board__isnull=True, units__isnull=True)
                | Q(accreditation__isnull=False, board__isnull=False, units__isnull=False),
                name="units_come_from_an_accreditation",
            ),
            models.CheckConstraint(condition=~Q(supersedes=F("pk")), name="an_award_does_not_supersede_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:award_detail", args=[self.pk])

    @property
    def is_plain(self) -> bool:
        """Whether this is the provider's own acknowledgement, with no board's units."""
        return self.accreditation_id is None

    @property
    def is_original(self) -> bool:
        """Whether its certificate is a paper issued before this system. A correction of such an award has one made here."""
        return self.origin == self.Origin.IMPORTED and self.supersedes_id is None

    @property
    def units_shown(self) -> str:
        """5.50 as 5.5, 60 as 60; empty on a plain award."""
        return "" if self.units is None else f"{self.units.normalize():f}"

    @property
    def split_shown(self) -> list[dict[str, str]]:
        return split_shown(self.category_split)

    @property
    def status(self) -> str:
        """Derived from the entries. No query when loaded through `with_status` or with `entries` prefetched."""
        kind = getattr(self, "last_kind", None) or (self.last_entry.kind if self.last_entry else AwardEntry.Kind.ISSUED)
        return AwardEntry.STATUS_AFTER[AwardEntry.Kind(kind)]

    @property
    def last_entry(self) -> AwardEntry | None:
        """The latest entry that decides the status, out of the prefetched ones when there are any."""
        entries = [entry for entry in self.entries.all() if entry.kind in AwardEntry.STATUS_AFTER]
        return entries[-1] if entries else None

    @property
    def missing(self) -> list[str]:
        """Codes of what a held award waits for."""
        entry = self.last_entry
        return list(entry.data.get("missing", [])) if entry and entry.kind == AwardEntry.Kind.HELD else []

    @property
    def revoked_because(self) -> str:
        """The public reason of a revoked award, else empty."""
        entry = self.last_entry
        return str(RevocationReason(entry.data["reason_class"]).label) if entry and entry.kind == AwardEntry.Kind.REVOKED else ""

    @property
    def status_label(self) -> str:
        return str(self.Status(self.status).label)


class AwardEntryQuerySet(models.QuerySet["AwardEntry"]):
    def deciding(self) -> AwardEntryQuerySet:
        """Those that say what the award is from then on."""
        return self.filter(kind__in=list(AwardEntry.STATUS_AFTER))


class AwardEntry(models.Model):
    """One event in an award's life. The latest one decides its status; a flag is a note beside it.

    A suspension leaves the status as it is: the award stands, but counts nowhere while it is under review (`credits.held_awards`).
    """

    class Kind(models.TextChoices):
        ISSUED = "issued", "Issued"
        HELD = "held", "Held"
        RELEASED = "released", "Released"
        SUPERSEDED = "superseded", "Superseded"
        REVOKED = "revoked", "Revoked"
        FLAGGED = "flagged", "Flagged"
        UNFLAGGED = "unflagged", "Flag lifted"
        SUSPENDED = "suspended", "Held for review"
        RESUMED = "resumed", "Review ended"

    STATUS_AFTER = {
        Kind.ISSUED: Award.Status.ACTIVE,
        Kind.HELD: Award.Status.HELD,
        Kind.RELEASED: Award.Status.ACTIVE,
        Kind.SUPERSEDED: Award.Status.SUPERSEDED,
        Kind.REVOKED: Award.Status.REVOKED,
    }
    HOLDS = (Kind.HELD, Kind.RELEASED, Kind.SUSPENDED, Kind.RESUMED)  # after each of them the award counts, or does not

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, help_text="Inside the school only.")
    data = models.JSONField(default=dict, blank=True)

    objects = AwardEntryQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "award entries"
        indexes = [models.Index(fields=["award"], condition=Q(kind__in=["held", "released", "suspended", "resumed"]), name="holds_of_awards")]
        constraints = [
            models.UniqueConstraint(fields=["award"], condition=Q(kind="issued"), name="an_award_is_issued_once"),
            models.UniqueConstraint(fields=["award"], condition=Q(kind__in=["superseded", "revoked"]), name="an_award_ends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.kind}"


class AwardHolder(TimeStampedModel):
    """Whose award it is, as printed. The one table of the ledger that may be changed and purged."""

    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="holder")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="held_awards")
    legal_name_printed = models.CharField(max_length=250, blank=True)
    licence_number = models.CharField(max_length=60, blank=True)
    licence_jurisdiction = models.CharField(max_length=12, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purged_at__isnull=True) | Q(user__isnull=True, legal_name_printed="", licence_number=""), name="a_purged_holder_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name_printed or f"holder of award {self.award_id}"


class Claim(TimeStampedModel):
    """A licence put forward for a completion, and what was decided. Decided anew when the learner asks again."""

    class State(models.TextChoices):
        AWARDED = "awarded", "Awarded"
        REFUSED = "refused", "Not awarded"

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="claims")
    licence = models.ForeignKey("credits.Licence", on_delete=models.PROTECT, related_name="claims")
    state = models.CharField(max_length=10, choices=State)
    code = models.CharField(max_length=60)
    explanation = models.TextField()
    trace = models.JSONField(default=dict)
    award = models.ForeignKey(Award, null=True, blank=True, on_delete=models.PROTECT, related_name="claims")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "licence"], name="a_licence_claims_a_completion_once"),
            models.CheckConstraint(
                condition=Q(state="awarded", award__isnull=False) | Q(state="refused", award__isnull=True), name="an_awarded_claim_names_its_award"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.licence_id} {self.state}"
