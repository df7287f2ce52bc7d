"""Verbs of watching: permission given and taken back, players opened and closed.

Locks are taken in one order: the person, the grant, their sessions, the evidence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from streaming.models import Grant, PlaybackSession, VideoAsset, WatchEvidence
from streaming.models.watching import GrantQuerySet

SLACK_MS = 2000
LONGEST_GAP_S = 60


class MayNotWatch(DomainError):
    code = "may_not_watch"


class NotPlayable(DomainError):
    code = "not_playable"


def issue_grant(*, user: User, asset: VideoAsset, subject: str, rate_cap: Decimal = Decimal("2"), expires_at: datetime | None = None) -> Grant:
    """Let `user` watch `asset` for `subject`. A repeat returns the grant in force, with the cap and expiry now asked for.

    A subject belongs to one person: asking for another raises ValueError.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if WatchEvidence.objects.filter(subject=subject).exclude(user=user).exists():
            raise ValueError(f"The subject {subject} holds another person's evidence.")
        grant, is_new = Grant.objects.unrevoked().get_or_create(
            user=user, asset=asset, subject=subject, defaults={"rate_cap": rate_cap, "expires_at": expires_at}
        )
        if not is_new and (grant.rate_cap, grant.expires_at) != (rate_cap, expires_at):
            grant.rate_cap, grant.expires_at = rate_cap, expires_at
            grant.save(update_fields=["rate_cap", "expires_at", "updated_at"])
    return grant


def revoke_grants(*, subject: str, reason: str) -> int:
    """Take back every grant of one subject; returns how many there were. Open players stop at their next beat."""
    return _revoke(Grant.objects.filter(subject=subject), reason)


def revoke_grants_of(*, user: User, subject_prefix: str, reason: str) -> int:
    """Take back a person's grants whose subject starts with `subject_prefix`, such as `attempt:81:`."""
    return _revoke(Grant.objects.filter(user=user, subject__startswith=subject_prefix), reason)


def _revoke(grants: GrantQuerySet, reason: str) -> int:
    if not reason:
        raise ValueError("A revocation needs a reason the learner can read.")
    with transaction.atomic():
        keys = list(grants.unrevoked().order_by("pk").select_for_update().values_list("pk", flat=True))
        Grant.objects.filter(pk__in=keys).update(revoked_at=Now(), revoke_reason=reason, updated_at=Now())
        PlaybackSession.objects.filter(grant__in=keys, closed_at__isnull=True).update(closed_at=Now(), ended=PlaybackSession.Ended.REVOKED)
    return len(keys)


def open_session(*, grant: Grant) -> PlaybackSession:
    """Open a player under `grant`; it alone earns coverage for its person from now on, and older players are told to stop.

    What a person's last player left of its two seconds of slack goes over to the new one, so that reopening earns
    nothing. Raises MayNotWatch when the grant is revoked or has run out, NotPlayable when there is nothing to play.
    """
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=grant.user_id)
        grant = Grant.objects.select_related("asset").get(pk=grant.pk)
        refuse_unless_watchable(grant, person)
        WatchEvidence.objects.bulk_create([WatchEvidence(subject=grant.subject, asset=grant.asset, user=person)], ignore_conflicts=True)
        evidence = WatchEvidence.objects.get(subject=grant.subject, asset=grant.asset, user=person)
        PlaybackSession.objects.filter(user=person, closed_at__isnull=True).update(closed_at=Now(), ended=PlaybackSession.Ended.REPLACED)
        # Time that nobody can still claim has refilled the slack; before that it is what the last player left.
        recent = PlaybackSession.objects.filter(user=person, last_beat_at__gt=Now() - timedelta(seconds=LONGEST_GAP_S + 2)).order_by("-pk").first()
        session = PlaybackSession.objects.create(
            grant=grant, evidence=evidence, user=person, slack_ms=recent.slack_ms if recent else SLACK_MS, opened_at=Now(), last_beat_at=Now()
        )
    session.refresh_from_db(fields=["opened_at", "last_beat_at"])
    return session


def refuse_unless_watchable(grant: Grant, person: User) -> None:
    """Raise the refusal, in words for the learner, when `grant` (with its asset loaded) opens nothing now."""
    if not person.is_active:
        raise MayNotWatch(_("This account is closed. Write to the school if that is a mistake."))
    if grant.revoked_at is not None:
        raise MayNotWatch(grant.revoke_reason)
    if not Grant.objects.live().filter(pk=grant.pk).exists():
        raise MayNotWatch(_("The time to watch this video has run out. Open the course page to see what you can do."))
    if not grant.asset.is_playable or not grant.asset.duration_ms:
        raise NotPlayable(_("This video is not ready yet. Try again in a few minutes."))


def close_session(*, session: PlaybackSession) -> None:
    """End a player for good. A repeat changes nothing."""
    PlaybackSession.objects.filter(pk=session.pk, closed_at__isnull=True).update(closed_at=Now(), ended=PlaybackSession.Ended.CLOSED)
