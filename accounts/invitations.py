"""People whom somebody else names by e-mail address, and how they come in: by the link in their mail, without a password."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.names import clean_greeting
from core.audit import record_audit
from core.errors import DomainError


class InvitationRefused(DomainError):
    code = "invitation_refused"


class PersonRefused(DomainError):
    """Somebody who was named cannot be registered. Why is theirs to know: every cause has this code and this sentence."""

    code = "person_refused"

    def __init__(self, email: str):
        words = _("We could not register %(email)s. Leave them out, or ask them to register themselves: the page tells them what is in the way.")
        super().__init__(words % {"email": email})


def person_at(*, email: str, name: str, by: User) -> User:
    """The person with this address; one we do not know gets an account without a password, under the name that `by` typed.

    Both answers look the same to whoever asks. Raises PersonRefused for an account that is shut.
    """
    address = email.strip().lower()
    with transaction.atomic():
        user = User.objects.filter(email=address).first()
        if user is None:
            user = User(email=address, display_name=clean_greeting(name)[:120], time_zone=by.time_zone)
            user.set_unusable_password()
            with transaction.atomic():
                user.save()
            record_audit(actor=by, action="accounts.invite_person", record=user)
    if not user.is_active:
        raise PersonRefused(address)
    return user


def signs_in_by_link(user: User) -> bool:
    """Whether a link mailed to `user` may sign them in: they never chose a password or another proof, and can change nothing of others."""
    return user.is_active and not user.has_usable_password() and not is_mfa_enabled(user) and not user.is_school_team and not user.is_staff


def sign_in_by_link(*, request: HttpRequest, user: User) -> None:
    """Sign `user` in who came by a link from their own mailbox, which proves the address. Raises InvitationRefused."""
    if not signs_in_by_link(user):
        raise InvitationRefused(_("This account signs in with its password. Sign in, and the link leads on."), code="password_needed")
    with transaction.atomic():
        address, _created = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})
        if not address.verified:
            address.verified = True
            address.save(update_fields=["verified"])
        record_audit(actor=user, action="accounts.sign_in_by_link", record=user)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
