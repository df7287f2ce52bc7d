"""Workshops and the queries over them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from core import clock
from core.models import TimeStampedModel
from workshops.models.seats import Seat, is_taken
from workshops.models.venues import Venue


def _over() -> Q:
    left_behind = Q(ends_at__lt=clock.now()) & (Q(state=Workshop.State.DRAFT) | Q(seats_taken=0))
    return Q(state__in=(Workshop.State.COMPLETED, Workshop.State.CANCELLED)) | left_behind


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def published(self) -> WorkshopQuerySet:
        return self.filter(state=Workshop.State.PUBLISHED)

    def coming(self) -> WorkshopQuerySet:
        return self.published().filter(starts_at__gt=clock.now())

    def visible_to(self, user: Any) -> WorkshopQuerySet:
        """Everyone sees what is or was public; drafts are for those who may edit them."""
        public = ~Q(state=Workshop.State.DRAFT)
        if not user.is_authenticated:
            return self.filter(public)
        if user.has_role(Role.STAFF, Role.CE_OFFICER):
            return self
        return self.filter(public | Q(instructor=user))

    def editable_by(self, user: Any) -> WorkshopQuerySet:
        """Staff edit all, instructors their own, others none."""
        if user.has_role(Role.STAFF):
            return self
        return self.filter(instructor=user) if user.has_role(Role.INSTRUCTOR) else self.none()

    def roster_visible_to(self, user: Any) -> WorkshopQuerySet:
        return self if user.has_role(Role.CE_OFFICER) else self.editable_by(user)

    def over(self) -> WorkshopQuerySet:
        """Decided, called off, or left behind without anybody in it. Needs `with_seats_taken`."""
        return self.filter(_over())

    def at_hand(self) -> WorkshopQuerySet:
        """The others, what is to be done next first: those to come, and those whose attendance waits for a decision."""
        return self.exclude(_over()).order_by(F("starts_at").asc(nulls_last=True), "pk")

    def with_seats_taken(self) -> WorkshopQuerySet:
        """Adds `seats_taken` (given, or held) and of them `remote_taken`, so that a list shows free seats without a query per row."""
        return self.annotate(
            seats_taken=Count("seats", filter=is_taken("seats__")), remote_taken=Count("seats", filter=is_taken("seats__") & Q(seats__place=Seat.Place.REMOTE))
        )


class Series(TimeStampedModel):
    """Workshops that belong together: the same day repeated, or parts that follow one another."""

    title = models.CharField(_("title"), max_length=200)
    note = models.CharField(_("note"), max_length=300, blank=True, help_text=_("What joins its dates, for whoever looks for one."))

    class Meta:
        ordering = ["title", "pk"]
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.title


class Workshop(TimeStampedModel):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"

    class Format(models.TextChoices):
        """How one can be there. In a hybrid workshop each seat is in the room or remote (`Seat.place`)."""

        IN_PERSON = "in_person", _("In person")
        HYBRID = "hybrid", _("In person and online")
        ONLINE = "online", _("Online, live")

    class Level(models.TextChoices):
        ALL = "all", _("For everybody")
        FOUNDATION = "foundation", _("Foundation")
        ADVANCED = "advanced", _("Advanced")

    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    prerequisites = models.TextField(blank=True)
    what_to_bring = models.TextField("what to bring", blank=True)
    cancellation_policy = models.TextField("cancellation policy")
    activity = models.ForeignKey("credits.Activity", on_delete=models.PROTECT, related_name="+", help_text="What boards approved; it decides the credit.")
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="workshops")
    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="workshops_taught")
    instructor_name = models.CharField("instructor as announced", max_length=160)
    series = models.ForeignKey(Series, null=True, blank=True, on_delete=models.PROTECT, related_name="workshops")
    format = models.CharField(_("format"), max_length=10, choices=Format, default=Format.IN_PERSON)
    level = models.CharField(_("level"), max_length=12, choices=Level, default=Level.ALL)
    capacity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)], help_text=_("Seats in the room; of an online workshop, all its seats."))
    remote_capacity = models.PositiveSmallIntegerField(_("remote seats"), default=0, help_text=_("Seats of a hybrid workshop for people who join online."))
    join_url = models.URLField(
        _("address to join at"), blank=True, max_length=500, help_text=_("Only people with a remote seat see it, from the day before the workshop.")
    )
    join_notes = models.TextField(_("how to join"), blank=True, help_text=_("Meeting number, passcode, what to set up. Shown with the address."))
    waiver = models.ForeignKey(
        "workshops.Waiver", null=True, blank=True, on_delete=models.PROTECT, related_name="workshops", help_text=_("The text people accept before they come.")
    )
    is_free = models.BooleanField("free of charge", default=True, help_text="Otherwise a seat needs access granted by staff.")
    policy = models.ForeignKey(
        "workshops.CancellationPolicy",
        verbose_name=_("cancellation policy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="workshops",
        help_text=_("What goes back to somebody who cannot come; empty for the school's own."),
    )
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # Written by services.save_workshop and save_venue, so that one index answers "near me, soon".
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    lat = models.FloatField(editable=False)
    lng = models.FloatField(editable=False)
    # Written by services.save_workshop: seats taken before this instant were taken for another day, hour or place.
    terms_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Written by workshops.calendars: which version of the entry calendars were told (RFC 5545, SEQUENCE).
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)

    seats_taken: int  # added by with_seats_taken()
    remote_taken: int

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(capacity__gte=1), name="workshop_has_a_seat"),
            models.CheckConstraint(condition=Q(format="hybrid") | Q(remote_capacity=0), name="only_a_hybrid_workshop_has_remote_seats"),
            models.CheckConstraint(condition=Q(state="draft") | Q(starts_at__isnull=False, ends_at__isnull=False), name="an_announced_workshop_has_dates"),
            models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="workshop_ends_after_it_starts"),
        ]
        # With `id` and `format` in it a search near a place reads the index alone: a big city has thousands of rows, each on a page of its own.
        indexes = [models.Index(fields=["lat", "lng", "starts_at"], include=["id", "format"], condition=Q(state="published"), name="workshop_near_and_soon")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("workshops:workshop_detail", args=[self.slug])

    @property
    def subject(self) -> str:
        """What an entitlement to this workshop is called in `payments`."""
        return f"workshop:{self.pk}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.venue.time_zone)

    @property
    def has_started(self) -> bool:
        return self.starts_at is not None and self.starts_at <= clock.now()

    @property
    def has_ended(self) -> bool:
        return self.ends_at is not None and self.ends_at <= clock.now()

    @property
    def places(self) -> tuple[str, ...]:
        """Where seats are: in the room, online, or both."""
        if self.format == self.Format.HYBRID:
            return (Seat.Place.ROOM, Seat.Place.REMOTE)
        return (Seat.Place.REMOTE if self.format == self.Format.ONLINE else Seat.Place.ROOM,)

    @property
    def total_capacity(self) -> int:
        return self.capacity + self.remote_capacity

    def place_or_only(self, place: str) -> str:
        """`place` when the workshop has a choice of places, else the one it has."""
        return place if place in self.places else self.places[0]

    def capacity_of(self, place: str) -> int:
        if place not in self.places:
            return 0
        return self.remote_capacity if self.format == self.Format.HYBRID and place == Seat.Place.REMOTE else self.capacity

    def free_in(self, place: str) -> int:
        """Free seats of one place. Only after with_seats_taken()."""
        taken = self.remote_taken if place == Seat.Place.REMOTE else self.seats_taken - self.remote_taken
        return max(0, self.capacity_of(place) - taken)

    @property
    def seats_free(self) -> int:
        """Free seats of all places. Only after with_seats_taken()."""
        return sum(self.free_in(place) for place in self.places)
