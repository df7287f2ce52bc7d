"""Certificates issued before this system, brought in from a file: the file, and what became of each of its lines."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from credits.models.awards import Award


def upload_path(batch: CertificateImport, filename: str) -> str:
    return f"certificate-imports/{uuid.uuid4()}"


class CertificateImportQuerySet(models.QuerySet["CertificateImport"]):
    def with_total(self) -> CertificateImportQuerySet:
        """Adds `row_count`; the latest first."""
        return self.annotate(row_count=Count("rows")).order_by("-pk")


class CertificateImport(TimeStampedModel):
    """One uploaded file: a CSV, or a ZIP with one CSV and PDFs. The file goes once it is done with; the awards stay."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        BROKEN = "broken", _("Can not be read")
        READY = "ready", _("To confirm")
        RUNNING = "running", _("Being imported")
        DONE = "done", _("Imported")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        DISCARDED = "discarded", _("Discarded")

    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    source = models.TextField(help_text="Where these certificates come from; kept with every completion.")
    file = models.FileField(upload_to=upload_path, blank=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    faults = models.JSONField(default=list, blank=True, help_text="What is wrong with the file as a whole.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    undo_reason = models.TextField(blank=True)

    objects = CertificateImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="an_import_says_where_it_comes_from"),
            models.CheckConstraint(condition=~Q(state__in=["undoing", "undone"]) | ~Q(undo_reason=""), name="an_undone_import_says_why"),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:import_detail", args=[self.pk])

    @property
    def is_working(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.RUNNING, self.State.UNDOING)

    def counts(self) -> dict[str, int]:
        """How many lines by their fate, `total`, and `invited`: those whose person has no account yet."""
        of: dict[str, Any] = {fate: Count("pk", filter=Q(fate=fate)) for fate in ImportRow.Fate.values}
        return self.rows.aggregate(total=Count("pk"), invited=Count("pk", filter=Q(fate="will", is_invited=True)), **of)


class ImportRow(TimeStampedModel):
    """One line of the CSV. `values` are its cells; they are emptied once nobody needs them, as they name people."""

    class Fate(models.TextChoices):
        WILL = "will", _("Will be imported")
        MISTAKE = "mistake", _("Left out")
        KNOWN = "known", _("Is here already")
        DONE = "done", _("Imported")
        UNDONE = "undone", _("Undone")

    batch = models.ForeignKey(CertificateImport, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField(help_text="In the CSV; the header is line 1.")
    fate = models.CharField(max_length=10, choices=Fate)
    values = models.JSONField(default=dict, blank=True)
    faults = models.JSONField(default=list, blank=True, help_text="What keeps it out, one sentence each.")
    notes = models.JSONField(default=list, blank=True, help_text="What an officer should know, one sentence each.")
    is_invited = models.BooleanField(default=False)
    award = models.ForeignKey(Award, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="a_line_of_an_import_is_one_row"),
            models.CheckConstraint(condition=~Q(fate="done") | Q(award__isnull=False), name="an_imported_line_names_its_award"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"
