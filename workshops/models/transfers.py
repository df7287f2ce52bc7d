"""Seats offered to a colleague."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from workshops.models.seats import Seat


class TransferQuerySet(models.QuerySet["Transfer"]):
    def offered(self) -> TransferQuerySet:
        return self.filter(state=Transfer.State.OFFERED)

    def of_giver(self, user: Any) -> TransferQuerySet:
        return self.filter(Q(offered_by=user) | Q(seat__learner=user)).select_related("seat__workshop", "to_user")


class Transfer(TimeStampedModel):
    """A seat offered to one person. Until they accept it stays its holder's; then the old seat ends and theirs begins."""

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="transfers")
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to_name = models.CharField(max_length=120, help_text="As the giver typed it.")
    state = models.CharField(max_length=9, choices=State, default=State.OFFERED)
    decided_at = models.DateTimeField(null=True, blank=True)
    new_seat = models.OneToOneField(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="transferred_by")

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(state="offered"), name="a_seat_is_offered_to_one_person"),
            models.CheckConstraint(
                condition=Q(state="offered", decided_at__isnull=True) | (~Q(state="offered") & Q(decided_at__isnull=False)), name="a_decided_transfer_says_when"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", new_seat__isnull=False) | (~Q(state="accepted") & Q(new_seat__isnull=True)),
                name="an_accepted_transfer_made_a_seat",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} to {self.to_name}"
