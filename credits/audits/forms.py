"""What an officer says when asking for a pack."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from credits.forms import DayField
from credits.models import Activity, Board


class PackForm(forms.Form):
    learner = forms.EmailField(label=_("Learner's e-mail address"), required=False, help_text=_("Leave empty for everybody."))
    activity = forms.ModelChoiceField(Activity.objects.order_by("title", "pk"), label=_("Course or workshop"), required=False, empty_label=_("All of them"))
    board = forms.ModelChoiceField(
        Board.objects.order_by("name"),
        label=_("Board"),
        required=False,
        to_field_name="code",
        empty_label=_("All of them"),
        help_text=_("With a board chosen, the pack holds what counts for it or rests on its approval, and nothing of other boards."),
    )
    first_day = DayField(label=_("Completed from"), required=False)
    last_day = DayField(label=_("Completed until"), required=False)
    purpose = forms.CharField(label=_("Who asks, and their letter's number"), max_length=300, help_text=_("Stands in the pack and in the log of downloads."))

    def clean_learner(self) -> User | None:
        address = self.cleaned_data["learner"].strip().lower()
        found = User.objects.filter(email=address).first() if address else None
        if address and found is None:
            raise forms.ValidationError(_("Nobody is signed up with this address. Look it up among the completions."))
        return found

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
