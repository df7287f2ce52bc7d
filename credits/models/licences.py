"""Licences: what a person keeps up, and what picks the boards that credit them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q

from core.models import TimeStampedModel


class LicenceQuerySet(models.QuerySet["Licence"]):
    def visible_to(self, user: Any) -> LicenceQuerySet:
        return self.filter(user=user)

    def with_use(self) -> LicenceQuerySet:
        """Adds `award_count`: how many awards rest on the licence."""
        return self.annotate(award_count=Count("awards")).order_by("board__name", "pk")


class Licence(TimeStampedModel):
    """Any licence, certification or membership a person keeps up with a board."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="licences")
    board = models.ForeignKey("credits.Board", on_delete=models.PROTECT, related_name="licences")
    number = models.CharField(max_length=60, blank=True)
    jurisdiction = models.CharField(max_length=12, blank=True)
    name_on_licence = models.CharField(max_length=200, blank=True, help_text="Only if it differs from your legal name.")
    issued_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)

    objects = LicenceQuerySet.as_manager()

    class Meta:
        ordering = ["board__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "board", "number"], name="a_licence_is_on_file_once"),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True) | Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")), name="licence_expires_after_it_is_issued"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board.name} {self.number}".strip()
