"""Input of the learner's pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _

from credits.days import IN_OUR_TIME
from credits.licence_needs import credential_choices, duty_name, needs_of
from credits.models import Board, Licence, LicenceStatus


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class DayField(forms.DateField):
    """A civil day that can be meant: a slip such as the year 0202 is asked about."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=DateInput(), validators=IN_OUR_TIME, **options)


class BoardChoices(forms.models.ModelChoiceIterator):
    """The boards in groups by kind, each under the name people look for; typing its first letters finds it."""

    def __iter__(self) -> Iterator[Any]:
        yield ("", self.field.empty_label)
        boards = list(self.queryset.order_by("name"))
        for kind in Board.LICENSING_KINDS:
            found = [self.choice(board) for board in boards if board.kind == kind]
            if found:
                yield (kind.label, found)


class BoardField(forms.ModelChoiceField):
    iterator = BoardChoices

    def label_from_instance(self, obj: Any) -> str:
        """The name, with the state's two letters or the body's initials where the name lacks them."""
        short = obj.jurisdiction.rpartition("-")[2] if obj.is_state_board else obj.code.partition("_")[0].upper()
        return obj.name if short in obj.name else f"{obj.name} ({short})"


class LicenceForm(forms.ModelForm):
    """A licence put on file. The service decides about repeats; the board stays as it is afterwards."""

    board = BoardField(
        Board.objects.licensing(),
        label=_("Board or certification body"),
        empty_label=_("Choose one"),
        help_text=_("The body whose licence, certification or membership you keep up. State boards come first, by the name of the state."),
    )
    issued_on = DayField(
        label=_("Issued on"), required=False, help_text=_("The day you first got it, not the day of your last renewal: your cycles are counted from it.")
    )
    expires_on = DayField(label=_("Expires on"), required=False)

    class Meta:
        model = Licence
        fields = ["board", "number", "issued_on", "expires_on", "name_on_licence"]
        labels = {
            "number": _("Licence or certification number"),
            "name_on_licence": _("Name on the licence"),
        }
        help_texts = {
            "number": _("Exactly as the board writes it, with its letters, dashes and leading zeros, such as MA12345. Some boards want it on the certificate.")
        }
        widgets = {"number": forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        issued, expires = cleaned.get("issued_on"), cleaned.get("expires_on")
        if issued and expires and expires < issued:
            self.add_error("expires_on", _("A licence expires after it is issued. Check both dates."))
        return cleaned

    def _post_clean(self) -> None:
        """Leave the instance alone: the service applies the values, and its constraints speak plainer than the model's."""


class LicenceChangeForm(LicenceForm):
    """Years of practice are asked only where the board's rules go by them."""

    board = None  # type: ignore[assignment]  # takes the field away
    practising_since = DayField(
        label=_("Practising since"), required=False, help_text=_("The day you began to practise. This board asks for less after many years of practice.")
    )

    class Meta(LicenceForm.Meta):
        fields = ["number", "issued_on", "expires_on", "practising_since", "name_on_licence"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_of(self.instance.board.code).practising_since and self.instance.practising_since is None:
            del self.fields["practising_since"]


class StatusForm(forms.Form):
    begins_on = DayField(label=_("From"))
    status = forms.ChoiceField(label=_("Status"), choices=LicenceStatus.Status.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, licence: Licence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class RenewalForm(forms.Form):
    cycle_end = DayField(label=_("Last day of the cycle"), help_text=_("As printed on the licence or in the board's notice, such as 31 August 2027."))
    submitted_on = DayField(label=_("Renewal submitted on"), required=False)
    late_fee_paid_on = DayField(label=_("Late fee paid on"), required=False)
    renewed_on = DayField(label=_("Renewed on"), required=False, help_text=_("The day the board renewed it."))

    def __init__(self, *args: Any, licence: Licence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class DutyForm(forms.Form):
    code = forms.ChoiceField(label=_("What was met"))
    cycle_end = DayField(label=_("Last day of the cycle in which you met it"))

    def __init__(self, *args: Any, licence: Licence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = dict.fromkeys([*needs_of(licence.board.code).duties, *([self.initial["code"]] if "code" in self.initial else [])])
        self.fields["code"].choices = [(code, duty_name(code)) for code in codes]  # type: ignore[attr-defined]  # a choice field


class CredentialForm(forms.Form):
    credential = forms.ChoiceField(label=_("What you hold"))
    begins_on = DayField(label=_("Valid from"), required=False)
    expires_on = DayField(label=_("Valid until"), help_text=_("The last day it is current, as printed on it."))
    proof = forms.FileField(
        label=_("Proof"),
        required=False,
        max_length=200,
        help_text=_("A PDF or a photo (JPEG, PNG) of at most 10 MB. Only you, officers and staff can open it."),
        validators=[FileExtensionValidator(["pdf", "jpg", "jpeg", "png"], _("Send a PDF or a photo (JPEG, PNG), not a file of another kind."))],
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices, current = credential_choices(), self.initial.get("credential")
        if current and current not in dict(choices):
            choices.append((current, current))
        self.fields["credential"].choices = [("", _("Choose one")), *choices]  # type: ignore[attr-defined]  # a choice field


class BirthDateForm(forms.Form):
    born_on = DayField(label=_("Date of birth"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["born_on"].widget.attrs["autocomplete"] = "bday"


class ClaimForm(forms.Form):
    licence = forms.ModelChoiceField(Licence.objects.none(), label=_("Licence"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["licence"].queryset = Licence.objects.visible_to(user).on_file().select_related("board")  # type: ignore[attr-defined]  # a choice field
