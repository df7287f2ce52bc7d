"""What people type about waiting lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workshops.models import Seat, Workshop
from workshops.models.waiting import MOST_AT_ONCE


class JoinForm(forms.Form):
    """Where, if there is a choice, and for how many seats together."""

    place = forms.ChoiceField(label=_("Where"), choices=Seat.Place.choices, widget=forms.RadioSelect)
    party = forms.IntegerField(
        label=_("Seats"), min_value=1, max_value=MOST_AT_ONCE, initial=1, help_text=_("For more than one person you are offered all of them together, or none.")
    )

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any):
        super().__init__(*args, **kwargs)
        places = [(place, Seat.Place(place).label) for place in workshop.places]
        if len(places) == 1:
            self.fields["place"].widget = forms.HiddenInput()
            self.fields["place"].required = False
        self.fields["place"].initial = places[0][0]
        self.fields["place"].choices = places  # type: ignore[attr-defined]  # a ChoiceField
        most = min(MOST_AT_ONCE, max(workshop.capacity_of(place) for place in workshop.places))
        self.fields["party"].widget.attrs["max"] = most

    def clean_place(self) -> str:
        return self.cleaned_data["place"] or self.fields["place"].initial
