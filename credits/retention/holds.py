"""Legal hold: nothing about a person, an activity or a board is removed while one stands."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Activity, Board, LegalHold

_GATE = 5_260_035  # the advisory lock that removals share and a new hold takes alone


class HoldMistake(DomainError):
    code = "legal_hold_mistake"


class UnderHold(DomainError):
    """The school has to keep the record for now."""

    code = "under_legal_hold"


def place_hold(*, officer: Any, reason: str, person: Any = None, activity: Activity | None = None, board: Board | None = None) -> LegalHold:
    """Keep everything about one thing. Removals under way end first; none begins afterwards. A hold that stands already is returned.

    Raises NotAnOfficer, ReasonNeeded, HoldMistake unless it is about exactly one thing.
    """
    from credits.services.officers import require_officer  # services ask `refuse_if_held` of this module

    reason = " ".join(reason.split())
    require_officer(officer, reason)
    if sum(thing is not None for thing in (person, activity, board)) != 1:
        raise HoldMistake(_("A hold is about one person, one course or workshop, or one board. Place one for each."))
    about = {"person": person, "activity": activity, "board": board}
    with transaction.atomic():
        pass_gate(alone=True)
        hold, created = LegalHold.objects.standing().get_or_create(**about, defaults={"reason": reason, "placed_by": officer})
        if created:
            record_audit(actor=officer, action="credits.place_legal_hold", record=hold, reason=reason)
    return hold


def lift_hold(*, officer: Any, hold: LegalHold, reason: str) -> LegalHold:
    """End a hold: what is past its time goes with the next removal. Lifting again changes nothing."""
    from credits.services.officers import require_officer  # services ask `refuse_if_held` of this module

    reason = " ".join(reason.split())
    require_officer(officer, reason)
    with transaction.atomic():
        hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
        if hold.is_standing:
            hold.lifted_at, hold.lifted_by, hold.lift_reason = clock.now(), officer, reason
            hold.save(update_fields=["lifted_at", "lifted_by", "lift_reason", "updated_at"])
            record_audit(actor=officer, action="credits.lift_legal_hold", record=hold, reason=reason)
    return hold


def pass_gate(*, alone: bool = False) -> None:
    """Until the transaction ends, removals share the gate and a new hold has it alone: neither can overtake the other."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [_GATE])


def refuse_if_held(user: Any) -> None:
    """Raises UnderHold while a hold on the person stands: what they gave may not be taken off file.

    Call inside the transaction that takes it off: until its end no new hold begins, so none can come between.
    """
    pass_gate()
    if LegalHold.objects.on_person(user).exists():
        raise UnderHold(_("The school has to keep this for now, because somebody asked for it in a proceeding. Write to the school; it stays as it is."))
