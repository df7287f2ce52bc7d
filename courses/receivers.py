"""What courses does when the apps below have news."""

from __future__ import annotations

import re
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from courses.models import Attempt
from courses.services import close_players, complete_attempt
from payments.signals import access_changed
from streaming.signals import evidence_grew

_SUBJECT = re.compile(r"attempt:(\d+):lesson:\d+")


@receiver(access_changed, dispatch_uid="courses.close_players_when_access_ends")
def close_players_when_access_ends(sender: Any, user: User, subject: str, open: bool, **kwargs: Any) -> None:
    if not open:
        close_players(user=user, subject=subject)


@receiver(evidence_grew, dispatch_uid="courses.complete_when_evidence_is_there")
def complete_when_evidence_is_there(sender: Any, subject: str, **kwargs: Any) -> None:
    """Evidence is usually there before the exam; it comes last when an accreditation asked for more in the meantime."""
    if found := _SUBJECT.fullmatch(subject):
        attempt = Attempt.objects.open().filter(pk=int(found[1]), exam_attempts__passed=True, evaluation_submitted__isnull=False).first()
        if attempt:
            complete_attempt(attempt=attempt)
