from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments import subjects


class GrantForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address of the person"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    subject = forms.ChoiceField(label=_("What it opens"))
    reason = forms.CharField(
        label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Kept with the grant and in the audit log.")
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty for access without an end."),
    )

    def __init__(self, *args: Any, find: str = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        groups = [(prefix.capitalize(), found) for prefix, found in subjects.search(find).items() if found]
        self.fields["subject"].choices = [("", _("Choose…")), *groups]  # type: ignore[attr-defined]  # a choice field
        self.has_subjects = bool(groups)

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip().lower()
        person = User.objects.filter(email=email).first()
        if person is None:
            raise forms.ValidationError(_("Nobody signs in with this address. Look the person up under People, or ask them to sign up first."))
        if not person.is_active:
            raise forms.ValidationError(_("This person is deactivated and could not use it. Reactivate them first."))
        self.person: User = person
        return email

    def clean_expires_on(self) -> datetime | None:
        """The last instant of that day where the school is."""
        day = self.cleaned_data["expires_on"]
        if day is None:
            return None
        return datetime.combine(day, time(23, 59, 59), ZoneInfo(settings.SCHOOL_TIME_ZONE))


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Kept with the grant and in the audit log.")
    )
