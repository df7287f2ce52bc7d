"""Who may open what, as rows: entitlement is read from these and from nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel

if TYPE_CHECKING:
    from accounts.models import User


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    def standing(self) -> AccessGrantQuerySet:
        """Neither revoked nor replaced; it may still be early, late or suspended."""
        return self.filter(revoked_at__isnull=True, replaced_at__isnull=True)

    def live(self, at: datetime | None = None) -> AccessGrantQuerySet:
        """Grants that open their subject at the instant `at` (now): standing, begun, not over, not suspended, the person active."""
        at = at or clock.now()
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
        return self.standing().filter(unexpired, starts_at__lte=at, suspended_at__isnull=True, user__is_active=True)

    def visible_to(self, user: User) -> AccessGrantQuerySet:
        return self if user.has_role("staff") else self.filter(user=user)


class AccessGrant(TimeStampedModel):
    """One person's permission to open one subject, with where it came from and until when it holds.

    `subject` is an opaque string of the app above ("course:81"); payments never looks behind it.
    """

    class Source(models.TextChoices):
        FREE = "free", _("Free of charge")
        STAFF = "staff", _("Given by staff")
        ORGANIZATION = "organization", _("Organization")
        ORDER = "order", _("Order")
        SUBSCRIPTION = "subscription", _("Membership")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_grants")
    subject = models.CharField(max_length=120)
    source = models.CharField(max_length=20, choices=Source)
    reason = models.TextField(blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    streams = models.PositiveSmallIntegerField(default=1, help_text="On how many devices at once the person may watch.")
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoke_reason = models.TextField(blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True, help_text="While the payment for it is disputed.")
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="When a new grant took the place of this expired one.")

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["subject"], name="access_by_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject", "source"],
                condition=Q(revoked_at__isnull=True, replaced_at__isnull=True),
                name="one_standing_grant_per_user_subject_source",
            ),
            models.CheckConstraint(condition=~Q(subject=""), name="a_grant_names_its_subject"),
            models.CheckConstraint(condition=Q(streams__gte=1), name="access_is_for_one_device_at_least"),
            models.CheckConstraint(condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("starts_at")), name="a_grant_expires_after_it_starts"),
            models.CheckConstraint(
                condition=~Q(source="staff") | (Q(granted_by__isnull=False) & ~Q(reason="")),
                name="access_given_by_staff_names_who_and_why",
            ),
            # The payment provider's news end what was paid for with nobody at the desk.
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, revoke_reason="")
                | (
                    Q(revoked_at__isnull=False) & ~Q(revoke_reason="") & (Q(revoked_by__isnull=False) | Q(source__in=["order", "subscription", "organization"]))
                ),
                name="revoked_access_names_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.subject} ({self.source})"

    @property
    def is_live(self) -> bool:
        return self.phase == "live" and self.user.is_active

    @property
    def phase(self) -> str:
        """revoked, replaced, suspended, early, expired or live: the row's own state, whatever the person's."""
        now = clock.now()
        if self.revoked_at:
            return "revoked"
        if self.replaced_at:
            return "replaced"
        if self.suspended_at:
            return "suspended"
        if self.starts_at > now:
            return "early"
        return "expired" if self.expires_at and self.expires_at <= now else "live"
