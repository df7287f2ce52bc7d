"""Credit earned elsewhere, as the holder typed it in, with its proof and what the school made of it.

ExternalCredit and ExternalEntry are append-only: triggers refuse UPDATE and DELETE (decision 0033). ExternalProof alone may
be purged.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from credits.categories import category_name, split_shown
from credits.models.activities import DeliveryMode


def proof_path(proof: ExternalProof, filename: str) -> str:
    return f"external-proofs/{uuid.uuid4()}"


class ExternalProof(TimeStampedModel):
    """One file that proves credits earned elsewhere. Several credits of one person may rest on it; purging keeps its hash alone."""

    class Type(models.TextChoices):
        PDF = "application/pdf", "PDF"
        JPEG = "image/jpeg", "JPEG"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="external_proofs")
    file = models.FileField(upload_to=proof_path, blank=True)
    name = models.CharField(max_length=200, blank=True, help_text="The file's name as it was sent to us.")
    media_type = models.CharField(max_length=20, choices=Type, help_text="What we keep: pictures are made anew as JPEG.")
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "sha256"], condition=Q(purged_at__isnull=True), name="a_proof_is_kept_once"),
            models.CheckConstraint(
                condition=Q(purged_at__isnull=True) & ~Q(file="") | Q(purged_at__isnull=False, file="", name=""), name="a_proof_has_a_file_until_it_is_purged"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"Proof {self.pk}"

    @property
    def is_picture(self) -> bool:
        return self.media_type == self.Type.JPEG


class ExternalCreditQuerySet(models.QuerySet["ExternalCredit"]):
    def visible_to(self, user: Any) -> ExternalCreditQuerySet:
        return self.filter(user=user)

    def with_status(self) -> ExternalCreditQuerySet:
        """Adds `last_kind`, the latest entry's kind, so that a list shows `status` without a query per row."""
        return self.annotate(last_kind=latest_kind())

    def latest(self) -> ExternalCreditQuerySet:  # type: ignore[override]  # a filter here, not one row
        """The newest version of each."""
        return self.filter(superseded_by__isnull=True)

    def with_status_of(self, *statuses: str) -> ExternalCreditQuerySet:
        kinds = [kind for kind, after in ExternalEntry.STATUS_AFTER.items() if after in statuses]
        return self.annotate(last_kind=latest_kind()).filter(last_kind__in=kinds)

    def for_lists(self) -> ExternalCreditQuerySet:
        """Everything a list or a page shows of each, in a constant number of queries."""
        entries = Prefetch("entries", ExternalEntry.objects.select_related("actor"))
        return self.with_status().select_related("board", "approval_board", "user").prefetch_related("proofs", entries)


def latest_kind() -> Subquery:
    return Subquery(ExternalEntry.objects.filter(credit=OuterRef("pk")).order_by("-pk").values("kind")[:1])


class ExternalCredit(models.Model):
    """One version of a credit earned elsewhere, for one board, in that board's unit. What became of it is in its entries."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waits for review")
        ASKED = "asked", _("We ask for more")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Not accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        SUPERSEDED = "superseded", _("Replaced")

    key = models.UUIDField(default=uuid.uuid4, help_text="Versions share it.")
    version = models.PositiveSmallIntegerField(default=1)
    supersedes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="external_credits")
    board = models.ForeignKey("credits.Board", on_delete=models.PROTECT, related_name="external_credits", help_text="The body it counts for.")
    title = models.CharField(max_length=200)
    provider_name = models.CharField(max_length=160)
    provider_number = models.CharField(max_length=80, blank=True)
    completed_on = models.DateField()
    units = models.DecimalField(max_digits=6, decimal_places=2)
    unit_printed = models.CharField(max_length=60, blank=True, help_text="The board's word for its units, as it was then.")
    category_split = models.JSONField(default=list, blank=True, help_text="A list of {category, units}.")
    labels = models.JSONField(default=list, blank=True, help_text="What holds for all of it: a kind of activity, a class of the body.")
    mode = models.CharField(max_length=20, choices=DeliveryMode)
    hands_on_percent = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The hands-on share of the instruction, where it was stated.")
    approval_board = models.ForeignKey(
        "credits.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="The body whose approval the provider stated."
    )
    approval_number = models.CharField(max_length=80, blank=True)
    proofs = models.ManyToManyField(ExternalProof, related_name="credits")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ExternalCreditQuerySet.as_manager()

    class Meta:
        ordering = ["-completed_on", "-pk"]
        indexes = [models.Index(fields=["user", "board"], name="external_credits_of_a_person")]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="an_external_version_is_written_once"),
            models.CheckConstraint(
                condition=Q(version=1, supersedes__isnull=True) | Q(version__gt=1, supersedes__isnull=False), name="a_later_external_names_what_it_supersedes"
            ),
            models.CheckConstraint(condition=~Q(supersedes=F("pk")), name="an_external_does_not_supersede_itself"),
            models.CheckConstraint(condition=Q(units__gt=0), name="external_units_are_positive"),
            models.CheckConstraint(condition=Q(hands_on_percent__isnull=True) | Q(hands_on_percent__lte=100), name="a_hands_on_share_is_a_percentage"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(provider_name=""), name="an_external_credit_says_what_and_whose"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.completed_on}"

    def get_absolute_url(self) -> str:
        return reverse("credits:external_detail", args=[self.pk])

    @property
    def status(self) -> str:
        """Derived from the entries. No query when loaded through `with_status` or with `entries` prefetched."""
        kind = getattr(self, "last_kind", None) or (self.last_entry.kind if self.last_entry else ExternalEntry.Kind.SUBMITTED)
        return ExternalEntry.STATUS_AFTER[ExternalEntry.Kind(kind)]

    @property
    def status_label(self) -> str:
        return str(self.Status(self.status).label)

    @property
    def last_entry(self) -> ExternalEntry | None:
        entries = list(self.entries.all())
        return entries[-1] if entries else None

    @property
    def is_pending(self) -> bool:
        return self.status in (self.Status.WAITING, self.Status.ASKED)

    @property
    def is_ended(self) -> bool:
        """Nothing more happens to this version."""
        return self.status in (self.Status.WITHDRAWN, self.Status.SUPERSEDED)

    @property
    def units_shown(self) -> str:
        return f"{self.units.normalize():f}"

    @property
    def labels_shown(self) -> list[str]:
        return [category_name(str(label)) for label in self.labels]

    @property
    def split_shown(self) -> list[dict[str, str]]:
        return split_shown(self.category_split)


class ExternalEntry(models.Model):
    """One event in the life of a version; the latest one decides its status."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", _("Sent in")
        ASKED = "asked", _("More was asked for")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Not accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        SUPERSEDED = "superseded", _("Replaced by a newer version")

    STATUS_AFTER = {
        Kind.SUBMITTED: ExternalCredit.Status.WAITING,
        Kind.ASKED: ExternalCredit.Status.ASKED,
        Kind.ACCEPTED: ExternalCredit.Status.ACCEPTED,
        Kind.REFUSED: ExternalCredit.Status.REFUSED,
        Kind.WITHDRAWN: ExternalCredit.Status.WITHDRAWN,
        Kind.SUPERSEDED: ExternalCredit.Status.SUPERSEDED,
    }

    credit = models.ForeignKey(ExternalCredit, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, help_text="Said to the other side: what the holder adds, or why the reviewer decided so.")

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "external entries"
        constraints = [
            models.UniqueConstraint(fields=["credit"], condition=Q(kind="submitted"), name="an_external_version_is_sent_once"),
            models.UniqueConstraint(fields=["credit"], condition=Q(kind__in=["withdrawn", "superseded"]), name="an_external_version_ends_once"),
            models.CheckConstraint(condition=~Q(kind__in=["asked", "refused"]) | ~Q(note=""), name="a_refusal_or_a_question_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.credit_id} {self.kind}"
