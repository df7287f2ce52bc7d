"""Input of an import."""

from __future__ import annotations

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("The CSV, or a ZIP with the CSV and the PDFs"),
        help_text=_("At most 200 MB, 5,000 lines, 2 MB for each PDF."),
        validators=[FileExtensionValidator(["csv", "zip"])],
    )
    source = forms.CharField(
        label=_("Where they come from"),
        max_length=500,
        help_text=_("Such as “the school’s own folders, 2018 to 2025”. It stays with every completion and is read in audits."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ConfirmImportForm(forms.Form):
    is_sure = forms.BooleanField(label=_("I have read what becomes of the lines"))


class UndoForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=1000, help_text=_("Kept inside the school."), widget=forms.Textarea(attrs={"rows": 3}))
