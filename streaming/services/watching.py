"""Verbs of watching: permission given and taken back, players opened and closed.

Locks are taken in one order: the person, the grant, their sessions, the evidence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, QuerySet, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from streaming.models import Grant, PlaybackSession, VideoAsset, WatchEvidence
from streaming.models.watching import GrantQuerySet

SLACK_MS = 2000
# What was played without a line is handed in with the next beat, which counts for at most this time; a player that has
# been silent for longer is taken for gone.
WINDOW_S = 60


class MayNotWatch(DomainError):
    code = "may_not_watch"


class NotPlayable(DomainError):
    code = "not_playable"


def issue_grant(
    *, user: User, asset: VideoAsset, subject: str, rate_cap: Decimal = Decimal("2"), expires_at: datetime | None = None, streams: int = 1
) -> Grant:
    """Let `user` watch `asset` for `subject`, in up to `streams` players at once. A repeat returns the grant in force, with the terms now asked for.

    A subject belongs to one person: asking for another raises ValueError.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if WatchEvidence.objects.filter(subject=subject).exclude(user=user).exists():
            raise ValueError(f"The subject {subject} holds another person's evidence.")
        grant, is_new = Grant.objects.unrevoked().get_or_create(
            user=user, asset=asset, subject=subject, defaults={"rate_cap": rate_cap, "expires_at": expires_at, "streams": streams}
        )
        if not is_new and (grant.rate_cap, grant.expires_at, grant.streams) != (rate_cap, expires_at, streams):
            grant.rate_cap, grant.expires_at, grant.streams = rate_cap, expires_at, streams
            grant.save(update_fields=["rate_cap", "expires_at", "streams", "updated_at"])
    return grant


def allow_streams(*, user: User, streams: int) -> None:
    """Let `user` have up to `streams` players open at once from now on; those beyond stop, the newest go on."""
    if not Grant.objects.unrevoked().filter(user=user).exclude(streams=streams).exists():
        return
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        Grant.objects.unrevoked().filter(user=user).exclude(streams=streams).update(streams=streams, updated_at=Now())
        _close_beyond(user, streams)


def revoke_grants(*, subject: str, reason: str) -> int:
    """Take back every grant of one subject; returns how many there were. Open players stop at their next beat."""
    return _revoke(Grant.objects.filter(subject=subject), reason)


def revoke_grants_of(*, user: User, subject_prefix: str, reason: str) -> int:
    """Take back a person's grants whose subject starts with `subject_prefix`, such as `attempt:81:`.

    Whoever looks under the person's lock whether to issue one sees what led to this.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
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
    """Open a player under `grant`; it alone earns coverage for its person from now on.

    Of the person's other players as many go on, uncounted, as the grant's `streams` leave room for; the rest stop.
    What the counted player left of its two seconds of slack goes over to the new one, so that reopening earns nothing.
    Raises MayNotWatch when the grant is revoked or has run out, NotPlayable when there is nothing to play.
    """
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=grant.user_id)
        grant = Grant.objects.select_related("asset").get(pk=grant.pk)
        refuse_unless_watchable(grant, person)
        WatchEvidence.objects.bulk_create([WatchEvidence(subject=grant.subject, asset=grant.asset, user=person)], ignore_conflicts=True)
        evidence = WatchEvidence.objects.get(subject=grant.subject, asset=grant.asset, user=person)
        _close_beyond(person, grant.streams - 1)
        slack_ms = _slack_left(person)
        _open_players(person).filter(credits_until__isnull=True).update(credits_until=Now())
        session = PlaybackSession.objects.create(grant=grant, evidence=evidence, user=person, slack_ms=slack_ms, opened_at=Now(), last_beat_at=Now())
    session.refresh_from_db(fields=["opened_at", "last_beat_at"])
    return session


def hand_over(*, token: UUID, user_id: int) -> None:
    """Let the open player under `token` earn coverage, when the one that did is closed or has been silent for a minute.

    The clock goes over with what is left on it: the silent player's time since its last beat is the new one's, and the
    silent one can claim it no more. Otherwise nothing changes.
    """
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=user_id)
        mine = _open_players(person)
        session = mine.filter(token=token, credits_until__isnull=False).first()
        silent = mine.filter(credits_until__isnull=True).select_for_update(no_key=True).first()  # a beat of it waits, or was seen
        if session is None or mine.filter(credits_until__isnull=True, last_beat_at__gt=_a_window_ago()).exists():
            return
        slack_ms = _slack_left(person)
        mine.filter(credits_until__isnull=True).update(credits_until=F("last_beat_at"))
        mine.filter(pk=session.pk).update(credits_until=None, slack_ms=slack_ms, last_beat_at=silent.last_beat_at if silent else Now())


def _open_players(person: User) -> QuerySet[PlaybackSession]:
    return PlaybackSession.objects.filter(user=person, closed_at__isnull=True)


def _a_window_ago() -> CombinedExpression:
    return Now() - timedelta(seconds=WINDOW_S)


def _close_beyond(person: User, most: int) -> None:
    """Stop all but `most` of the person's players, whose lock the caller holds: the silent first, then the oldest."""
    is_heard = Case(When(last_beat_at__gt=_a_window_ago(), then=1), default=0)
    kept = list(_open_players(person).order_by(is_heard.desc(), "-pk").values_list("pk", flat=True)[:most])
    _open_players(person).exclude(pk__in=kept).update(closed_at=Now(), ended=PlaybackSession.Ended.REPLACED)


def _slack_left(person: User) -> int:
    """What the person's counted player has left of its slack, which it cannot spend before the caller is done.

    Time that nobody can still claim has refilled it.
    """
    recent = PlaybackSession.objects.filter(user=person, credits_until__isnull=True, last_beat_at__gt=Now() - timedelta(seconds=WINDOW_S + 2))
    last = recent.select_for_update(no_key=True).order_by(F("closed_at").desc(nulls_first=True), "-pk").first()
    return last.slack_ms if last else SLACK_MS


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


def sign_out_players(*, user: User) -> None:
    """Stop every open player of `user`, as when a changed password ends their sign-ins elsewhere."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _open_players(user).update(closed_at=Now(), ended=PlaybackSession.Ended.SIGNED_OUT)
