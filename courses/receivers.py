"""What courses does when the apps below have news."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Attempt, Completion
from courses.services import close_library_players, close_players, complete_attempt, flag_paid_completions, forget_attempt, unflag_paid_completions
from credits.models import Dossier
from credits.signals import detail_removed
from payments.selectors import streams_open_to
from payments.signals import access_changed, dispute_changed, line_refunded
from payments.subjects import LIBRARY
from streaming.services import allow_streams
from streaming.signals import evidence_grew

_SUBJECT = re.compile(r"attempt:(\d+):lesson:\d+")


@receiver(access_changed, dispatch_uid="courses.players_follow_access")
def players_follow_access(sender: Any, user: User, subject: str, open: bool, **kwargs: Any) -> None:
    """What is no longer open stops; and of what is, as many players go on as the person's access allows now."""
    allow_streams(user=user, streams=streams_open_to(user))
    if open:
        return
    if subject == LIBRARY:
        close_library_players(user=user)
    else:
        close_players(user=user, subject=subject)


@receiver(evidence_grew, dispatch_uid="courses.complete_when_evidence_is_there")
def complete_when_evidence_is_there(sender: Any, subject: str, **kwargs: Any) -> None:
    """Evidence is usually there before the exam; it comes last when an accreditation asked for more in the meantime."""
    if found := _SUBJECT.fullmatch(subject):
        attempt = Attempt.objects.open().filter(pk=int(found[1]), exam_attempts__passed=True, evaluation_submitted__isnull=False).first()
        if attempt:
            complete_attempt(attempt=attempt)


@receiver(dispute_changed, dispatch_uid="courses.flag_completions_of_disputed_payments")
def flag_completions_of_disputed_payments(
    sender: Any,
    user: User,
    subject: str,
    is_open: bool,
    is_lost: bool,
    reason: str,
    since: datetime | None = None,
    until: datetime | None = None,
    **kwargs: Any,
) -> None:
    """A lost dispute leaves the flag standing: the CE officer decides what becomes of the certificates."""
    if is_open or is_lost:
        flag_paid_completions(user=user, subject=subject, reason=reason, suspends=True, since=since, until=until)
    else:
        unflag_paid_completions(user=user, subject=subject, reason=reason, since=since, until=until)


@receiver(line_refunded, dispatch_uid="courses.tell_officers_of_refunded_completions")
def tell_officers_of_refunded_completions(
    sender: Any, user: User, subject: str, closes_access: bool, is_full: bool = False, since: datetime | None = None, **kwargs: Any
) -> None:
    """Money back does not undo hours that were studied: what was earned stays valid, and the CE officer is told."""
    if is_full or closes_access:
        reason = _("The course was refunded in full.") if is_full else _("A part of the price was refunded, and the course was closed.")
        flag_paid_completions(user=user, subject=subject, reason=reason, suspends=False, since=since)


@receiver(detail_removed, dispatch_uid="courses.forget_what_the_ledger_no_longer_keeps")
def forget_what_the_ledger_no_longer_keeps(sender: Any, dossier: Dossier, **kwargs: Any) -> None:
    if completion := Completion.objects.select_related("attempt").filter(dossier=dossier).first():
        forget_attempt(completion=completion)
