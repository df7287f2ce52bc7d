"""Input of the officers' list."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SettleForm(forms.Form):
    note = forms.CharField(
        label=_("How it was settled"),
        max_length=2000,
        help_text=_("What was done, or why nothing has to be. It stays with the task and in the audit log."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
