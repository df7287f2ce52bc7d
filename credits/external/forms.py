"""Input of the pages about credit earned elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from credits.categories import category_name
from credits.external.choices import approving_boards, asked_of, named
from credits.external.services import MAX_PROOFS, Facts
from credits.forms import DayField
from credits.models import Board, DeliveryMode, ExternalCredit, ExternalEntry, ExternalProof

TOPIC = "topic_"
MAX_UNITS = Decimal("999.99")
# The ways of learning in the holder's words; the approval's own words are the boards'.
MODES = [
    (DeliveryMode.IN_PERSON_HANDS_ON, _("In person, hands-on: I practised under the teacher’s eyes")),
    (DeliveryMode.IN_PERSON_LECTURE, _("In person, as a lecture")),
    (DeliveryMode.LIVE_REMOTE, _("Live over video, at a fixed time")),
    (DeliveryMode.SELF_PACED, _("At my own pace: online course, video, reading")),
]


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ProofsField(forms.FileField):
    """Several files; what they contain is judged by the service."""

    def __init__(self, **options: Any) -> None:
        check = FileExtensionValidator(["pdf", "jpg", "jpeg", "png"], _("Send a PDF or a photo (JPEG, PNG), not a file of another kind."))
        super().__init__(widget=ManyFiles(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}), max_length=200, validators=[check], **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MAX_PROOFS:
            raise forms.ValidationError(_("Send at most %(count)s files. Put several pages into one PDF.") % {"count": MAX_PROOFS})
        if not files:
            super().clean(None, initial)
        return [super(ProofsField, self).clean(file, initial) for file in files]


class ExternalForm(forms.Form):
    """One credit for `board`: it asks what that board's rules tell apart. `credit` is the version to start from, or None."""

    title = forms.CharField(label=_("Title of the course or class"), max_length=200, help_text=_("As the certificate says it."))
    provider_name = forms.CharField(label=_("Who gave it"), max_length=160, help_text=_("The school, teacher or organization named on the certificate."))
    completed_on = DayField(label=_("Completed on"))
    units = forms.DecimalField(min_value=Decimal("0.01"), max_value=MAX_UNITS, max_digits=5, decimal_places=2)
    mode = forms.ChoiceField(label=_("How it was taught"), choices=MODES, widget=forms.RadioSelect)
    hands_on_percent = forms.IntegerField(
        label=_("Hands-on share, in percent"), min_value=0, max_value=100, required=False,
        help_text=_("This board counts a class as hands-on only when most of it was. Give it if the certificate or the programme says so."),
    )  # fmt: skip
    activity = forms.ChoiceField(label=_("What kind of thing it was"), required=False)
    whole = forms.MultipleChoiceField(label=_("What holds for it"), required=False, widget=forms.CheckboxSelectMultiple)
    approval_board = forms.ModelChoiceField(
        Board.objects.none(), label=_("Approved by"), required=False, empty_label=_("None of these, or the certificate does not say"),
        help_text=_("The body whose approval the certificate names. Some boards count nothing without one."),
    )  # fmt: skip
    approval_number = forms.CharField(label=_("Approval or course number"), max_length=80, required=False)
    provider_number = forms.CharField(label=_("Provider number"), max_length=80, required=False)
    keep = forms.ModelMultipleChoiceField(
        ExternalProof.objects.none(), label=_("Proof on file"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Untick what should no longer belong to it."),
    )  # fmt: skip
    proofs = ProofsField(label=_("Proof"), required=False)
    note = forms.CharField(label=_("A word to the reviewer"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None, files: Any = None, *, board: Board, credit: ExternalCredit | None = None) -> None:
        super().__init__(data, files, initial=_initial(credit) if credit else None)
        self.board, asked = board, asked_of(board.code)
        fields: dict[str, Any] = self.fields
        fields["units"].label = _now("%(unit)s on the certificate") % {"unit": (board.unit_plural or _now("units")).capitalize()}
        topics = dict.fromkeys([*asked.topics, *(part["category"] for part in credit.category_split)] if credit else asked.topics)
        for code in topics:
            fields[f"{TOPIC}{code}"] = forms.DecimalField(
                label=category_name(code), min_value=Decimal("0.01"), max_value=MAX_UNITS, max_digits=5, decimal_places=2, required=False
            )
        fields["activity"].choices = [("", _("A course, class or workshop I took")), *named(asked.activities)]
        fields["whole"].choices = named(asked.whole)
        fields["approval_board"].queryset = approving_boards(board)
        files = _now("A PDF or a photo (JPEG, PNG), each of at most 10 MB; up to %(count)s files. Only you, officers and staff can open them.")
        fields["proofs"].required = credit is None  # else what is on file may be enough
        fields["proofs"].error_messages["required"] = _now("Send the proof: the certificate as a PDF, or a photo of it.")
        fields["proofs"].help_text = files % {"count": MAX_PROOFS}
        fields["keep"].queryset = credit.proofs.filter(purged_at__isnull=True) if credit else ExternalProof.objects.none()
        for name, is_asked in (("activity", asked.activities), ("whole", asked.whole), ("hands_on_percent", asked.hands_on), ("keep", credit)):
            if not is_asked:
                del self.fields[name]

    @property
    def topics(self) -> list[Any]:
        """The fields of topics, for the template."""
        return [self[name] for name in self.fields if name.startswith(TOPIC)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        whole, parts = cleaned.get("units"), sum(units for name, units in cleaned.items() if name.startswith(TOPIC) and units)
        if whole and parts > whole:
            self.add_error(
                None, _("The topics add up to %(parts)s, more than the whole of %(whole)s. Give each only its part.") % {"parts": parts, "whole": whole}
            )
        if not cleaned.get("proofs") and not cleaned.get("keep") and "proofs" not in self.errors:
            self.add_error("proofs", _("Send the proof: the certificate as a PDF, or a photo of it."))
        return cleaned

    @property
    def facts(self) -> Facts:
        """What a valid form says."""
        values = self.cleaned_data
        split = [
            {"category": name.removeprefix(TOPIC), "units": f"{units.normalize():f}"} for name, units in values.items() if name.startswith(TOPIC) and units
        ]
        hands_on = values.get("hands_on_percent") if values["mode"] == DeliveryMode.IN_PERSON_HANDS_ON else None
        return Facts(
            **{
                name: values[name]
                for name in ("title", "provider_name", "completed_on", "units", "mode", "approval_board", "approval_number", "provider_number")
            },
            category_split=split,
            labels=[label for label in [values.get("activity", ""), *values.get("whole", [])] if label],
            hands_on_percent=hands_on,
        )

    @property
    def kept(self) -> Iterable[ExternalProof]:
        return self.cleaned_data.get("keep", ())


def _initial(credit: ExternalCredit) -> dict[str, Any]:
    names = ("title", "provider_name", "completed_on", "mode", "hands_on_percent", "approval_board", "approval_number", "provider_number")
    values = {name: getattr(credit, name) for name in names}
    topics = {f"{TOPIC}{part['category']}": part["units"] for part in credit.category_split}
    activity = next((label for label in credit.labels if label.startswith("activity:")), "")
    proofs = [proof.pk for proof in credit.proofs.all()]
    return values | topics | {"units": credit.units_shown, "activity": activity, "whole": credit.labels, "keep": proofs}


class ReviewForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (ExternalEntry.Kind.ACCEPTED, _("Accept it: the proof shows what was typed in, and it counts")),
            (ExternalEntry.Kind.ASKED, _("Ask for more: it waits until the holder answers")),
            (ExternalEntry.Kind.REFUSED, _("Do not accept it: it does not count")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("To the holder"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Goes to the holder by mail, and stays on record. Needed unless you accept it."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("decision") not in (None, ExternalEntry.Kind.ACCEPTED) and not cleaned.get("note", "").strip():
            self.add_error("note", _("Write what the holder should know: what is wrong, or what is missing."))
        return cleaned
