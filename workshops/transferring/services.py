"""Offering a seat to a colleague, and what becomes of the offer."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.invitations import PersonRefused, person_at
from accounts.models import User
from accounts.names import clean_greeting
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from notifications.services import send_mail_once
from payments.models import OrderLine
from payments.services import pass_line_on
from workshops.booking.details import details_of
from workshops.booking.errors import DetailsMissing
from workshops.booking.inviting import check_not_pestered
from workshops.booking.mail import INVITATION_KEY
from workshops.calendars.services import send_cancellation
from workshops.models import Registration, Seat, Transfer
from workshops.payers import line_paying, rest_words
from workshops.services import hand_seat_on

SALT = "workshops.transfer"


class TransferRefused(DomainError):
    code = "transfer_refused"


def may_pass_on(seat: Seat, user: Any) -> bool:
    """Whether the seat is `user`'s to pass on: they hold it, or they paid for it."""
    if seat.learner_id == user.pk:
        return True
    line = line_paying(seat)
    return line is not None and line.order.user_id == user.pk


def offer_seat(*, seat: Seat, email: str, name: str, by: User) -> Transfer:
    """Offer `seat` to the person with this address and write to them. The same person again returns the open offer.

    Until they accept, the seat and its ticket stay as they are. Raises TransferRefused. Whether the person has a seat already
    is for them to say: they are written to all the same.
    """
    address = email.strip().lower()
    with transaction.atomic():
        seat = Seat.objects.select_for_update(of=("self",)).select_related("workshop__venue", "learner").get(pk=seat.pk)
        _check_standing(seat)
        if not may_pass_on(seat, by):
            raise TransferRefused(_("Only who holds this seat or paid for it can pass it on."), code="not_yours")
        _check_paid(seat, line_paying(seat))
        if address == seat.learner.email:
            raise TransferRefused(_("The seat is this person’s already. Enter the address of somebody else."), code="same_person")
        if standing := seat.transfers.offered().select_related("to_user").first():
            if standing.to_user.email == address:
                return standing
            raise TransferRefused(_("The seat is offered to somebody else at this moment. Withdraw that offer first."), code="offered_already")
        try:
            check_not_pestered([address], by=by)
            person = person_at(email=address, name=name, by=by)
        except PersonRefused as refusal:
            words = _("This seat could not be offered to %(email)s. Enter the address of somebody else, or ask them to write to the school.")
            raise TransferRefused(words % {"email": address}, code=refusal.code) from refusal
        transfer = Transfer.objects.create(seat=seat, offered_by=by, to_user=person, to_name=clean_greeting(name)[:120] or address)
        record_audit(actor=by, action="workshops.offer_seat", record=transfer, seat=seat.pk, to=person.pk)
        _write(transfer, "transfer_offered", person, token=transfer_token(transfer))
    return transfer


def accept_transfer(*, transfer: Transfer) -> Seat:
    """The seat becomes `transfer.to_user`'s, with a ticket of its own; the old ticket is void. Again, it returns the same seat.

    Raises DetailsMissing while something the workshop asks is open, TransferRefused or SeatRefused when it cannot be had any more.
    """
    person = transfer.to_user
    with transaction.atomic():
        line = line_paying(transfer.seat)
        if line is not None and transfer.state == Transfer.State.OFFERED:
            pass_line_on(line=line, to=person, by=person)  # first, since orders are locked before workshops
        locked = _lock(transfer)
        if locked.state == Transfer.State.ACCEPTED and locked.new_seat:
            return locked.new_seat
        _check_offered(locked)
        _check_paid(locked.seat, line)
        if missing := details_of(locked.seat.workshop, person).missing:
            raise DetailsMissing(_("Before the seat can be yours: %(what)s") % {"what": " ".join(missing)})
        giver = locked.seat.learner
        new_seat = hand_seat_on(seat=locked.seat, to=person, by=person)
        locked.state, locked.decided_at, locked.new_seat = Transfer.State.ACCEPTED, clock.now(), new_seat
        locked.save(update_fields=["state", "decided_at", "new_seat", "updated_at"])
        Registration.objects.filter(workshop=new_seat.workshop_id, learner=person).update(place=new_seat.place, updated_at=clock.now())
        record_audit(actor=person, action="workshops.accept_seat", record=locked, seat=locked.seat_id, new_seat=new_seat.pk)
        payer = line.order.user if line else None
        words = {"payer": payer} | rest_words(new_seat)
        send_cancellation(
            seat=locked.seat, key=f"transfer-accepted:{locked.pk}", template="workshops/mail/transfer_accepted", context={"transfer": locked} | words
        )
        for other in {user.pk: user for user in (locked.offered_by, payer) if user}.values():
            if other.pk not in (giver.pk, person.pk):
                _write(locked, "transfer_accepted", other, words=words)
    return new_seat


def decline_transfer(*, transfer: Transfer) -> Transfer:
    """The person does not want it: the seat stays its holder's, who is told. Again, nothing changes."""
    return _end(transfer, Transfer.State.DECLINED, by=transfer.to_user)


def withdraw_transfer(*, transfer: Transfer, by: User) -> Transfer:
    """The offer is called back; its link is worth nothing any more. Again, nothing changes."""
    if by.pk not in (transfer.offered_by_id, transfer.seat.learner_id):
        raise TransferRefused(_("Only who offered the seat can withdraw the offer."), code="not_yours")
    return _end(transfer, Transfer.State.WITHDRAWN, by=by)


def transfer_token(transfer: Transfer) -> str:
    return signing.dumps(transfer.pk, salt=SALT)


def transfer_at(token: str) -> Transfer:
    """The offer that a link leads to, whatever became of it. Raises TransferRefused for a link we did not sign."""
    try:
        pk = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise TransferRefused(_("This link is not complete. Open it from the message again."), code="bad_link") from error
    found = Transfer.objects.select_related("seat__workshop__venue", "seat__workshop__activity", "seat__learner", "to_user", "offered_by", "new_seat").filter(
        pk=pk
    )
    transfer = found.first()
    if transfer is None:
        raise TransferRefused(_("This link leads to nothing any more."), code="bad_link")
    return transfer


def _end(transfer: Transfer, state: Transfer.State, *, by: User) -> Transfer:
    with transaction.atomic():
        transfer = _lock(transfer)
        if transfer.state == state:
            return transfer
        _check_offered(transfer)
        transfer.state, transfer.decided_at = state, clock.now()
        transfer.save(update_fields=["state", "decided_at", "updated_at"])
        record_audit(actor=by, action=f"workshops.seat_offer_{state.value}", record=transfer)
        if state == Transfer.State.DECLINED:
            _write(transfer, "transfer_declined", transfer.offered_by)
        else:
            _write(transfer, "transfer_withdrawn", transfer.to_user)
    return transfer


def _lock(transfer: Transfer) -> Transfer:
    related = ("seat__workshop__venue", "seat__learner", "to_user", "offered_by", "new_seat")
    return Transfer.objects.select_for_update(of=("self",)).select_related(*related).get(pk=transfer.pk)


def _check_offered(transfer: Transfer) -> None:
    if transfer.state == Transfer.State.OFFERED:
        return
    words = {
        Transfer.State.WITHDRAWN: _("This offer was withdrawn. Ask %(who)s."),
        Transfer.State.DECLINED: _("This offer was declined, so the seat stays where it is. Ask %(who)s to offer it again."),
        Transfer.State.ACCEPTED: _("This seat was passed on already."),
    }
    raise TransferRefused(words[Transfer.State(transfer.state)] % {"who": transfer.offered_by}, code="offer_over")


def _check_standing(seat: Seat) -> None:
    if seat.state != Seat.State.CONFIRMED:
        raise TransferRefused(_("This seat does not stand any more, so it cannot be passed on."), code="no_seat")
    if seat.workshop.has_started:
        raise TransferRefused(_("The workshop has begun, so its seats can no longer be passed on."), code="has_started")


def _check_paid(seat: Seat, line: OrderLine | None) -> None:
    """What was paid goes along with the seat. Access that the school gave one person stays theirs, so it would buy seats for any number."""
    if line is None and not seat.workshop.is_free:
        raise TransferRefused(
            _("The school gave this seat to one person by name, so it cannot be passed on. Give it back, or write to the school."), code="not_paid"
        )


def _write(transfer: Transfer, template: str, recipient: User, token: str = "", words: dict[str, Any] | None = None) -> None:
    # An invitation by its key: what is written to strangers is counted together.
    key = f"{INVITATION_KEY}transfer:{transfer.pk}" if token else f"{template}:{transfer.pk}:{recipient.pk}"
    context: dict[str, Any] = {"transfer": transfer, "workshop": transfer.seat.workshop, "token": token, "is_paid": bool(transfer.seat.reference)}
    context |= words or (rest_words(transfer.seat) if token else {})
    send_mail_once(key=key, template=f"workshops/mail/{template}", context=context, recipient=recipient, is_confidential=bool(token))
