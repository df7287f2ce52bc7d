"""People who wait for a seat in a full workshop."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Count, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from workshops.models.seats import Seat

MOST_AT_ONCE = 10


class WaitingEntryQuerySet(models.QuerySet["WaitingEntry"]):
    def open(self) -> WaitingEntryQuerySet:
        """Waiting, or with an offer that is not answered."""
        return self.filter(state__in=WaitingEntry.OPEN)

    def in_turn(self) -> WaitingEntryQuerySet:
        """Who comes first: by priority, then by when they joined."""
        return self.order_by("-priority", "created_at", "pk")

    def open_of(self, user: Any) -> WaitingEntryQuerySet:
        return self.open().filter(learner_id=user.pk) if user.is_authenticated else self.none()

    def with_position(self) -> WaitingEntryQuerySet:
        """`position`: 1 for who is served next among those who wait for the same place; 0 for who has an offer or does not wait any more."""
        ahead = Q(priority__gt=OuterRef("priority")) | Q(priority=OuterRef("priority"), created_at__lt=OuterRef("created_at"))
        ahead |= Q(priority=OuterRef("priority"), created_at=OuterRef("created_at"), pk__lte=OuterRef("pk"))
        beside = WaitingEntry.objects.filter(workshop=OuterRef("workshop"), place=OuterRef("place"), state=WaitingEntry.State.WAITING)
        number = Subquery(beside.filter(ahead).order_by().values("workshop").annotate(n=Count("pk")).values("n"))
        return self.annotate(position=Case(When(state=WaitingEntry.State.WAITING, then=number), default=Value(0)))


class WaitingEntry(TimeStampedModel):
    """One person's wish for a seat, or for `party` seats together: all of them or none.

    An offer is a held seat (`Seat.offer`) until `offer_until`. Rows are kept; who joins again is a new row, at the end.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Has an offer")
        TAKEN = "taken", _("Has a seat")
        PASSED = "passed", _("Not taken up")
        LEFT = "left", _("Left the list")

    class Closing(models.TextChoices):
        SEATED = "seated", _("Took a seat")
        EXPIRED = "expired", _("The offer ran out")
        DECLINED = "declined", _("Declined the offer")
        LEFT = "left", _("Left by their own wish")
        REMOVED = "removed", _("Taken off by the school")
        BEGUN = "begun", _("The workshop has begun")
        CALLED_OFF = "called_off", _("The workshop does not take place")

    OPEN = (State.WAITING, State.OFFERED)

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="waiting")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waiting_entries")
    place = models.CharField(_("place"), max_length=6, choices=Seat.Place, default=Seat.Place.ROOM)
    party = models.PositiveSmallIntegerField(_("seats"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_AT_ONCE)])
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    closing = models.CharField(max_length=10, choices=Closing, blank=True, help_text=_("Why it is no longer open."))
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("The higher comes first; 0 for everybody else."))
    offered_at = models.DateTimeField(null=True, blank=True)
    offer_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    position: int  # added by with_position()

    objects = WaitingEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-priority", "created_at", "pk"]
        verbose_name_plural = "waiting entries"
        indexes = [models.Index(fields=["workshop", "-priority", "created_at"], condition=Q(state__in=["waiting", "offered"]), name="waiting_in_turn")]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "learner"], condition=Q(state__in=["waiting", "offered"]), name="one_open_entry_per_person"),
            models.CheckConstraint(condition=Q(party__gte=1, party__lte=MOST_AT_ONCE), name="an_entry_is_for_one_to_ten"),
            models.CheckConstraint(condition=~Q(state="offered") | Q(offer_until__isnull=False, offered_at__isnull=False), name="an_offer_says_until_when"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "offered"], closed_at__isnull=True, closing="")
                | (~Q(state__in=["waiting", "offered"]) & Q(closed_at__isnull=False) & ~Q(closing="")),
                name="a_closed_entry_says_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner} for {self.workshop}"

    @property
    def reference(self) -> str:
        """What the seats of its offer are held under."""
        return f"offer:{self.pk}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def has_offer(self) -> bool:
        return self.state == self.State.OFFERED
