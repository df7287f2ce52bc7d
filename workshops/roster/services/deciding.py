"""The decision that rests on the log: full, a part, or not there; and what `credits` is told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.jobs import enqueue
from core.models import Job
from credits.prospects.attendance import BoardHours, approvals_of, hours_of
from credits.services import flag_completion, record_completion
from notifications.services import send_mail_once
from payments.selectors import people_suspended_from
from workshops.checkin.evidence import dossier_files
from workshops.errors import AttendanceRefused, NotComplete
from workshops.models import Seat, SeatOutcome, Workshop, WorkshopCompletion
from workshops.roster import jobs  # noqa: F401  registers the job kind
from workshops.roster.completion import attended_minutes, evaluate
from workshops.roster.selectors import blocks_of, completion_job, credit_facts, dossier_facts, fingerprint, log_lines, roster
from workshops.services.offerings import note_workshop


def decide_seat(*, seat: Seat, by: Any, note: str = "") -> SeatOutcome:
    """Decide how somebody attended, by the log as it stands. The same again returns the decision that stands; another supersedes it.

    Whoever was there for all of it has completed the workshop, and so has whoever was there for a part that some approval credits: the
    evidence goes to `credits`, and nothing is decided anew after that. Others are told why nothing follows. Raises NotComplete
    when the workshop has not ended, the seat was cancelled, or it is the decider's own.
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(of=("self",)).select_related("venue", "activity", "instructor").get(pk=seat.workshop_id)
        seat = Seat.objects.select_related("learner").get(pk=seat.pk)
        seat.workshop = workshop
        current = SeatOutcome.objects.current().filter(seat=seat).first()
        if current and WorkshopCompletion.objects.filter(seat=seat).exists():
            return current
        if seat.state != Seat.State.CONFIRMED:
            raise NotComplete(_("This seat was cancelled."), code="seat_cancelled")
        if not workshop.has_ended or workshop.ends_at is None:
            raise NotComplete(_("The workshop has not ended yet. Decide when it is over."), code="not_over")
        if by.pk == seat.learner_id:  # credit never hangs on one's own word, whoever entered the times
            raise NotComplete(_("Nobody decides about their own attendance. Ask somebody else of the school."), code="own_attendance")
        outcome = _outcome(seat, current, by, note)
        if outcome == current:
            return current
        if outcome.state == SeatOutcome.State.FULL or any(row["units"] != "0" or row["code"] == "hour_not_established" for row in outcome.hours):
            _complete(seat, by)
        if outcome.state != SeatOutcome.State.FULL:
            context = {"outcome": outcome, "seat": seat, "workshop": workshop}
            send_mail_once(key=f"seat-outcome:{outcome.pk}", template="workshops/mail/attendance_decided", context=context, recipient=seat.learner)
        record_audit(actor=by, action="workshops.decide_attendance", record=seat, state=outcome.state, minutes=outcome.minutes, note=note)
    return outcome


def _outcome(seat: Seat, current: SeatOutcome | None, by: Any, note: str) -> SeatOutcome:
    """The decision by the log: the one that stands when it says the same, else a new one that supersedes it."""
    blocks, lines = blocks_of(seat), log_lines(seat)
    trace, minutes = evaluate(blocks, lines), sum(attended_minutes(block, lines) for block in blocks)
    state = SeatOutcome.State.FULL if trace["met"] else SeatOutcome.State.PARTIAL if lines else SeatOutcome.State.NO_SHOW
    if current and (current.state, current.minutes) == (state, minutes):
        return current
    hours = hours_of(credit_facts(seat, blocks, lines), _approvals(seat.workshop)) if state != SeatOutcome.State.NO_SHOW else []
    return SeatOutcome.objects.create(
        seat=seat,
        state=state,
        minutes=minutes,
        of_minutes=sum(block.minutes for block in blocks),
        hours=[hours_as_json(row) for row in hours],
        note=note,
        decided_by=by,
        supersedes=current,
    )


def hours_as_json(row: BoardHours) -> dict[str, Any]:
    return {"board": row.board, "unit": row.unit, "units": row.units_shown, "approved": row.approved_shown, "code": row.code, "sentence": row.sentence}


def _approvals(workshop: Workshop) -> list[Any]:
    assert workshop.ends_at is not None  # noqa: S101 - only what has ended is decided
    return approvals_of(workshop.activity, day=clock.civil_date(workshop.ends_at, workshop.venue.time_zone))


def _complete(seat: Seat, by: Any) -> WorkshopCompletion:
    workshop, zone = seat.workshop, seat.workshop.venue.time_zone
    assert workshop.ends_at is not None  # noqa: S101 - only what has ended is decided
    trace = evaluate(blocks_of(seat), log_lines(seat))
    dossier = record_completion(
        key=seat.key,
        user=seat.learner,
        activity=workshop.activity,
        kind="workshop",
        completed_at=workshop.ends_at,
        zone=zone,
        facts=dossier_facts(seat, decided_by=by),
        trace=trace,
        files=dossier_files(seat),
    )
    completion = WorkshopCompletion.objects.create(
        seat=seat,
        completed_at=workshop.ends_at,
        completed_on=clock.civil_date(workshop.ends_at, zone),
        trace=trace,
        dossier=dossier,
        decided_by=by,
    )
    record_audit(actor=by, action="workshops.complete_seat", record=seat)
    if seat.reference and seat.learner_id in people_suspended_from(workshop.subject):
        flag_completion(key=seat.key, reason=_("The payment for the seat was disputed before the workshop was completed."))
    return completion


def complete_seat(*, seat: Seat, by: Any) -> WorkshopCompletion:
    """Decide one seat whose attendance earns something. A repeat returns the same completion. Raises NotComplete with why when it does not."""
    outcome = decide_seat(seat=seat, by=by)
    completion = WorkshopCompletion.objects.filter(seat=seat).first()
    if completion is None:
        trace = evaluate(blocks_of(seat), log_lines(seat))
        raise NotComplete(f"{seat.learner}: {outcome.get_state_display()}. {trace['why']} {trace['todo']}")
    return completion


def complete_workshop(*, workshop: Workshop, by: Any, note: str = "", report: Callable[[int, str], None] = lambda progress, stage: None) -> list[SeatOutcome]:
    """Decide every seat, each in a transaction of its own; then the workshop has taken place. Killed anywhere, it goes on where it was.

    Raises NotComplete before the workshop has ended.
    """
    if not workshop.has_ended:
        raise NotComplete(_("The workshop has not ended yet. Decide when it is over."), code="not_over")
    seats = list(workshop.seats.confirmed().select_related("learner"))
    decided = []
    for done, seat in enumerate(seats):
        report(100 * done // len(seats), str(seat.learner))
        try:
            decided.append(decide_seat(seat=seat, by=by, note=note))
        except NotComplete:  # the seat was given back meanwhile, or is the decider's own
            continue
    with transaction.atomic():
        locked = Workshop.objects.select_for_update().get(pk=workshop.pk)
        if locked.state == Workshop.State.PUBLISHED:
            locked.state = Workshop.State.COMPLETED
            locked.save(update_fields=["state", "updated_at"])
            record_audit(actor=by, action="workshops.complete", record=locked, decided=len(decided))
            note_workshop(workshop=locked)
    return decided


def start_completion(*, workshop: Workshop, by: Any, seen: str, note: str = "") -> Job:
    """Have every seat decided by a job, as it was previewed: `seen` is the fingerprint of what the person looked at.

    The same again returns the same job. Raises AttendanceRefused when the log says something else by now, NotComplete before the end.
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(of=("self",)).select_related("venue", "activity").get(pk=workshop.pk)
        if not workshop.has_ended:
            raise NotComplete(_("The workshop has not ended yet. Decide when it is over."), code="not_over")
        if workshop.state not in (Workshop.State.PUBLISHED, Workshop.State.COMPLETED):
            raise NotComplete(_("Only a workshop that was announced and took place can be decided."), code="not_open")
        job = completion_job(workshop)
        if job and job.state in (Job.State.QUEUED, Job.State.RUNNING):
            return job
        found = roster(workshop)
        if fingerprint(found) != seen:
            raise AttendanceRefused(_("Attendance changed since you looked. Look through it once more, then decide."), code="changed_meanwhile")
        key = f"complete-attendance:{workshop.pk}:{seen}:{by.pk}"  # whoever decides leaves their own seat to somebody else
        if existing := Job.objects.filter(key=key).first():
            return existing
        return enqueue("workshops.complete_attendance", key=key, args={"workshop": workshop.pk, "by": by.pk, "note": note})
