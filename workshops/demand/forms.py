"""What people type about the workshop they want, and what staff type about towns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from core.money import parse_money
from credits.models import Activity
from workshops.demand.drafts import DraftWish, venues_near
from workshops.demand.pins import PinInput
from workshops.demand.words import PIN_LEVELS
from workshops.models import FIRST_BOOKING_HOURS, DemandCall, DemandThreshold, Pin, Place, Workshop
from workshops.near.forms import position_problem
from workshops.near.geo import KM_PER_MILE, Point
from workshops.near.places import ask_place, nearest_place, search_key

RADII = (25, 50, 100, 150, 250)
MONTH_CHOICES = [(number, name) for number, name in MONTHS.items()]


def label_of(point: Point) -> str:
    """What a position is called: the nearest town of the address book, or its degrees where none is near."""
    town = nearest_place(point)
    return town.label if town else f"{point.lat:.2f}, {point.lng:.2f}"


class PinForm(forms.Form):
    """A place as typed or as the device says, and what is wanted there. A stranger adds an address."""

    place = forms.CharField(
        max_length=80,
        label=gettext_lazy("Your town or ZIP code"),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "placeholder": "Mobile, AL or 36602"}),
    )
    which = forms.CharField(required=False, max_length=20, label=gettext_lazy("Which place do you mean?"), widget=forms.RadioSelect)
    radius = forms.TypedChoiceField(coerce=int, initial=50, label=gettext_lazy("How far would you travel?"), choices=[(far, str(far)) for far in RADII])
    unit = forms.ChoiceField(choices=Pin.Unit.choices, initial=Pin.Unit.MILES, label=gettext_lazy("Miles or kilometres"))
    level = forms.ChoiceField(choices=PIN_LEVELS, initial=Workshop.Level.ALL, label=gettext_lazy("Level"))
    people = forms.IntegerField(
        min_value=1, max_value=10, initial=1, label=gettext_lazy("For how many people?"), help_text=gettext_lazy("You, and colleagues you would bring.")
    )
    months = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=MONTH_CHOICES,
        label=gettext_lazy("In which months?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Tick none if any month suits you."),
    )
    note = forms.CharField(
        required=False, max_length=300, label=gettext_lazy("Anything we should know?"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The school’s staff read this."),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("We send one message with a link. Your pin counts once you open it and confirm."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    lng = forms.FloatField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_address: bool = False, pin: Pin | None = None, **kwargs: Any) -> None:
        if pin:
            kwargs["initial"] = {name: getattr(pin, name) for name in ("radius", "unit", "level", "people", "months", "note")} | {"place": pin.label}
        super().__init__(*args, **kwargs)
        self.pin = pin
        self.is_ambiguous = False
        if not asks_address:
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "place" in values and not self.errors.get("lat") and not self.errors.get("lng"):
            values["found"] = self._place(values)
        return values

    def _place(self, values: dict[str, Any]) -> tuple[str, float, float] | None:
        lat, lng, typed = values.get("lat"), values.get("lng"), values["place"]
        if lat is not None and lng is not None:
            if problem := position_problem(lat, lng):
                self.add_error("place", problem)
                return None
            return label_of(Point(lat, lng)), lat, lng
        if self.pin and typed == self.pin.label:
            return self.pin.label, self.pin.lat, self.pin.lng
        answer = ask_place(typed)
        if answer.sentence:
            self.add_error("place", answer.sentence)
            return None
        found = answer.places
        chosen = self._chosen(found, typed)
        if chosen is None:
            self.is_ambiguous = True
            self.fields["which"].widget.choices = [(str(place.pk), place.label) for place in found]
            self.add_error("place", _("There is more than one place of this name. Choose yours below."))
            return None
        return chosen.label, chosen.lat, chosen.lng

    def _chosen(self, found: list[Place], typed: str) -> Place | None:
        ticked = self.cleaned_data.get("which", "")
        if here := [place for place in found if str(place.pk) == ticked]:
            return here[0]
        exact = [place for place in found if search_key(typed) in (place.search_key, place.label.lower())]
        return exact[0] if len(exact) == 1 else (found[0] if len(found) == 1 else None)

    @property
    def wish(self) -> PinInput:
        values = self.cleaned_data
        label, lat, lng = values["found"]
        return PinInput(label, lat, lng, values["radius"], values["unit"], tuple(values["months"]), values["level"], values["people"], values["note"])


class MapForm(forms.Form):
    """Which part of the demand staff look at, and the price they reckon with."""

    level = forms.ChoiceField(required=False, label=gettext_lazy("Level"), choices=[("", gettext_lazy("All pins")), *Workshop.Level.choices])
    month = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=gettext_lazy("Month"), choices=[("", gettext_lazy("Any month")), *MONTH_CHOICES]
    )
    price = forms.CharField(
        required=False, max_length=12, label=gettext_lazy("Price of a seat"), widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": "349"})
    )

    def clean_price(self) -> int | None:
        typed = self.cleaned_data["price"]
        return parse_money(typed, "usd") if typed else None


class DraftForm(forms.Form):
    """The draft for a town. Its dates follow on the workshop's own page."""

    title = forms.CharField(max_length=200, label=gettext_lazy("Title"))
    activity = forms.ModelChoiceField(Activity.objects.none(), label=gettext_lazy("Activity"), help_text=gettext_lazy("What boards approved."))
    venue = forms.ChoiceField(label=gettext_lazy("Venue"))
    instructor = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Instructor"))
    capacity = forms.IntegerField(min_value=1, max_value=500, label=gettext_lazy("Seats"))
    hours = forms.IntegerField(
        min_value=0,
        max_value=720,
        initial=FIRST_BOOKING_HOURS,
        label=gettext_lazy("First booking, in hours"),
        help_text=gettext_lazy("So long after the announcement only those who asked can take seats. 0 opens it for everybody at once."),
    )

    def __init__(self, *args: Any, call: DemandCall, like: Workshop | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.like = like
        near = venues_near(call.lat, call.lng)
        self.venues = {str(venue.pk): venue for venue, _far in near}
        self.fields["activity"].queryset = Activity.objects.order_by("title")  # type: ignore[attr-defined]  # a choice of rows
        teachers = User.objects.filter(role_assignments__role=Role.INSTRUCTOR, is_active=True).distinct().order_by("email")
        self.fields["instructor"].queryset = teachers  # type: ignore[attr-defined]
        words = _("%(venue)s, %(miles)s miles from the town")
        self.fields["venue"].choices = [  # type: ignore[attr-defined]
            (str(venue.pk), words % {"venue": venue, "miles": round(far / KM_PER_MILE)}) for venue, far in near
        ]

    @property
    def wish(self) -> DraftWish:
        values = self.cleaned_data
        venue = self.venues[values["venue"]]
        return DraftWish(values["title"], values["activity"], venue, values["instructor"], values["capacity"], values["hours"], self.like)


class AsideForm(forms.Form):
    until = forms.DateField(label=gettext_lazy("Ask me again on"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(required=False, max_length=300, label=gettext_lazy("Why not now?"))


class ThresholdForm(forms.ModelForm):
    class Meta:
        model = DemandThreshold
        fields = ["seats", "is_on"]


class HoursForm(forms.Form):
    hours = forms.IntegerField(
        min_value=0, max_value=720, label=gettext_lazy("Hours"), help_text=gettext_lazy("0 opens it for everybody at once. 72 hours are usual.")
    )
