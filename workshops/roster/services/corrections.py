"""A learner says their attendance is noted wrongly; whoever teaches answers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from notifications.services import send_mail_once
from workshops.errors import AttendanceRefused
from workshops.models import AttendanceCorrection, Block, Seat, Workshop


def ask_for_correction(*, seat: Seat, words: str, block: Block | None = None) -> AttendanceCorrection:
    """Ask whoever teaches to look at the log once more, and tell them. While one waits, the same words again return it.

    Raises AttendanceRefused when another one waits, the workshop has not begun, or it says nothing.
    """
    words = " ".join(words.split())
    if not words:
        raise AttendanceRefused(_("Say what is wrong: when you came, when you left."), code="nothing_said")
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(of=("self",)).select_related("instructor").get(pk=seat.workshop_id)
        if not workshop.has_started:
            raise AttendanceRefused(_("The workshop has not begun, so nothing is noted yet."), code="not_begun")
        if seat.state != Seat.State.CONFIRMED:
            raise AttendanceRefused(_("You have no seat in this workshop."), code="no_seat")
        if block and block.workshop_id != workshop.pk:
            raise AttendanceRefused(_("That block belongs to another workshop."), code="other_workshop")
        waiting = AttendanceCorrection.objects.filter(seat=seat, state=AttendanceCorrection.State.OPEN).first()
        if waiting:
            if (waiting.words, waiting.block_id) == (words, block.pk if block else None):
                return waiting
            raise AttendanceRefused(_("What you wrote before still waits for an answer. You can write again after that."), code="one_waits")
        row = AttendanceCorrection.objects.create(seat=seat, block=block, words=words)
        context = {"correction": row, "seat": seat, "workshop": workshop}
        address = {"recipient": workshop.instructor} if workshop.instructor.is_active else {"to_address": settings.SCHOOL_EMAIL}
        send_mail_once(key=f"attendance-correction:{row.pk}", template="workshops/mail/correction_asked", context=context, **address)
    return row


def answer_correction(*, correction: AttendanceCorrection, by: Any, is_mended: bool, answer: str) -> AttendanceCorrection:
    """Say what became of it, and tell the learner. The log itself is mended on the roster, before. A repeat changes nothing.

    Raises AttendanceRefused without an answer.
    """
    answer = " ".join(answer.split())
    if not answer:
        raise AttendanceRefused(_("Write an answer: the learner reads it."), code="nothing_said")
    with transaction.atomic():
        row = AttendanceCorrection.objects.select_for_update(of=("self",)).select_related("seat__learner", "seat__workshop").get(pk=correction.pk)
        if row.state != AttendanceCorrection.State.OPEN:
            return row
        row.state = AttendanceCorrection.State.MENDED if is_mended else AttendanceCorrection.State.DECLINED
        row.answer, row.answered_by, row.answered_at = answer, by, clock.now()
        row.save(update_fields=["state", "answer", "answered_by", "answered_at", "updated_at"])
        record_audit(actor=by, action="workshops.answer_correction", record=row.seat, correction=row.pk, state=row.state)
        context = {"correction": row, "seat": row.seat, "workshop": row.seat.workshop}
        send_mail_once(
            key=f"attendance-correction:{row.pk}:answered", template="workshops/mail/correction_answered", context=context, recipient=row.seat.learner
        )
    return row
