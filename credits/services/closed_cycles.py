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

    Returns those to decide. An undecided case of the same award and cycle takes the new figures, and ends by itself when they are what it began with. Runs in
    the transaction of the change. A closed cycle itself is never changed by it: what was renewed stays frozen.
    """
    after = closed_cycles_now(award=award, since=since)
    waiting = {(case.licence_id, case.cycle_end): case for case in ClosedCycle.objects.undecided().filter(award=award).select_related("task")}
    changed = [(key, before[key], figures) for key, figures in after.items() if key in before and _differ(before[key], figures, cause)]
    noted = [_note(award, waiting.get(key), old, new, cause) for key, old, new in changed]
    return [case for case in noted if not case.is_decided]


def _differ(old: Figures, new: Figures, cause: str) -> bool:
    """A hold that moves no figure concerns nobody: it may end again. What is corrected or revoked is for good, and told whatever it moves."""
    return old.shown != new.shown if cause in (ClosedCycle.Cause.HELD, ClosedCycle.Cause.RELEASED) else old.whole != new.whole


def _note(award: Award, case: ClosedCycle | None, old: Figures, new: Figures, cause: str) -> ClosedCycle:
    if case is None:
        return _raise(award, old, new, cause)
    if new.shown == case.before:
        case.outcome, case.decided_at = ClosedCycle.Outcome.UNDONE, clock.now()
        case.save(update_fields=["outcome", "decided_at", "updated_at"])
        settle_task(key=case.task.key, note=_("The change was taken back, and the figures are as before."))
        return case
    case.cause, case.after = cause, new.shown
    case.save(update_fields=["cause", "after", "updated_at"])
    raise_task(key=case.task.key, **_task_words(award, case.before, new, cause), address=case.get_absolute_url())
    return case


def _raise(award: Award, old: Figures, new: Figures, cause: str) -> ClosedCycle:
    earlier = list(ClosedCycle.objects.filter(licence=new.licence, award=award, cycle_end=new.end).order_by("pk"))
    before = old.shown
    if earlier and earlier[-1].cause == ClosedCycle.Cause.HELD and cause in (ClosedCycle.Cause.CORRECTED, ClosedCycle.Cause.REVOKED):
        before = earlier[-1].before  # it was decided while the award was held; what the cycle once rested on is what matters now
    again = f":{len(earlier) + 1}" if earlier else ""
    task = raise_task(key=f"closed-cycle:{award.pk}:{new.licence.pk}:{new.end}{again}", **_task_words(award, before, new, cause))
    row = ClosedCycle.objects.create(
        licence=new.licence, award=award, cycle_end=new.end, cause=cause, renewed_on=new.renewed_on, before=before, after=new.shown, unit=new.unit, task=task
    )
    OfficerTask.objects.filter(pk=task.pk).update(address=reverse("credits_desk:closed_cycle_detail", args=[row.pk]))
    return row


def _task_words(award: Award, before: Mapping[str, Any], new: Figures, cause: str) -> dict[str, Any]:
    words = {"board": new.licence.board.name, "end": date_format(new.end, "j F Y")}
    figures = {"cause": ClosedCycle.Cause(cause).label, "title": award.title, "before": _counted(before, new.unit), "after": _counted(new.shown, new.unit)}
    return {
        "kind": OfficerTask.Kind.CLOSED_CYCLE,
        "title": _("%(board)s: a change reaches the cycle that ended on %(end)s") % words,
        "detail": _("%(cause)s: “%(title)s”. Counted before: %(before)s. With the change: %(after)s. Decide what follows, and the learner is told.") % figures,
        "due_on": school_today() + DECIDE_WITHIN,
    }


def _counted(shown: Mapping[str, Any], unit: str) -> str:
    if shown["required"] is None:
        return _("no rule known")
    return _("%(applied)s of %(required)s %(unit)s") % {"applied": shown["applied"], "required": shown["required"], "unit": unit}


def decide_closed_cycle(*, officer: Any, cycle: ClosedCycle, outcome: str, note: str, word: str = "") -> ClosedCycle:
    """Say what follows; `note` stays inside, `word` and the outcome go to the learner. The same decision again changes nothing.

    Raises NotYourDecision for anybody but an officer and for an officer's own licence, CycleDecided when it was decided otherwise.
    """
    outcome = ClosedCycle.Outcome(outcome)
    if outcome == ClosedCycle.Outcome.UNDONE:
        raise NotYourDecision(_("A case ends like this by itself, when the change is taken back. Choose what follows."), code="not_a_decision")
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
