"""Houses in which workshops are held."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_time_zone
from core.models import TimeStampedModel
from workshops.models.places import LATITUDE, LONGITUDE


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
    access_notes = models.TextField(_("access notes"), blank=True, help_text=_("Which door, stairs or lift, which room, step-free ways."))
    parking = models.TextField(_("parking"), blank=True, help_text=_("Where to park and what it costs; the stop of the bus."))

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
