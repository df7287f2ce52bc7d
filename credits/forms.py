"""Input of the learner's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import Board, Licence


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class LicenceForm(forms.ModelForm):
    """A licence put on file. The service decides about repeats; the board stays as it is afterwards."""

    board = forms.ModelChoiceField(
        Board.objects.licensing(), label=_("Board or certification body"), help_text=_("The body whose licence, certification or membership you keep up.")
    )

    class Meta:
        model = Licence
        fields = ["board", "number", "issued_on", "expires_on", "name_on_licence"]
        labels = {
            "number": _("Licence or certification number"),
            "issued_on": _("Issued on"),
            "expires_on": _("Expires on"),
            "name_on_licence": _("Name on the licence"),
        }
        help_texts = {"number": _("Exactly as the board writes it. Some boards want it on the certificate.")}
        widgets = {"issued_on": DateInput(), "expires_on": DateInput()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        issued, expires = cleaned.get("issued_on"), cleaned.get("expires_on")
        if issued and expires and expires < issued:
            self.add_error("expires_on", _("A licence expires after it is issued. Check both dates."))
        return cleaned

    def _post_clean(self) -> None:
        """Leave the instance alone: the service applies the values, and its constraints speak plainer than the model's."""


class LicenceChangeForm(LicenceForm):
    board = None  # type: ignore[assignment]  # takes the field away

    class Meta(LicenceForm.Meta):
        fields = ["number", "issued_on", "expires_on", "name_on_licence"]


class ClaimForm(forms.Form):
    licence = forms.ModelChoiceField(Licence.objects.none(), label=_("Licence"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["licence"].queryset = Licence.objects.visible_to(user).on_file().select_related("board")  # type: ignore[attr-defined]  # a choice field
