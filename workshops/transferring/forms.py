"""To whom a seat shall go."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TransferForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("We write there. They need no account yet."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
