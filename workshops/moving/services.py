"""Moving a seat to another date. The old seat is let go in the transaction that gives the new one; decision 0041."""

from __future__ import annotations

from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.money import format_money
from notifications.services import send_mail_once
from payments.models import Order, OrderLine, Refund
from payments.selectors import has_access
from payments.services import Addition, cancel_order, give_back, grant_access, lock_line, lower_balance, move_line, start_addition
from payments.services.orders import is_payable
from workshops.booking.inviting import invite_guest
from workshops.booking.services import check_details, registration_of
from workshops.calendars.services import send_invitation
from workshops.errors import SeatRefused, SeatsBusy
from workshops.models import Registration, Seat, SeatMove, Workshop
from workshops.moving.quotes import MoveQuote, check_may_move, quote_move
from workshops.payers import line_paying, rest_words
from workshops.services.locking import BUSY_STATES, LOCK_TIMEOUT
from workshops.services.opening import check_may_register
from workshops.services.seats import change_seat


def start_move(*, seat: Seat, to: Workshop, by: Any, reason: str = "", expected_cents: int | None = None, is_waived: bool = False) -> SeatMove:
    """Move `seat` to the date `to`, at once when nothing is to be paid; else `.order` is where its difference is paid first.

    A repeat returns the move that waits. `expected_cents` is the difference the person agreed to: when it is another by
    now, nothing happens. `is_waived` (staff) asks for no difference. May call the network; not inside a transaction.
    Raises SeatRefused, WorkshopFull or SeatsBusy, with what to do.
    """
    seat = Seat.objects.select_related("workshop__venue", "learner").get(pk=seat.pk)
    if (done := _done_before(seat, to)) is not None:
        return done
    check_may_move(seat, by)
    _drop_other(seat, to, by)
    quote = quote_move(seat, to, by=by)
    if quote.why_not:
        raise SeatRefused(quote.why_not, code=quote.code)
    difference = quote.waived_cents if is_waived and by.has_role(Role.STAFF) else quote.difference_cents
    if expected_cents is not None and expected_cents != difference:
        raise SeatRefused(_("What this move costs has changed while you looked. Look at it again."), code="difference_changed")
    if by.pk == seat.learner_id:  # staff may move first and have the rest done later
        check_details(workshop=to, learner=by)
    line = line_paying(seat)
    if difference <= 0:
        return _move_at_once(seat, line, quote, difference, by, reason)
    if line is None or quote.price is None:
        raise ValueError("A difference is that of two prices.")
    move = _waiting_move(seat, line, quote, by, reason)
    title = _("Another date: “%(title)s”") % {"title": to.title}
    item = quote.price.product.items.get(subject=to.subject)
    move.order = start_addition(user=by, price=quote.price, parts=[Addition(line, item, move.subject, title, difference)])
    return move


def move_now(*, seat: Seat, quote: MoveQuote, by: Any, reason: str) -> SeatMove:
    """Move `seat` inside the caller's transaction, asking for nothing; what the date of `quote` costs less goes back.

    The caller has looked whether it may be moved; whether there is a place is decided here, under the locks.
    """
    seat = Seat.objects.select_related("workshop__venue", "learner").get(pk=seat.pk)
    return _move_at_once(seat, line_paying(seat), quote, quote.waived_cents, by, reason)


def finish_move(*, move: SeatMove, reference: str) -> bool:
    """The difference was paid under `reference`. False when the date can no longer be had: payments then refunds it in full."""
    move = SeatMove.objects.select_related("seat__workshop__venue", "seat__learner", "to__venue", "line", "asked_by").get(pk=move.pk)
    if move.state == SeatMove.State.DONE:
        return bool(move.order and move.order.reference == reference)
    if move.state == SeatMove.State.DROPPED:
        return False
    try:
        with transaction.atomic():
            _swap(move, by=None, held_under=reference)
    except SeatsBusy:
        raise
    except DomainError as refusal:
        drop_move(move=move, reference=reference, why=refusal.message)
        return False
    return True


def drop_move(*, move: SeatMove, reference: str, why: str = "") -> None:
    """The move does not take place: what is held for it under `reference` is free again. The old seat was never touched."""
    with transaction.atomic():
        move = SeatMove.objects.select_for_update(of=("self",)).select_related("to", "seat__learner").get(pk=move.pk)
        if move.state == SeatMove.State.PAYING and (move.order is None or move.order.reference == reference):
            move.state, move.decided_at, move.reason = SeatMove.State.DROPPED, clock.now(), (why or move.reason)[:300]
            move.save(update_fields=["state", "decided_at", "reason", "updated_at"])
        if Seat.objects.filter(workshop=move.to, learner=move.seat.learner, reference=reference, state=Seat.State.HELD).exists():
            change_seat(workshop=move.to, learner=move.seat.learner, to="cancelled", by=None, reference=reference)


def _done_before(seat: Seat, to: Workshop) -> SeatMove | None:
    """A double click finds the move done already."""
    return SeatMove.objects.filter(seat=seat, to=to, state=SeatMove.State.DONE).first()


def _drop_other(seat: Seat, to: Workshop, by: Any) -> None:
    """Let go of a move that waits for its payment to another date, or that nobody pays any more."""
    move = SeatMove.objects.filter(seat=seat, state=SeatMove.State.PAYING).select_related("order").first()
    if move is None or (move.to_id == to.pk and move.order and move.order.is_open and is_payable(move.order)):
        return
    order: Order | None = move.order
    if order and order.is_open:
        order = cancel_order(order=order, by=by)
    move.refresh_from_db()
    if move.state == SeatMove.State.PAYING:
        drop_move(move=move, reference=order.reference if order else "")


def _waiting_move(seat: Seat, line: OrderLine, quote: MoveQuote, by: Any, reason: str) -> SeatMove:
    with transaction.atomic():
        Seat.objects.select_for_update().get(pk=seat.pk)
        values = _values(line, quote, quote.difference_cents, by, reason)
        return SeatMove.objects.update_or_create(seat=seat, to=quote.to, state=SeatMove.State.PAYING, defaults=values)[0]


def _values(line: OrderLine | None, quote: MoveQuote, difference: int, by: Any, reason: str) -> dict[str, Any]:
    listed = quote.listed_after(difference)
    return {"line": line, "difference_cents": difference, "currency": quote.currency, "listed_cents": listed, "asked_by": by, "reason": reason[:300]}


def _move_at_once(seat: Seat, line: OrderLine | None, quote: MoveQuote, difference: int, by: Any, reason: str) -> SeatMove:
    with transaction.atomic():
        if line:
            lock_line(line)  # orders before workshops
        if (done := _done_before(seat, quote.to)) is not None:
            return done
        move = SeatMove.objects.create(seat=seat, to=quote.to, **_values(line, quote, difference, by, reason))
        return _swap(move, by=by, rest_less=quote.rest_less_cents)


def _swap(move: SeatMove, *, by: Any, held_under: str = "", rest_less: int = 0) -> SeatMove:
    """Give the new seat and let go of the old one. The caller holds a transaction; all or nothing of this stands."""
    old, to, line, learner = move.seat, move.to, move.line, move.seat.learner
    words = _("Moved to another date.")
    if line:
        line = move_line(line=line, subject=to.subject, by=by or move.asked_by, reason=move.reason or words)
    _invite_to(to, old)
    _lock_both(old.workshop, to)
    old = Seat.objects.select_related("workshop__venue").get(pk=old.pk)
    if old.state != Seat.State.CONFIRMED or old.attendance.exists():
        raise SeatRefused(_("The seat is given back or used already, so it cannot be moved."), code="no_seat")
    if not held_under:
        check_may_register(workshop=to, learner=learner, by=by)
    if line is None and not to.is_free and not has_access(learner, to.subject):  # staff's word: the person had access to the first date
        grant_access(user=learner, subject=to.subject, source="staff", granted_by=move.asked_by, reason=move.reason or words)
    reference, asked_by = held_under or f"move:{move.pk}", by or move.asked_by
    new = change_seat(workshop=to, learner=learner, to="confirmed", by=None, reference=reference, place=old.place, is_quiet=True, asked_by=asked_by)
    if new.state != Seat.State.CONFIRMED:
        raise SeatRefused(_("The other date can no longer be had."), code="no_seat")
    new.reference = old.reference  # the order that paid the first date pays this one
    new.save(update_fields=["reference", "updated_at"])
    change_seat(workshop=old.workshop, learner=learner, to="cancelled", by=move.asked_by, reference=old.reference, is_quiet=True)
    move.state, move.new_seat, move.decided_at = SeatMove.State.DONE, new, clock.now()
    move.save(update_fields=["state", "new_seat", "decided_at", "updated_at"])
    if line:
        lower_balance(line=line, by_cents=rest_less, begins=(to.starts_at, to.venue.time_zone) if to.starts_at else None)
    if line and move.difference_cents < 0:
        whose = Refund.ReasonClass.SCHOOL if old.workshop.state == Workshop.State.CANCELLED else Refund.ReasonClass.REQUESTED
        give_back(line=line, cents=-move.difference_cents, by=by, reason=words, reason_class=whose, key=f"workshop-move:{move.pk}", closes_access=False)
    record_audit(actor=by or move.asked_by, action="workshops.move_seat", record=new, reason=move.reason, before=old.workshop_id, after=to.pk)
    _tell(move, old, new)
    return move


def _invite_to(to: Workshop, old: Seat) -> None:
    """Who was registered by a colleague is so on the other date too; who has not answered finds the links in the mail of the new seat."""
    before = Registration.objects.filter(workshop=old.workshop_id, learner=old.learner_id).select_related("invited_by").first()
    if before is None or before.invited_by is None:
        return
    if before.is_unanswered:
        invite_guest(workshop=to, person=old.learner, name=before.invited_as, by=before.invited_by, place=old.place)
        return
    known = {field: getattr(before, field) for field in ("invited_by", "invited_as", "invited_at", "accepted_at", "declined_at")}
    registration_of(to, old.learner)
    Registration.objects.filter(workshop=to, learner=old.learner_id, invited_by__isnull=True).update(**known, updated_at=clock.now())


def _lock_both(first: Workshop, second: Workshop) -> None:
    """Two moves that cross take their locks in one sequence."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
            list(Workshop.objects.select_for_update(of=("self",)).filter(pk__in=[first.pk, second.pk]).order_by("pk"))
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") not in BUSY_STATES:
            raise
        raise SeatsBusy(_("Many people are taking seats at this moment. Try again in a few seconds.")) from error


def _tell(move: SeatMove, old: Seat, new: Seat) -> None:
    """One mail to who has the seat, one to who paid for it when that is somebody else and did not ask for it."""
    context: dict[str, Any] = {"move": move, "old": old.workshop, "new": move.to, "back": "", "paid": ""}
    if move.difference_cents:
        amount = format_money(abs(move.difference_cents), move.currency)
        context["back" if move.difference_cents < 0 else "paid"] = amount
    context |= rest_words(new)
    send_invitation(seat=new, by=None, moved_from=old, context=context)
    if move.line and move.line.order.user_id not in (old.learner_id, move.asked_by_id):
        words = context | {"holder": old.learner.email}
        send_mail_once(key=f"seat-moved:{move.pk}:payer", template="workshops/mail/seat_moved_to_payer", context=words, recipient=move.line.order.user)
