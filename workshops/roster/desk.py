"""The roster on the staff desk: who has a seat, who is in the room, what is missing, and the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest
from workshops.booking.selectors import prices_of
from workshops.checkin.selectors import waits_at_the_door
from workshops.desk_access import attempt, roster_readers, staff_only, teachers
from workshops.models import Attendance, AttendanceCorrection, Block, Seat, SeatOutcome, Workshop
from workshops.roster.forms import AnswerForm, PartialAttendanceForm, SeatForm
from workshops.roster.selectors import completion_job, roster
from workshops.roster.services import annul_attendance, answer_correction, mark_block, mark_rest, record_attendance
from workshops.selectors import block_facts
from workshops.services import cancel_seat, change_seat


@roster_readers
@require_safe
def workshop_roster(request: SignedInRequest, pk: int) -> HttpResponse:
    return _roster(request, pk)


def _roster(request: SignedInRequest, pk: int, seat_form: SeatForm | None = None, status: int = 200) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user).select_related("venue", "activity").prefetch_related("blocks"), pk=pk)
    can_edit = Workshop.objects.editable_by(request.user).filter(pk=pk).exists()
    context = {"workshop": workshop, "roster": roster(workshop), "can_edit": can_edit, "is_staff": request.user.has_role(Role.STAFF)}
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx adds it
        return render(request, "workshops/roster/_live.html", context)
    context |= {
        "holds": workshop.seats.held().select_related("learner").order_by("hold_until", "pk"),
        "corrections": _corrections(workshop),
        "at_the_door": waits_at_the_door(workshop) if can_edit else 0,
        "job": completion_job(workshop),
        "seat_form": seat_form or SeatForm(workshop=workshop),
        "prices": [] if workshop.is_free else prices_of(workshop),
    }
    return render(request, "workshops/roster/roster.html", context, status=status)


def _corrections(workshop: Workshop) -> list[AttendanceCorrection]:
    rows = AttendanceCorrection.objects.filter(seat__workshop=workshop, state=AttendanceCorrection.State.OPEN)
    return list(rows.select_related("seat__learner", "block").order_by("created_at", "pk"))


@staff_only
@require_POST
def seat_add(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop, pk=pk)
    form = SeatForm(request.POST, workshop=workshop)
    if not form.is_valid():
        return _roster(request, pk, form, status=422)
    learner, place = form.cleaned_data["email"], form.cleaned_data.get("place", Seat.Place.ROOM)
    attempt(request, _("The seat is given."), lambda: change_seat(workshop=workshop, learner=learner, to="confirmed", by=request.user, place=place))
    return redirect("workshops_desk:workshop_roster", pk=pk)


@staff_only
@require_POST
def seat_remove(request: SignedInRequest, pk: int, seat: int) -> HttpResponse:
    held = get_object_or_404(Seat.objects.select_related("workshop", "learner"), pk=seat, workshop=pk)
    attempt(request, _("The seat is taken back."), lambda: cancel_seat(workshop=held.workshop, learner=held.learner, by=request.user))
    return redirect("workshops_desk:workshop_roster", pk=pk)


def _editable_seat(request: SignedInRequest, pk: int, seat: int) -> Seat:
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    return get_object_or_404(Seat.objects.select_related("learner", "workshop__venue"), pk=seat, workshop=workshop)


@teachers
@require_POST
def attendance_mark(request: SignedInRequest, pk: int, seat: int, block: int) -> HttpResponse:
    """Mark one person present for, or absent from, one block."""
    held = _editable_seat(request, pk, seat)
    stretch = get_object_or_404(Block, pk=block, workshop=pk, kind=Block.Kind.INSTRUCTION)
    present = request.POST.get("present") == "yes"
    attempt(request, "", lambda: mark_block(seat=held, block=stretch, present=present, by=request.user))
    return redirect("workshops_desk:workshop_roster", pk=pk)


@teachers
@require_POST
def attendance_mark_all(request: SignedInRequest, pk: int, block: int) -> HttpResponse:
    """Mark everyone present for one block of whom nothing is noted in it."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    stretch = get_object_or_404(Block, pk=block, workshop=workshop, kind=Block.Kind.INSTRUCTION)
    attempt(request, "", lambda: mark_rest(workshop=workshop, block=stretch, by=request.user))
    return redirect("workshops_desk:workshop_roster", pk=pk)


@teachers
def attendance_edit(request: SignedInRequest, pk: int, seat: int, block: int) -> HttpResponse:
    """Arrival and departure times of one person in one block, and the log of what was entered."""
    held = _editable_seat(request, pk, seat)
    stretch = get_object_or_404(Block, pk=block, workshop=pk, kind=Block.Kind.INSTRUCTION)
    form = PartialAttendanceForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(request, _("The times are noted."), lambda: _enter_times(held, stretch, form.cleaned_data, request.user))
    ):
        return redirect("workshops_desk:workshop_roster", pk=pk)
    entries = held.attendance.filter(block=stretch).select_related("recorded_by", "annulled_by")
    facts = block_facts(stretch, held.workshop.zone)
    context = {"seat": held, "workshop": held.workshop, "stretch": facts, "form": form, "entries": entries}
    return render(request, "workshops/roster/attendance_edit.html", context, status=422 if request.method == "POST" else 200)


def _enter_times(seat: Seat, block: Block, values: dict[str, Any], by: Any) -> None:
    for kind, moment in (("in", values["arrived"]), ("out", values["left"])):
        at = datetime.combine(block.starts_at.astimezone(seat.workshop.zone).date(), moment, seat.workshop.zone)
        if at < block.starts_at - timedelta(hours=6):  # a block across midnight: the time lies on the next day
            at += timedelta(days=1)
        record_attendance(seat=seat, block=block, kind=kind, at=at, by=by, note=values["note"])


@teachers
@require_POST
def attendance_annul(request: SignedInRequest, pk: int, entry: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    line = get_object_or_404(Attendance.objects.select_related("seat", "block"), pk=entry, seat__workshop=workshop)
    attempt(request, _("The entry is taken back."), lambda: annul_attendance(entry=line, by=request.user, note=request.POST.get("note", "")))
    return redirect("workshops_desk:attendance_edit", pk=pk, seat=line.seat_id, block=line.block_id)


@roster_readers
@require_safe
def outcome_list(request: SignedInRequest, pk: int, seat: int) -> HttpResponse:
    """How one person's attendance was decided, each decision after the other."""
    workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user).select_related("venue"), pk=pk)
    held = get_object_or_404(Seat.objects.select_related("learner"), pk=seat, workshop=workshop)
    outcomes = SeatOutcome.objects.filter(seat=held).select_related("decided_by", "superseded_by").order_by("-pk")
    return render(request, "workshops/roster/outcome_list.html", {"workshop": workshop, "seat": held, "outcomes": outcomes})


@teachers
def correction_answer(request: SignedInRequest, pk: int, correction: int) -> HttpResponse:
    """What a learner says is wrong, beside the log, and the answer to it."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue", "activity").prefetch_related("blocks"), pk=pk)
    asked = get_object_or_404(AttendanceCorrection.objects.select_related("seat__learner", "block", "answered_by"), pk=correction, seat__workshop=workshop)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if attempt(
            request,
            _("The answer is on its way to the learner."),
            lambda: answer_correction(correction=asked, by=request.user, is_mended=values["became"] == "mended", answer=values["answer"]),
        ):
            return redirect("workshops_desk:workshop_roster", pk=pk)
    rows = roster(workshop, only=asked.seat).rows
    context = {"workshop": workshop, "correction": asked, "form": form, "row": rows[0] if rows else None}
    return render(request, "workshops/roster/correction_answer.html", context, status=422 if request.method == "POST" else 200)
