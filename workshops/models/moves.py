"""Seats that go to another date."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class SeatMove(TimeStampedModel):
    """One seat on its way to another date. The old seat is let go in the transaction that gives the new one.

    `difference_cents` above zero is paid first, by `order`; below zero it goes back once the move is done.
    """

    class State(models.TextChoices):
        PAYING = "paying", _("Waits for the difference to be paid")
        DONE = "done", _("Moved")
        DROPPED = "dropped", _("Not moved")

    seat = models.ForeignKey("workshops.Seat", on_delete=models.PROTECT, related_name="moves")
    to = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="moves_here")
    new_seat = models.OneToOneField("workshops.Seat", null=True, blank=True, on_delete=models.PROTECT, related_name="moved_from")
    line = models.ForeignKey("payments.OrderLine", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("What paid for the seat."))
    order = models.ForeignKey("payments.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("What pays the difference."))
    difference_cents = models.IntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    listed_cents = models.PositiveIntegerField(
        default=0, help_text=_("What the seat counts for by then at the list's prices: the next move is reckoned from it.")
    )
    state = models.CharField(max_length=7, choices=State, default=State.PAYING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(state="paying"), name="a_seat_moves_to_one_date_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="done", new_seat__isnull=False) | ~Q(state="done") & Q(new_seat__isnull=True), name="a_moved_seat_has_a_new_one"
            ),
            models.CheckConstraint(condition=Q(state="paying") | Q(decided_at__isnull=False), name="a_decided_move_says_when"),
        ]

    def __str__(self) -> str:
        return f"{self.seat} → {self.to}"

    def get_absolute_url(self) -> str:
        return reverse("workshops:seat_move", args=[self.seat.workshop.slug])

    @property
    def subject(self) -> str:
        """What `payments` calls the difference that is paid for it."""
        return f"workshop-move:{self.pk}"
