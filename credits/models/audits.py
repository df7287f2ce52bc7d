"""Audit packs: what was asked for, how far it is, and where the finished file lies until it goes."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel


class AuditPackQuerySet(models.QuerySet["AuditPack"]):
    def unfinished(self) -> AuditPackQuerySet:
        return self.filter(state__in=[AuditPack.State.WAITING, AuditPack.State.MAKING])

    def overdue(self, now: datetime) -> AuditPackQuerySet:
        """Ready ones whose file's time is over."""
        return self.filter(state=AuditPack.State.READY, expires_at__lte=now)


class AuditPack(TimeStampedModel):
    """One ZIP about a learner, an activity, a board, a period, or what several of these have in common."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        MAKING = "making", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")
        REMOVED = "removed", _("File removed")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    activity = models.ForeignKey("credits.Activity", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    board = models.ForeignKey("credits.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField(null=True, blank=True, help_text="Of the completions; empty from the beginning.")
    last_day = models.DateField(null=True, blank=True, help_text="Of the completions; empty to the end.")
    purpose = models.CharField(max_length=300, help_text="Who asked for it, and the number of their letter.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="audit_packs")

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="The one that makes it, or made it last.")
    failure = models.TextField(blank=True)
    completion_count = models.PositiveIntegerField(default=0)
    file_count = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    file_key = models.CharField(max_length=200, blank=True)
    signing_key = models.ForeignKey("credits.SigningKey", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = AuditPackQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(learner__isnull=False)
                | Q(activity__isnull=False)
                | Q(board__isnull=False)
                | Q(first_day__isnull=False)
                | Q(last_day__isnull=False),
                name="an_audit_pack_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(first_day__isnull=True) | Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")), name="an_audited_period_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="an_audit_pack_says_what_for"),
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(made_at__isnull=False, expires_at__isnull=False) & ~Q(sha256="") & ~Q(file_key="")),
                name="a_ready_audit_pack_has_its_file",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(failure=""), name="a_failed_audit_pack_says_why"),
            models.CheckConstraint(condition=~Q(state="removed") | Q(removed_at__isnull=False, file_key=""), name="a_removed_audit_pack_says_since_when"),
        ]

    def __str__(self) -> str:
        return f"Audit pack {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:audit_pack_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.MAKING)

    @property
    def is_ready(self) -> bool:
        """Whether the file can be had now."""
        return self.state == self.State.READY and self.expires_at is not None and self.expires_at > clock.now()

    @property
    def file_name(self) -> str:
        return f"audit-pack-{self.pk}-{self.made_at:%Y-%m-%d}.zip" if self.made_at else f"audit-pack-{self.pk}.zip"
