from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as BaseSignupForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from accounts.names import DisplayNameField, NameField
from accounts.services import update_profile
from accounts.time_zones import time_zone_choices


def time_zone_field(**options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices, help_text=_("Times of workshops and deadlines are shown in it."), **options)


class SignupForm(BaseSignupForm):
    field_order = ["display_name", "email", "password1", "time_zone"]

    display_name = DisplayNameField(
        label=_("What shall we call you?"),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
        help_text=_("For greetings. Certificates use the name on your licence; we ask for it later."),
    )
    # static/js/time-zone.js chooses the browser's zone, as long as the person has not.
    time_zone = time_zone_field(initial=settings.SCHOOL_TIME_ZONE, widget=forms.Select(attrs={"data-time-zone-guess": ""}))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        for name in ("email", "password1"):
            if name in self.fields:
                self.fields[name].widget.attrs.pop("placeholder", None)

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        update_profile(user=user, display_name=self.cleaned_data["display_name"], time_zone=self.cleaned_data["time_zone"])


class ProfileForm(forms.ModelForm):
    display_name = DisplayNameField(label=_("What shall we call you?"), required=False, widget=forms.TextInput(attrs={"autocomplete": "nickname"}))
    time_zone = time_zone_field()

    class Meta:
        model = User
        fields = ["display_name", "time_zone"]


class LegalNameForm(forms.Form):
    given_names = NameField(
        label=_("Given names, as on your licence"),
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "dir": "auto"}),
        help_text=_("With middle names or initials if your licence has them. A single name goes here."),
    )
    family_name = NameField(
        label=_("Family name, as on your licence"), required=False, widget=forms.TextInput(attrs={"autocomplete": "family-name", "dir": "auto"})
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Kept in the audit log."))


class RoleForm(ReasonForm):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    field_order = ["role", "reason"]
