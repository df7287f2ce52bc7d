"""allauth's forms in the site's words: the label says what to enter, and nothing vanishes when one begins to type."""

from __future__ import annotations

from typing import Any

from allauth.account import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABELS: dict[str, str | Promise] = {
    "email": _("E-mail address"),
    "login": _("E-mail address"),
    "remember": _("Stay signed in on this device"),
    "oldpassword": _("Password until now"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}


class PlainWords:
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]  # a form's
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class LoginForm(PlainWords, forms.LoginForm):
    pass


class AddEmailForm(PlainWords, forms.AddEmailForm):
    pass


class ResetPasswordForm(PlainWords, forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(PlainWords, forms.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(PlainWords, forms.ChangePasswordForm):
    pass


class ReauthenticateForm(PlainWords, forms.ReauthenticateForm):
    pass
