"""Where a house stands."""

from __future__ import annotations

from typing import Any

from django import forms

from workshops.models import Venue


class VenueForm(forms.ModelForm):
    class Meta:
        model = Venue
        fields = ["name", "street", "city", "region", "postal_code", "country", "lat", "lng", "time_zone", "access_notes", "parking"]
        help_texts = {
            "lat": "Decimal degrees, north is positive: 30.4213 for Pensacola. Maps show it when you press long on a place.",
            "lng": "Decimal degrees, east is positive: -87.2169 for Pensacola.",
            "time_zone": "As in America/Chicago.",
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("lat") == 0 and values.get("lng") == 0:
            self.add_error("lat", "0, 0 lies in the sea off Africa. Enter where the venue stands.")
        return values
