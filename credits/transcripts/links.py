"""Making a link to one's transcript, ending it, and noting that somebody opened it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Board, TranscriptLink
from credits.models.transcript_links import new_seed, token_hash, token_of
from credits.services.ledger import lock_person

DEFAULT_DAYS = 30
MAX_DAYS = 366
MAX_OPEN = 20
TOKEN_LENGTH = 43


class LinkMistake(DomainError):
    code = "transcript_link_mistake"


class TooManyLinks(DomainError):
    code = "too_many_transcript_links"


def make_link(
    *,
    user: Any,
    name: str,
    days: int = DEFAULT_DAYS,
    board: Board | None = None,
    first_on: date | None = None,
    last_on: date | None = None,
    with_external: bool = True,
    with_pending: bool = False,
) -> TranscriptLink:
    """An address that shows the transcript, or the part of it that is named, to whoever has it, for `days`."""
    if not name.strip():
        raise LinkMistake(_("Give it a name, such as whom it is for: you will know it again by that."))
    if not 1 <= days <= MAX_DAYS:
        raise LinkMistake(_("Let it end after one day at least and a year at most."))
    if first_on and last_on and last_on < first_on:
        raise LinkMistake(_("The last day comes after the first. Check both dates."))
    with transaction.atomic():
        lock_person(user.pk)
        if TranscriptLink.objects.visible_to(user).open().count() >= MAX_OPEN:
            raise TooManyLinks(_("You have %(count)s open links. End one that is no longer needed, then make another.") % {"count": MAX_OPEN})
        seed = new_seed()
        link = TranscriptLink.objects.create(
            user=user,
            name=name.strip(),
            seed=seed,
            token_sha256=token_hash(token_of(seed)),
            board=board,
            first_on=first_on,
            last_on=last_on,
            with_external=with_external,
            with_pending=with_pending,
            expires_at=clock.now() + timedelta(days=days),
        )
        record_audit(actor=user, action="credits.make_transcript_link", record=link, days=days, board=board.code if board else "")
    return link


def revoke_link(*, link: TranscriptLink, actor: Any) -> TranscriptLink:
    """End a link at once. Calling it again changes nothing."""
    with transaction.atomic():
        link = TranscriptLink.objects.select_for_update().get(pk=link.pk)
        if link.revoked_at is None:
            link.revoked_at = clock.now()
            link.save(update_fields=["revoked_at", "updated_at"])
            record_audit(actor=actor, action="credits.revoke_transcript_link", record=link)
    return link


def find_link(token: str) -> TranscriptLink | None:
    """The link with that token, whatever its state; None for a guess."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    return TranscriptLink.objects.select_related("user", "board").filter(token_sha256=token_hash(token), user__is_active=True).first()


def note_opening(*, link: TranscriptLink) -> None:
    TranscriptLink.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, last_opened_at=clock.now())
