"""A workshop of yesterday that is not decided yet: somebody was there all day, somebody left early, somebody's departure is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from core import clock
from credits.models import Accreditation, Activity, Board
from credits.services import save_accreditation
from workshops.models import Seat, Workshop
from workshops.roster.services import ask_for_correction, mark_block, record_attendance
from workshops.services import BlockInput, publish_workshop, register_learner, save_workshop

SLUG = "the-knee-yesterday"
ANNOUNCED_LATER = timedelta(days=60)  # seats are taken before a day begins: it is announced for later and then moved


def make_roster(*, staff: User, officer: User, instructor: User, people: list[User]) -> None:
    """`people` are three. Safe to repeat."""
    source = Workshop.objects.filter(slug__endswith="-last-month").select_related("activity", "venue").first()
    if source is None or Workshop.objects.filter(slug=SLUG).exclude(state=Workshop.State.DRAFT).exists():
        return
    _approve_for_a_part(source.activity, officer)
    begin = clock.now().astimezone(source.zone).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    parts = ((0, 90, "instruction", "Anatomy in the hands"), (90, 105, "break", ""), (105, 180, "instruction", "First holds"))
    afternoon = ((180, 240, "meal", ""), (240, 435, "instruction", "Pairs, correction, routine"))
    blocks = [
        BlockInput(begin + timedelta(minutes=first), begin + timedelta(minutes=last), kind, topic=topic) for first, last, kind, topic in (*parts, *afternoon)
    ]
    workshop = Workshop.objects.filter(slug=SLUG).first() or Workshop(slug=SLUG)
    for name in ("title", "summary", "description", "prerequisites", "what_to_bring", "cancellation_policy", "activity", "venue", "instructor_name"):
        setattr(workshop, name, getattr(source, name))
    workshop.instructor, workshop.capacity, workshop.is_free = instructor, 8, True
    later = [replace(block, starts_at=block.starts_at + ANNOUNCED_LATER, ends_at=block.ends_at + ANNOUNCED_LATER) for block in blocks]
    publish_workshop(workshop=save_workshop(workshop=workshop, blocks=later, by=staff), by=staff)
    seats = [register_learner(workshop=workshop, learner=person) for person in people]
    workshop.refresh_from_db()
    save_workshop(workshop=workshop, blocks=blocks, by=staff)
    _attend(workshop, seats, instructor)


def _approve_for_a_part(activity: Activity, officer: User) -> None:
    """Idaho pays the time that was attended, so that leaving early shows what it brings."""
    board = Board.objects.get(code="us_id_massage")
    if activity.accreditations.filter(board=board).exists():
        return
    model = activity.accreditations.order_by("pk").first()
    assert model is not None  # noqa: S101 - every workshop of the demonstration is approved
    values = {name: getattr(model, name) for name in ("approved_title", "mode", "category_split", "provider_number", "provider_name")}
    values |= {"activity": activity, "board": board, "units": Decimal(model.units), "approval_number": "EXAMPLE-ID-1", "status": Accreditation.Status.IN_FORCE}
    save_accreditation(officer=officer, values=values | {"valid_from": date(2026, 1, 1), "valid_to": date(clock.now().year + 2, 12, 31)})


def _attend(workshop: Workshop, seats: list[Seat], instructor: User) -> None:
    stayed, left, forgot = seats
    first, second, last = workshop.blocks.filter(kind="instruction").order_by("starts_at")
    for block in (first, second, last):
        mark_block(seat=stayed, block=block, present=True, by=instructor)
    for seat in (left, forgot):
        for block in (first, second):
            mark_block(seat=seat, block=block, present=True, by=instructor)
        record_attendance(seat=seat, block=last, kind="in", at=last.starts_at, by=instructor)
    record_attendance(seat=left, block=last, kind="out", at=last.ends_at - timedelta(minutes=75), by=instructor, note="Her train left at 15:30.")
    ask_for_correction(seat=forgot, block=last, words="I stayed to the end and forgot to sign out. Jo saw me.")
