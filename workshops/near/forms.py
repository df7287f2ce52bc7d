"""What people say when they look for a workshop near them; also what the parameters of an address are checked by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import parse_money
from workshops.inputs import DateInput
from workshops.models import Workshop

# In this order they stand in an address.
PARAMETERS = ("place", "lat", "lng", "radius", "unit", "first", "last", "attend", "level", "board", "price", "seats", "sort")
RADII = (10, 25, 50, 100, 250, 500)
USUAL_RADIUS = 100
MORE = ("last", "attend", "level", "board", "price", "seats")  # folded away on the page until asked for
MOST_RADIUS = 25_000  # from anywhere to everywhere
MOST_SEATS = 50
UNITS = [("mi", gettext_lazy("miles")), ("km", gettext_lazy("km"))]
ATTEND = [("", gettext_lazy("Any way")), ("room", gettext_lazy("In the room")), ("remote", gettext_lazy("Online"))]
SORTS = [("distance", gettext_lazy("Distance")), ("date", gettext_lazy("Date"))]
POLAR = -60  # south of it nobody lives who would not know


class NearMeForm(forms.Form):
    """Nothing has to be filled in. Unknown names are left alone, so that a shared address may carry more than a search."""

    place = forms.CharField(
        required=False,
        max_length=80,
        label=gettext_lazy("City or ZIP code"),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "placeholder": gettext_lazy("Pensacola, FL or 32501")}),
    )
    radius = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label=gettext_lazy("Within"), initial=str(USUAL_RADIUS))
    unit = forms.ChoiceField(required=False, choices=UNITS, label=gettext_lazy("Counted in"))
    first = forms.DateField(required=False, label=gettext_lazy("From"), widget=DateInput)
    last = forms.DateField(required=False, label=gettext_lazy("Until"), widget=DateInput)
    attend = forms.ChoiceField(required=False, choices=ATTEND, label=gettext_lazy("Take part"))
    level = forms.ChoiceField(required=False, choices=[("", gettext_lazy("Any level")), *Workshop.Level.choices], label=gettext_lazy("Level"))
    board = forms.SlugField(required=False, max_length=60, label=gettext_lazy("Counts for"))
    price = forms.CharField(required=False, max_length=20, label=gettext_lazy("Price up to"), help_text=gettext_lazy("0 for free workshops"))
    seats = forms.IntegerField(required=False, min_value=0, max_value=MOST_SEATS, label=gettext_lazy("Seats left, at least"))
    sort = forms.ChoiceField(required=False, choices=SORTS, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.fields["radius"].choices = [*((str(step), str(step)) for step in self._radii()), ("", _("Any distance"))]  # type: ignore[attr-defined]  # a choice field

    @property
    def has_more(self) -> bool:
        """Whether one of the wishes that are folded away is set, or wrong."""
        return any(self[name].value() or self[name].errors for name in MORE)

    def offer_boards(self, boards: list[tuple[str, str]]) -> None:
        """Let the page choose a board by its name; one from an address somebody made elsewhere stays as it is."""
        known = {code for code, _name in boards}
        asked = str(self["board"].value() or "")
        own = [(asked, asked)] if asked and asked not in known else []
        self.fields["board"].widget = forms.Select(choices=[("", _("Any board")), *boards, *own])

    def _radii(self) -> list[int]:
        """The usual ones, and the one of an address somebody made elsewhere."""
        asked = str((self.data or {}).get("radius", "")).strip()
        own = {int(asked)} if asked.isascii() and asked.isdigit() and len(asked) <= 5 and int(asked) <= MOST_RADIUS else set()
        return sorted({*RADII, *own})

    def clean_place(self) -> str:
        return " ".join(self.cleaned_data["place"].replace("\x00", "").split())

    def clean_unit(self) -> str:
        return self.cleaned_data["unit"] or "mi"

    def clean_seats(self) -> int:
        return self.cleaned_data["seats"] or 0

    def clean_sort(self) -> str:
        return "date" if self.cleaned_data["sort"] == "date" else ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            self.add_error("last", _("The last day lies before the first. Swap them, or leave one empty."))
        values["max_price"] = self._price(values.get("price", ""))
        self._check_position(values)
        return values

    def _price(self, typed: str) -> int | None:
        if not typed.strip():
            return None
        try:
            return 0 if typed.strip().lower() in ("free", _("free")) else parse_money(typed, settings.PAYMENTS_CURRENCY)
        except ValidationError as error:
            self.add_error("price", error)
            return None

    def _check_position(self, values: dict[str, Any]) -> None:
        if "lat" not in values or "lng" not in values:
            return
        lat, lng = values["lat"], values["lng"]
        if (lat is None) != (lng is None):
            self.add_error("place", _("Your position is not complete: it needs lat and lng. Or type a town or a ZIP code."))
        elif lat is not None:
            if problem := position_problem(lat, lng):
                self.add_error("place", problem)
            else:
                values["lat"], values["lng"] = round(lat, 4), round(lng, 4)


def position_problem(lat: float, lng: float) -> str:
    """Why a position cannot be meant, and what to do; empty when it can."""
    can_swap = -90 <= lng <= 90 and -180 <= lat <= 180
    if can_swap and (not -90 <= lat <= 90 or lat < POLAR <= lng):
        words = {"lat": f"{lng:g}", "lng": f"{lat:g}"}
        return _("Latitude and longitude look swapped. Did you mean latitude %(lat)s and longitude %(lng)s?") % words
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return _("This position lies nowhere on earth: latitude goes from -90 to 90, longitude from -180 to 180.")
    if lat == 0 and lng == 0:
        return _("0, 0 lies in the sea off Africa, and is what a device says that does not know. Type a town or a ZIP code.")
    return ""
