"""Writing to attendees: each gets it once, and the mail log says who."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record_audit
from notifications.services import send_mail_once
from workshops.errors import MessageRefused
from workshops.models import AttendeeMessage, Workshop


def send_message(*, workshop: Workshop, by: Any, audience: str, subject: str, body: str, people: Sequence[Any], nonce: uuid.UUID) -> AttendeeMessage:
    """Write to `people` (users), each once. The same `nonce` again returns the first message and sends nothing.

    Raises MessageRefused when nobody would get it, or the number stands for another message.
    """
    subject, body = " ".join(subject.split()), body.strip()
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=workshop.pk)
        if existing := AttendeeMessage.objects.filter(nonce=nonce).first():
            if (existing.workshop_id, existing.subject, existing.body) != (workshop.pk, subject, body):
                raise MessageRefused(_("This form was sent before with other words. Open the page anew to write another message."), code="nonce_reused")
            return existing
        if not subject or not body:
            raise MessageRefused(_("Write a subject and a text."), code="nothing_said")
        unique = {person.pk: person for person in people if person.is_active}
        if not unique:
            raise MessageRefused(_("Nobody would get this message. Choose other people."), code="nobody")
        row = AttendeeMessage.objects.create(workshop=workshop, audience=audience, subject=subject, body=body, nonce=nonce, sent_by=by)
        context = {"message": row, "workshop": workshop, "sender": by}
        row.mails.set(
            send_mail_once(key=f"attendee-message:{row.pk}:{person.pk}", template="workshops/mail/attendee_message", context=context, recipient=person)
            for person in unique.values()
        )
        record_audit(actor=by, action="workshops.write_to_attendees", record=workshop, message=row.pk, people=len(unique), audience=audience)
    return row
