"""Evidence at the end of its years: the one way by which it goes."""

from __future__ import annotations

from django.db import connection, transaction

from streaming.models import PlaybackSession, WatchEvidence


def forget_evidence(*, subject_prefix: str) -> int:
    """Delete what was watched under subjects that start with `subject_prefix`, with its players; returns how many assets that were.

    The app that owns the subjects has made sure that nobody may ask for it any more. Nothing else can be deleted meanwhile:
    the trigger lets go of this prefix alone, and only in this transaction.
    """
    if not subject_prefix.endswith(":"):
        raise ValueError("A prefix ends with a colon, so that attempt 8 is not attempt 81.")
    with transaction.atomic():
        _name_prefix(subject_prefix)
        PlaybackSession.objects.filter(evidence__subject__startswith=subject_prefix).delete()
        deleted, _rows = WatchEvidence.objects.filter(subject__startswith=subject_prefix).delete()
        _name_prefix("")
    return deleted


def _name_prefix(prefix: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('smrt.forgotten_prefix', %s, true)", [prefix])
