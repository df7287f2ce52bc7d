"""What people with or without an account ask the school by mail, and may take back at any time."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class Asked(TimeStampedModel):
    """Asked by somebody signed in (`user`), or by an address (`email`) that counts once its link was opened and confirmed."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", _("Waits for your confirmation")
        ACTIVE = "active", _("On")
        FULFILLED = "fulfilled", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Run out")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="%(class)ss")
    email = models.EmailField(_("e-mail address"), blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.UNCONFIRMED)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When it was withdrawn, answered or ran out.")
    expires_on = models.DateField(null=True, blank=True, help_text="It runs out on this day unless the person says that it still holds.")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, email="") | (Q(user__isnull=True) & ~Q(email="")), name="%(class)s_is_of_a_person_or_of_an_address"
            ),
            models.CheckConstraint(
                condition=Q(state="unconfirmed") | Q(confirmed_at__isnull=False) | Q(state="withdrawn"), name="%(class)s_counts_once_confirmed"
            ),
            models.CheckConstraint(condition=~Q(state="active") | Q(expires_on__isnull=False), name="an_active_%(class)s_runs_out_some_day"),
        ]

    @property
    def address(self) -> str:
        return self.user.email if self.user else self.email

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.UNCONFIRMED, self.State.ACTIVE)

    @property
    def reaches_somebody(self) -> bool:
        """Whether mail may be sent: an account that was closed is written to no more."""
        return self.user is None or self.user.is_active


class AskedQuerySet(models.QuerySet[Any]):
    def active(self) -> AskedQuerySet:
        return self.filter(state=Asked.State.ACTIVE)

    def open(self) -> AskedQuerySet:
        return self.filter(state__in=[Asked.State.UNCONFIRMED, Asked.State.ACTIVE])

    def asked_by(self, user: Any) -> AskedQuerySet:
        """What a person asked signed in, and by their address before they had an account."""
        return self.filter(Q(user=user) | Q(user__isnull=True, email=user.email))
