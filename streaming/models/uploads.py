"""Files on their way in."""

from __future__ import annotations

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import TimeStampedModel
from streaming.models.assets import VideoAsset


class UploadSession(TimeStampedModel):
    """A file on its way in pieces. What has arrived is asked of the place where it gathers (streaming.gathering), never of a column."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asset = models.OneToOneField(VideoAsset, on_delete=models.CASCADE, related_name="upload")
    size_bytes = models.PositiveBigIntegerField(validators=[MinValueValidator(1)])
    received_bytes = models.PositiveBigIntegerField(default=0, help_text="For lists; the place itself decides.")
    multipart_id = models.TextField(blank=True, help_text="What the bucket calls this upload, when it gathers in one.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(received_bytes__lte=F("size_bytes")), name="upload_within_announced_size")]

    def __str__(self) -> str:
        return f"{self.asset} {self.received_bytes}/{self.size_bytes}"
