"""What staff ask the lists of sales for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SalesFilter(forms.Form):
    """Words, a state and a span of days; `states` are the choices of the list it stands over (none: no such field)."""

    q = forms.CharField(label=_("Person, number or title"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=_("State"), required=False)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, states: list[tuple[str, Any]] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if states is None:
            del self.fields["state"]
        else:
            self.fields["state"].choices = [("", _("Any state")), *states]  # type: ignore[attr-defined]  # the stubs know plain fields only

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and not 1970 <= day.year <= 2999:  # the day after the last one that computers know is no day
                self.add_error(name, _("Choose a day after 1970."))
        if first and last and first > last:
            self.add_error("last", _("The last day is before the first. Turn them round."))
        return values

    def values(self) -> dict[str, Any]:
        """What was asked; nothing of a form that was filled in wrongly."""
        return self.cleaned_data if self.is_valid() else {}
