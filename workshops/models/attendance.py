"""Who was there, and what was decided of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import TimeStampedModel
from workshops.models.blocks import Block
from workshops.models.checkin import CheckinDevice, PaperSheet, Signature
from workshops.models.seats import Seat


class Attendance(models.Model):
    """An append-only log of arrivals and departures; a mistake is annulled by a later row, never changed.

    A trigger refuses update and delete. `nonce` makes a repeated entry (double click, retry) a no-op.
    """

    class Kind(models.TextChoices):
        IN = "in", "Arrived"
        OUT = "out", "Left"
        ANNUL = "annul", "Annulled"

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="attendance")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="attendance")
    kind = models.CharField(max_length=5, choices=Kind)
    at = models.DateTimeField(help_text="When the person arrived or left.")
    annuls = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="annulled_by")
    nonce = models.UUIDField(unique=True, default=uuid.uuid4)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    device = models.ForeignKey(CheckinDevice, null=True, blank=True, on_delete=models.PROTECT, related_name="attendance")
    skew_ms = models.BigIntegerField(null=True, blank=True, help_text="How far the device's clock was ahead of ours; `at` has it taken off.")
    signature = models.OneToOneField(Signature, null=True, blank=True, on_delete=models.PROTECT, related_name="attendance")
    sheet = models.ForeignKey(
        PaperSheet, null=True, blank=True, on_delete=models.PROTECT, related_name="attendance", help_text="The paper it was keyed in from."
    )
    on_paper = models.BooleanField(
        db_default=False, default=False, help_text="The person signs on the printed sheet: a phone's word for it, until the sheet is keyed in."
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="annul", annuls__isnull=False) | (~Q(kind="annul") & Q(annuls__isnull=True)), name="an_annulment_names_what_it_annuls"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} {self.kind} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_signed(self) -> bool:
        """Drawn on a phone, or on a sheet that was keyed in."""
        return self.signature_id is not None or (self.on_paper and self.device_id is None)

    @property
    def awaits_paper(self) -> bool:
        """A phone noted that the person signs on paper, and nobody keyed that in yet."""
        return self.on_paper and self.device_id is not None


class WorkshopCompletion(TimeStampedModel):
    """The decision that a person attended a workshop, with its trace, and the dossier handed to `credits`."""

    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="completion")
    completed_at = models.DateTimeField()
    completed_on = models.DateField(help_text="Civil date at the venue.")
    trace = models.JSONField()
    dossier = models.ForeignKey("credits.Dossier", on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.seat} on {self.completed_on}"
