"""How a film is made: one transcode per take, cut into pieces that workers make apart."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.models import TimeStampedModel
from streaming.models.assets import VideoAsset


class TranscodeQuerySet(models.QuerySet["Transcode"]):
    def under_way(self) -> TranscodeQuerySet:
        return self.filter(state__in=[Transcode.State.WAITING, Transcode.State.WORKING])


class Transcode(TimeStampedModel):
    """One making of an asset's files, into a release of its own. The plan is fixed when it starts."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Working"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        DROPPED = "dropped", "Dropped"  # a newer take, or the asset is gone

    asset = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="transcodes")
    take = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    release = models.CharField(max_length=12, unique=True, help_text="The folder its files go to.")
    plan = models.JSONField(default=dict, help_text="Probe, rungs and segment grid, as streaming.pipeline.plan writes them.")
    stills = models.JSONField(default=dict, blank=True, help_text="The posters to choose from and the storyboard of its release; empty until they are made.")
    source_key = models.CharField(max_length=200, blank=True, help_text="Where storage keeps the film rewritten for exact cuts, until the transcode ends.")
    round = models.PositiveSmallIntegerField(default=1, help_text="Counts how often its pieces were queued anew; names their jobs.")
    published = models.PositiveIntegerField(default=0, help_text="How many pieces the playlists hold.")
    started_at = models.DateTimeField(null=True, blank=True, help_text="When this round's pieces were first queued.")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TranscodeQuerySet.as_manager()

    class Meta:
        ordering = ["asset", "take"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "take"], name="one_transcode_per_take"),
            models.CheckConstraint(condition=~Q(state="done") | Q(finished_at__isnull=False), name="a_done_transcode_says_when"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} take {self.take}"

    @property
    def folder(self) -> str:
        """The storage folder of its files, without a slash at its end."""
        return f"video/{self.asset.uuid}/{self.release}"


class Piece(models.Model):
    """Work of its own within a transcode: some segments of some rungs, or the whole film's sound. Done once, its files never change."""

    class Kind(models.TextChoices):
        PICTURE = "picture", "Picture"
        SOUND = "sound", "Sound"

    transcode = models.ForeignKey(Transcode, on_delete=models.CASCADE, related_name="pieces")
    kind = models.CharField(max_length=7, choices=Kind)
    number = models.PositiveIntegerField(help_text="The order in which pieces are begun; 0 is the first that can be watched.")
    spec = models.JSONField(help_text="What to make: rungs, first segment, how many.")
    weight = models.PositiveIntegerField(default=1, help_text="Its share of the transcode's work.")
    facts = models.JSONField(null=True, blank=True, help_text="What was made, measured; null until it is in storage.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["transcode", "number"]
        constraints = [
            models.UniqueConstraint(fields=["transcode", "number"], name="one_piece_per_number"),
            models.CheckConstraint(condition=Q(done_at__isnull=True) | Q(facts__isnull=False), name="a_done_piece_has_facts"),
        ]

    def __str__(self) -> str:
        return f"{self.transcode} piece {self.number}"
