"""A workshop that does not take place: one person still chooses another date or the money, one was moved."""

from __future__ import annotations

from datetime import timedelta

from accounts.models import User
from core import clock
from workshops.cancelling.services import call_off, work_off
from workshops.models import Workshop
from workshops.services import BlockInput, publish_workshop, register_learner, save_workshop

SLUG = "the-knee-called-off"
COPIED = ("title", "summary", "description", "prerequisites", "what_to_bring", "cancellation_policy", "activity", "venue", "instructor", "instructor_name")


def make_called_off(*, staff: User, chooses: User, moved: User) -> None:
    """Safe to repeat."""
    source = Workshop.objects.coming().filter(is_free=True, title="The Knee, Hands On").order_by("starts_at").last()
    if source is None or Workshop.objects.filter(slug=SLUG).exclude(state=Workshop.State.DRAFT).exists():
        return
    workshop = Workshop.objects.filter(slug=SLUG).first() or Workshop(slug=SLUG)
    for name in COPIED:
        setattr(workshop, name, getattr(source, name))
    workshop.capacity, workshop.is_free = 8, True
    later = timedelta(days=28)
    blocks = [BlockInput(block.starts_at + later, block.ends_at + later, block.kind, block.mode, block.topic) for block in source.blocks.all()]
    publish_workshop(workshop=save_workshop(workshop=workshop, blocks=blocks, by=staff), by=staff)
    register_learner(workshop=workshop, learner=chooses)
    seat = register_learner(workshop=workshop, learner=moved)
    reason = "The house is closed for repairs of the roof until spring."
    until = clock.now() + timedelta(days=14)
    made = call_off(workshop=workshop, by=staff, reason=reason, default="ask", to=source, choices={seat.pk: "move"}, choose_until=until)
    work_off(call_off=made)
