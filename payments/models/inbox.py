"""What Stripe told us: stored before it is answered, applied afterwards; and the runs that look for what it did not tell."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def waiting(self) -> StripeEventQuerySet:
        return self.filter(applied_at__isnull=True)


class StripeEvent(TimeStampedModel):
    """One event. It is a hint to fetch `object_id`; nothing of its content is believed, so none is kept."""

    class Source(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook")
        RECONCILE = "reconcile", _("Found by the reconcile job")

    event_id = models.CharField(max_length=80, unique=True)
    environment = models.CharField(max_length=20)
    type = models.CharField(max_length=80)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=120)
    occurred_at = models.DateTimeField(help_text=_("By Stripe's clock, in whole seconds: no order follows from it."))
    source = models.CharField(max_length=10, choices=Source)
    applied_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text=_("What came of it."))

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["object_id"], condition=Q(applied_at__isnull=True), name="waiting_events_by_object")]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class ReconcileRun(TimeStampedModel):
    """One comparison of our rows with Stripe: what had been missed and was made good, and what does not add up."""

    environment = models.CharField(max_length=20)
    finished_at = models.DateTimeField(null=True, blank=True)
    cursor = models.DateTimeField(null=True, blank=True, help_text=_("Up to when all events have been listed, by Stripe's clock."))
    counts = models.JSONField(default=dict, blank=True)
    discrepancies = models.JSONField(default=list, blank=True, help_text=_("Days on which the sums here and at Stripe differ."))
    clock_skew_s = models.IntegerField(null=True, blank=True, help_text=_("How far Stripe's clock is ahead of this machine's."))
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.environment} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.created_at if self.finished_at else None
