"""What people type about seats and attendance."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from workshops.models import AttendeeMessage, Block, Seat, Workshop
from workshops.selectors import block_facts


class TimeInput(forms.TimeInput):
    input_type = "time"


class SeatForm(forms.Form):
    """Staff give a seat to a person they name by e-mail address."""

    email = forms.EmailField(label=_("E-mail address of the person"))
    place = forms.ChoiceField(label=_("Place"), choices=Seat.Place.choices, initial=Seat.Place.ROOM)

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if workshop.format != Workshop.Format.HYBRID:
            del self.fields["place"]

    def clean_email(self) -> User:
        try:
            return User.objects.get(email=self.cleaned_data["email"].lower(), is_active=True)
        except User.DoesNotExist:
            raise forms.ValidationError(_("Nobody with this address has an account. Ask the person to sign up first.")) from None


class AnswerForm(forms.Form):
    became = forms.ChoiceField(
        label=_("What became of it"),
        choices=[("mended", _("It was wrong, and I mended the log")), ("declined", _("It stays as it is"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label=_("Your answer"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("The learner reads it by e-mail."))


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why it is decided so, or decided anew. It stays with the decision; learners do not read it."),
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)


class CorrectionForm(forms.Form):
    """A learner says what is noted wrongly."""

    block = forms.ModelChoiceField(Block.objects.none(), label=_("Which part"), required=False, empty_label=_("All of it"))
    words = forms.CharField(
        label=_("What is wrong"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Say when you came and when you left. Your instructor reads it and answers."),
    )

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["block"]
        field.queryset = workshop.blocks.filter(kind=Block.Kind.INSTRUCTION)  # type: ignore[attr-defined]  # a choice field
        field.label_from_instance = lambda block: block_facts(block, workshop.zone).title  # type: ignore[attr-defined]  # a choice field


class MessageForm(forms.Form):
    """A message to attendees. `nonce` makes a form that is sent twice one message."""

    audience = forms.ChoiceField(label=_("Who gets it"), choices=AttendeeMessage.Audience.choices)
    people = forms.ModelMultipleChoiceField(Seat.objects.none(), label=_("People"), required=False, widget=forms.CheckboxSelectMultiple)
    subject = forms.CharField(label=_("Subject"), max_length=150)
    body = forms.CharField(
        label=_("Text"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Plain text. Title, day and place of the workshop are added below."),
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        field.queryset = workshop.seats.confirmed().select_related("learner")  # type: ignore[attr-defined]  # a choice field
        field.label_from_instance = lambda seat: str(seat.learner)  # type: ignore[attr-defined]  # a choice field
        if workshop.format != Workshop.Format.HYBRID:
            single = (AttendeeMessage.Audience.ROOM, AttendeeMessage.Audience.REMOTE)
            self.fields["audience"].choices = [choice for choice in AttendeeMessage.Audience.choices if choice[0] not in single]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("audience") == AttendeeMessage.Audience.CHOSEN and not values.get("people"):
            self.add_error("people", _("Choose at least one person."))
        return values


class PartialAttendanceForm(forms.Form):
    arrived = forms.TimeField(widget=TimeInput)
    left = forms.TimeField(widget=TimeInput)
    note = forms.CharField(max_length=200, required=False)
