"""The desk's pages on check-in: phones, entries in conflict, people without a seat, sheets of paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from workshops.checkin import selectors
from workshops.checkin.devices import claim_link, enrol_device, revoke_device
from workshops.checkin.files import sheet_answer, signature_answer
from workshops.checkin.forms import ConflictForm, DeviceForm, PaperForm, PaperLineForm, WalkInForm
from workshops.checkin.paper import instant_at, key_in_sheet
from workshops.checkin.settling import record_conflict, seat_walk_in, set_conflict_aside, set_walk_in_aside
from workshops.checkin.signers import signers
from workshops.models import Attendance, Block, CheckinConflict, CheckinDevice, PaperSheet, Signature, WalkIn, Workshop
from workshops.selectors import block_facts

teachers = role_required(Role.STAFF, Role.INSTRUCTOR)
roster_readers = role_required(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)
staff_only = role_required(Role.STAFF)


def _workshop(request: SignedInRequest, pk: int) -> Workshop:
    rows = Workshop.objects.editable_by(request.user).select_related("venue", "activity").prefetch_related("blocks")
    return get_object_or_404(rows, pk=pk)


@teachers
def checkin_desk(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything about check-in at one workshop; a POST enrols a phone."""
    workshop = _workshop(request, pk)
    form = DeviceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device = enrol_device(workshop=workshop, name=form.cleaned_data["name"], by=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("workshops_desk:checkin_device", pk=pk, device=device.pk)
    return _desk(request, workshop, form, status=422 if request.method == "POST" else 200)


def _desk(request: SignedInRequest, workshop: Workshop, form: DeviceForm, status: int) -> HttpResponse:
    desk = selectors.checkin_desk(workshop)
    zone = workshop.zone
    context = {
        "workshop": workshop,
        "desk": desk,
        "form": form,
        "blocks": [block_facts(block, zone) for block in desk.blocks],
        "conflicts": [
            (row, ConflictForm(initial={"at": row.at.astimezone(zone).time().replace(microsecond=0)}, auto_id=f"c{row.pk}_%s")) for row in desk.conflicts
        ],
        "walk_ins": [(row, WalkInForm(initial={"email": row.email}, auto_id=f"w{row.pk}_%s")) for row in desk.walk_ins],
        "is_staff": request.user.has_role(Role.STAFF),
    }
    return render(request, "workshops/checkin/desk.html", context, status=status)


@teachers
@require_safe
def device_enrolled(request: SignedInRequest, pk: int, device: int) -> HttpResponse:
    """The link that makes a phone this device, to open here or to scan with the phone."""
    workshop = _workshop(request, pk)
    row = get_object_or_404(CheckinDevice, pk=device, workshop=workshop)
    link = claim_link(row, settings.SITE_URL) if row.state == CheckinDevice.State.WAITING else ""
    picture = segno.make(link, error="m").svg_inline(border=2, omitsize=True, dark="#000", light="#fff", svgclass="checkin-qr") if link else ""
    return render(request, "workshops/checkin/enrolled.html", {"workshop": workshop, "device": row, "link": link, "picture": picture})


@teachers
@require_POST
def device_revoke(request: SignedInRequest, pk: int, device: int) -> HttpResponse:
    row = get_object_or_404(CheckinDevice, pk=device, workshop=_workshop(request, pk))
    _attempt(
        request, _("“%(name)s” is taken off. It can no longer read or send anything.") % {"name": row.name}, lambda: revoke_device(device=row, by=request.user)
    )
    return redirect("workshops_desk:checkin_desk", pk=pk)


@teachers
@require_POST
def conflict_settle(request: SignedInRequest, pk: int, conflict: int) -> HttpResponse:
    workshop = _workshop(request, pk)
    row = get_object_or_404(CheckinConflict.objects.select_related("block", "device"), pk=conflict, device__workshop=workshop)
    form = ConflictForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That is not a time of day. Write it as 9:05."))
    elif request.POST.get("to") == "recorded":
        moment = form.cleaned_data["at"]
        unchanged = moment is None or moment == row.at.astimezone(workshop.zone).time().replace(microsecond=0)
        at = row.at if unchanged else instant_at(row.block, moment, workshop.zone)
        _attempt(request, _("The entry is recorded."), lambda: record_conflict(conflict=row, by=request.user, note=form.cleaned_data["note"], at=at))
    else:
        _attempt(request, _("The entry is set aside."), lambda: set_conflict_aside(conflict=row, by=request.user, note=form.cleaned_data["note"]))
    return redirect("workshops_desk:checkin_desk", pk=pk)


@staff_only
@require_POST
def walk_in_settle(request: SignedInRequest, pk: int, walk_in: int) -> HttpResponse:
    row = get_object_or_404(WalkIn, pk=walk_in, workshop=_workshop(request, pk))
    if request.POST.get("to") == "set_aside":
        _attempt(request, _("The note is set aside."), lambda: set_walk_in_aside(walk_in=row, by=request.user))
        return redirect("workshops_desk:checkin_desk", pk=pk)
    form = WalkInForm(request.POST)
    if form.is_valid():
        text = _("The seat is given and the arrival noted.")
        _attempt(request, text, lambda: seat_walk_in(walk_in=row, learner=form.cleaned_data["email"], by=request.user))
    else:
        messages.error(request, " ".join(str(line) for line in form.errors["email"]))
    return redirect("workshops_desk:checkin_desk", pk=pk)


@teachers
def paper(request: SignedInRequest, pk: int, block: int) -> HttpResponse:
    """A sheet of paper keyed in: a line for each person with a seat."""
    workshop = _workshop(request, pk)
    stretch = get_object_or_404(Block, pk=block, workshop=workshop, kind=Block.Kind.INSTRUCTION)
    sent = request.method == "POST"
    form = PaperForm(request.POST, request.FILES) if sent else PaperForm(initial=PaperForm.fresh_token())
    lines = _paper_lines(request.POST if sent else None, workshop, stretch)
    if sent and all([form.is_valid(), *(line.is_valid() for line in lines)]):
        try:
            made = key_in_sheet(workshop=workshop, block=stretch, lines=[line.line for line in lines if line.line], by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("%(n)s entries are in the log.") % {"n": len(made)} if made else _("The scan is kept."))
            return redirect("workshops_desk:checkin_desk", pk=pk)
    context = {"workshop": workshop, "stretch": block_facts(stretch, workshop.zone), "form": form, "lines": lines}
    context["asks_signatures"] = any("signed" in line.fields for line in lines)
    return render(request, "workshops/checkin/paper.html", context, status=422 if sent else 200)


def _paper_lines(data: Any, workshop: Workshop, block: Block) -> list[PaperLineForm]:
    """Everyone with a seat whose completion is not decided, with what the log has of them. Five queries at most."""
    seats = list(workshop.seats.confirmed().filter(completion__isnull=True).select_related("learner"))
    standing: dict[int, list[Attendance]] = defaultdict(list)
    log = Attendance.objects.filter(seat__in=seats, block=block, annulled_by__isnull=True).exclude(kind=Attendance.Kind.ANNUL)
    for entry in log.order_by("at", "pk"):
        standing[entry.seat_id].append(entry)
    ordered, asked = sorted(seats, key=lambda seat: (str(seat.learner).casefold(), seat.pk)), signers(workshop, seats)
    return [PaperLineForm(data, seat=seat, entries=standing[seat.pk], signs=asked.includes(seat)) for seat in ordered]


@roster_readers
@require_safe
def sheet_file(request: SignedInRequest, pk: int, sheet: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user), pk=pk)
    return sheet_answer(get_object_or_404(PaperSheet, pk=sheet, workshop=workshop))


@roster_readers
@require_safe
def signature_picture(request: SignedInRequest, pk: int, entry: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user), pk=pk)
    return signature_answer(get_object_or_404(Signature, attendance=entry, attendance__seat__workshop=workshop))


def _attempt(request: SignedInRequest, success: str, act: Callable[[], Any]) -> None:
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, success)
