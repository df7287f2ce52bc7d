"""Memberships as Stripe tells of them. The row is a projection: it is written from a fetched subscription alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from payments.models.access import AccessGrant
from payments.models.catalogue import Price
from payments.models.orders import Order

if TYPE_CHECKING:
    from accounts.models import User


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: User) -> SubscriptionQuerySet:
        return self if user.has_role("staff") else self.filter(user=user)

    def running(self) -> SubscriptionQuerySet:
        """Those that Stripe would still bill: another one beside it would be paid twice."""
        return self.exclude(status__in=[Subscription.Status.CANCELED, Subscription.Status.INCOMPLETE_EXPIRED])


class Subscription(TimeStampedModel):
    class Status(models.TextChoices):
        INCOMPLETE = "incomplete", _("Not paid yet")
        INCOMPLETE_EXPIRED = "incomplete_expired", _("Never paid")
        TRIALING = "trialing", _("Trial")
        ACTIVE = "active", _("Active")
        PAST_DUE = "past_due", _("Payment is late")
        UNPAID = "unpaid", _("Unpaid")
        PAUSED = "paused", _("Paused")
        CANCELED = "canceled", _("Ended")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="subscriptions")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="subscriptions", help_text=_("The order that began it."))
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="subscriptions")
    environment = models.CharField(max_length=20)
    stripe_subscription_id = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=20, choices=Status)
    current_period_start = models.DateTimeField(null=True, blank=True)
    current_period_end = models.DateTimeField(null=True, blank=True)
    paid_through = models.DateTimeField(null=True, blank=True, help_text=_("End of the last period that was paid or a trial."))
    trial_end = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    resumes_at = models.DateTimeField(null=True, blank=True)
    cancel_at = models.DateTimeField(null=True, blank=True, help_text=_("When it will end, if it was cancelled for the end of a period."))
    ended_at = models.DateTimeField(null=True, blank=True)
    taken_back_through = models.DateTimeField(null=True, blank=True, help_text=_("What was paid until then was taken back: it opens nothing."))
    is_paid_back = models.BooleanField(default=False, help_text=_("Money of the last paid period went back."))
    last_paused_at = models.DateTimeField(null=True, blank=True, help_text=_("A membership may be paused once a year."))
    open_invoice_id = models.CharField(max_length=80, blank=True, help_text=_("The latest invoice, while it was asked for and is not paid."))
    open_invoice_url = models.URLField(max_length=2000, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text=_("When Stripe tries the card again."))
    # A person's memberships share the one grant that stands: it lasts as long as the longest of them.
    grant = models.ForeignKey(AccessGrant, null=True, blank=True, on_delete=models.PROTECT, related_name="subscriptions")
    grant_paid_through = models.DateTimeField(null=True, blank=True, help_text=_("The end of the period or trial for which the grant stands."))
    revision = models.PositiveIntegerField(default=0, help_text=_("Counts projections, so that an older answer never overwrites a newer one."))
    projected_at = models.DateTimeField(help_text=_("When Stripe was last asked."))

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["current_period_end"], condition=~Q(status__in=["canceled", "incomplete_expired"]), name="subscription_by_period_end")]

    def __str__(self) -> str:
        return f"{self.user}: {self.price.product} ({self.status})"

    @property
    def is_over(self) -> bool:
        return self.status in (self.Status.CANCELED, self.Status.INCOMPLETE_EXPIRED)


class PortalConfiguration(TimeStampedModel):
    """What members may do in Stripe's customer portal, as it was last set there; one for each environment."""

    environment = models.CharField(max_length=20, unique=True)
    stripe_configuration_id = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64, help_text=_("Of the features it was set to: another one is sent anew."))

    def __str__(self) -> str:
        return self.stripe_configuration_id
