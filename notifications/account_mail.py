"""Mail of the sign-in library goes the way of all mail: in our words, logged, sent by a job."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.adapter import AccountAdapter
from accounts.models import User
from notifications.services import send_mail_once

# What these hold lets its reader sign in or take an address over.
CONFIDENTIAL = {"email_confirmation", "email_confirmation_signup", "login_code", "password_reset_code", "password_reset_key"}


class MailingAccountAdapter(AccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue `accounts/mail/<name>` for the library's own `account/email/<name>`.

        The library asks once for each mail that it wants sent, so every call has a key of its own.
        """
        name = template_prefix.rpartition("/")[2]
        user = context.get("user")
        recipient = user if isinstance(user, User) and user.pk else User.objects.filter(email=email.lower()).first()
        send_mail_once(
            key=f"account:{name}:{uuid.uuid4()}",
            template=f"accounts/mail/{name}",
            context={**context, "email": email},
            recipient=recipient,
            to_address=email,
            is_confidential=name in CONFIDENTIAL,
        )
