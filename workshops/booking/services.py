"""Registering oneself and others: what was answered is kept first, a seat is taken or ordered last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.invitations import person_at
from accounts.models import User
from accounts.names import clean_greeting, clean_text
from core import clock
from core.audit import record_audit
from credits.models import Board
from credits.services import add_licence
from payments.models import Order, Price
from payments.selectors import has_access
from payments.services import start_order
from workshops.booking.details import Details, details_of, wanted_place
from workshops.booking.errors import DetailsMissing, RegistrationRefused
from workshops.booking.inviting import check_not_pestered, invite_guest
from workshops.booking.mail import write_of_review, write_of_seat_there
from workshops.calendars.services import send_invitation
from workshops.models import Answer, Booking, Question, Registration, Seat, Statement, WaiverAcceptance, WaiverVersion, Workshop
from workshops.payers import payer_besides
from workshops.services import change_seat
from workshops.services.locking import locked_workshop

MOST_COLLEAGUES = 8


@dataclass(frozen=True)
class Guest:
    """A colleague as typed by whoever registers them."""

    email: str
    name: str = ""
    place: str = Seat.Place.ROOM


@dataclass(frozen=True)
class Told:
    """What a person tells a workshop: answers by question and statements by requirement (primary keys), a licence, the waiver.

    `waiver` is the version they saw, so that nobody accepts a wording that changed while they read.
    """

    place: str = ""
    answers: Mapping[int, str] = field(default_factory=dict)
    statements: Mapping[int, str] = field(default_factory=dict)
    licence_board: Board | None = None
    licence_number: str = ""
    waiver: int | None = None
    waiver_name: str = ""


def registration_of(workshop: Workshop, learner: Any) -> Registration:
    """The person's registration, begun when there was none."""
    return Registration.objects.get_or_create(workshop=workshop, learner=learner)[0]


def save_details(*, workshop: Workshop, learner: User, told: Told) -> Details:
    """Keep what `learner` tells `workshop`, whether or not everything is there; a repeat changes nothing. Answers what is missing still.

    Raises RegistrationRefused for an answer nobody can choose, a waiver that was rewritten meanwhile, or a workshop that is over.
    """
    if workshop.has_ended or workshop.state == Workshop.State.CANCELLED:
        raise RegistrationRefused(_("This workshop is over, so nothing of it can be changed any more."), code="workshop_over")
    with transaction.atomic():
        registration = registration_of(workshop, learner)
        registration = Registration.objects.select_for_update(of=("self",)).get(pk=registration.pk)
        if told.place and told.place != registration.place:
            registration.place = Seat.Place(told.place)
            registration.save(update_fields=["place", "updated_at"])
        if told.licence_board is not None:
            add_licence(user=learner, board=told.licence_board, number=told.licence_number)
        _save_answers(registration, told.answers)
        _save_statements(registration, told.statements)
        if told.waiver is not None:
            _accept_waiver(registration, workshop, told.waiver, told.waiver_name)
    return details_of(workshop, learner)


def _save_answers(registration: Registration, answers: Mapping[int, str]) -> None:
    for question in registration.workshop.questions.filter(pk__in=answers.keys(), withdrawn_at__isnull=True):
        value = clean_text(answers[question.pk])[:2000]
        if value and question.kind == Question.Kind.CHOICE and value not in question.choices:
            raise RegistrationRefused(
                _("“%(answer)s” is not an answer to “%(question)s”. Choose one of those offered.") % {"answer": value, "question": question.text}
            )
        if value and question.kind == Question.Kind.YES_NO and value not in ("yes", "no"):
            raise RegistrationRefused(_("Answer “%(question)s” with yes or no.") % {"question": question.text})
        Answer.objects.update_or_create(registration=registration, question=question, defaults={"value": value})


def _save_statements(registration: Registration, statements: Mapping[int, str]) -> None:
    """A statement with new words is read again; the same words keep what was decided."""
    for requirement in registration.workshop.requirements.filter(pk__in=statements.keys(), takes_statement=True, withdrawn_at__isnull=True):
        text = clean_text(statements[requirement.pk])[:2000]
        present = registration.statements.filter(requirement=requirement).first()
        if not text or (present and present.text == text):
            continue
        if present:
            present.text, present.state = text, Statement.State.WAITING
            present.reviewed_by, present.reviewed_at, present.note = None, None, ""
            present.save()
        else:
            Statement.objects.create(registration=registration, requirement=requirement, text=text)


def _accept_waiver(registration: Registration, workshop: Workshop, version: int, name: str) -> None:
    newest = WaiverVersion.objects.filter(waiver=workshop.waiver_id).order_by("-number").first() if workshop.waiver_id else None
    if newest is None or newest.pk != version:
        raise RegistrationRefused(_("The wording of the waiver changed while you read it. Read the new one below and accept it."), code="waiver_changed")
    name = clean_text(name)[:160]
    if not name:
        raise RegistrationRefused(_("Type your full name under the waiver."), code="name_needed")
    _acceptance, created = WaiverAcceptance.objects.get_or_create(registration=registration, version=newest, defaults={"name": name})
    if created:
        record_audit(actor=registration.learner, action="workshops.accept_waiver", record=registration, version=newest.pk)


def keep_booking(*, workshop: Workshop, buyer: User, is_coming: bool, guests: Sequence[Guest]) -> Booking:
    """Remember who shall come. Nobody is written to and nothing is held yet.

    Raises RegistrationRefused for too many people, one named twice, oneself among them, or nobody at all.
    """
    emails = [guest.email.strip().lower() for guest in guests]
    if not is_coming and not emails:
        raise RegistrationRefused(_("Say who is coming: you, or at least one colleague."), code="nobody_comes")
    if len(emails) > MOST_COLLEAGUES:
        raise RegistrationRefused(_("Register at most %(most)s colleagues at once. Write to the school for a larger group.") % {"most": MOST_COLLEAGUES})
    if len(set(emails)) < len(emails):
        raise RegistrationRefused(_("One address is there twice. Each person needs an address of their own."), code="named_twice")
    if buyer.email in emails:
        raise RegistrationRefused(_("Your own address is among your colleagues. Tick “I am coming myself” instead."), code="named_oneself")
    named = [{"email": email, "name": clean_greeting(guest.name)[:120], "place": str(guest.place)} for email, guest in zip(emails, guests, strict=True)]
    booking, _created = Booking.objects.update_or_create(workshop=workshop, buyer=buyer, defaults={"is_coming": is_coming, "colleagues": named})
    return booking


def check_details(*, workshop: Workshop, learner: User) -> None:
    """Raises DetailsMissing with what is to be done."""
    if missing := details_of(workshop, learner).missing:
        raise DetailsMissing(_("Before you can take a seat: %(what)s") % {"what": " ".join(missing)})


def take_seats(*, booking: Booking) -> list[Seat]:
    """Give everybody of a booking that costs nothing their seat, all or none, and write to the colleagues. Again, it returns the same seats."""
    workshop, buyer = booking.workshop, booking.buyer
    with transaction.atomic():
        seats = []
        if booking.is_coming:
            if not _has_seat(workshop, buyer):
                check_details(workshop=workshop, learner=buyer)
            seats.append(change_seat(workshop=workshop, learner=buyer, to="confirmed", by=buyer, place=wanted_place(workshop, buyer)))
        for guest, person in _people(booking):
            if not _has_seat(workshop, person):
                invite_guest(workshop=workshop, person=person, name=guest["name"], place=guest["place"], by=buyer)
            elif not workshop.registrations.filter(learner=person, invited_by=buyer).exists():
                write_of_seat_there(workshop, person, buyer)  # theirs to tell: the answer to the buyer is the same
            seats.append(change_seat(workshop=workshop, learner=person, to="confirmed", by=buyer, place=wanted_place(workshop, person)))
        _empty(booking)
    return seats


def order_seats(*, booking: Booking, price: Price, promotion: str = "", with_deposit: bool = False) -> Order:
    """Order the seats of a booking, or return the open order for them; holds begin here. What was answered stays whatever becomes of it.

    Colleagues are written to once their seats are theirs. May call the network: not inside a transaction.
    """
    workshop, buyer = booking.workshop, booking.buyer
    if not price.product.items.filter(subject=workshop.subject).exists():
        raise RegistrationRefused(_("This price is not one of this workshop. Go back and choose one."), code="other_workshop")
    people = []
    if booking.is_coming and not _has_seat(workshop, buyer):
        check_details(workshop=workshop, learner=buyer)
        people.append(buyer)
    with transaction.atomic():
        for guest, person in _people(booking):
            people.append(person)
            if workshop.seats.standing().filter(learner=person).exists():  # the order says so, if it cannot be; theirs stays as they told it
                continue
            registration = registration_of(workshop, person)
            if registration.invited_by_id is None:
                registration.invited_by, registration.invited_as = buyer, guest["name"]
            registration.place = guest["place"]
            registration.save(update_fields=["invited_by", "invited_as", "place", "updated_at"])
    if not people:
        raise RegistrationRefused(_("You have your seat already, so there is nothing to pay. Name a colleague to register them."), code="already_seated")
    return start_order(user=buyer, price=price, people=people, promotion=promotion, with_deposit=with_deposit)


def is_free_for(booking: Booking) -> bool:
    """Whether nothing is to be paid: the workshop is free, or only the buyer comes, who has access already."""
    if booking.workshop.is_free:
        return True
    return booking.is_coming and not booking.colleagues and has_access(booking.buyer, booking.workshop.subject)


def _people(booking: Booking) -> list[tuple[dict[str, str], User]]:
    """Each colleague with their account; one is made where there was none."""
    check_not_pestered([guest["email"] for guest in booking.colleagues], by=booking.buyer)
    return [(guest, person_at(email=guest["email"], name=guest["name"], by=booking.buyer)) for guest in booking.colleagues]


def _has_seat(workshop: Workshop, user: User) -> bool:
    return workshop.seats.confirmed().filter(learner=user).exists()


def _empty(booking: Booking) -> None:
    booking.colleagues = []
    booking.save(update_fields=["colleagues", "updated_at"])


def review_statement(*, statement: Statement, by: User, is_enough: bool, note: str = "") -> Statement:
    """Staff's answer to a statement, mailed to its person. The same answer again changes nothing; the seat stays until staff take it back."""
    state = Statement.State.ACCEPTED if is_enough else Statement.State.REFUSED
    with transaction.atomic():
        statement = (
            Statement.objects.select_for_update(of=("self",))
            .select_related("registration__workshop__venue", "registration__learner", "requirement")
            .get(pk=statement.pk)
        )
        if statement.state == state:
            return statement
        if not is_enough and not note.strip():
            raise RegistrationRefused(_("Say what is missing: the person reads it."), code="note_needed")
        statement.state, statement.reviewed_by, statement.reviewed_at, statement.note = state, by, clock.now(), note.strip()[:300]
        statement.save()
        record_audit(actor=by, action="workshops.review_statement", record=statement, reason=statement.note, state=state.value)
        write_of_review(statement)
    return statement


def greet(*, seat: Seat) -> None:
    """Invite the holder of a seat that somebody else paid for, and tell them of it, in one mail; again, it changes nothing."""
    payer = payer_besides(seat)
    if payer is None:
        return
    with transaction.atomic():
        registration = registration_of(seat.workshop, seat.learner)
        invite_guest(workshop=seat.workshop, person=seat.learner, name=registration.invited_as, by=payer)
        with locked_workshop(seat.workshop) as workshop:
            seat = workshop.seats.select_related("learner").get(pk=seat.pk)
            if seat.state != Seat.State.CONFIRMED:  # given back or passed on before anybody heard of it
                return
            send_invitation(seat=seat, by=payer)
        Booking.objects.filter(workshop=seat.workshop_id, buyer=payer).update(colleagues=[], updated_at=clock.now())
