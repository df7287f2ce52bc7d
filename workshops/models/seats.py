"""Places in workshops, held and given."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel


def is_taken(path: str = "") -> Q:
    """Seats that take up a place: confirmed, or held and not over by the database's clock.

    One held for whoever takes over somebody's seat does not count beside that seat.
    """
    held = Q(**{f"{path}state": Seat.State.HELD, f"{path}hold_until__gt": Now(), f"{path}replaces__isnull": True})
    return Q(**{f"{path}state": Seat.State.CONFIRMED}) | held


class SeatQuerySet(models.QuerySet["Seat"]):
    def confirmed(self) -> SeatQuerySet:
        return self.filter(state=Seat.State.CONFIRMED)

    def held(self) -> SeatQuerySet:
        """Held for somebody who pays, and not over."""
        return self.filter(state=Seat.State.HELD, hold_until__gt=Now())

    def lapsed(self) -> SeatQuerySet:
        """Held until an instant that has passed: their places are free, whether or not the row says so yet."""
        return self.filter(state=Seat.State.HELD, hold_until__lte=Now())

    def taken(self) -> SeatQuerySet:
        """One row for each place that is gone."""
        return self.filter(is_taken())

    def claimed(self) -> SeatQuerySet:
        """As `taken`, whatever the clock says: for who has just let go of what is over, under the lock."""
        return self.filter(Q(state=Seat.State.CONFIRMED) | Q(state=Seat.State.HELD, replaces__isnull=True))

    def standing(self) -> SeatQuerySet:
        """What people have or hold at this moment, with what is held for them on somebody's seat."""
        return self.filter(Q(state=Seat.State.CONFIRMED) | Q(state=Seat.State.HELD, hold_until__gt=Now()))

    def own(self) -> SeatQuerySet:
        """Without the places that are kept for a person's group until each has a name."""
        return self.filter(guest=0)

    def for_resale(self) -> SeatQuerySet:
        """Given, and offered to the waiting list by their holders, the earliest first."""
        return self.confirmed().filter(resale_at__isnull=False).order_by("resale_at", "pk")

    def coming_for(self, user: Any) -> SeatQuerySet:
        return self.confirmed().filter(learner=user, workshop__ends_at__gt=clock.now()).select_related("workshop__venue").order_by("workshop__starts_at")


class Seat(TimeStampedModel):
    """One person's place in one workshop. Rows are kept: a cancelled seat taken again is a new row.

    A seat that is paid for begins as held, under the `reference` of what the person pays for, until `hold_until`; a hold
    that is over frees its place at that instant. `hold_until` goes when the seat is confirmed, so a cancelled seat that
    still has one was never anybody's.

    Two more ways to be held come from the waiting list: an `offer`, for whoever is next (its `guest` places are for the
    rest of a group), and one that `replaces` the seat of somebody who cannot come, which stays theirs until it is taken.
    """

    class State(models.TextChoices):
        HELD = "held", "Held"
        CONFIRMED = "confirmed", "Confirmed"
        CANCELLED = "cancelled", "Cancelled"

    class Place(models.TextChoices):
        ROOM = "room", _("In the room")
        REMOTE = "remote", _("Online")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="seats")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    state = models.CharField(max_length=10, choices=State, default=State.CONFIRMED)
    place = models.CharField(
        _("place"), max_length=6, choices=Place, default=Place.ROOM, help_text=_("Where the person takes part. Each place has its own capacity.")
    )
    reference = models.CharField(max_length=80, blank=True, help_text="What paid for it, in the words of payments; empty when nobody paid.")
    hold_until = models.DateTimeField(null=True, blank=True)
    offer = models.ForeignKey(
        "workshops.WaitingEntry", null=True, blank=True, on_delete=models.PROTECT, related_name="seats", help_text="The waiting list's entry it was offered to."
    )
    guest = models.PositiveSmallIntegerField(default=0, help_text="0 is the person's own; others are kept for their group until each has a name.")
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors", help_text="Whose seat it takes over once it is confirmed."
    )
    resale_at = models.DateTimeField(null=True, blank=True, help_text="Since when its holder offers it to the waiting list.")
    terms = models.JSONField(null=True, blank=True, help_text="The cancellation policy as it read when the seat was taken.")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "learner", "guest"], condition=Q(state__in=["held", "confirmed"]), name="one_seat_per_person_and_workshop"
            ),
            models.UniqueConstraint(fields=["replaces"], condition=Q(state__in=["held", "confirmed"]), name="a_seat_is_taken_over_once"),
            models.CheckConstraint(condition=~Q(state="confirmed") | Q(guest=0), name="a_seat_that_is_given_has_a_name"),
            models.CheckConstraint(
                condition=~Q(state="held") | (Q(hold_until__isnull=False) & ~Q(reference="")), name="a_held_seat_says_until_when_and_for_what"
            ),
            models.CheckConstraint(condition=~Q(state="confirmed") | Q(hold_until__isnull=True), name="a_confirmed_seat_is_nobodys_to_lose"),
            models.CheckConstraint(condition=Q(state="cancelled") | Q(cancelled_at__isnull=True), name="only_a_cancelled_seat_has_a_cancellation"),
        ]

    def __str__(self) -> str:
        return f"{self.learner} in {self.workshop}"

    @property
    def key(self) -> str:
        """What `credits` knows the completion of this seat by."""
        return f"workshop-seat:{self.pk}"

    @property
    def is_held(self) -> bool:
        return self.state == self.State.HELD

    @property
    def was_confirmed(self) -> bool:
        """Whether it was given at some time, even if it was given back since."""
        return self.hold_until is None
