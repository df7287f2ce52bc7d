"""Writing a workshop and its schedule, announcing and cancelling it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import transaction

from accounts.models import Role
from core import clock
from core.audit import record_audit
from notifications.services import send_mail_once
from workshops.errors import ScheduleRefused
from workshops.models import Attendance, Block, Workshop
from workshops.schedule.terms import terms_of
from workshops.services.offerings import note_workshop
from workshops.signals import workshop_changed
from workshops.waiting.turns import close_list


@dataclass(frozen=True)
class BlockInput:
    """One stretch of the schedule as entered; instants are aware."""

    starts_at: datetime
    ends_at: datetime
    kind: str = Block.Kind.INSTRUCTION
    mode: str = Block.Mode.HANDS_ON
    topic: str = ""


def save_workshop(*, workshop: Workshop, blocks: list[BlockInput], by: Any) -> Workshop:
    """Create or change a workshop with its whole schedule.

    Raises ScheduleRefused when blocks overlap or are missing, when attendance rests on the schedule, or when the
    capacity would fall below the seats taken.
    """
    blocks = sorted(blocks, key=lambda block: block.starts_at)
    _check_schedule(blocks)
    with transaction.atomic():
        if workshop.pk:
            locked = Workshop.objects.select_for_update(of=("self",)).select_related("venue").get(pk=workshop.pk)
            if locked.state == Workshop.State.PUBLISHED and terms_of(locked) != terms_of(workshop, blocks):
                workshop.terms_changed_at = clock.now()
            if locked.state != Workshop.State.DRAFT and locked.activity_id != workshop.activity_id:
                _check_credit(workshop, by)
            taken = locked.seats.taken().count()
            if workshop.capacity < taken:
                raise ScheduleRefused(
                    f"{taken} seats are taken, so the capacity cannot be {workshop.capacity}. Cancel seats first.", code="capacity_below_taken"
                )
        workshop.lat, workshop.lng = workshop.venue.lat, workshop.venue.lng
        workshop.starts_at, workshop.ends_at = blocks[0].starts_at, blocks[-1].ends_at
        workshop.save()
        _replace_blocks(workshop, blocks)
        record_audit(actor=by, action="workshops.save", record=workshop)
        note_workshop(workshop=workshop)
        workshop_changed.send(sender=Workshop, workshop=workshop)
    return workshop


def _check_schedule(blocks: list[BlockInput]) -> None:
    if not any(block.kind == Block.Kind.INSTRUCTION for block in blocks):
        raise ScheduleRefused("Add at least one block of instruction: credit is counted from it.")
    for block in blocks:
        if block.ends_at <= block.starts_at:
            raise ScheduleRefused(f"The block that begins {block.starts_at:%H:%M} must end after it begins.")
    for earlier, later in pairwise(blocks):
        if later.starts_at < earlier.ends_at:
            raise ScheduleRefused(f"The block that begins {later.starts_at:%H:%M} overlaps the one before it.")


def _replace_blocks(workshop: Workshop, blocks: list[BlockInput]) -> None:
    wanted = [(block.starts_at, block.ends_at, block.kind, block.mode, block.topic) for block in blocks]
    present = [(block.starts_at, block.ends_at, block.kind, block.mode, block.topic) for block in workshop.blocks.all()]
    if wanted == present:
        return
    if Attendance.objects.filter(block__workshop=workshop).exists():
        raise ScheduleRefused("Attendance is recorded, so the schedule can no longer change.", code="schedule_frozen")
    workshop.blocks.all().delete()
    Block.objects.bulk_create(Block(workshop=workshop, **vars(block)) for block in blocks)


def publish_workshop(*, workshop: Workshop, by: Any) -> Workshop:
    """Announce a draft; one already announced is returned unchanged."""
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)
        if workshop.state == Workshop.State.PUBLISHED:
            return workshop
        if workshop.state != Workshop.State.DRAFT:
            raise ScheduleRefused(f"A workshop that is {workshop.get_state_display().lower()} cannot be announced again.", code="not_a_draft")
        if workshop.has_started:
            raise ScheduleRefused("The first block lies in the past. Change the dates before you announce it.", code="in_the_past")
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
        raise ScheduleRefused("A board has approved this activity, so staff announce the workshop. Ask them to look through it.", code="staff_announces_credit")


def cancel_workshop(*, workshop: Workshop, by: Any, reason: str) -> Workshop:
    """Call a workshop off and tell everyone who has a seat or is paying for one; a second call changes nothing."""
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)
        if workshop.state == Workshop.State.CANCELLED:
            return workshop
        if workshop.state == Workshop.State.COMPLETED:
            raise ScheduleRefused("This workshop has taken place, so it cannot be cancelled.", code="completed")
        workshop.state = Workshop.State.CANCELLED
        workshop.save(update_fields=["state", "updated_at"])
        record_audit(actor=by, action="workshops.cancel", record=workshop, reason=reason)
        note_workshop(workshop=workshop)
        workshop_changed.send(sender=Workshop, workshop=workshop)
        for seat in workshop.seats.standing().own().exclude(reference__startswith="offer:").select_related("learner"):
            context = {"workshop": workshop, "reason": reason, "seat": seat}
            send_mail_once(
                key=f"workshop-cancelled:{workshop.pk}:{seat.pk}", template="workshops/mail/workshop_cancelled", context=context, recipient=seat.learner
            )
        close_list(workshop)
    return workshop
