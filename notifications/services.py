"""Sending mail: each message once, logged, resendable."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string

from core import clock
from core.jobs import enqueue
from notifications.models import MailMessage


def send_mail_once(*, key: str, template: str, context: dict[str, Any], recipient: Any = None, to_address: str = "") -> MailMessage:
    """Queue the mail `template` for `recipient` (a user) or `to_address`; the same `key` is sent once, ever.

    Renders `<template>_subject.txt` and `<template>.txt` (and `<template>.html` is not used: mail is plain text).
    Call inside the business transaction: mail and fact are kept or undone together.
    """
    address = to_address or recipient.email
    values = {**context, "recipient": recipient, "school_name": settings.SCHOOL_NAME, "site_url": settings.SITE_URL, "school_email": settings.SCHOOL_EMAIL}
    subject = " ".join(render_to_string(f"{template}_subject.txt", values).split())
    body = render_to_string(f"{template}.txt", values).strip() + "\n"
    with transaction.atomic():
        message, created = MailMessage.objects.get_or_create(
            key=key,
            defaults={"recipient": recipient, "to_address": address, "template": template, "subject": subject, "body_text": body},
        )
        if created:
            enqueue("notifications.deliver", key=f"mail:{message.pk}", args={"message": message.pk})
    return message


def deliver(*, message: MailMessage) -> None:
    """Hand one message to the mail server; a message already sent is left alone."""
    if message.state == MailMessage.State.SENT:
        return
    mail = EmailMultiAlternatives(message.subject, message.body_text, settings.DEFAULT_FROM_EMAIL, [message.to_address])
    mail.extra_headers["Message-ID"] = f"<smrt-{message.pk}@{settings.SITE_URL.split('//', 1)[1].split(':')[0]}>"
    mail.send()
    message.state, message.sent_at, message.error = MailMessage.State.SENT, clock.now(), ""
    message.save(update_fields=["state", "sent_at", "error", "updated_at"])
