"""Where on earth: the address book visitors search from, and the bounds of a position."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

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
    weight = models.PositiveIntegerField(default=1, help_text=_("About how many people live there; the larger of two namesakes comes first."))
    country = models.CharField(max_length=2, default="US", help_text=_("Two letters, such as US, CA or GB."))
    region = models.CharField(max_length=3, blank=True, help_text=_("State or province by its letters; of the United Kingdom ENG, SCT, WLS or NIR."))
    time_zone = models.CharField(max_length=64, blank=True, help_text=_("As in America/Chicago; empty where it is not known."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "search_key"], name="one_place_per_key")]
        indexes = [models.Index(fields=["search_key"], name="place_by_key", opclasses=["text_pattern_ops"])]

    def __str__(self) -> str:
        return self.label
