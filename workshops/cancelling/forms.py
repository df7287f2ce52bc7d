"""What staff and people say when a workshop is called off."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from core import clock
from workshops.models import CallOffEntry, Workshop
from workshops.moving.quotes import other_dates
from workshops.subjects import dated

Action = CallOffEntry.Action
DEFAULTS = [
    (Action.REFUND, _("Everybody gets the money back now")),
    (Action.MOVE, _("Everybody is moved to the date below; who does not fit gets the money back")),
    (Action.ASK, _("Everybody chooses another date or the money, until the day below; who does not answer gets the money back")),
]
FOR_ONE = [
    ("", _("As everybody")),
    (Action.REFUND, _("Money back, as far as something was paid")),
    (Action.MOVE, _("Move")),
    (Action.ASK, _("Let them choose")),
]


class DateChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return dated(obj)


class CallOffForm(forms.Form):
    default = forms.ChoiceField(label=_("What becomes of seats and money"), choices=DEFAULTS, initial=Action.REFUND, widget=forms.RadioSelect)
    to = DateChoice(
        label=_("The other date"),
        queryset=Workshop.objects.none(),
        required=False,
        empty_label=_("None"),
        help_text=_("Nobody pays more for it; what it costs less goes back."),
    )
    choose_until = forms.DateField(
        label=_("People choose until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The whole of that day, where the workshop is."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        error_messages={"required": _("Say why: everybody who has a seat reads it.")},
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody who has a seat reads this."),
    )

    def __init__(self, *args: Any, workshop: Workshop, is_final: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.workshop, self.is_final = workshop, is_final
        self.fields["reason"].required = is_final or not self.is_bound  # a look at the totals needs none
        self.fields["to"].queryset = other_dates(workshop)  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        wishes = {values.get("default"), *self.choices().values()}
        if Action.MOVE in wishes and not values.get("to") and "to" not in self.errors:
            self.add_error("to", _t("Choose the date to which people are moved."))
        if Action.ASK in wishes and "choose_until" not in self.errors:
            until = self.until()
            if until is None or until <= clock.now():
                self.add_error("choose_until", _t("Choose a day to come."))
        self.fields["reason"].required = True  # as the page says it again
        return values

    def until(self) -> datetime | None:  # the end of that day at the venue
        day = self.cleaned_data.get("choose_until")
        return datetime.combine(day, time(23, 59, 59), tzinfo=self.workshop.zone) if day else None

    def choices(self) -> dict[int, str]:
        """What was said for single seats, by primary key; what is no choice is as everybody's."""
        known = {str(value) for value, _label in FOR_ONE if value}
        found = {}
        for name, value in self.data.items():
            key = name.removeprefix("seat-")
            if name != key and key.isdecimal() and len(key) < 18 and value in known:
                found[int(key)] = str(value)
        return found
