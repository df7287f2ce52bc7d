"""What Stripe told us: stored before it is answered, applied afterwards."""

from __future__ import annotations

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
