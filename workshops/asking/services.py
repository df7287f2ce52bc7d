"""What pins and alerts have in common: an address counts once it was confirmed, holds for a year, and ends when asked to.

Confirming, renewing and withdrawing may be repeated. Every verb locks the row first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from notifications.models import MailMessage
from workshops.models import Asked

HOLDS_FOR = timedelta(days=365)
ASKED_AGAIN_BEFORE = timedelta(days=14)
FORGET_UNCONFIRMED = timedelta(days=7)
FORGET_CLOSED = timedelta(days=90)
DAILY_LETTERS = 3  # to one address, whoever asks: a confirmation is mail that perhaps nobody asked for
CONFIRMATIONS = ("workshops/demand/mail/pin_confirm", "workshops/alerts/mail/alert_confirm")
MOST_OPEN = 20  # of one kind, of one person or address

Row = TypeVar("Row", bound=Asked)
State = Asked.State


class AskingRefused(DomainError):
    code = "asking_refused"


def today() -> date:
    return clock.civil_date(clock.now(), settings.SCHOOL_TIME_ZONE)


@contextmanager
def locked(asked: Row) -> Iterator[Row]:
    with transaction.atomic():
        yield type(asked)._default_manager.select_for_update(of=("self",)).select_related("user").get(pk=asked.pk)


def sign(asked: Asked, *, user: Any, email: str) -> bool:
    """Write down who asks. Signed in it counts at once; by address once confirmed. Says whether it counts. Raises AskingRefused."""
    same = type(asked)._default_manager.filter(state__in=[State.UNCONFIRMED, State.ACTIVE])
    if user is not None:
        if same.filter(Q(user=user) | Q(user__isnull=True, email=user.email, state=State.ACTIVE)).count() >= MOST_OPEN:
            raise AskingRefused(_("You have %(most)s of these already. Withdraw one that you no longer need.") % {"most": MOST_OPEN}, code="too_many")
        asked.user = user
        begin(asked)
        return True
    asked.email = email.strip().lower()
    _check_not_pestered(asked.email)
    if same.filter(user__isnull=True, email=asked.email).count() >= MOST_OPEN:
        raise AskingRefused(_("This address has %(most)s of these already. Withdraw one by the link in its mail.") % {"most": MOST_OPEN}, code="too_many")
    return False


def _check_not_pestered(address: str) -> None:
    lately = MailMessage.objects.filter(to_address=address, template__in=CONFIRMATIONS, created_at__gt=clock.now() - timedelta(days=1))
    if lately.count() >= DAILY_LETTERS:
        words = _("Several messages went to this address today. Open the newest and confirm it, or try again tomorrow.")
        raise AskingRefused(words, code="mailed_enough")


def begin(asked: Asked) -> None:
    """From now on it counts, for a year. The caller saves."""
    asked.state, asked.closed_at = State.ACTIVE, None
    asked.confirmed_at = asked.confirmed_at or clock.now()
    asked.expires_on = today() + HOLDS_FOR


def close(asked: Asked, state: str) -> None:
    """It counts no longer. The caller saves."""
    asked.state, asked.closed_at = state, clock.now()


def forget_old(model: type[Asked]) -> int:
    """Delete what was never confirmed, and what ended long ago, with the address in it. Returns how many."""
    now = clock.now()
    old = Q(state=State.UNCONFIRMED, created_at__lt=now - FORGET_UNCONFIRMED)
    ended = Q(state__in=[State.WITHDRAWN, State.EXPIRED, State.FULFILLED], closed_at__lt=now - FORGET_CLOSED)
    found = model._default_manager.filter(old | ended)
    count = found.count()
    found.delete()
    return count
