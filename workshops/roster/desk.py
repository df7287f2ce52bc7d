"""The roster on the staff desk: who has a seat, who was there, and the decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from workshops.models import Attendance, Block, Seat, Workshop
from workshops.roster.forms import PartialAttendanceForm, SeatForm
from workshops.roster.selectors import roster
from workshops.roster.services import annul_attendance, complete_workshop, mark_block, record_attendance
from workshops.selectors import block_facts
from workshops.services import cancel_seat, change_seat

teachers = role_required(Role.STAFF, Role.INSTRUCTOR)
roster_readers = role_required(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)
staff_only = role_required(Role.STAFF)


@roster_readers
@require_safe
def workshop_roster(request: SignedInRequest, pk: int) -> HttpResponse:
    return _roster(request, pk, SeatForm())


def _roster(request: SignedInRequest, pk: int, seat_form: SeatForm, status: int = 200) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user).select_related("venue", "activity").prefetch_related("blocks"), pk=pk)
    blocks, rows = roster(workshop)
    context = {
        "workshop": workshop,
        "blocks": blocks,
        "rows": rows,
        "holds": workshop.seats.held().select_related("learner").order_by("hold_until", "pk"),
        "open_rows": any(row.completion is None for row in rows),
        "seat_form": seat_form,
        "can_edit": Workshop.objects.editable_by(request.user).filter(pk=pk).exists(),
        "is_staff": request.user.has_role(Role.STAFF),
    }
    return render(request, "workshops/roster/roster.html", context, status=status)


@staff_only
@require_POST
def seat_add(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop, pk=pk)
    form = SeatForm(request.POST)
    if not form.is_valid():
        return _roster(request, pk, form, status=422)
    _attempt(request, _("The seat is given."), lambda: change_seat(workshop=workshop, learner=form.cleaned_data["email"], to="confirmed", by=request.user))
    return redirect("workshops_desk:workshop_roster", pk=pk)


@staff_only
@require_POST
def seat_remove(request: SignedInRequest, pk: int, seat: int) -> HttpResponse:
    held = get_object_or_404(Seat.objects.select_related("workshop", "learner"), pk=seat, workshop=pk)
    _attempt(request, _("The seat is taken back."), lambda: cancel_seat(workshop=held.workshop, learner=held.learner, by=request.user))
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
    _attempt(request, "", lambda: mark_block(seat=held, block=stretch, present=present, by=request.user))
    return redirect("workshops_desk:workshop_roster", pk=pk)


@teachers
@require_POST
def attendance_mark_all(request: SignedInRequest, pk: int, block: int) -> HttpResponse:
    """Mark everyone with a seat present for one block."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    stretch = get_object_or_404(Block, pk=block, workshop=workshop, kind=Block.Kind.INSTRUCTION)
    for seat in workshop.seats.confirmed().filter(completion__isnull=True):
        if not _attempt(request, "", lambda seat=seat: mark_block(seat=seat, block=stretch, present=True, by=request.user)):
            break
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
        and _attempt(request, _("The times are noted."), lambda: _enter_times(held, stretch, form.cleaned_data, request.user))
    ):
        return redirect("workshops_desk:workshop_roster", pk=pk)
    entries = held.attendance.filter(block=stretch).select_related("recorded_by", "annulled_by")
    facts = block_facts(stretch, held.workshop.zone)
    context = {"seat": held, "workshop": held.workshop, "block": facts, "form": form, "entries": entries}
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
    _attempt(request, _("The entry is taken back."), lambda: annul_attendance(entry=line, by=request.user, note=request.POST.get("note", "")))
    return redirect("workshops_desk:attendance_edit", pk=pk, seat=line.seat_id, block=line.block_id)


@teachers
@require_POST
def workshop_complete(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    decided, refused = complete_workshop(workshop=workshop, by=request.user)
    if decided:
        text = ngettext("%(n)s person completed the workshop.", "%(n)s people completed the workshop.", len(decided)) % {"n": len(decided)}
        messages.success(request, text)
    for sentence in refused:
        messages.warning(request, sentence)
    if not decided and not refused:
        messages.info(request, _("Nobody holds a seat, so there was nothing to decide."))
    return redirect("workshops_desk:workshop_roster", pk=pk)


def _attempt(request: SignedInRequest, success: str, act) -> bool:  # type: ignore[no-untyped-def]
    """Do it; show the refusal or the success. True when it was done."""
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    if success:
        messages.success(request, success)
    return True
