"""Where people want a workshop: pins, the towns in which they are many, and who may book first."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from workshops.models.asking import Asked, AskedQuerySet
from workshops.models.places import LATITUDE, LONGITUDE
from workshops.models.workshops import Workshop

MOST_PEOPLE = 10
FIRST_BOOKING_HOURS = 72


class DemandThreshold(models.Model):
    """How many seats have to be asked for around one town before the school is told, for each level."""

    level = models.CharField(_("level"), max_length=12, choices=Workshop.Level, primary_key=True)
    seats = models.PositiveSmallIntegerField(_("seats"), default=8, validators=[MinValueValidator(2), MaxValueValidator(500)])
    is_on = models.BooleanField(_("tell us"), default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(seats__gte=2), name="a_threshold_is_more_than_one_seat")]

    def __str__(self) -> str:
        return f"{self.get_level_display()}: {self.seats}"


class DemandCall(TimeStampedModel):
    """A town in which enough people ask for a workshop: one task for the staff, however often it is counted."""

    class State(models.TextChoices):
        OPEN = "open", _("To decide")
        DRAFTED = "drafted", _("Draft opened")
        ANNOUNCED = "announced", _("Announced")
        SET_ASIDE = "set_aside", _("Set aside")

    level = models.CharField(max_length=12, choices=Workshop.Level)
    label = models.CharField(max_length=120)
    lat = models.FloatField(validators=LATITUDE)
    lng = models.FloatField(validators=LONGITUDE)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    workshop = models.OneToOneField(Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="demand_call")
    gap = models.CharField(max_length=300, blank=True, help_text="Why no draft was opened by itself.")
    look_again_on = models.DateField(null=True, blank=True, help_text="Set aside until this day; then its pins are counted anew.")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="set_aside") | Q(look_again_on__isnull=False), name="what_is_set_aside_comes_back"),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.get_level_display()})"

    @property
    def is_live(self) -> bool:
        return self.state in (self.State.OPEN, self.State.DRAFTED)


class Pin(Asked):
    """“Bring SMRT to my town”: a place, how far one would travel, when, and for how many people."""

    class Unit(models.TextChoices):
        MILES = "mi", _("miles")
        KM = "km", _("km")

    label = models.CharField(max_length=120)
    lat = models.FloatField(validators=LATITUDE)
    lng = models.FloatField(validators=LONGITUDE)
    radius = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    unit = models.CharField(max_length=2, choices=Unit, default=Unit.MILES)
    radius_km = models.FloatField(editable=False, help_text="The same radius in the unit that is computed with.")
    months = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, help_text="1 to 12; none means any month.")
    level = models.CharField(_("level"), max_length=12, choices=Workshop.Level, default=Workshop.Level.ALL, help_text="“For everybody” means that any will do.")
    people = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_PEOPLE)])
    note = models.CharField(_("note"), max_length=300, blank=True)
    call = models.ForeignKey(DemandCall, null=True, blank=True, on_delete=models.SET_NULL, related_name="pins")
    answered_by = models.ForeignKey(Workshop, null=True, blank=True, on_delete=models.SET_NULL, related_name="pins_answered")

    objects = AskedQuerySet.as_manager()

    class Meta(Asked.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            *Asked.Meta.constraints,
            models.CheckConstraint(condition=Q(lat__range=(-90, 90), lng__range=(-180, 180)), name="pin_lies_on_earth"),
            models.CheckConstraint(condition=Q(people__range=(1, MOST_PEOPLE)), name="a_pin_is_for_one_to_ten_people"),
        ]
        indexes = [models.Index(fields=["lat", "lng"], condition=Q(state="active"), name="pin_near")]

    def __str__(self) -> str:
        return self.label


class FirstBooking(TimeStampedModel):
    """Hours after the announcement in which only those who had asked may take seats. It begins when the workshop is announced."""

    workshop = models.OneToOneField(Workshop, on_delete=models.CASCADE, related_name="first_booking")
    hours = models.PositiveSmallIntegerField(_("hours"), default=FIRST_BOOKING_HOURS, validators=[MinValueValidator(1), MaxValueValidator(720)])
    begins_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(begins_at__isnull=True, ends_at__isnull=True) | Q(begins_at__isnull=False, ends_at__gte=models.F("begins_at")),
                name="first_booking_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.workshop}: {self.hours} h"

    def is_on(self, at: datetime) -> bool:
        return self.begins_at is not None and self.ends_at is not None and self.begins_at <= at < self.ends_at


class FirstBookingGuest(models.Model):
    """Somebody who may book first: who had asked, or (with `host`) whom such a person brings on the seats they asked for."""

    first_booking = models.ForeignKey(FirstBooking, on_delete=models.CASCADE, related_name="guests")
    pin = models.ForeignKey(Pin, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(blank=True)
    people = models.PositiveSmallIntegerField(default=1)
    host = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="brought")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first_booking", "user"], condition=Q(user__isnull=False), name="one_first_booking_per_person"),
            models.UniqueConstraint(fields=["first_booking", "email"], condition=~Q(email=""), name="one_first_booking_per_address"),
            models.CheckConstraint(condition=Q(user__isnull=False, email="") | (Q(user__isnull=True) & ~Q(email="")), name="a_guest_is_a_person_or_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.email} ({self.people})"
