"""What a move does when payments has news of the order that pays its difference."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from payments.signals import line_released
from workshops.moving.services import drop_move
from workshops.moving.subjects import find_move


@receiver(line_released, dispatch_uid="workshops.drop_a_move_that_nobody_paid")
def drop_a_move_that_nobody_paid(sender: Any, user: Any, subject: str, reference: str, **kwargs: Any) -> None:
    if move := find_move(subject):
        drop_move(move=move, reference=reference)
