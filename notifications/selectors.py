"""Reads of the mail log."""

from __future__ import annotations

from typing import Any

from notifications.models import MailMessage

PANEL_ROWS = 10


def mail_panel(person: Any) -> dict[str, Any]:
    """For the desk page of one person: the latest mail to them."""
    return {"person": person, "messages": MailMessage.objects.filter(recipient=person).defer("body_text", "error")[:PANEL_ROWS]}
