"""What is offered under an activity: courses and workshop dates, as the apps above hand them over."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.models import TimeStampedModel
from credits.models.activities import Activity


class OfferingQuerySet(models.QuerySet["Offering"]):
    def live(self) -> OfferingQuerySet:
        """Those that people can still complete."""
        return self.filter(ended_at__isnull=True)


class Offering(TimeStampedModel):
    """One course or workshop date, to be held against the approvals of its activity. `facts` are those of the last time it was handed over."""

    key = models.CharField(max_length=120, unique=True, help_text="What is offered, such as workshop:9.")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="offerings")
    label = models.CharField(max_length=250)
    address = models.CharField(max_length=250, help_text="Its page at the desk.")
    on = models.DateField(null=True, blank=True, help_text="The day it is completed; empty when that is any day from now on.")
    facts = models.JSONField(default=dict, help_text="{kind, title, minutes: {mode: minutes}, pass_mark, instructor}, each optional.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Since when nobody can complete it any more.")

    objects = OfferingQuerySet.as_manager()

    class Meta:
        ordering = ["on", "label", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(label="") & ~Q(key=""), name="an_offering_has_a_name")]

    def __str__(self) -> str:
        return self.label
