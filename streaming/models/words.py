"""What is said in a video and where its parts begin: captions, cues, chapters."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, GeneratedField, Q

from core.models import TimeStampedModel
from streaming.models.assets import VideoAsset


class CaptionQuerySet(models.QuerySet["Caption"]):
    def shown(self) -> CaptionQuerySet:
        """What players offer: captions that hold something, the default one first. Their text is not loaded."""
        return self.exclude(digest="").order_by("-is_default", "language").defer("vtt")


class Caption(TimeStampedModel):
    """What is said, as WebVTT. The text here is the truth; the cues and the file beside the video are written from it."""

    asset = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(max_length=12, help_text="BCP 47, such as en or es-MX.")
    label = models.CharField(max_length=60, help_text="As the player's menu shows it.")
    vtt = models.TextField()
    digest = models.CharField(max_length=8, blank=True, help_text="Begins the SHA-256 of the text and names its file; empty while there is nothing to show.")
    revision = models.PositiveIntegerField(default=1, help_text="Grows with each saving; an editor that opened an older one is told.")
    is_default = models.BooleanField(default=False, help_text="Chosen by players that were not told otherwise.")

    objects = CaptionQuerySet.as_manager()

    class Meta:
        ordering = ["asset", "language"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "language"], name="one_caption_per_language"),
            models.UniqueConstraint(fields=["asset"], condition=Q(is_default=True), name="one_default_caption_per_video"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.language}"

    @property
    def path(self) -> str:
        """Where the file lies inside the asset's release; the name never stands for other words."""
        return f"captions/{self.language}-{self.digest}.vtt"


class Cue(models.Model):
    """One cue of a caption, for search and the transcript. Written from the caption's text, never edited by itself."""

    caption = models.ForeignKey(Caption, on_delete=models.CASCADE, related_name="cues")
    number = models.PositiveIntegerField(help_text="Its place in the file, from 1.")
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    text = models.TextField(help_text="What is said, without markup.")
    words = GeneratedField(expression=SearchVector("text", config="simple"), output_field=SearchVectorField(), db_persist=True, help_text="What search reads.")

    class Meta:
        ordering = ["caption", "number"]
        constraints = [
            models.UniqueConstraint(fields=["caption", "number"], name="one_cue_per_place"),
            models.CheckConstraint(condition=Q(end_ms__gt=F("start_ms")), name="a_cue_lasts"),
        ]
        indexes = [GinIndex(fields=["words"], name="cue_by_words")]

    def __str__(self) -> str:
        return self.text

    @property
    def clock(self) -> str:
        """1:05 or 1:01:05."""
        minutes, seconds = divmod(self.start_ms // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class Chapter(models.Model):
    asset = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="chapters")
    start_ms = models.PositiveIntegerField()
    title = models.CharField(max_length=120)

    class Meta:
        ordering = ["asset", "start_ms"]
        constraints = [models.UniqueConstraint(fields=["asset", "start_ms"], name="one_chapter_per_moment")]

    def __str__(self) -> str:
        return self.title
