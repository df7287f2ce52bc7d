"""Whoever names a colleague learns whether it worked, and nothing of what that person has: every cause has one sentence."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.invitations import PersonRefused
from core.errors import DomainError
from notifications.models import MailMessage
from payments.models import Order
from payments.services import grant_access, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, WorkshopFactory
from tests.workshops.money import on_sale, pay, seat_of
from workshops.booking.services import Guest, keep_booking, order_seats, take_seats
from workshops.models import Seat, Transfer
from workshops.services import change_seat
from workshops.transferring.services import TransferRefused, offer_seat

ADDRESS = "noa@example.org"
SENTENCE = "We could not register noa@example.org. Leave them out, or ask them to register themselves: the page tells them what is in the way."
CAUSES = ["paid seat", "given seat", "paying", "closed account", "letters"]


def bring_about(cause, stripe_api, noa, workshop, price):
    if cause == "paid seat":
        seat_of(stripe_api.control, workshop, price, noa)
    elif cause == "given seat":
        grant_access(user=noa, subject=workshop.subject, source="staff", reason="Paid in cash", granted_by=user_with_role("staff"))
        change_seat(workshop=workshop, learner=noa, to="confirmed", by=noa)
    elif cause == "paying":
        start_order(user=noa, price=price)
    elif cause == "closed account":
        noa.is_active = False
        noa.save()
    else:
        for _letter in range(3):
            take_seats(booking=keep_booking(workshop=WorkshopFactory(), buyer=UserFactory(), is_coming=False, guests=[Guest(ADDRESS, "Noa")]))


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_the_same_sentence_and_takes_nothing(stripe_api, db, cause):
    (workshop, price), buyer, noa = on_sale(19000), UserFactory(), UserFactory(email=ADDRESS)
    bring_about(cause, stripe_api, noa, workshop, price)
    before = list(Seat.objects.values_list("learner", "state", "reference")), Order.objects.count()
    booking = keep_booking(workshop=workshop, buyer=buyer, is_coming=True, guests=[Guest(ADDRESS, "Noa")])

    with pytest.raises(PersonRefused) as refusal:
        order_seats(booking=booking, price=price)

    assert (refusal.value.code, refusal.value.message) == ("person_refused", SENTENCE)
    assert (list(Seat.objects.values_list("learner", "state", "reference")), Order.objects.count()) == before


def test_who_paid_for_a_colleague_is_told_that_they_did(stripe_api, db):
    (workshop, price), buyer, noa = on_sale(19000), UserFactory(), UserFactory(email=ADDRESS)
    pay(stripe_api.control, start_order(user=buyer, price=price, people=[noa]))
    booking = keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest(ADDRESS, "Noa")])

    with pytest.raises(DomainError) as refusal:
        order_seats(booking=booking, price=price)

    assert (refusal.value.code, refusal.value.message.startswith(f"You have registered {ADDRESS} for")) == ("already_owned", True)


def test_the_page_says_it_and_no_more(client, stripe_api, db):
    (workshop, price), buyer, noa = on_sale(19000), UserFactory(), UserFactory(email=ADDRESS)
    seat_of(stripe_api.control, workshop, price, noa)
    keep_booking(workshop=workshop, buyer=buyer, is_coming=True, guests=[Guest(ADDRESS, "Noa")])
    client.force_login(buyer)

    page = client.post(reverse("workshops:registration_check", args=[workshop.slug]), {"price": price.pk})

    assert (page.status_code, SENTENCE in page.content.decode()) == (409, True)


def test_where_nothing_is_paid_the_answer_is_that_of_any_colleague_and_the_person_is_told(db):
    seat, buyer = SeatFactory(learner__email=ADDRESS), UserFactory(display_name="Ada Rivera")
    for _time in range(2):
        booking = keep_booking(workshop=seat.workshop, buyer=buyer, is_coming=False, guests=[Guest(ADDRESS, "Noa")])
        assert take_seats(booking=booking) == [seat]

    letter = MailMessage.objects.get()
    assert (letter.recipient, letter.template) == (seat.learner, "workshops/mail/seated_already")
    assert "You have a seat in it already, so nothing has changed" in letter.body_text


def test_a_colleague_registered_twice_by_the_same_person_has_one_letter(db):
    workshop, buyer = WorkshopFactory(), UserFactory()
    for _time in range(2):
        take_seats(booking=keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest(ADDRESS, "Noa")]))

    assert list(MailMessage.objects.values_list("template", flat=True)) == ["workshops/mail/seat_confirmed"]


def test_the_api_answers_alike_for_a_new_seat_and_one_that_stood(db):
    workshop, buyer = WorkshopFactory(capacity=5), UserFactory()
    SeatFactory(workshop=workshop, learner__email=ADDRESS)
    api = APIClient()
    api.force_authenticate(buyer)

    def name(address):
        values = {"is_coming": False, "colleagues": [{"email": address, "name": "A colleague"}]}
        answer = api.post(f"/api/v1/workshops/{workshop.slug}/register/", values, format="json")
        return answer.status_code, {key: value for key, value in answer.json().items() if key != "id"}

    assert name(ADDRESS) == name("new@example.org")


@pytest.mark.parametrize("cause", ["closed account", "letters"])
def test_a_seat_that_cannot_be_offered_there_says_no_more(stripe_api, db, cause):
    noa, seat = UserFactory(email=ADDRESS), SeatFactory()
    bring_about(cause, stripe_api, noa, None, None)

    with pytest.raises(TransferRefused) as refusal:
        offer_seat(seat=seat, email=ADDRESS, name="Noa", by=seat.learner)

    words = "This seat could not be offered to noa@example.org. Enter the address of somebody else, or ask them to write to the school."
    assert (refusal.value.code, refusal.value.message) == ("person_refused", words)
    assert not Transfer.objects.exists()


def test_a_seat_is_offered_to_who_has_one_as_to_anybody(db):
    seat = SeatFactory()
    there = SeatFactory(workshop=seat.workshop, learner__email=ADDRESS)

    transfer = offer_seat(seat=seat, email=ADDRESS, name="Noa", by=seat.learner)

    assert (transfer.state, transfer.to_user) == (Transfer.State.OFFERED, there.learner)
    assert MailMessage.objects.get(template="workshops/mail/transfer_offered").recipient == there.learner


def test_nobody_gets_a_second_seat_by_being_named(stripe_api, db):
    (workshop, price), noa = on_sale(19000, capacity=5), UserFactory(email=ADDRESS)
    seat_of(stripe_api.control, workshop, price, noa)

    for buyer in UserFactory.create_batch(2):
        with pytest.raises(DomainError):
            order_seats(booking=keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest(ADDRESS)]), price=price)

    assert workshop.seats.standing().filter(learner=noa).count() == 1
