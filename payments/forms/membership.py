from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

MONTHS = [(1, _("one month")), (2, _("two months")), (3, _("three months"))]


class PauseForm(forms.Form):
    months = forms.TypedChoiceField(label=_("Pause for"), choices=MONTHS, coerce=int)
