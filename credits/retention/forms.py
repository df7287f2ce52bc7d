"""What an officer says of a legal hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from credits.models import Activity, Board


class HoldForm(forms.Form):
    person = forms.EmailField(label=_("A person, by e-mail address"), required=False)
    activity = forms.ModelChoiceField(
        Activity.objects.order_by("title", "pk"), label=_("Or a course or workshop"), required=False, empty_label=_("None"), help_text=_("All its completions.")
    )
    board = forms.ModelChoiceField(
        Board.objects.order_by("name"),
        label=_("Or a board"),
        required=False,
        to_field_name="code",
        empty_label=_("None"),
        help_text=_("All that was credited for it."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=2000,
        help_text=_("Who asks for it, and the number of their letter. Kept inside the school."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_person(self) -> User | None:
        address = self.cleaned_data["person"].strip().lower()
        found = User.objects.filter(email=address).first() if address else None
        if address and found is None:
            raise forms.ValidationError(_("Nobody is signed up with this address. Look it up among the completions."))
        return found

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class LiftForm(forms.Form):
    reason = forms.CharField(label=_("Why it is over"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
