"""How the sign-in library speaks to this project. Mail is added by notifications.account_mail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import Role, User

GUARDED_ROLES = (Role.STAFF, Role.CE_OFFICER)


def should_add_second_proof(user: User) -> bool:
    """Whether `user` can change what others earned or paid and signs in with a password alone."""
    return user.has_role(*GUARDED_ROLES) and not is_mfa_enabled(user)


class AccountAdapter(DefaultAccountAdapter):
    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        response = super().post_login(request, user, **options)
        if should_add_second_proof(user):
            sentence = _("Your account can change what others earned. Please add a second proof under Account, Sign-in security.")
            messages.warning(request, sentence)
        return response
