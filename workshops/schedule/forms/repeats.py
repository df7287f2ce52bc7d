"""On which other days a workshop is held, and what its dates are called together."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workshops.inputs import DateInput
from workshops.models import Series
from workshops.schedule.repeats import MOST, following_days

HOW = [
    ("weekly", gettext_lazy("every so many weeks, on the same weekday")),
    ("monthly_weekday", gettext_lazy("every so many months, on the same weekday of the month (such as the second Saturday)")),
    ("monthly_day", gettext_lazy("every so many months, on the same day of the month")),
    ("dates", gettext_lazy("on the days I type below")),
]


class RepeatForm(forms.Form):
    """The rule that proposes days; each can be changed before anything is made."""

    how = forms.ChoiceField(label=gettext_lazy("Repeat it"), choices=HOW, initial="weekly")
    every = forms.IntegerField(label=gettext_lazy("Every how many weeks or months"), required=False, initial=1, min_value=1, max_value=52)
    count = forms.IntegerField(label=gettext_lazy("How many more dates"), required=False, initial=4, min_value=1, max_value=MOST)
    dates = forms.CharField(
        label=gettext_lazy("Days"), required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("One on a line, as in 2027-03-06.")
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("how") == "dates" and "dates" not in self.errors:
            values["days"] = self._typed_days(values.get("dates", ""))
        return values

    def _typed_days(self, text: str) -> list[date]:
        days = []
        for line in text.split():
            try:
                days.append(date.fromisoformat(line))
            except ValueError:
                self.add_error("dates", _("“%(line)s” is not a day. Type each as in 2027-03-06, one on a line.") % {"line": line[:40]})
        if not days and not self.errors:
            self.add_error("dates", _("Type at least one day."))
        if len(days) > MOST:
            self.add_error("dates", _("At most %(most)s dates can be made at once.") % {"most": MOST})
        return sorted(set(days))

    def days_after(self, first: date) -> list[date]:
        """The days that the rule proposes for a workshop that begins on `first`. Only after `is_valid`."""
        values = self.cleaned_data
        if values["how"] == "dates":
            return cast(list[date], values["days"])
        return following_days(first, how=values["how"], every=values.get("every") or 1, count=values.get("count") or 1)


class PlannedDayForm(forms.Form):
    """One proposed day."""

    day = forms.DateField(label=gettext_lazy("First day"), widget=DateInput)
    make = forms.BooleanField(label=gettext_lazy("Make this one"), required=False, initial=True)


PlannedDayFormSet = forms.formset_factory(PlannedDayForm, extra=0, max_num=MOST, absolute_max=MOST)


class DuplicateForm(forms.Form):
    day = forms.DateField(label=gettext_lazy("First day of the copy"), widget=DateInput)


class SeriesForm(forms.ModelForm):
    class Meta:
        model = Series
        fields = ["title", "note"]
