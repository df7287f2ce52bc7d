"""Giving a seat back by its policy, and offering it to the waiting list."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import database_now
from notifications.services import send_mail_once
from payments.models import Refund
from payments.services import give_back, lock_line
from workshops.leaving.quotes import Quote, quote_leaving
from workshops.models import CancellationPolicy, Seat, Workshop
from workshops.services import cancel_seat
from workshops.services.locking import locked_workshop
from workshops.waiting.turns import offer_end, serve_list


class LeavingRefused(DomainError):
    code = "leaving_refused"


def leave_seat(*, seat: Seat, by: Any, expected_cents: int | None = None, refund_cents: int | None = None, reason: str = "") -> Refund | None:
    """Give `seat` back and have its money refunded by the policy it was taken under. None when no money moves.

    `expected_cents` is the sum the person saw: another sum refuses, so that nobody decides on one and gets another. Staff
    may say another sum themselves (`refund_cents`, with a reason). The refund's key is the seat's, so a repeat changes
    nothing. The payment is locked before the workshop, as everywhere. Raises LeavingRefused, SeatRefused, RefundRefused.
    """
    seat = _fresh(seat)
    if earlier := Refund.objects.filter(key=leaving_key(seat)).first():
        return earlier
    quote = quote_leaving(seat)
    with transaction.atomic():
        if quote.line:
            lock_line(quote.line)
        with locked_workshop(seat.workshop) as workshop:
            seat = _fresh(seat)
            _check_may_leave(workshop, seat, by)
            quote = quote_leaving(seat)
            amount = _agreed(quote, by, expected_cents, refund_cents, reason)
            record_audit(actor=by, action="workshops.leave_seat", record=seat, reason=reason, refund_cents=amount, rule=quote.code)
            if not amount or quote.payment is None or quote.line is None:
                cancel_seat(workshop=workshop, learner=seat.learner, by=by)
                return None
            why = reason.strip() or _("The seat was given back by its cancellation policy.")
            requested = Refund.ReasonClass.REQUESTED
            return give_back(line=quote.line, cents=amount, by=by, reason=why, reason_class=requested, key=leaving_key(seat))[0]


def _fresh(seat: Seat) -> Seat:
    return Seat.objects.select_related("workshop__venue", "learner").get(pk=seat.pk)


def _check_may_leave(workshop: Workshop, seat: Seat, by: Any) -> None:
    if seat.state != Seat.State.CONFIRMED:
        raise LeavingRefused(_("This seat is given back or taken over already."), code="no_seat")
    if workshop.has_started and not by.has_role(Role.STAFF):
        raise LeavingRefused(_("This workshop has begun, so the seat can no longer be given back. Write to the school."), code="has_started")
    if seat.attendance.exists():
        raise LeavingRefused(_("Attendance is recorded for this seat, so it cannot be given back. Annul the attendance first."), code="attended")


def _agreed(quote: Quote, by: Any, expected_cents: int | None, refund_cents: int | None, reason: str) -> int:
    """The sum that goes back: the policy's, which must be the one that was shown, or what staff decided."""
    if refund_cents is None:
        if expected_cents is not None and expected_cents != quote.refund_cents:
            raise LeavingRefused(_("What goes back has changed since you looked: it is %(sum)s now. Decide again.") % {"sum": quote.refund}, code="sum_changed")
        return quote.refund_cents
    if not by.has_role(Role.STAFF):
        raise LeavingRefused(_("Staff alone decide about another sum than the policy's."), code="not_staff")
    if not reason.strip():
        raise LeavingRefused(_("Say why another sum goes back than the policy says."), code="reason_needed")
    if not 0 <= refund_cents <= quote.paid_cents:
        raise LeavingRefused(_("At most %(paid)s is left of what was paid.") % {"paid": quote.paid if quote.payment else "0"}, code="refund_too_large")
    return refund_cents


def offer_seat(*, seat: Seat, by: Any) -> Seat:
    """Offer `seat` to the waiting list. It stays its holder's until somebody has taken it; a repeat changes nothing.

    Whoever is next is offered it at once, after what is free. When they have it the money goes back, less the fee.
    """
    with locked_workshop(seat.workshop) as workshop:
        seat = _fresh(seat)
        if seat.resale_at and seat.state == Seat.State.CONFIRMED:
            return seat
        _check_may_leave(workshop, seat, by)
        quote = quote_leaving(seat)
        if not quote.may_be_offered:
            raise LeavingRefused(_("Give the seat back instead: offering it would bring you nothing more."), code="nothing_to_gain")
        if workshop.state != Workshop.State.PUBLISHED or offer_end(workshop, database_now()) is None:
            raise LeavingRefused(_("It begins too soon: nobody is offered a seat any more in the last two hours."), code="too_late")
        seat.resale_at = clock.now()
        seat.save(update_fields=["resale_at", "updated_at"])
        record_audit(actor=by, action="workshops.offer_own_seat", record=seat, resale_cents=quote.resale_cents)
        context = {"seat": seat, "workshop": workshop, "sum": quote.resale}
        key = f"seat-offered:{seat.pk}:{seat.resale_at:%Y%m%dT%H%M%S.%f}"
        send_mail_once(key=key, template="workshops/leaving/mail/seat_offered", context=context, recipient=seat.learner)
        serve_list(workshop)
        return seat


def withdraw_offer(*, seat: Seat, by: Any) -> Seat:
    """Keep a seat that was offered. Refused while somebody holds an offer of it: that was promised to them until its end."""
    with locked_workshop(seat.workshop) as workshop:
        seat = _fresh(seat)
        if seat.state != Seat.State.CONFIRMED:
            raise LeavingRefused(_("Somebody has taken this seat over, so it cannot be kept any more."), code="no_seat")
        serve_list(workshop)
        if held := promised_to(seat):
            until = date_format(localtime(held.hold_until, workshop.zone), "N j, Y, g:i a T")
            message = _("The seat is promised to the next person on the list until %(until)s. If they let it go, you can keep it.")
            raise LeavingRefused(message % {"until": until}, code="promised")
        if seat.resale_at:
            seat.resale_at = None
            seat.save(update_fields=["resale_at", "updated_at"])
            record_audit(actor=by, action="workshops.keep_own_seat", record=seat)
        return seat


def promised_to(seat: Seat) -> Seat | None:
    """The hold of whoever is about to take `seat` over."""
    return Seat.objects.held().filter(replaces=seat).first()


def refund_resold_seat(*, seat: Seat) -> Refund | None:
    """Give back what was paid for a seat that somebody took over, less the fee. A repeat changes nothing.

    Raises what payments refuses (a bank that questions the payment): the job is tried again and then shown to staff.
    """
    if earlier := Refund.objects.filter(key=resale_key(seat)).first():
        return earlier
    quote = quote_leaving(seat)
    if quote.payment is None or quote.line is None or not quote.resale_cents:
        return None
    reason = _("Somebody from the waiting list took the seat over.")
    requested = Refund.ReasonClass.REQUESTED
    return next(iter(give_back(line=quote.line, cents=quote.resale_cents, by=None, reason=reason, reason_class=requested, key=resale_key(seat))), None)


def leaving_key(seat: Seat) -> str:
    return f"leave-seat:{seat.pk}"


def resale_key(seat: Seat) -> str:
    return f"resold-seat:{seat.pk}"


def save_policy(*, policy: CancellationPolicy, by: Any) -> CancellationPolicy:
    """Write a policy; the school has one of its own at most, the one named last. Seats keep the one they were taken under."""
    with transaction.atomic():
        if policy.is_default:
            CancellationPolicy.objects.select_for_update().filter(is_default=True).exclude(pk=policy.pk).update(is_default=False, updated_at=clock.now())
        policy.save()
        record_audit(actor=by, action="workshops.save_policy", record=policy, tiers=policy.tiers, fee_cents=policy.fee_cents, is_default=policy.is_default)
    return policy
