"""Giving and taking access."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from payments.models import AccessGrant
from payments.selectors import has_access
from payments.signals import access_changed


def grant_access(
    *,
    user: User,
    subject: str,
    source: str,
    reason: str = "",
    granted_by: User | None = None,
    expires_at: datetime | None = None,
    starts_at: datetime | None = None,
    streams: int = 1,
) -> AccessGrant:
    """Let `user` open `subject`, from now (or `starts_at`) until `expires_at` (or for good), on `streams` devices at once.

    A repeat returns the grant that stands from the same source, with the expiry it was given; an expired one is replaced.
    """
    source, now = AccessGrant.Source(source), clock.now()
    with transaction.atomic():
        grants = AccessGrant.objects.filter(user=user, subject=subject, source=source).standing()
        if standing := grants.select_for_update(no_key=True).first():
            if standing.phase != "expired":
                return standing
            standing.replaced_at = now
            standing.save(update_fields=["replaced_at", "updated_at"])
        _check(source, reason, granted_by, starts_at or now, expires_at, now)
        # The constraint decides between two first grants at once: the loser finds the winner's row.
        grant, created = grants.get_or_create(
            defaults={"user": user, "subject": subject, "source": source, "reason": reason.strip(), "granted_by": granted_by}
            | {"starts_at": starts_at or now, "expires_at": expires_at, "streams": streams}
        )
        if not created:
            return grant
        record_audit(actor=granted_by, action="payments.grant_access", record=grant, reason=reason, subject=subject, source=source.value)
        _announce(user, subject)
        for edge, at in (("starts", starts_at), ("expires", expires_at)):
            if at and at > now:  # nobody clicks when a grant begins or ends by the clock
                announce_access_at(grant=grant, edge=edge, at=at)
    return grant


def _check(source: str, reason: str, granted_by: User | None, starts_at: datetime, expires_at: datetime | None, now: datetime) -> None:
    if source == AccessGrant.Source.STAFF and not (granted_by and reason.strip()):
        raise DomainError(_("Say who gives this access and why."), code="reason_needed")
    if expires_at and expires_at <= max(starts_at, now):
        raise DomainError(_("This access would be over before it begins. Choose a later end."), code="expires_too_early")


def revoke_access(*, grant: AccessGrant, by: User | None, reason: str) -> AccessGrant:
    """Take `grant` back; a second call changes nothing. `by` is None when the payment provider's news ended it."""
    with transaction.atomic():
        grant = AccessGrant.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(pk=grant.pk)
        if grant.revoked_at:
            return grant
        if not reason.strip():
            raise DomainError(_("Say why this access is taken back: the person may ask."), code="reason_needed")
        grant.revoked_at, grant.revoked_by, grant.revoke_reason = clock.now(), by, reason.strip()
        grant.save(update_fields=["revoked_at", "revoked_by", "revoke_reason", "updated_at"])
        record_audit(actor=by, action="payments.revoke_access", record=grant, reason=reason, subject=grant.subject)
        _announce(grant.user, grant.subject)
    return grant


def announce_access_at(*, grant: AccessGrant, edge: str, at: datetime) -> None:
    """Have the apps above told at `at` that `grant` "starts" or "expires"; a moved edge is announced at its new time too."""
    enqueue("payments.announce_access", key=f"access-grant:{grant.pk}:{edge}:{at:%Y%m%dT%H%M%S}", args={"grant": grant.pk}, run_after=at)


def suspend_access(*, grant: AccessGrant, reason: str) -> AccessGrant:
    """Close what `grant` opens until `resume_access`; a second call changes nothing."""
    return _set_suspended(grant, clock.now(), "payments.suspend_access", reason)


def resume_access(*, grant: AccessGrant, reason: str) -> AccessGrant:
    """Open again what was suspended; a grant that was revoked meanwhile stays so."""
    return _set_suspended(grant, None, "payments.resume_access", reason)


def _set_suspended(grant: AccessGrant, at: datetime | None, action: str, reason: str) -> AccessGrant:
    with transaction.atomic():
        grant = AccessGrant.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(pk=grant.pk)
        if bool(grant.suspended_at) == bool(at):
            return grant
        grant.suspended_at = at
        grant.save(update_fields=["suspended_at", "updated_at"])
        record_audit(actor=None, action=action, record=grant, reason=reason, subject=grant.subject)
        _announce(grant.user, grant.subject)
    return grant


def set_streams(*, grant: AccessGrant, streams: int) -> None:
    """Let `grant` be watched on `streams` devices at once from now on; the apps above are told when that is news."""
    with transaction.atomic():
        if AccessGrant.objects.filter(pk=grant.pk).exclude(streams=streams).update(streams=streams, updated_at=clock.now()):
            grant.streams = streams
            record_audit(actor=None, action="payments.set_streams", record=grant, subject=grant.subject, streams=streams)
            _announce(grant.user, grant.subject)


def announce_access(*, grant: AccessGrant) -> None:
    """Tell the apps above where this grant's subject stands now; called when it begins or expires by the clock."""
    with transaction.atomic():
        _announce(grant.user, grant.subject)


def _announce(user: User, subject: str) -> None:
    access_changed.send(sender=AccessGrant, user=user, subject=subject, open=has_access(user, subject))
