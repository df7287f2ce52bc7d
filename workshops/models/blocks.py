"""The schedule of a workshop."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from workshops.models.workshops import Workshop


class Block(models.Model):
    """A stretch of a workshop's schedule. Only instruction counts towards hours."""

    class Kind(models.TextChoices):
        INSTRUCTION = "instruction", "Instruction"
        BREAK = "break", "Break"
        MEAL = "meal", "Meal"

    class Mode(models.TextChoices):
        HANDS_ON = "in_person_hands_on", "Hands-on"
        LECTURE = "in_person_lecture", "Lecture"
        REMOTE = "live_remote", _("Live online")

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="blocks")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INSTRUCTION)
    mode = models.CharField(max_length=20, choices=Mode, default=Mode.HANDS_ON)
    topic = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="block_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        """Whole minutes of the block by the clock (elapsed time, so a DST night counts what passed)."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def counts(self) -> bool:
        return self.kind == self.Kind.INSTRUCTION

    @property
    def title(self) -> str:
        """What happens in it, as schedules say it."""
        return (self.topic or self.get_mode_display()) if self.counts else self.get_kind_display()
