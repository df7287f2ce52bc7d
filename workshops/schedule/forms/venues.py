"""Where a house stands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.time_zones import time_zone_choices
from workshops.models import Venue
from workshops.schedule.positions import doubt, towns_of, zone_at


def _zones() -> list[Any]:
    return [("", gettext_lazy("As at that position")), *time_zone_choices()]


class VenueForm(forms.ModelForm):
    """Position and time zone may stay empty: the address book knows the town's."""

    lat = forms.FloatField(
        label=gettext_lazy("Latitude"), required=False, help_text=gettext_lazy("Decimal degrees, north is positive: 30.4213 for Pensacola. Empty: the town’s.")
    )
    lng = forms.FloatField(
        label=gettext_lazy("Longitude"), required=False, help_text=gettext_lazy("Decimal degrees, east is positive: -87.2169 for Pensacola. Empty: the town’s.")
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False, choices=_zones)

    class Meta:
        model = Venue
        fields = ["name", "street", "city", "region", "postal_code", "country", "lat", "lng", "time_zone", "access_notes", "parking"]

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        towns = towns_of(**{name: values[name] for name in ("city", "region", "postal_code", "country")})
        if (values["lat"] is None) != (values["lng"] is None):
            self.add_error("lng" if values["lng"] is None else "lat", _("Enter both latitude and longitude, or neither."))
        elif values["lat"] is None and not towns:
            self.add_error("lat", _("We do not know this town. Enter latitude and longitude: maps show them when you press long on a place."))
        elif values["lat"] is None:
            values["lat"], values["lng"] = towns[0].lat, towns[0].lng
        elif sentence := doubt(values["lat"], values["lng"], towns):
            self.add_error("lat", sentence)
        if not self.errors and not values["time_zone"]:
            values["time_zone"] = zone_at(values["lat"], values["lng"], towns)
            if not values["time_zone"]:
                self.add_error("time_zone", _("We do not know the time zone there. Choose it."))
        return values
