"""Decisions of a CE officer about one cycle of one licence: a waiver, an extension, other units."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Licence, LicenceOverride
from credits.services.ledger import lock_person


class OverrideRefused(DomainError):
    code = "override_refused"


class OverrideMistake(DomainError):
    code = "override_mistake"


class OverrideStands(DomainError):
    code = "override_stands"


def override_cycle(
    *,
    officer: Any,
    licence: Licence,
    cycle_end: date,
    reason: str,
    required: Decimal | None = None,
    window_open: date | None = None,
    window_close: date | None = None,
) -> LicenceOverride:
    """Set other units or another window for the cycle that ends on `cycle_end`, in place of the rule's.

    One decision stands per cycle; the same again returns it. Raises OverrideRefused for anybody but an officer, and for an
    officer's own licence; OverrideStands when another decision stands; OverrideMistake when it says nothing or contradicts itself.
    """
    _require_officer(officer, licence)
    values = {"required": required, "window_open": window_open, "window_close": window_close, "reason": " ".join(reason.split())}
    _check(values)
    with transaction.atomic():
        lock_person(licence.user_id)
        standing = licence.overrides.standing().filter(cycle_end=cycle_end).first()
        if standing:
            if all(getattr(standing, name) == value for name, value in values.items()):
                return standing
            raise OverrideStands(_("Another decision stands for this cycle. Withdraw it first, with a reason."))
        row = LicenceOverride.objects.create(licence=licence, cycle_end=cycle_end, officer=officer, **values)
        shown = {name: str(value) for name, value in values.items() if name != "reason" and value is not None}
        record_audit(
            actor=officer, action="credits.override_cycle", record=licence, reason=row.reason, override=row.pk, cycle_end=cycle_end.isoformat(), **shown
        )
    return row


def withdraw_override(*, officer: Any, override: LicenceOverride, reason: str) -> LicenceOverride:
    """End a decision: the rule holds again. The decision stays on record. A second call changes nothing."""
    _require_officer(officer, override.licence)
    reason = " ".join(reason.split())
    if not reason:
        raise OverrideMistake(_("Say why the decision is withdrawn."))
    with transaction.atomic():
        lock_person(override.licence.user_id)
        row = LicenceOverride.objects.select_related("licence").get(pk=override.pk)
        if row.is_standing:
            row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = clock.now(), officer, reason
            row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason", "updated_at"])
            record_audit(actor=officer, action="credits.withdraw_override", record=row.licence, reason=reason, override=row.pk)
    return row


def _require_officer(officer: Any, licence: Licence) -> None:
    if not officer.has_role(Role.CE_OFFICER):
        raise OverrideRefused(_("Only a CE officer can decide about a cycle. Ask one."))
    if officer.pk == licence.user_id:
        raise OverrideRefused(_("Nobody decides about their own licence. Ask another CE officer."))


def _check(values: dict[str, Any]) -> None:
    if not values["reason"]:
        raise OverrideMistake(_("Say why: the reason stays with the decision."))
    if values["required"] is None and values["window_open"] is None and values["window_close"] is None:
        raise OverrideMistake(_("Give what changes: the units, the first or the last day of the window."))
    if values["required"] is not None and values["required"] < 0:
        raise OverrideMistake(_("Units are zero or more."))
    if values["window_open"] and values["window_close"] and values["window_close"] < values["window_open"]:
        raise OverrideMistake(_("A window closes after it opens. Check both dates."))
