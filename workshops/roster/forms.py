"""What people type about seats and attendance."""

from __future__ import annotations

from django import forms

from accounts.models import User


class TimeInput(forms.TimeInput):
    input_type = "time"


class SeatForm(forms.Form):
    """Staff give a seat to a person they name by e-mail address."""

    email = forms.EmailField(label="E-mail address of the person")

    def clean_email(self) -> User:
        try:
            return User.objects.get(email=self.cleaned_data["email"].lower(), is_active=True)
        except User.DoesNotExist:
            raise forms.ValidationError("Nobody with this address has an account. Ask the person to sign up first.") from None


class PartialAttendanceForm(forms.Form):
    arrived = forms.TimeField(widget=TimeInput)
    left = forms.TimeField(widget=TimeInput)
    note = forms.CharField(max_length=200, required=False)
