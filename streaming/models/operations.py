"""Running the video store: what each asset takes, and the making anew of many."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, GeneratedField, Q

from core.models import TimeStampedModel
from streaming.models.assets import VideoAsset
from streaming.models.transcodes import Transcode


class Space(models.Model):
    """What storage held of an asset when it was last measured, in bytes."""

    asset = models.OneToOneField(VideoAsset, on_delete=models.CASCADE, related_name="space")
    original_bytes = models.PositiveBigIntegerField(default=0)
    renditions = models.JSONField(default=dict, help_text="Bytes of the current release by rendition: 720, audio.")
    film_bytes = models.PositiveBigIntegerField(default=0, help_text="All renditions together.")
    stills_bytes = models.PositiveBigIntegerField(default=0, help_text="Posters and storyboard.")
    captions_bytes = models.PositiveBigIntegerField(default=0)
    other_bytes = models.PositiveBigIntegerField(default=0, help_text="Releases being made or waiting to be removed.")
    total_bytes = GeneratedField(
        expression=F("original_bytes") + F("film_bytes") + F("stills_bytes") + F("captions_bytes") + F("other_bytes"),
        output_field=models.PositiveBigIntegerField(),
        db_persist=True,
    )
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["-total_bytes", "asset"]
        verbose_name_plural = "space"
        indexes = [models.Index(fields=["-total_bytes", "asset"], name="space_by_size")]

    def __str__(self) -> str:
        return f"{self.asset} {self.total_bytes}"


class Remake(TimeStampedModel):
    """Many films made anew, with the ladder of today: begun by a person, one film after another, until done or stopped."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="one_running_remake"),
            models.CheckConstraint(condition=Q(state="running") | Q(finished_at__isnull=False), name="an_ended_remake_says_when"),
        ]

    def __str__(self) -> str:
        return f"Remake {self.pk}"

    @property
    def job_key(self) -> str:
        return f"video-remake:{self.pk}"


class RemakeItem(models.Model):
    """One film of a remake. Its transcode is named in the transaction that queues it, so it is never queued twice."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        STARTED = "started", "Being made"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        LEFT = "left", "Left as it was"

    remake = models.ForeignKey(Remake, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    transcode = models.ForeignKey(Transcode, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["remake", "pk"]
        constraints = [models.UniqueConstraint(fields=["remake", "asset"], name="one_item_per_asset_and_remake")]

    def __str__(self) -> str:
        return f"{self.remake}: {self.asset}"
