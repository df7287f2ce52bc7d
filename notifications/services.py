"""Sending mail: each message once, logged, resendable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template import Context, Engine
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from notifications.attachments import Attachment, mime_part
from notifications.models import MailAttachment, MailMessage

SUBJECT_LENGTH = 250


def send_mail_once(
    *,
    key: str,
    template: str,
    context: dict[str, Any],
    recipient: Any = None,
    to_address: str = "",
    is_confidential: bool = False,
    stop_address: str = "",
    attachments: Iterable[Attachment] = (),
) -> MailMessage:
    """Queue the mail `template` for `recipient` (a user) or `to_address`; the same `key` is sent once, ever.

    Renders `<template>_subject.txt` and `<template>.txt` as plain text, nothing escaped, and keeps what it rendered: a
    repeat returns the first message as it was. Raises ValueError when `key` stands for another template or address.
    Call inside the business transaction: mail and fact are kept or undone together.

    `attachments` are kept with the message and go with it each time it is sent.
    Mail that a person may stop names where in `stop_address`: mail programs offer it as a button, which posts there.
    """
    address = to_address or getattr(recipient, "email", "")
    if not address:
        raise ValueError("A mail needs a recipient or an address.")
    with transaction.atomic():
        message = MailMessage.objects.filter(key=key).first()
        if message is None:
            rendered = _render(template, context, recipient)
            values = {"recipient": recipient, "to_address": address, "template": template, "is_confidential": is_confidential, "stop_address": stop_address}
            values |= rendered
            message, created = MailMessage.objects.get_or_create(key=key, defaults=values)
            if created:
                MailAttachment.objects.bulk_create(MailAttachment(message=message, **vars(attachment)) for attachment in attachments)
                _queue(message)
                return message
    same_person = message.recipient_id == recipient.pk if recipient else message.to_address == address
    if message.template != template or not same_person:
        raise ValueError(f"Mail key {key!r} is taken by another message.")
    return message


def _render(template: str, context: dict[str, Any], recipient: Any) -> dict[str, str]:
    school = {"school_name": settings.SCHOOL_NAME, "site_url": settings.SITE_URL, "school_email": settings.SCHOOL_EMAIL}
    values = Context({**context, "recipient": recipient, **school}, autoescape=False)
    subject, body = (Engine.get_default().get_template(f"{template}{ending}.txt").render(values) for ending in ("_subject", ""))
    return {"subject": header_text(subject), "body_text": body.strip() + "\n"}


def header_text(text: str) -> str:
    """One line without control characters: what a person typed must not become a header of its own."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:SUBJECT_LENGTH]


def _queue(message: MailMessage) -> None:
    enqueue("notifications.deliver", key=f"mail:{message.pk}", args={"message": message.pk})


def deliver(*, message: MailMessage) -> None:
    """Hand one message to the mail server; a message already sent is left alone.

    The row stays locked while the server answers (20 s at most), so two workers never send it both: the one call over
    the network that is made inside a transaction. One window is left, as SMTP has no commit: when the server took the
    mail and this process dies before the row says so, it is sent again, with the same Message-ID.
    """
    with transaction.atomic():
        message = MailMessage.objects.select_for_update().get(pk=message.pk)
        if message.state == MailMessage.State.SENT:
            return
        host = urlsplit(settings.SITE_URL).hostname
        headers = {"Message-ID": f"<smrt-{message.pk}@{host}>", "Auto-Submitted": "auto-generated"}
        if message.stop_address:  # RFC 8058
            headers |= {"List-Unsubscribe": f"<{message.stop_address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        parts = [mime_part(attachment) for attachment in message.attachments.all()]
        EmailMessage(message.subject, message.body_text, settings.DEFAULT_FROM_EMAIL, [message.to_address], attachments=parts, headers=headers).send()
        message.state, message.sent_at, message.error = MailMessage.State.SENT, clock.now(), ""
        if message.is_confidential:
            message.body_text = ""
        message.save(update_fields=["state", "sent_at", "error", "body_text", "updated_at"])


def note_failure(*, message: MailMessage, error: str) -> None:
    """Show in the log that the message could not be sent."""
    MailMessage.objects.filter(pk=message.pk).exclude(state=MailMessage.State.SENT).update(state=MailMessage.State.FAILED, error=error)


def send_again(*, message: MailMessage, by: Any) -> MailMessage:
    """Send the same text once more, to the person's address of today; returns the new message, which names the old one."""
    with transaction.atomic():
        message = MailMessage.objects.select_for_update(of=("self",)).select_related("recipient").get(pk=message.pk)
        if message.is_confidential:
            raise DomainError(_("This message held a link or code that is not kept. Ask the person to request a new one."), code="mail_not_kept")
        copy = MailMessage.objects.create(
            key=f"again:{message.pk}:{message.resends.count() + 1}",
            recipient=message.recipient,
            to_address=message.recipient.email if message.recipient else message.to_address,
            template=message.template,
            subject=message.subject,
            body_text=message.body_text,
            stop_address=message.stop_address,
            resend_of=message,
        )
        files = message.attachments.all()
        MailAttachment.objects.bulk_create(MailAttachment(message=copy, filename=f.filename, content_type=f.content_type, content=f.content) for f in files)
        record_audit(actor=by, action="notifications.send_again", record=copy, resend_of=message.pk, to_address=copy.to_address)
        _queue(copy)
    return copy
