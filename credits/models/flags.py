"""Completions whose payment went back or is questioned: what a CE officer has to know, and may have to decide."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import TimeStampedModel
from credits.models.awards import Dossier
from credits.models.certificates import Certificate


class CompletionFlagQuerySet(models.QuerySet["CompletionFlag"]):
    def standing(self) -> CompletionFlagQuerySet:
        return self.filter(lifted_at__isnull=True)

    def suspending(self) -> CompletionFlagQuerySet:
        return self.standing().filter(suspends=True)


class CompletionFlag(TimeStampedModel):
    """Why a completion is looked at again. One that suspends keeps its certificates suspended, and new ones held, while it stands."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="flags")
    suspends = models.BooleanField()
    reason = models.TextField(help_text="Inside the school only.")
    suspended = models.ManyToManyField(Certificate, related_name="+", help_text="The certificates that this flag suspended itself.")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)

    objects = CompletionFlagQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "suspends"], condition=Q(lifted_at__isnull=True), name="one_standing_flag_per_completion_and_weight"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="") | (Q(lifted_at__isnull=False) & ~Q(lift_reason="")),
                name="a_lifted_flag_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier}: {self.reason}"

    def get_absolute_url(self) -> str:
        return self.dossier.get_absolute_url()

    @property
    def is_standing(self) -> bool:
        return self.lifted_at is None


def is_suspended(dossier_id: Any) -> bool:
    """Whether what the completion earned is suspended now."""
    return CompletionFlag.objects.suspending().filter(dossier=dossier_id).exists()
