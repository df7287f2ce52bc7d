"""What people type about workshops."""

from __future__ import annotations

from typing import Any

from django import forms

from workshops.inputs import DateInput

RADII = [("25", "25 miles"), ("50", "50 miles"), ("100", "100 miles"), ("250", "250 miles"), ("", "Any distance")]


class NearMeForm(forms.Form):
    place = forms.CharField(
        required=False,
        max_length=80,
        label="City or ZIP code",
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "placeholder": "Pensacola, FL or 32501"}),
    )
    radius = forms.ChoiceField(required=False, choices=RADII, initial="100", label="Within")
    first = forms.DateField(required=False, label="From", widget=DateInput)
    last = forms.DateField(required=False, label="Until", widget=DateInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            self.add_error("last", "The last day lies before the first. Swap them, or leave one empty.")
        return values


class CancelWorkshopForm(forms.Form):
    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="Everyone who holds a seat reads this.")
