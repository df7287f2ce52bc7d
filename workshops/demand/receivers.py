"""What follows when a workshop is announced or called off."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from workshops.demand.first_booking import announce, take_back_answers
from workshops.models import Workshop
from workshops.signals import workshop_changed


@receiver(workshop_changed, dispatch_uid="workshops.answer_pins")
def answer_pins(sender: Any, workshop: Workshop, **kwargs: Any) -> None:
    if workshop.state == Workshop.State.PUBLISHED:
        announce(workshop=workshop)
    elif workshop.state == Workshop.State.CANCELLED:
        take_back_answers(workshop=workshop)
