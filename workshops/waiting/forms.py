"""What people type about waiting lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from workshops.models import Seat, Workshop
from workshops.models.waiting import MOST_AT_ONCE


class JoinForm(forms.Form):
    """Where, if there is a choice, and for how many seats together. `wish` is what a link that led here asks for."""

    place = forms.ChoiceField(label=_("Where"), choices=Seat.Place.choices, widget=forms.RadioSelect)
    party = forms.IntegerField(
        label=_("Seats"), min_value=1, max_value=MOST_AT_ONCE, initial=1, help_text=_("For more than one person you are offered all of them together, or none.")
    )

    def __init__(self, *args: Any, workshop: Workshop, wish: Mapping[str, str] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        wish = wish or {}
        places = [(place, Seat.Place(place).label) for place in workshop.places]
        if len(places) == 1:
            self.fields["place"].widget = forms.HiddenInput()
            self.fields["place"].required = False
        self.fields["place"].initial = wish["place"] if wish.get("place") in dict(places) else places[0][0]
        self.fields["place"].choices = places  # type: ignore[attr-defined]  # a ChoiceField
        most = min(MOST_AT_ONCE, max(workshop.capacity_of(place) for place in workshop.places))
        self.fields["party"].widget.attrs["max"] = most
        if (party := wish.get("party", "")) in map(str, range(1, most + 1)):
            self.fields["party"].initial = int(party)

    def clean_place(self) -> str:
        return self.cleaned_data["place"] or self.fields["place"].initial


class CapacityForm(forms.Form):
    capacity = forms.IntegerField(label=_("Seats"), min_value=1, max_value=32_000)
    remote_capacity = forms.IntegerField(label=_("Remote seats"), min_value=0, max_value=32_000)

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["capacity"].initial, self.fields["remote_capacity"].initial = workshop.capacity, workshop.remote_capacity
        if workshop.format != Workshop.Format.HYBRID:
            self.fields["remote_capacity"].required = False
            self.fields["remote_capacity"].widget = forms.HiddenInput()

    def clean_remote_capacity(self) -> int:
        return self.cleaned_data["remote_capacity"] or 0


class AddForm(JoinForm):
    """Staff put a person on the list, at its end."""

    field_order = ["email", "place", "party"]
    email = forms.EmailField(label=_("Their e-mail address"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["party"].label = _("Seats they wait for")
        self.fields["party"].help_text = _("More than one are offered together, or not at all.")

    def clean_email(self) -> User:
        found = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has an account with this address. Ask them to sign up first."))
        return found


class PriorityForm(forms.Form):
    priority = forms.IntegerField(label=_("Priority"), min_value=-100, max_value=100, help_text=_("The higher comes first; 0 for everybody else."))
    reason = forms.CharField(label=_("Why"), max_length=300)
