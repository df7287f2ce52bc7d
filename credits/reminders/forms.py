"""When to be written to."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from credits.models.reminders import DAYS


def day_choices() -> list[tuple[int, str]]:
    return [(days, ngettext("%(days)s day before", "%(days)s days before", days) % {"days": days}) for days in DAYS]


class DaysForm(forms.Form):
    days = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=day_choices,
        label=_("Write to me"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day, or stop all reminders.")},
    )
