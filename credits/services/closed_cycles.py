"""When a change of an award reaches a cycle that is over: the case for a person, and their decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.closed_cycles.figures import Figures, closed_cycles_of
from credits.models import Award, ClosedCycle, OfficerTask
from credits.selectors import school_today
from credits.services.worklist import raise_task, settle_task
from notifications.services import send_mail_once

DECIDE_WITHIN = timedelta(days=14)  # the school's own measure; no board sets one


class CycleDecided(DomainError):
    code = "cycle_decided"


class NotYourDecision(DomainError):
    code = "not_your_decision"


def closed_cycles_now(*, award: Award, since: date) -> dict[tuple[int, date], Figures]:
    """What the closed cycles that a change of `award` may reach are as things stand; to be kept for `note_closed_cycles`."""
    return closed_cycles_of(award, since=since, today=school_today())


def note_closed_cycles(*, award: Award, before: Mapping[tuple[int, date], Figures], since: date, cause: str) -> list[ClosedCycle]:
    """Compare what the closed cycles were `before` the award was changed with what they are now; a case and a task for each that differs.

    Runs in the transaction of the change. A closed cycle itself is never changed by it: what was renewed stays frozen.
    """
    after = closed_cycles_now(award=award, since=since)
    changed = [(before[key], figures) for key, figures in after.items() if key in before and before[key].whole != figures.whole]
    return [_raise(award, old, new, cause) for old, new in changed]


def _raise(award: Award, old: Figures, new: Figures, cause: str) -> ClosedCycle:
    words = {"board": new.licence.board.name, "end": date_format(new.end, "j F Y")}
    figures = {"cause": ClosedCycle.Cause(cause).label, "title": award.title, "before": _counted(old), "after": _counted(new)}
    task = raise_task(
        kind=OfficerTask.Kind.CLOSED_CYCLE,
        key=f"closed-cycle:{award.pk}:{new.licence.pk}:{new.end}",
        title=_("%(board)s: a change reaches the cycle that ended on %(end)s") % words,
        detail=_("%(cause)s: “%(title)s”. Counted before: %(before)s. With the change: %(after)s. Decide what follows, and the learner is told.") % figures,
        due_on=school_today() + DECIDE_WITHIN,
    )
    values = {"cause": cause, "renewed_on": new.renewed_on, "before": old.shown, "after": new.shown, "unit": new.unit, "task": task}
    row, _created = ClosedCycle.objects.get_or_create(licence=new.licence, award=award, cycle_end=new.end, defaults=values)
    OfficerTask.objects.filter(pk=task.pk).update(address=reverse("credits_desk:closed_cycle_detail", args=[row.pk]))
    return row


def _counted(figures: Figures) -> str:
    if figures.shown["required"] is None:
        return _("no rule known")
    return _("%(applied)s of %(required)s %(unit)s") % {"applied": figures.shown["applied"], "required": figures.shown["required"], "unit": figures.unit}


def decide_closed_cycle(*, officer: Any, cycle: ClosedCycle, outcome: str, note: str, word: str = "") -> ClosedCycle:
    """Say what follows; `note` stays inside, `word` and the outcome go to the learner. The same decision again changes nothing.

    Raises NotYourDecision for anybody but an officer and for an officer's own licence, CycleDecided when it was decided otherwise.
    """
    outcome = ClosedCycle.Outcome(outcome)
    word, note = word.strip(), note.strip()
    if not officer.has_role(Role.CE_OFFICER):
        raise NotYourDecision(_("Only a CE officer can decide about a closed cycle. Ask one."))
    if officer.pk == cycle.licence.user_id:
        raise NotYourDecision(_("Nobody decides about their own licence. Ask another CE officer."))
    if not note:
        raise NotYourDecision(_("Write down why, so that whoever audits this later can understand it."), code="reason_needed")
    with transaction.atomic():
        row = ClosedCycle.objects.select_for_update(of=("self",)).select_related("licence__board", "licence__user", "task", "award").get(pk=cycle.pk)
        if row.is_decided:
            if (row.outcome, row.word) == (outcome, word):
                return row
            raise CycleDecided(_("This was decided already: %(outcome)s.") % {"outcome": row.get_outcome_display()})
        row.outcome, row.word, row.decided_at, row.decided_by = outcome, word, clock.now(), officer
        row.save(update_fields=["outcome", "word", "decided_at", "decided_by", "updated_at"])
        record_audit(actor=officer, action="credits.decide_closed_cycle", record=row, reason=note, outcome=str(outcome))
        settle_task(key=row.task.key, note=f"{outcome.label}. {note}", by=officer)
        send_mail_once(key=f"closed-cycle:{row.pk}", template="credits/mail/closed_cycle", context={"cycle": row}, recipient=row.licence.user)
    return row
