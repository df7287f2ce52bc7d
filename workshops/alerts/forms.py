"""How often an alert writes, and to whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from workshops.models import SearchAlert


class PaceForm(forms.Form):
    pace = forms.ChoiceField(
        choices=SearchAlert.Pace.choices, initial=SearchAlert.Pace.DAILY, label=gettext_lazy("When shall we write?"), widget=forms.RadioSelect
    )

    @property
    def wish(self) -> str:
        """What the person chose. Only after `is_valid`."""
        return str(self.cleaned_data["pace"])


class AlertForm(PaceForm):
    """A stranger adds an address."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("We send one message with a link. The alert is on once you open it and confirm."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, asks_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_address:
            del self.fields["email"]
