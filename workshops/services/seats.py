"""The one function that changes seats, and the verbs people use."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from core.audit import record_audit
from core.jobs import enqueue
from payments.selectors import has_access
from workshops.calendars.services import send_invitation
from workshops.errors import SeatRefused, WorkshopFull
from workshops.leaving.resale import hand_over
from workshops.leaving.terms import terms_of
from workshops.letters import tell_of_ended_seat
from workshops.models import Seat, WaitingEntry, Workshop
from workshops.payers import payer_besides
from workshops.services.locking import locked_workshop
from workshops.services.opening import check_may_register
from workshops.signals import seat_changed
from workshops.waiting.turns import close_entry, free_places, look_again, serve_list


def change_seat(
    *,
    workshop: Workshop,
    learner: Any,
    to: Literal["held", "confirmed", "cancelled"],
    by: Any,
    reference: str = "",
    until: datetime | None = None,
    place: str = Seat.Place.ROOM,
    is_quiet: bool = False,
    asked_by: Any = None,
) -> Seat:
    """Hold, give or take `learner`'s seat. Every seat change goes through here, under the lock of the workshop's row.

    `reference` names what the person pays for (decision 0017). With one, "held" keeps a place until `until`, "confirmed"
    means that the money has come, in time or late, and "cancelled" takes that seat alone. Without one, "confirmed" is a
    seat that needs no payment. `by` is None when the payment provider's news decide; who brings others may use the places
    that an offer keeps for their group. `place` is asked for a new seat of a hybrid workshop; elsewhere there is one.
    `is_quiet` takes a paid seat, or gives one, without the mail that says so: the caller tells the person. `asked_by`
    is who stands behind news of payments or a move: staff may let somebody in first, and mail says who took a seat back.

    What is free goes to the waiting list first, before and after (decision 0040). Repeats are answered first: a seat
    already as wanted is returned unchanged. Raises WorkshopFull, SeatRefused, or SeatsBusy when nothing could be decided.
    """
    with locked_workshop(workshop) as locked:
        serve_list(locked)
        place = locked.place_or_only(place)
        if to == Seat.State.HELD:
            if not reference or until is None:
                raise ValueError("A hold needs a reference and an end.")
            seat = _hold(locked, learner, by, reference, until, place)
        elif to == Seat.State.CONFIRMED:
            seat = _confirm_paid(locked, learner, reference, place, is_quiet, asked_by) if reference else _confirm(locked, learner, by, place)
        else:
            seat = _cancel(locked, learner, by, reference, is_quiet, asked_by)
        serve_list(locked)
        seat_changed.send(sender=Seat, user=learner, workshop=locked)
        return seat


def _mine(workshop: Workshop, learner: Any) -> Seat | None:
    """The seat `learner` holds or has; lapsed holds are gone by now."""
    return workshop.seats.own().filter(learner=learner, state__in=[Seat.State.HELD, Seat.State.CONFIRMED]).first()


def _new_seat(workshop: Workshop, learner: Any, by: Any, place: str, reference: str = "", asked_by: Any = None) -> Seat:
    """A seat to be held or given: one that an offer keeps for the group of `by`, else a free one. Raises WorkshopFull."""
    kept = workshop.seats.held().filter(learner=by, guest__gt=0).order_by("guest").first() if by and by != learner else None
    if kept:
        kept.learner, kept.guest, kept.reference = learner, 0, reference or kept.reference
        return kept
    check_may_register(workshop=workshop, learner=learner, by=by or asked_by, reference=reference)
    if free_places(workshop, is_tidy=True)[place] <= 0:
        raise WorkshopFull(full_sentence(workshop, place))
    return Seat(workshop=workshop, learner=learner, place=place)


def full_sentence(workshop: Workshop, place: str = "") -> str:
    """What to do when no seat is left, or none of `place` where a workshop has two."""
    if place and len(workshop.places) > 1:
        words = _("“%(title)s” has no seat left of this kind: %(place)s. Join the waiting list for it, or look for another date near you.")
        return words % {"title": workshop.title, "place": Seat.Place(place).label}
    return _("“%(title)s” is full. Join its waiting list, or look for another date near you.") % {"title": workshop.title}


def _hold(workshop: Workshop, learner: Any, by: Any, reference: str, until: datetime, place: str) -> Seat:
    seat = _mine(workshop, learner)
    if seat and seat.reference == reference:
        if seat.hold_until and until > seat.hold_until:
            _hold_until(seat, reference, until)
        return seat
    if seat and not seat.is_held:
        raise SeatRefused(_("You have a seat in this workshop already, so there is nothing to pay."), code="already_seated")
    _check_open(workshop)
    if workshop.has_started:
        raise SeatRefused(_("This workshop has begun, so seats can no longer be taken. Look for another date."), code="has_started")
    if seat is None:
        seat = _new_seat(workshop, learner, by, place)
    seat.state, seat.terms = Seat.State.HELD, terms_of(workshop)
    _hold_until(seat, reference, until)  # a second order of the same person: the place follows the newer one
    return seat


def _hold_until(seat: Seat, reference: str, until: datetime) -> None:
    """Hold `seat` until then; one that was offered, until the offer's end at least: it was promised until then."""
    promised = seat.offer.offer_until if seat.offer else None
    seat.reference, seat.hold_until = reference, max(until, promised) if promised else until
    seat.save()
    look_again(seat.workshop, seat.hold_until)


def _confirm_paid(workshop: Workshop, learner: Any, reference: str, place: str, is_quiet: bool, asked_by: Any) -> Seat:
    """Money has come under `reference`. A seat held by the same person, under whichever reference, is theirs."""
    seat = _mine(workshop, learner)
    if seat and not seat.is_held:
        if seat.reference == reference:
            return seat
        raise SeatRefused(_("This person has a seat in this workshop already."), code="already_seated")
    given_back = workshop.seats.filter(learner=learner, reference=reference, state=Seat.State.CANCELLED, hold_until__isnull=True).last()
    if given_back:
        return given_back
    _check_open(workshop)
    if workshop.has_started and (seat is None or seat.replaces):  # late; or whose seat it was has come themselves
        raise SeatRefused(_("This workshop has begun, so seats can no longer be taken."), code="has_started")
    if seat is None:
        held = workshop.seats.filter(learner=learner, reference=reference).last()
        seat = _new_seat(workshop, learner, None, held.place if held else place, reference, asked_by)
        seat.terms = held.terms if held else terms_of(workshop)
    seat.reference = reference
    return _give(workshop, seat, by=None, is_quiet=is_quiet)


def _confirm(workshop: Workshop, learner: Any, by: Any, place: str) -> Seat:
    """A seat that needs no payment: a free workshop, access that stands, or staff's word with such access."""
    seat = _mine(workshop, learner)
    if seat and not seat.is_held:
        return seat
    _check_open(workshop)
    if workshop.has_started and by is not None and not by.has_role(Role.STAFF):
        raise SeatRefused(_("This workshop has begun, so seats can no longer be taken. Look for another date."), code="has_started")
    if not workshop.is_free and not has_access(learner, workshop.subject):
        if by == learner:
            raise SeatRefused(_("A seat in this workshop has to be paid. Its page says what it costs."), code="needs_access")
        raise SeatRefused(_("This workshop is not free. Give the person access to it first, under “Access”, then the seat."), code="needs_access")
    if seat is None:
        seat = _new_seat(workshop, learner, by, place)
        # Whoever paid, gave the seat back and takes another has it by the same payment.
        before = workshop.seats.filter(learner=learner, hold_until__isnull=True).last()
        seat.reference, seat.terms = (before.reference, before.terms) if before else ("", terms_of(workshop))
    else:
        seat.reference = ""  # no longer the order's: closing it must not take the seat
    return _give(workshop, seat, by)


def _check_open(workshop: Workshop) -> None:
    if workshop.state != Workshop.State.PUBLISHED:
        raise SeatRefused(_("Registration for this workshop is closed."), code="not_open")


def _give(workshop: Workshop, seat: Seat, by: Any, *, is_quiet: bool = False) -> Seat:
    """Confirm `seat`. One that replaces somebody's takes it over in the same moment; nobody waits any more who has one."""
    if seat.replaces:
        hand_over(workshop, seat.replaces)
    seat.state, seat.hold_until = Seat.State.CONFIRMED, None
    seat.save()
    for entry in workshop.waiting.open().filter(learner=seat.learner).select_related("learner"):
        close_entry(workshop, entry, state=WaitingEntry.State.TAKEN, closing=WaitingEntry.Closing.SEATED, by=by)
    record_audit(actor=by, action="workshops.take_seat", record=seat, reference=seat.reference)
    if is_quiet:
        return seat
    if payer_besides(seat) and by != seat.learner:
        # In a job: who was paid for is invited, which locks the registration, and that is never done while seats are locked.
        enqueue("workshops.greet_guest", key=f"greet-guest:{seat.pk}", args={"seat": seat.pk})
    else:
        send_invitation(seat=seat, by=by)
    return seat


def _cancel(workshop: Workshop, learner: Any, by: Any, reference: str, is_quiet: bool, asked_by: Any) -> Seat:
    seat = _mine(workshop, learner)
    if seat is None or (reference and seat.reference != reference):
        last = workshop.seats.own().filter(learner=learner, **({"reference": reference} if reference else {})).last()
        if last is None:
            raise SeatRefused(_("You have no seat in this workshop."), code="no_seat")
        return last
    if not seat.is_held:
        return _give_back(workshop, seat, by, is_quiet, asked_by)
    if not reference:
        if seat.offer and seat.reference == seat.offer.reference:
            raise SeatRefused(_("This seat is offered to you. Decline the offer to let it go."), code="offered")
        raise SeatRefused(_("This seat is held while it is being paid. Cancel the order to let it go."), code="held")
    if seat.offer and seat.offer.offer_until and seat.offer.offer_until > clock.now():
        return _return_to_offer(workshop, seat, seat.offer)
    seat.state, seat.cancelled_at, seat.cancelled_by = Seat.State.CANCELLED, clock.now(), by
    seat.save(update_fields=["state", "cancelled_at", "cancelled_by", "updated_at"])
    return seat


def _return_to_offer(workshop: Workshop, seat: Seat, entry: WaitingEntry) -> Seat:
    """An order is let go of while the offer it came from still stands: the place is kept for whom it was offered to."""
    used = set(workshop.seats.held().filter(learner=entry.learner_id).exclude(pk=seat.pk).values_list("guest", flat=True))
    used |= {0} if seat.learner_id != entry.learner_id else set()
    seat.learner_id, seat.guest = entry.learner_id, min(set(range(entry.party + 1)) - used)
    seat.reference, seat.hold_until = entry.reference, entry.offer_until
    seat.save()
    return seat


def _give_back(workshop: Workshop, seat: Seat, by: Any, is_quiet: bool, asked_by: Any) -> Seat:
    if workshop.has_started and by is not None and not by.has_role(Role.STAFF):
        raise SeatRefused(_("This workshop has begun, so the seat can no longer be given back. Write to the school."), code="has_started")
    if seat.attendance.exists():
        raise SeatRefused(_("Attendance is recorded for this seat, so it cannot be cancelled. Annul the attendance first."), code="attended")
    seat.state, seat.cancelled_at, seat.cancelled_by = Seat.State.CANCELLED, clock.now(), by
    seat.save(update_fields=["state", "cancelled_at", "cancelled_by", "updated_at"])
    # Whoever was to take it over has its place now that it is free.
    workshop.seats.filter(replaces=seat, state=Seat.State.HELD).update(replaces=None, updated_at=clock.now())
    record_audit(actor=by, action="workshops.cancel_seat", record=seat, reference=seat.reference)
    if not is_quiet:
        tell_of_ended_seat(seat, by=by or asked_by, is_refunded=by is None)
    return seat


def tidy_holds(*, workshop: Workshop) -> int:
    """Write down which holds and offers are over, and offer what is free to who is next; how many rows changed."""
    with locked_workshop(workshop) as locked:
        return serve_list(locked)


def register_learner(*, workshop: Workshop, learner: Any, place: str = Seat.Place.ROOM) -> Seat:
    """Take a seat for oneself; a second call returns the same seat."""
    return change_seat(workshop=workshop, learner=learner, to="confirmed", by=learner, place=place)


def cancel_seat(*, workshop: Workshop, learner: Any, by: Any) -> Seat:
    """Give a seat back; a second call changes nothing."""
    return change_seat(workshop=workshop, learner=learner, to="cancelled", by=by)


def hand_seat_on(*, seat: Seat, to: Any, by: Any) -> Seat:
    """End `seat` and give its place to `to` in the same moment, under the workshop's lock: nobody can take it in between.

    What was paid, and the policy it was taken under, stand behind the new seat as behind the old one. Raises SeatRefused.
    """
    with locked_workshop(seat.workshop) as locked:
        serve_list(locked)
        if _mine(locked, to):
            raise SeatRefused(_("%(person)s has a seat in this workshop already, or one is kept for them.") % {"person": to}, code="already_seated")
        old = locked.seats.select_related("learner").get(pk=seat.pk)
        if old.state != Seat.State.CONFIRMED:
            raise SeatRefused(_("This seat does not stand any more, so it cannot be passed on."), code="no_seat")
        _check_open(locked)
        if locked.has_started:
            raise SeatRefused(_("This workshop has begun, so its seats can no longer be passed on."), code="has_started")
        if old.attendance.exists():
            raise SeatRefused(_("Attendance is recorded for this seat, so it cannot be passed on."), code="attended")
        if old.successors.filter(state=Seat.State.HELD).exists():
            raise SeatRefused(
                _("Somebody of the waiting list is taking this seat at this moment. Try again when their offer is over."), code="being_taken_over"
            )
        old.state, old.cancelled_at, old.cancelled_by = Seat.State.CANCELLED, clock.now(), by
        old.save(update_fields=["state", "cancelled_at", "cancelled_by", "updated_at"])
        record_audit(actor=by, action="workshops.pass_seat_on", record=old, reference=old.reference, to=to.pk)
        new = _give(locked, Seat(workshop=locked, learner=to, place=old.place, reference=old.reference, terms=old.terms), by)
        for person in (old.learner, to):
            seat_changed.send(sender=Seat, user=person, workshop=locked)
    return new
