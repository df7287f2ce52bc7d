"""Sections and lessons of one version."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Deferrable

from core.models import TimeStampedModel
from courses.models.courses import CourseVersion


class Section(TimeStampedModel):
    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_section_per_place", deferrable=Deferrable.DEFERRED),
        ]

    def __str__(self) -> str:
        return self.title


class Lesson(TimeStampedModel):
    """One video of a section. `key` stays the same when a version is copied, so that versions can be compared."""

    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, related_name="lessons")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="lessons")
    position = models.PositiveSmallIntegerField()
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    asset = models.ForeignKey("streaming.VideoAsset", on_delete=models.PROTECT, related_name="+", verbose_name="video")
    is_preview = models.BooleanField(default=False, help_text="People may watch it before they enrol, once signed in.")
    notes = models.TextField(blank=True, help_text="Shown below the video.")

    class Meta:
        ordering = ["version", "section__position", "position"]
        constraints = [
            models.UniqueConstraint(fields=["section", "position"], name="one_lesson_per_place", deferrable=Deferrable.DEFERRED),
            models.UniqueConstraint(fields=["version", "key"], name="one_lesson_per_key"),
        ]

    def __str__(self) -> str:
        return self.title
