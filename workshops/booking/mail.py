"""What is written to people about their registration; each once."""

from __future__ import annotations

from typing import Any

from django.core import signing

from accounts.models import User
from notifications.services import send_mail_once
from workshops.models import Registration, Statement, Workshop

INVITATION_KEY = "workshop-invitation:"
INVITATION_SALT = "workshops.booking.invitation"


def write_of_review(statement: Statement) -> None:
    registration = statement.registration
    key = f"statement-reviewed:{statement.pk}:{statement.reviewed_at:%Y%m%dT%H%M%S}"
    context = {"statement": statement, "workshop": registration.workshop, "is_enough": statement.state == Statement.State.ACCEPTED}
    send_mail_once(key=key, template="workshops/mail/statement_reviewed", context=context, recipient=registration.learner)


def invitation_token(registration: Registration) -> str:
    """What the links of an invitation hold; it goes out in the mail of the seat."""
    return signing.dumps([registration.pk, registration.invitation_version], salt=INVITATION_SALT)


def write_of_seat_there(workshop: Workshop, person: User, by: User) -> None:
    """To somebody who has a seat already and was named: who named them is not told. Counted with the invitations."""
    key = f"{INVITATION_KEY}seated:{workshop.pk}:{person.pk}:{by.pk}"
    send_mail_once(key=key, template="workshops/mail/seated_already", context={"workshop": workshop, "by": by}, recipient=person)


def write_of_decline(registration: Registration, *, is_paid: bool) -> None:
    key = f"invitation-declined:{registration.pk}:{registration.invitation_version}"
    context: dict[str, Any] = {"registration": registration, "workshop": registration.workshop, "is_paid": is_paid}
    send_mail_once(key=key, template="workshops/mail/invitation_declined", context=context, recipient=registration.invited_by)


def write_of_new_waiver(registration: Registration, *, version: int) -> None:
    key = f"waiver-changed:{registration.pk}:{version}"
    send_mail_once(key=key, template="workshops/mail/waiver_changed", context={"workshop": registration.workshop}, recipient=registration.learner)
