"""What goes back to somebody who cannot come: data, never code."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class CancellationPolicy(TimeStampedModel):
    """Tiers of days before the beginning, each with the percentage that goes back, and a fee that is kept.

    `tiers` is a list of `{"days": 14, "percent": 100}`, the longest first; before the last tier's day nothing goes back.
    A seat keeps the policy as it read when the seat was taken (`Seat.terms`), so a change here holds for later seats.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    tiers = models.JSONField(_("tiers"), default=list)
    fee_cents = models.PositiveIntegerField(_("fee"), default=0, help_text=_("Kept from what goes back, in the smallest unit of the currency that was paid."))
    is_default = models.BooleanField(_("the school's own"), default=False, help_text=_("Holds for every workshop that names no other."))

    class Meta:
        ordering = ["-is_default", "name"]
        verbose_name_plural = "cancellation policies"
        constraints = [models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_policy_of_the_school")]

    def __str__(self) -> str:
        return self.name

    def as_terms(self) -> dict[str, Any]:
        """What a seat keeps of it."""
        return {"policy": self.pk, "name": self.name, "tiers": self.tiers, "fee_cents": self.fee_cents}
