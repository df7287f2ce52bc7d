"""What people on a waiting list are written, each once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from notifications.services import send_mail_once
from workshops.models import WaitingEntry, Workshop
from workshops.waiting.tokens import entry_token

TOLD = (WaitingEntry.Closing.EXPIRED, WaitingEntry.Closing.REMOVED, WaitingEntry.Closing.CALLED_OFF)


def _words(workshop: Workshop, entry: WaitingEntry) -> dict[str, Any]:
    token = entry_token(entry)
    return {
        "workshop": workshop,
        "entry": entry,
        "others": entry.party - 1,
        "page": f"{settings.SITE_URL}{workshop.get_absolute_url()}",
        "leave": f"{settings.SITE_URL}{reverse('workshops:waiting_leave', args=[token])}",
    }


def send_joined(workshop: Workshop, entry: WaitingEntry, *, position: int) -> None:
    context = _words(workshop, entry) | {"position": position}
    send_mail_once(key=f"waiting-joined:{entry.pk}", template="workshops/waiting/mail/joined", context=context, recipient=entry.learner)


def send_offer(workshop: Workshop, entry: WaitingEntry) -> None:
    send_mail_once(key=f"waiting-offer:{entry.pk}", template="workshops/waiting/mail/offer", context=_words(workshop, entry), recipient=entry.learner)


def send_closing(workshop: Workshop, entry: WaitingEntry) -> None:
    """Only what the person did not do themselves and can act upon."""
    if entry.closing in TOLD and entry.learner.is_active:
        send_mail_once(key=f"waiting-closed:{entry.pk}", template="workshops/waiting/mail/closed", context=_words(workshop, entry), recipient=entry.learner)
