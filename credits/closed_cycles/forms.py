"""Input of a decision about a closed cycle."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import ClosedCycle


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What follows"), choices=ClosedCycle.DECISIONS, widget=forms.RadioSelect)
    word = forms.CharField(
        label=_("A word to the learner"),
        required=False,
        max_length=1000,
        help_text=_("Goes into their mail and onto their page."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = forms.CharField(label=_("Why"), max_length=2000, help_text=_("Kept inside the school."), widget=forms.Textarea(attrs={"rows": 3}))
