"""Video assets: the original a teacher uploaded, what was made of it, its captions and chapters."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Role
from core.models import TimeStampedModel


class VideoAssetQuerySet(models.QuerySet["VideoAsset"]):
    def ready(self) -> VideoAssetQuerySet:
        return self.filter(state=VideoAsset.State.READY)

    def visible_to(self, user: Any) -> VideoAssetQuerySet:
        """Staff see every asset, instructors the ones they uploaded, others none."""
        if user.has_role(Role.STAFF):
            return self
        if user.has_role(Role.INSTRUCTOR):
            return self.filter(uploaded_by=user)
        return self.none()


def marks_new_videos() -> bool:
    """Whether a new video shows who watches it, until staff decide otherwise."""
    return bool(settings.VIDEO_VIEWER_MARK)


class VideoAsset(TimeStampedModel):
    """One video. What players read lies in storage under `prefix`; a new transcode gets a new prefix.

    A new film is played from the first seconds on, while the rest of its release is made; a later take is seen when it is whole.
    """

    class State(models.TextChoices):
        UPLOADING = "uploading", "Uploading"
        QUEUED = "queued", "Waiting"
        PROCESSING = "processing", "Processing"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADING)
    error = models.TextField(blank=True, help_text="What went wrong and what to do, in one sentence.")
    original_name = models.CharField(max_length=255, blank=True)
    original_key = models.CharField(max_length=200, blank=True, help_text="Where storage keeps the file as uploaded.")
    original_cold_at = models.DateTimeField(null=True, blank=True, help_text="When the original was moved to cold storage.")
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the size and the first and last megabyte: tells likely repeats at once.")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    take = models.PositiveSmallIntegerField(default=1, help_text="Counts transcodes asked for; names the job.")
    started_at = models.DateTimeField(null=True, blank=True, help_text="When the running transcode began.")
    release = models.CharField(max_length=32, blank=True, help_text="The folder of the files players read.")
    edition = models.PositiveIntegerField(default=0, help_text="Grows whenever more of the release, or other words beside it, can be played.")
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces", help_text="The video that new viewers get in its place."
    )
    replaced_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True, help_text="As shown: rotated, square pixels.")
    height = models.PositiveIntegerField(null=True, blank=True)
    fps = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    has_audio = models.BooleanField(default=False)
    poster = models.CharField(max_length=60, blank=True, help_text="Path inside the release, such as posters/0.jpg.")
    has_viewer_mark = models.BooleanField(default=marks_new_videos, help_text="The viewer's name moves slowly across the picture.")
    probe = models.JSONField(default=dict, blank=True, help_text="Everything the probe found in the original.")
    ready_at = models.DateTimeField(null=True, blank=True)

    objects = VideoAssetQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(duration_ms__gt=0, width__gt=0, height__gt=0) & ~Q(release="")),
                name="a_ready_asset_can_be_played",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="a_failed_asset_says_why"),
            models.CheckConstraint(condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=F("pk")), name="no_asset_replaces_itself"),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True, replaced_at__isnull=True) | Q(replaced_by__isnull=False, replaced_at__isnull=False),
                name="a_replaced_asset_says_since_when",
            ),
        ]
        indexes = [
            models.Index(fields=["sha256"], condition=~Q(sha256=""), name="asset_same_file"),
            models.Index(fields=["fingerprint"], condition=~Q(fingerprint=""), name="asset_same_fingerprint"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("streaming_desk:asset_detail", args=[self.uuid])

    @property
    def current(self) -> VideoAsset:
        """What new viewers get: the video that took its place, or itself. A replacement is never replaced in turn: all point to the last."""
        return self.replaced_by or self

    @property
    def is_playable(self) -> bool:
        return bool(self.release)

    @property
    def prefix(self) -> str:
        """The storage folder of the files players read, without a slash at its end."""
        return f"video/{self.uuid}/{self.release}"

    @property
    def kept_key(self) -> str:
        """Where storage keeps, or will keep, the file as uploaded."""
        return f"originals/{self.uuid}"

    @property
    def length_text(self) -> str:
        """3:05 or 1:03:05."""
        seconds = round((self.duration_ms or 0) / 1000)
        hours, minutes = seconds // 3600, seconds // 60 % 60
        return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes}:{seconds % 60:02d}"

    @property
    def is_waited_for(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.PROCESSING} or self.is_made_anew

    @property
    def is_made_anew(self) -> bool:
        """Whether another take is under way while the last one plays."""
        return self.state == self.State.READY and self.started_at is not None


class Rendition(models.Model):
    """One encoding of the asset's current release: a rung of picture, or its sound."""

    class Kind(models.TextChoices):
        VIDEO = "video", "Video"
        AUDIO = "audio", "Audio"

    asset = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=5, choices=Kind)
    name = models.CharField(max_length=20, help_text="Its folder inside the release: 720, audio.")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    codecs = models.CharField(max_length=60)
    segments = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    peak_bps = models.PositiveIntegerField()
    average_bps = models.PositiveIntegerField()

    class Meta:
        ordering = ["asset", "kind", "height"]
        constraints = [models.UniqueConstraint(fields=["asset", "name"], name="one_rendition_per_name")]

    def __str__(self) -> str:
        return f"{self.asset} {self.name}"

    @property
    def kilobits(self) -> int:
        return round(self.average_bps / 1000)
