"""Venues, workshops, their schedule, seats and who was there."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.urls import reverse

from accounts.models import Role, validate_time_zone
from core import clock
from core.models import TimeStampedModel

LATITUDE = [MinValueValidator(-90), MaxValueValidator(90)]
LONGITUDE = [MinValueValidator(-180), MaxValueValidator(180)]


class Place(models.Model):
    """An address book of places a visitor may search from (loaded by `manage.py load_places`)."""

    class Kind(models.TextChoices):
        POSTAL_CODE = "postal_code", "Postal code"
        CITY = "city", "City"

    kind = models.CharField(max_length=12, choices=Kind)
    search_key = models.CharField(max_length=120, help_text="Lower case: “32501” or “pensacola, fl”.")
    label = models.CharField(max_length=120)
    lat = models.FloatField(validators=LATITUDE)
    lng = models.FloatField(validators=LONGITUDE)
    weight = models.PositiveIntegerField(default=1, help_text="How many postal codes it stands for; the larger of two namesakes comes first.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "search_key"], name="one_place_per_key")]
        indexes = [models.Index(fields=["search_key"], name="place_by_key", opclasses=["text_pattern_ops"])]

    def __str__(self) -> str:
        return self.label


class Venue(TimeStampedModel):
    name = models.CharField(max_length=160)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120)
    region = models.CharField("state or province", max_length=80, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, default="US", help_text="Two letters, such as US, CA or GB.")
    lat = models.FloatField("latitude", validators=LATITUDE)
    lng = models.FloatField("longitude", validators=LONGITUDE)
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    access_notes = models.TextField("access and parking", blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(lat__range=(-90, 90), lng__range=(-180, 180)), name="venue_lies_on_earth"),
            models.CheckConstraint(condition=~Q(lat=0, lng=0), name="venue_is_not_at_zero_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.town}"

    @property
    def town(self) -> str:
        return ", ".join(part for part in (self.city, self.region) if part)

    @property
    def address(self) -> str:
        last = " ".join(part for part in (self.region, self.postal_code) if part)
        return ", ".join(part for part in (self.street, self.city, last, self.country) if part)


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

    def with_seats_taken(self) -> WorkshopQuerySet:
        """Adds `seats_taken` (confirmed, or held for somebody who pays), so that a list shows free seats without a query per row."""
        return self.annotate(seats_taken=Count("seats", filter=is_taken("seats__")))


class Workshop(TimeStampedModel):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"

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
    capacity = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    is_free = models.BooleanField("free of charge", default=True, help_text="Otherwise a seat needs access granted by staff.")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # Written by services.set_schedule and set_venue, so that one index answers "near me, soon".
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    lat = models.FloatField(editable=False)
    lng = models.FloatField(editable=False)

    seats_taken: int  # added by with_seats_taken()

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(capacity__gte=1), name="workshop_has_a_seat"),
            models.CheckConstraint(condition=Q(state="draft") | Q(starts_at__isnull=False, ends_at__isnull=False), name="an_announced_workshop_has_dates"),
            models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="workshop_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["lat", "lng", "starts_at"], condition=Q(state="published"), name="workshop_near_and_soon")]

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


class Block(models.Model):
    """A stretch of a workshop's schedule. Only instruction counts towards hours."""

    class Kind(models.TextChoices):
        INSTRUCTION = "instruction", "Instruction"
        BREAK = "break", "Break"
        MEAL = "meal", "Meal"

    class Mode(models.TextChoices):
        HANDS_ON = "in_person_hands_on", "Hands-on"
        LECTURE = "in_person_lecture", "Lecture"

    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="blocks")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INSTRUCTION)
    mode = models.CharField(max_length=20, choices=Mode, default=Mode.HANDS_ON)
    topic = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="block_ends_after_it_starts")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        """Whole minutes of the block by the clock (elapsed time, so a DST night counts what passed)."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def counts(self) -> bool:
        return self.kind == self.Kind.INSTRUCTION


def is_taken(path: str = "") -> Q:
    """Seats that nobody else may have: confirmed, or held and not over by the database's clock."""
    return Q(**{f"{path}state": Seat.State.CONFIRMED}) | Q(**{f"{path}state": Seat.State.HELD, f"{path}hold_until__gt": Now()})


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
        return self.filter(is_taken())

    def coming_for(self, user: Any) -> SeatQuerySet:
        return self.confirmed().filter(learner=user, workshop__ends_at__gt=clock.now()).select_related("workshop__venue").order_by("workshop__starts_at")


class Seat(TimeStampedModel):
    """One person's place in one workshop. Rows are kept: a cancelled seat taken again is a new row.

    A seat that is paid for begins as held, under the `reference` of what the person pays for, until `hold_until`; a hold
    that is over frees its place at that instant. `hold_until` goes when the seat is confirmed, so a cancelled seat that
    still has one was never anybody's.
    """

    class State(models.TextChoices):
        HELD = "held", "Held"
        CONFIRMED = "confirmed", "Confirmed"
        CANCELLED = "cancelled", "Cancelled"

    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="seats")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats")
    state = models.CharField(max_length=10, choices=State, default=State.CONFIRMED)
    reference = models.CharField(max_length=80, blank=True, help_text="What paid for it, in the words of payments; empty when nobody paid.")
    hold_until = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "learner"], condition=Q(state__in=["held", "confirmed"]), name="one_seat_per_person_and_workshop"),
            models.UniqueConstraint(
                fields=["workshop", "reference"], condition=Q(state__in=["held", "confirmed"]) & ~Q(reference=""), name="one_seat_per_reference_and_workshop"
            ),
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


class Attendance(models.Model):
    """An append-only log of arrivals and departures; a mistake is annulled by a later row, never changed.

    A trigger refuses update and delete. `nonce` makes a repeated entry (double click, retry) a no-op.
    """

    class Kind(models.TextChoices):
        IN = "in", "Arrived"
        OUT = "out", "Left"
        ANNUL = "annul", "Annulled"

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="attendance")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="attendance")
    kind = models.CharField(max_length=5, choices=Kind)
    at = models.DateTimeField(help_text="When the person arrived or left.")
    annuls = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="annulled_by")
    nonce = models.UUIDField(unique=True, default=uuid.uuid4)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="annul", annuls__isnull=False) | (~Q(kind="annul") & Q(annuls__isnull=True)), name="an_annulment_names_what_it_annuls"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} {self.kind} {self.at:%Y-%m-%d %H:%M}"


class WorkshopCompletion(TimeStampedModel):
    """The decision that a person attended a workshop, with its trace, and the dossier handed to `credits`."""

    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="completion")
    completed_at = models.DateTimeField()
    completed_on = models.DateField(help_text="Civil date at the venue.")
    trace = models.JSONField()
    dossier = models.ForeignKey("credits.Dossier", on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.seat} on {self.completed_on}"
