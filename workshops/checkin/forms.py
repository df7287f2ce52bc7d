from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from workshops.checkin.paper import PaperLine
from workshops.models import Attendance, Seat


class TimeInput(forms.TimeInput):
    input_type = "time"


class DeviceForm(forms.Form):
    name = forms.CharField(label=_("Which phone"), max_length=60, help_text=_("A name you will know it by in the list, such as “Ada’s phone”."))


class ConflictForm(forms.Form):
    at = forms.TimeField(label=_("Time to record"), required=False, widget=TimeInput)
    note = forms.CharField(label=_("Why"), max_length=200, required=False, help_text=_("Needed when the entry is set aside."))


class WalkInForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address of the person’s account"))

    def clean_email(self) -> User:
        try:
            return User.objects.get(email=self.cleaned_data["email"].lower(), is_active=True)
        except User.DoesNotExist:
            raise forms.ValidationError(_("Nobody with this address has an account. Ask the person to sign up first.")) from None


class PaperForm(forms.Form):
    """What stands on the sheet beside the lines. `token` makes a form that is sent twice count once."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), max_length=150, required=False, help_text=_("Kept with every line, such as “the phones were dead”."))
    scan = forms.FileField(
        label=_("Scan or photo of the sheet"), required=False, help_text=_("A PDF or a picture, at most 10 MB. It becomes evidence for each person.")
    )
    replaces = forms.BooleanField(label=_("Replace what the log has of these people in this block"), required=False)

    @staticmethod
    def fresh_token() -> dict[str, Any]:
        return {"token": uuid.uuid4()}


class PaperLineForm(forms.Form):
    arrived = forms.TimeField(label=_("Arrived"), required=False, widget=TimeInput)
    left = forms.TimeField(label=_("Left"), required=False, widget=TimeInput)
    signed = forms.BooleanField(label=_("Signed on the sheet"), required=False)

    def __init__(self, data: Any = None, *, seat: Seat, entries: Iterable[Any] = (), signs: bool = False):
        """`signs`: a board wants this person's signature. It is asked for by itself where a phone noted an arrival without one."""
        super().__init__(data, prefix=f"seat-{seat.pk}")
        self.seat, self.entries = seat, list(entries)
        if not signs or not any(entry.kind == Attendance.Kind.IN and not entry.is_signed for entry in self.entries):
            del self.fields["signed"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("left") and not values.get("arrived"):
            self.add_error("arrived", _("Say when the person arrived, or leave both times empty."))
        return values

    @property
    def line(self) -> PaperLine | None:
        arrived = self.cleaned_data.get("arrived")
        return PaperLine(self.seat, arrived, self.cleaned_data.get("left")) if arrived or self.cleaned_data.get("signed") else None
