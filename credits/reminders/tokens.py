"""Links in a mail that stop reminders without signing in. They work for as long as the mail is kept, and do nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User
from credits.models import Licence

SALT = "credits.reminders.stop"


@dataclass(frozen=True)
class StopOrder:
    """Whose reminders a link stops: those about one licence, or all."""

    user: User
    licence: Licence | None


def stop_token(*, user: Any, licence: Licence | None) -> str:
    return signing.dumps([user.pk, licence.pk if licence else 0], salt=SALT)


def stop_address(*, user: Any, licence: Licence | None) -> str:
    """The whole address, for a mail."""
    return f"{settings.SITE_URL}{reverse('credits:reminder_stop', args=[stop_token(user=user, licence=licence)])}"


def read_stop_token(token: str) -> StopOrder | None:
    """None when the token is not one of ours, or the person or the licence is gone."""
    try:
        person, licence_pk = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=person, is_active=True).first()
    licence = Licence.objects.filter(pk=licence_pk, user=person).select_related("board").first() if licence_pk else None
    return StopOrder(user, licence) if user and (licence or not licence_pk) else None
