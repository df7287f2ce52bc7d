"""Petition packs: which completion, for which body, in whose words, and where the finished file lies until it goes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel


class PetitionPackQuerySet(models.QuerySet["PetitionPack"]):
    def visible_to(self, user: Any) -> PetitionPackQuerySet:
        return self.filter(dossier__user=user)

    def for_pages(self) -> PetitionPackQuerySet:
        """With everything its page and the list show."""
        return self.select_related("dossier__activity", "dossier__user", "board", "job")

    def forgotten(self, before: datetime) -> PetitionPackQuerySet:
        """Without a file, and untouched since `before`."""
        return self.filter(state__in=[PetitionPack.State.REMOVED, PetitionPack.State.FAILED], updated_at__lt=before)

    def overdue(self, now: datetime) -> PetitionPackQuerySet:
        """Ready ones whose file's time is over."""
        return self.filter(state=PetitionPack.State.READY, expires_at__lte=now)


class PetitionPack(TimeStampedModel):
    """One ZIP with which a learner asks one body to count one completion. Made again in place when the words change."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")
        REMOVED = "removed", _("File removed")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    dossier = models.ForeignKey("credits.Dossier", on_delete=models.PROTECT, related_name="petitions")
    board = models.ForeignKey("credits.Board", on_delete=models.PROTECT, related_name="petitions")
    words = models.TextField(blank=True, help_text="The learner's own, on what it gives them in their profession.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    making = models.PositiveIntegerField(default=1, help_text="How often it was asked to be made; the job's key.")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    failure = models.TextField(blank=True)
    missing = models.JSONField(default=list, blank=True, help_text="Sections that the record could not answer.")
    size_bytes = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    file_key = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = PetitionPackQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "board"], name="one_petition_per_completion_and_body"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(made_at__isnull=False, expires_at__isnull=False) & ~Q(sha256="") & ~Q(file_key="")),
                name="a_ready_petition_has_its_file",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(failure=""), name="a_failed_petition_says_why"),
        ]

    def __str__(self) -> str:
        return f"Petition {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("credits:petition_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.MAKING)

    @property
    def is_ready(self) -> bool:
        """Whether the file can be had now."""
        return self.state == self.State.READY and self.expires_at is not None and self.expires_at > clock.now()

    @property
    def file_name(self) -> str:
        return f"petition-{self.board.code}-{self.dossier.completed_on:%Y-%m-%d}.zip"
