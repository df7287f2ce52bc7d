"""Links in a mail that leave a waiting list without signing in. They name one entry and do nothing else."""

from __future__ import annotations

from django.core import signing

from workshops.models import WaitingEntry

SALT = "workshops.waiting.leave"


def entry_token(entry: WaitingEntry) -> str:
    return signing.dumps(entry.pk, salt=SALT)


def read_entry_token(token: str) -> WaitingEntry | None:
    """None when the token is not one of ours."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return WaitingEntry.objects.filter(pk=pk).select_related("workshop__venue", "learner").first()
