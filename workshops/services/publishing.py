"""Writing a workshop and its schedule, and announcing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role
from core.audit import record_audit
from payments.selectors import offers_for
from payments.services import lock_rests
from workshops.calendars.services import raise_sequence
from workshops.errors import ScheduleRefused
from workshops.models import Attendance, Block, CheckinConflict, Seat, WalkIn, Workshop
from workshops.schedule.changes import change_of_terms, make_known
from workshops.services.capacity import check_capacity, follow_capacity
from workshops.services.offerings import note_workshop
from workshops.signals import workshop_changed


@dataclass(frozen=True)
class BlockInput:
    """One stretch of the schedule as entered; instants are aware."""

    starts_at: datetime
    ends_at: datetime
    kind: str = Block.Kind.INSTRUCTION
    mode: str = Block.Mode.HANDS_ON
    topic: str = ""


def save_workshop(*, workshop: Workshop, blocks: list[BlockInput], by: Any, note: str = "") -> Workshop:
    """Create or change a workshop with its whole schedule.

    People with seats in an announced workshop are told when its days, hours, place or format change, in the same
    transaction; `note` is what the school adds to that mail.

    Raises ScheduleRefused when blocks overlap or are missing, when attendance rests on the schedule, or when the
    capacity would fall below the seats taken.
    """
    blocks = sorted(blocks, key=lambda block: block.starts_at)
    _check_schedule(workshop, blocks)
    change, title = None, workshop.title
    with transaction.atomic():
        if workshop.pk:
            lock_rests(subjects=[workshop.subject], waits=True)
            locked = Workshop.objects.select_for_update(of=("self",)).select_related("venue").get(pk=workshop.pk)
            title = locked.title
            # A form was filled before the lock: what only services write is as stored.
            workshop.state, workshop.calendar_sequence, workshop.terms_changed_at = locked.state, locked.calendar_sequence, locked.terms_changed_at
            lock_rests(subjects=[workshop.subject], waits=False)  # an order may have come before the lock of the workshop
            change = change_of_terms(old=locked, new=workshop, blocks=blocks)
            if locked.state != Workshop.State.DRAFT and locked.activity_id != workshop.activity_id:
                _check_credit(workshop, by)
            _check_format(workshop, locked)
            _check_price(workshop, locked, by)
            check_capacity(workshop=locked, planned=workshop)
        workshop.lat, workshop.lng = workshop.venue.lat, workshop.venue.lng
        workshop.starts_at, workshop.ends_at = blocks[0].starts_at, blocks[-1].ends_at
        workshop.save()
        _replace_blocks(workshop, blocks)
        workshop.refresh_from_db()  # what was loaded with it, its old blocks, must not be told to anybody
        record_audit(actor=by, action="workshops.save", record=workshop)
        follow_capacity(workshop=workshop)
        if change:
            make_known(workshop=workshop, change=change, by=by, note=note)
        elif title != workshop.title:
            raise_sequence(workshop)
        note_workshop(workshop=workshop)
        workshop_changed.send(sender=Workshop, workshop=workshop)
    return workshop


def _check_schedule(workshop: Workshop, blocks: list[BlockInput]) -> None:
    if not any(block.kind == Block.Kind.INSTRUCTION for block in blocks):
        raise ScheduleRefused(_("Add at least one block of instruction: credit is counted from it."))
    for block in blocks:
        begins = {"begins": date_format(block.starts_at.astimezone(workshop.zone), "g:i a")}
        if block.ends_at <= block.starts_at:
            raise ScheduleRefused(_("The block that begins %(begins)s must end after it begins.") % begins)
        if block.kind == Block.Kind.INSTRUCTION and (block.mode == Block.Mode.REMOTE) != (workshop.format == Workshop.Format.ONLINE):
            if workshop.format == Workshop.Format.ONLINE:
                raise ScheduleRefused(_("The block that begins %(begins)s cannot be in a room: the workshop is online. Choose “Live online” for it.") % begins)
            if workshop.format == Workshop.Format.IN_PERSON:
                raise ScheduleRefused(
                    _("The block that begins %(begins)s is online, but the workshop is in person. Change the block, or the workshop’s format.") % begins
                )
    for earlier, later in pairwise(blocks):
        if later.starts_at < earlier.ends_at:
            begins = {"begins": date_format(later.starts_at.astimezone(workshop.zone), "g:i a")}
            raise ScheduleRefused(_("The block that begins %(begins)s overlaps the one before it.") % begins)


def _check_format(workshop: Workshop, locked: Workshop) -> None:
    remote = locked.seats.taken().filter(place=Seat.Place.REMOTE).count()
    if remote and locked.format == Workshop.Format.HYBRID and workshop.format == Workshop.Format.IN_PERSON:
        raise ScheduleRefused(
            ngettext(
                "%(n)s person has a remote seat, so the workshop cannot become one in person alone. Cancel or move that seat first.",
                "%(n)s people have remote seats, so the workshop cannot become one in person alone. Cancel or move those seats first.",
                remote,
            )
            % {"n": remote},
            code="remote_seats_taken",
        )


def _check_price(workshop: Workshop, locked: Workshop, by: Any) -> None:
    """Staff set prices and give seats away; what is sold does not become free on an instructor's word."""
    if not workshop.is_free or locked.is_free or by.has_role(Role.STAFF):
        return
    if locked.state != Workshop.State.DRAFT or offers_for([locked.subject])[locked.subject]:
        raise ScheduleRefused(_("Seats of this workshop are sold, so staff decide whether it becomes free. Ask them."), code="staff_sets_prices")


def _replace_blocks(workshop: Workshop, blocks: list[BlockInput]) -> None:
    wanted = [(block.starts_at, block.ends_at, block.kind, block.mode, block.topic) for block in blocks]
    present = list(Block.objects.filter(workshop=workshop).values_list("starts_at", "ends_at", "kind", "mode", "topic"))
    if wanted == present:
        return
    noted = (
        Attendance.objects.filter(block__workshop=workshop),
        CheckinConflict.objects.filter(block__workshop=workshop),
        WalkIn.objects.filter(workshop=workshop),
    )
    if any(rows.exists() for rows in noted):
        raise ScheduleRefused(_("Attendance is recorded, so the schedule can no longer change."), code="schedule_frozen")
    workshop.blocks.all().delete()
    Block.objects.bulk_create(Block(workshop=workshop, **vars(block)) for block in blocks)


def publish_workshop(*, workshop: Workshop, by: Any) -> Workshop:
    """Announce a draft; one already announced is returned unchanged."""
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)
        if workshop.state == Workshop.State.PUBLISHED:
            return workshop
        if workshop.state != Workshop.State.DRAFT:
            raise ScheduleRefused(
                _("A workshop that is %(state)s cannot be announced again.") % {"state": workshop.get_state_display().lower()},
                code="not_a_draft",
            )
        if workshop.has_started:
            raise ScheduleRefused(_("The first block lies in the past. Change the dates before you announce it."), code="in_the_past")
        _check_credit(workshop, by)
        workshop.state = Workshop.State.PUBLISHED
        workshop.save(update_fields=["state", "updated_at"])
        record_audit(actor=by, action="workshops.publish", record=workshop)
        note_workshop(workshop=workshop)
        workshop_changed.send(sender=Workshop, workshop=workshop)
    return workshop


def _check_credit(workshop: Workshop, by: Any) -> None:
    """Boards' credit must not hang on an instructor's word alone: staff announce what a board has approved."""
    if workshop.activity.accreditations.exists() and not by.has_role(Role.STAFF):
        raise ScheduleRefused(
            _("A board has approved this activity, so staff announce the workshop. Ask them to look through it."), code="staff_announces_credit"
        )
