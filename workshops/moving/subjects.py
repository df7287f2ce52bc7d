"""The difference in price of a move, as payments knows it: subjects `"workshop-move:<pk>"`. It gives the move, and no access."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from payments import subjects
from payments.subjects import Consequence, Place, SubjectKind
from workshops.errors import SeatRefused
from workshops.models import SeatMove
from workshops.moving.services import finish_move
from workshops.services.seats import change_seat


class MoveKind(SubjectKind):
    prefix = "workshop-move"
    title = gettext_lazy("Another date")
    is_scarce = True
    is_granted = False
    tax_code = "txcd_20060044"  # as the seat itself

    def titles(self, names: Collection[str]) -> dict[str, str]:
        moves = SeatMove.objects.filter(pk__in=[move_key(name) for name in names]).select_related("to")
        return {move.subject: _("Another date: “%(title)s”") % {"title": move.to.title} for move in moves}

    def url(self, subject: str) -> str:
        move = find_move(subject)
        return move.to.get_absolute_url() if move else ""

    def again_url(self, subject: str) -> str:
        move = find_move(subject)
        return reverse("workshops:seat_move", args=[move.seat.workshop.slug]) if move else ""

    def place(self, subject: str) -> Place | None:
        move = find_move(subject)
        return subjects.kind_of(move.to.subject).place(move.to.subject) if move else None

    def consequences(self, user: Any, subject: str) -> list[Consequence]:
        move = find_move(subject)
        return subjects.kind_of(move.to.subject).consequences(user, move.to.subject) if move else []

    def reserve(self, *, user: Any, subject: str, reference: str, until: datetime) -> None:
        move = find_move(subject)
        if move is None or move.state != SeatMove.State.PAYING:
            raise SeatRefused(_("This move is over. Begin again from your seat."), code="move_over")
        change_seat(workshop=move.to, learner=user, to="held", by=user, reference=reference, until=until, place=move.seat.place)
        # With the order itself: whoever is cut off now finds it when they come back.
        SeatMove.objects.filter(pk=move.pk).update(order=int(reference.partition(":")[2]), updated_at=clock.now())

    def confirm(self, *, user: Any, subject: str, reference: str) -> bool:
        """False only when it is decided that the other date cannot be had; SeatsBusy passes through."""
        move = find_move(subject)
        return move is not None and finish_move(move=move, reference=reference)


def move_key(subject: str) -> int:
    prefix, _colon, key = subject.partition(":")
    return int(key) if prefix == MoveKind.prefix and key.isdecimal() else 0


def find_move(subject: str) -> SeatMove | None:
    return SeatMove.objects.filter(pk=move_key(subject)).select_related("seat__workshop", "seat__learner", "to__venue", "order").first()
