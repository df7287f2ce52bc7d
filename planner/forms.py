"""What people say of the route they want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.models import Licence
from planner.wishes import HOURS, HOURS_PER_WEEK, MARGIN_DAYS, MARGINS, Origin, Wishes
from workshops.models import Place
from workshops.near.places import find_places

MARGIN_WORDS = {0: gettext_lazy("On the deadline itself"), 14: gettext_lazy("2 weeks before"), 30: gettext_lazy("30 days before")}
MARGIN_WORDS |= {60: gettext_lazy("60 days before"), 90: gettext_lazy("90 days before")}


class PlanForm(forms.Form):
    """Nothing has to be filled in: every licence, no place, 30 days' margin, 4 hours a week."""

    licences = forms.MultipleChoiceField(required=False, label=gettext_lazy("For which licences"), widget=forms.CheckboxSelectMultiple)
    place = forms.CharField(
        required=False,
        max_length=80,
        label=gettext_lazy("From which town or ZIP code"),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "placeholder": "Pensacola, FL or 32501"}),
    )
    margin = forms.TypedChoiceField(required=False, coerce=int, label=gettext_lazy("Be done"), choices=[(days, MARGIN_WORDS[days]) for days in MARGINS])
    hours = forms.TypedChoiceField(
        required=False,
        coerce=int,
        label=gettext_lazy("Home study a week"),
        choices=[(hours, gettext_lazy("%(hours)s hours") % {"hours": hours}) for hours in HOURS],
    )
    lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    replaces = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, licences: Sequence[Licence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.other_places: list[Place] = []
        self.fields["licences"].choices = [(str(licence.pk), str(licence)) for licence in licences]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["origin"] = self._origin(values)
        return values

    def _origin(self, values: dict[str, Any]) -> Origin | None:
        lat, lng, place = values.get("lat"), values.get("lng"), values.get("place", "")
        if lat is not None and lng is not None:
            return Origin(place or _("Your position"), lat, lng)
        if (lat is None) != (lng is None):
            self.add_error("place", _("Your position is not complete. Type a town or a ZIP code."))
            return None
        if not place:
            return None
        found = find_places(place)
        if not found:
            self.add_error("place", _("We do not know “%(place)s”. Try a ZIP code, or a town with its state, such as “Mobile, AL”.") % {"place": place})
            return None
        self.other_places = found[1:]
        return Origin(found[0].label, found[0].lat, found[0].lng)

    @property
    def wishes(self) -> Wishes:
        """What was asked for; where a field is wrong, its default."""
        values = self.cleaned_data
        margin = values.get("margin")
        return Wishes(
            licences=tuple(int(pk) for pk in values.get("licences", [])),
            origin=values.get("origin"),
            margin_days=margin if isinstance(margin, int) else MARGIN_DAYS,
            hours_per_week=values.get("hours") or HOURS_PER_WEEK,
        )


class NameForm(forms.Form):
    name = forms.CharField(max_length=100, label=gettext_lazy("Name of the route"))
