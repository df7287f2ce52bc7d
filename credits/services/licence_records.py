"""What a person tells us of one licence over the years: its status, its renewals, and duties met in earlier cycles."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Licence, LicenceRenewal, LicenceStatus, MetDuty
from credits.services.ledger import lock_person

Record = TypeVar("Record", LicenceStatus, LicenceRenewal, MetDuty)


class RecordTaken(DomainError):
    code = "licence_record_taken"


class RecordMistake(DomainError):
    code = "licence_record_mistake"


def record_status(*, licence: Licence, actor: Any, begins_on: date, status: str, row: LicenceStatus | None = None) -> LicenceStatus:
    """Note that the licence is `status` from `begins_on` until the next row. `row` is the one to correct; the same again returns it."""
    if status not in LicenceStatus.Status.values:
        raise RecordMistake(_("A licence is active or inactive. Choose one of the two."))
    taken = _("You already gave a status from that day. Change that line instead.")
    return _record(LicenceStatus, licence, actor, row, {"begins_on": begins_on}, {"status": status}, taken)


def record_renewal(
    *,
    licence: Licence,
    actor: Any,
    cycle_end: date,
    submitted_on: date | None = None,
    late_fee_paid_on: date | None = None,
    renewed_on: date | None = None,
    row: LicenceRenewal | None = None,
) -> LicenceRenewal:
    """Note what was done to renew at the end of the cycle `cycle_end`. `row` is the one to correct; the same again returns it."""
    done = {"submitted_on": submitted_on, "late_fee_paid_on": late_fee_paid_on, "renewed_on": renewed_on}
    if not any(done.values()):
        raise RecordMistake(_("Give at least one date: submitted, late fee paid or renewed."))
    if submitted_on and renewed_on and renewed_on < submitted_on:
        raise RecordMistake(_("A licence is renewed after the renewal is submitted. Check both dates."))
    today = clock.civil_date(clock.now(), licence.user.time_zone)
    if any(day > today for day in done.values() if day):
        raise RecordMistake(_("Give what has happened. A date that is still to come can be entered once it is there."))
    return _record(LicenceRenewal, licence, actor, row, {"cycle_end": cycle_end}, done, _("This cycle has a renewal already. Change that line instead."))


def record_duty(*, licence: Licence, actor: Any, code: str, cycle_end: date, row: MetDuty | None = None) -> MetDuty:
    """Note that the duty `code` was met in the cycle that ended on `cycle_end`. The same again returns the row."""
    if not code:
        raise RecordMistake(_("Choose the duty that was met."))
    return _record(MetDuty, licence, actor, row, {"code": code, "cycle_end": cycle_end}, {}, _("This duty is noted for that cycle already."))


def remove_record(*, row: LicenceStatus | LicenceRenewal | MetDuty, actor: Any) -> None:
    """Take a line away that was entered by mistake."""
    with transaction.atomic():
        lock_person(row.licence.user_id)
        record_audit(actor=actor, action="credits.remove_licence_record", record=row.licence, line=str(row))
        row.delete()


def _record(model: type[Record], licence: Licence, actor: Any, row: Record | None, key: dict[str, Any], values: dict[str, Any], taken: str) -> Record:
    """Write one line, one writer of a person's record at a time. `key` is what no two lines of a licence share."""
    with transaction.atomic():
        lock_person(licence.user_id)
        there = model._default_manager.filter(licence=licence, **key).first()
        wanted = {**key, **values}
        if there and (row is None or there.pk != row.pk):
            if row is None and all(getattr(there, name) == value for name, value in wanted.items()):
                return there
            raise RecordTaken(taken)
        if row and not model._default_manager.filter(pk=row.pk).exists():
            raise RecordMistake(_("This line was removed in the meantime. Add it again."))
        row = row or model(licence=licence)
        for name, value in wanted.items():
            setattr(row, name, value)
        row.save()
        record_audit(actor=actor, action="credits.save_licence_record", record=licence, line=str(row))
    return row
