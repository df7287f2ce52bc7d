"""What people type about workshops."""

from __future__ import annotations

from django import forms


class CancelWorkshopForm(forms.Form):
    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="Everyone who holds a seat reads this.")
