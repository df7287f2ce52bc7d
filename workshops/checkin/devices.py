"""Phones that may check people in at one workshop: enrolled at the desk, claimed by a link, revoked when lost.

A token names a row and is worth nothing without it, so revoking needs no list of tokens. The person who enrolled the
phone answers for it: when they may no longer edit the workshop, the phone may not check in either.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from workshops.models import CheckinDevice, Workshop

CLAIM_FOR = timedelta(minutes=30)
LIFE_AFTER = timedelta(days=7)  # what was noted without network may be sent days later
_token_signer = Signer(salt="workshops.checkin.device")
_claim_signer = Signer(salt="workshops.checkin.claim")


class EnrolmentRefused(DomainError):
    code = "enrolment_refused"


class DeviceRefused(DomainError):
    """The phone may not read or send anything. What it keeps unsent stays on it, for a new enrolment to send."""

    code = "device_unknown"
    status = 403


def enrol_device(*, workshop: Workshop, name: str, by: Any) -> CheckinDevice:
    """Make room for a phone; it claims its place by `claim_link` within half an hour."""
    if workshop.state == Workshop.State.CANCELLED:
        raise EnrolmentRefused(_("This workshop is cancelled, so nobody is checked in."), code="workshop_cancelled")
    if workshop.ends_at is None:
        raise EnrolmentRefused(_("Give the workshop its schedule first: people sign in to its blocks."), code="no_schedule")
    now = clock.now()
    with transaction.atomic():
        device = CheckinDevice.objects.create(
            workshop=workshop, name=name, enrolled_by=by, claim_until=now + CLAIM_FOR, expires_at=max(workshop.ends_at, now) + LIFE_AFTER
        )
        record_audit(actor=by, action="workshops.enrol_device", record=device, workshop=workshop.pk)
    return device


def claim_link(device: CheckinDevice, site: str) -> str:
    """The address a phone opens to become `device`. The code stands behind the #, so no server log has it."""
    return f"{site}{reverse('workshops:checkin_page')}#join={_claim_signer.sign(device.key.hex)}"


def claim_device(*, code: str, claim: uuid.UUID) -> CheckinDevice:
    """Let the phone that calls itself `claim` be the device its code names. The same phone may ask again; another may not."""
    try:
        key = uuid.UUID(_claim_signer.unsign(code))
    except (BadSignature, ValueError):
        raise EnrolmentRefused(_("This link is not whole. Scan it again from the desk."), code="bad_code") from None
    with transaction.atomic():
        device = CheckinDevice.objects.select_for_update(of=("self",)).select_related("workshop__venue", "enrolled_by").filter(key=key).first()
        if device is None:
            raise EnrolmentRefused(_("This link is not whole. Scan it again from the desk."), code="bad_code")
        if device.claim is not None and device.claim != claim:
            raise EnrolmentRefused(_("Another phone has used this link. Enrol this one at the desk with a link of its own."), code="claimed")
        if device.state in (CheckinDevice.State.EXPIRED, CheckinDevice.State.REVOKED):
            raise EnrolmentRefused(_("This link is over. Enrol the phone at the desk again."), code="claim_over")
        if device.claim is None:
            device.claim, device.claimed_at = claim, clock.now()
            device.save(update_fields=["claim", "claimed_at", "updated_at"])
            record_audit(actor=device.enrolled_by, action="workshops.claim_device", record=device)
    return device


def token_of(device: CheckinDevice) -> str:
    return _token_signer.sign(device.key.hex)


def device_of_token(token: str) -> CheckinDevice:
    """The phone that may act now. Raises DeviceRefused, whose code tells the phone why."""
    try:
        key = uuid.UUID(_token_signer.unsign(token))
    except (BadSignature, ValueError):
        raise DeviceRefused(_("This phone is not enrolled. Enrol it at the desk.")) from None
    device = CheckinDevice.objects.select_related("workshop__venue", "workshop__activity", "enrolled_by").filter(key=key, claimed_at__isnull=False).first()
    if device is None:
        raise DeviceRefused(_("This phone is not enrolled. Enrol it at the desk."))
    if device.state == CheckinDevice.State.REVOKED:
        raise DeviceRefused(_("This phone was taken off the workshop at the desk. Enrol it again to send what it keeps."), code="device_revoked")
    if device.state == CheckinDevice.State.EXPIRED:
        raise DeviceRefused(_("This phone’s time for the workshop is over. Enrol it again to send what it keeps."), code="device_expired")
    person = device.enrolled_by
    if not person.is_active or not Workshop.objects.editable_by(person).filter(pk=device.workshop_id).exists():
        text = _("%(who)s, who enrolled this phone, no longer keeps this workshop’s roster. Ask the school to enrol it anew.") % {"who": person}
        raise DeviceRefused(text, code="no_longer_allowed")
    return device


def note_contact(*, device: CheckinDevice, skew_ms: int | None = None, unsent: int | None = None) -> None:
    """Keep when a phone was last heard of, how far its clock is ahead and how much it still keeps."""
    values: dict[str, Any] = {"last_seen_at": clock.now()}
    if skew_ms is not None:
        values["skew_ms"] = skew_ms
    if unsent is not None:
        values["unsent"] = unsent
    CheckinDevice.objects.filter(pk=device.pk).update(**values)


def revoke_device(*, device: CheckinDevice, by: Any) -> CheckinDevice:
    """End a phone's enrolment at once; a second call changes nothing. What it recorded stays."""
    with transaction.atomic():
        device = CheckinDevice.objects.select_for_update().get(pk=device.pk)
        if device.revoked_at is None:
            device.revoked_at, device.revoked_by = clock.now(), by
            device.save(update_fields=["revoked_at", "revoked_by", "updated_at"])
            record_audit(actor=by, action="workshops.revoke_device", record=device)
    return device
