"""Grants, playback sessions and watch evidence."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.models import TimeStampedModel
from streaming.fields import IntMultiRangeField
from streaming.models.assets import VideoAsset


class GrantQuerySet(models.QuerySet["Grant"]):
    def visible_to(self, user: Any) -> GrantQuerySet:
        return self.filter(user_id=user.pk)

    def unrevoked(self) -> GrantQuerySet:
        return self.filter(revoked_at__isnull=True)

    def live(self) -> GrantQuerySet:
        """Grants that open their video at this moment, by the database's clock."""
        return self.unrevoked().filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))


class Grant(TimeStampedModel):
    """Revocable permission for one person to watch one asset for one subject, an opaque string of the app that owns it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="playback_grants")
    asset = models.ForeignKey(VideoAsset, on_delete=models.PROTECT, related_name="grants")
    subject = models.CharField(max_length=120)
    rate_cap = models.DecimalField(
        max_digits=4, decimal_places=2, default=Decimal("2"), help_text="Media seconds counted for each second that passes, at most."
    )
    streams = models.PositiveSmallIntegerField(default=1, help_text="Players the person may have open at once; one of them earns coverage.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=200, blank=True, help_text="A sentence the learner reads.")

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "asset", "subject"], condition=Q(revoked_at__isnull=True), name="one_unrevoked_grant_per_subject"),
            models.CheckConstraint(condition=Q(rate_cap__gte=Decimal("0.25"), rate_cap__lte=Decimal("16")), name="rate_cap_between_a_quarter_and_sixteen"),
            models.CheckConstraint(condition=Q(revoked_at__isnull=True) | ~Q(revoke_reason=""), name="a_revoked_grant_says_why"),
            models.CheckConstraint(condition=Q(streams__gte=1), name="a_grant_opens_at_least_one_stream"),
        ]
        indexes = [models.Index(fields=["subject"], opclasses=["varchar_pattern_ops"], name="grant_by_subject_prefix")]

    def __str__(self) -> str:
        return f"{self.user} may watch {self.asset} for {self.subject}"


class WatchEvidence(models.Model):
    """What one subject's person has watched of one asset, in milliseconds of media. It only ever grows (a trigger holds it)."""

    subject = models.CharField(max_length=120)
    asset = models.ForeignKey(VideoAsset, on_delete=models.PROTECT, related_name="evidence")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="watch_evidence")
    covered = IntMultiRangeField(default=list, help_text="Half-open stretches watched at least once.")
    wall_ms = models.PositiveBigIntegerField(default=0, help_text="Real time spent playing, never more than passed.")
    position_ms = models.PositiveIntegerField(default=0, help_text="Where to resume.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "watch evidence"
        constraints = [models.UniqueConstraint(fields=["subject", "asset"], name="one_evidence_per_subject_and_asset")]
        indexes = [models.Index(fields=["subject"], opclasses=["varchar_pattern_ops"], name="evidence_by_subject_prefix")]

    def __str__(self) -> str:
        return f"{self.subject} {self.asset}"


class PlaybackSession(models.Model):
    """One open player under a grant; closed, it stays as the summary an audit reads. Rows are never deleted (a trigger holds it)."""

    class Ended(models.TextChoices):
        CLOSED = "closed", "Closed by the player"
        REPLACED = "replaced", "Replaced by a newer player"
        REVOKED = "revoked", "Permission revoked"
        SIGNED_OUT = "signed_out", "Signed out everywhere"

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="sessions")
    evidence = models.ForeignKey(WatchEvidence, on_delete=models.PROTECT, related_name="sessions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="playback_sessions")
    opened_at = models.DateTimeField(db_default=Now())
    last_beat_at = models.DateTimeField(db_default=Now(), help_text="Time is counted from here; the opening until the first beat.")
    last_seq = models.PositiveIntegerField(default=0, help_text="The number of the last accepted beat; lower ones are repeats.")
    slack_ms = models.PositiveSmallIntegerField(default=2000, help_text="Media time still granted beyond what passed.")
    beats = models.PositiveIntegerField(default=0)
    credited_ms = models.PositiveIntegerField(default=0, help_text="New media this session added to the evidence.")
    wall_ms = models.PositiveBigIntegerField(default=0)
    credits_until = models.DateTimeField(
        null=True, blank=True, help_text="Since when a newer player of the person earns coverage in its place, while this one goes on playing."
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=10, choices=Ended, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(closed_at__isnull=True, credits_until__isnull=True), name="one_crediting_session_per_person"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, ended="") | (Q(closed_at__isnull=False) & ~Q(ended="")), name="a_closed_session_says_why"
            ),
            models.CheckConstraint(condition=Q(slack_ms__lte=2000), name="slack_at_most_two_seconds"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def is_crediting(self) -> bool:
        return self.closed_at is None and self.credits_until is None
