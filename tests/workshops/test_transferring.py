"""Seats that change hands."""

import contextlib
from datetime import timedelta

import pytest
from django.urls import reverse

from core.errors import DomainError
from notifications.models import MailMessage
from payments.models import AccessGrant, Payment, Refund
from payments.selectors import has_access
from payments.services import RefundPart, grant_access, open_checkout, project_session, request_refund, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.booking import QuestionFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from tests.fixtures.at_once import at_once
from workshops.booking.tickets import seat_of_ticket, ticket_code
from workshops.models import Attendance, Seat, Transfer
from workshops.services import change_seat
from workshops.transferring.services import accept_transfer, decline_transfer, offer_seat, transfer_token, withdraw_transfer


@pytest.fixture
def seat(db):
    return SeatFactory(workshop=workshop_with_blocks(capacity=1))


def offered(seat, email="noa@example.org"):
    return offer_seat(seat=seat, email=email, name="Noa", by=seat.learner)


def test_an_accepted_seat_changes_hands_with_a_new_ticket(seat):
    transfer = offered(seat)
    old = ticket_code(seat)
    assert seat_of_ticket(old) == seat

    new = accept_transfer(transfer=transfer)
    again = accept_transfer(transfer=Transfer.objects.get())

    seat.refresh_from_db()
    assert (seat.state, new.state, new.learner.email, again) == ("cancelled", "confirmed", "noa@example.org", new)
    assert (seat_of_ticket(old), seat_of_ticket(ticket_code(new))) == (None, new)
    told = MailMessage.objects.filter(template="workshops/mail/transfer_accepted").values_list("recipient", flat=True)
    assert list(told) == [seat.learner_id]


def test_the_offer_is_one_letter_and_changes_nothing_yet(seat):
    first, second = offered(seat), offered(seat)

    assert (first, Seat.objects.confirmed().get()) == (second, seat)
    letter = MailMessage.objects.get(template="workshops/mail/transfer_offered")
    assert (letter.to_address, letter.is_confidential) == ("noa@example.org", True)


def test_a_seat_is_offered_to_one_person_at_a_time(seat):
    offered(seat)

    with pytest.raises(DomainError) as refusal:
        offered(seat, "kim@example.org")

    assert (refusal.value.code, Transfer.objects.count()) == ("offered_already", 1)


@pytest.mark.parametrize("end", [decline_transfer, lambda transfer: withdraw_transfer(transfer=transfer, by=transfer.offered_by)])
def test_after_no_or_withdrawal_the_seat_stays(seat, end):
    transfer = offered(seat)

    for _ in range(2):
        end(transfer=transfer)

    with pytest.raises(DomainError) as refusal:
        accept_transfer(transfer=Transfer.objects.select_related("seat__workshop", "seat__learner", "to_user").get())
    assert (refusal.value.code, Seat.objects.confirmed().get()) == ("offer_over", seat)
    offered(seat, "kim@example.org")


def test_what_the_workshop_asks_comes_first(seat):
    QuestionFactory(workshop=seat.workshop)

    with pytest.raises(DomainError) as refusal:
        accept_transfer(transfer=offered(seat))

    assert (refusal.value.code, Seat.objects.confirmed().get()) == ("details_missing", seat)


@pytest.mark.parametrize("why", ["stranger", "oneself", "void", "begun"])
def test_what_cannot_be_passed_on(seat, why):
    by, email = seat.learner, "noa@example.org"
    if why == "stranger":
        by = UserFactory()
    elif why == "oneself":
        email = seat.learner.email
    elif why == "void":
        change_seat(workshop=seat.workshop, learner=seat.learner, to="cancelled", by=seat.learner)
    else:
        seat.workshop.starts_at = PAST
        seat.workshop.save()

    with pytest.raises(DomainError):
        offer_seat(seat=seat, email=email, name="Noa", by=by)

    assert not Transfer.objects.exists()


def test_who_was_there_keeps_the_seat(seat):
    transfer = offered(seat)
    block = seat.workshop.blocks.first()
    Attendance.objects.create(seat=seat, block=block, kind="in", at=block.starts_at, recorded_by=user_with_role("staff"))

    with pytest.raises(DomainError) as refusal:
        accept_transfer(transfer=transfer)

    assert (refusal.value.code, Seat.objects.confirmed().get()) == ("attended", seat)


def test_who_has_a_seat_cannot_take_another(db):
    workshop = workshop_with_blocks(capacity=2)
    one, two = SeatFactory.create_batch(2, workshop=workshop)

    with pytest.raises(DomainError) as refusal:
        accept_transfer(transfer=offered(one, two.learner.email))

    assert (refusal.value.code, workshop.seats.confirmed().count()) == ("already_seated", 2)


@pytest.fixture
def paid_seat(db, stripe_api):
    workshop = workshop_with_blocks(is_free=False, capacity=1)
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=19000)
    order = start_order(user=UserFactory(), price=price)
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)
    return workshop.seats.confirmed().get()


def test_access_follows_a_paid_seat_and_the_order_stays(paid_seat):
    buyer, payment = paid_seat.learner, Payment.objects.get()

    new = accept_transfer(transfer=offered(paid_seat))

    subject = paid_seat.workshop.subject
    assert (has_access(buyer, subject), has_access(new.learner, subject), new.reference) == (False, True, paid_seat.reference)
    assert (payment.order.user, payment.order.lines.get().beneficiary, AccessGrant.objects.count()) == (buyer, new.learner, 2)
    assert not Refund.objects.exists()


def test_a_refund_after_the_transfer_goes_to_the_payer_and_takes_the_new_seat(paid_seat):
    new, payment = accept_transfer(transfer=offered(paid_seat)), Payment.objects.get()

    part = RefundPart(payment.order.lines.get(), 19000, closes_access=True)
    request_refund(payment=payment, by=user_with_role("staff"), parts=[part], reason="Ill", reason_class="requested_by_customer")

    new.refresh_from_db()
    assert (new.state, has_access(new.learner, new.workshop.subject), Refund.objects.get().payment) == ("cancelled", False, payment)


def test_old_news_of_the_payment_give_nobody_a_second_seat(paid_seat):
    accept_transfer(transfer=offered(paid_seat))

    project_session(session_id=Payment.objects.get().order.attempts.get().stripe_session_id)

    assert paid_seat.workshop.seats.confirmed().count() == 1


def test_the_payer_can_give_the_seat_of_a_colleague_to_another(db, stripe_api):
    workshop, buyer, colleague = workshop_with_blocks(is_free=False), UserFactory(), UserFactory()
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=19000)
    session = open_checkout(order=start_order(user=buyer, price=price, people=[colleague])).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)

    new = accept_transfer(transfer=offer_seat(seat=workshop.seats.confirmed().get(), email="noa@example.org", name="Noa", by=buyer))

    assert workshop.seats.confirmed().get() == new
    assert set(MailMessage.objects.filter(template="workshops/mail/transfer_accepted").values_list("recipient", flat=True)) == {buyer.pk, colleague.pk}


@pytest.mark.django_db(transaction=True)
def test_the_place_is_nobodys_in_between():
    """Somebody tries to register again and again while the only seat changes hands."""
    seat = SeatFactory(workshop=workshop_with_blocks(capacity=1))
    transfer, person, taken = offered(seat), UserFactory(), []

    def snatch():
        for _ in range(20):
            with contextlib.suppress(DomainError):
                taken.append(change_seat(workshop=seat.workshop, learner=person, to="confirmed", by=person))

    at_once(snatch, lambda: accept_transfer(transfer=transfer))

    assert (taken, seat.workshop.seats.taken().get().learner.email) == ([], "noa@example.org")


def test_the_pages_of_giver_and_taker(client, seat):
    client.force_login(seat.learner)
    question = QuestionFactory(workshop=seat.workshop)
    client.post(reverse("workshops:transfer_create", args=[seat.pk]), {"name": "Noa", "email": "noa@example.org"})
    transfer = Transfer.objects.get()
    assert "Offered to Noa" in client.get(seat.workshop.get_absolute_url()).content.decode()
    page = reverse("workshops:transfer_detail", args=[transfer_token(transfer)])
    assert "signed in as somebody else" in client.get(page).content.decode()
    client.logout()

    client.post(page, {"sign_in": "1"})
    asked = client.get(page).content.decode()
    wrong = client.post(page, {})
    right = client.post(page, {f"question_{question.pk}": "None"})

    assert (question.text in asked, wrong.status_code, right.status_code) == (True, 422, 302)
    assert Seat.objects.confirmed().get().learner == transfer.to_user
    assert "passed on" in client.get(page).content.decode()


def test_declining_by_link_asks_first(client, seat):
    page = reverse("workshops:transfer_decline", args=[transfer_token(offered(seat))])

    client.get(page)
    assert Transfer.objects.get().state == "offered"
    client.post(page)

    assert (Transfer.objects.get().state, MailMessage.objects.filter(template="workshops/mail/transfer_declined").count()) == ("declined", 1)


def test_a_stranger_cannot_offer_or_withdraw(client, seat):
    transfer = offered(seat)
    client.force_login(UserFactory())

    create = client.post(reverse("workshops:transfer_create", args=[seat.pk]), {"name": "X", "email": "x@example.org"})
    withdraw = client.post(reverse("workshops:transfer_withdraw", args=[transfer.pk]))

    assert (create.status_code, withdraw.status_code, Transfer.objects.get().state) == (404, 404, "offered")


def test_a_seat_by_access_that_the_school_gave_one_person_stays_theirs(db):
    """Or they would register again by the same access, and pass that seat on too."""
    workshop, person = workshop_with_blocks(is_free=False, capacity=5), UserFactory()
    grant_access(user=person, subject=workshop.subject, source="staff", reason="A prize", granted_by=user_with_role("staff"))
    seat = change_seat(workshop=workshop, learner=person, to="confirmed", by=person)

    with pytest.raises(DomainError) as refusal:
        offered(seat)

    assert (refusal.value.code, Transfer.objects.count(), workshop.seats.confirmed().get()) == ("not_paid", 0, seat)


def test_an_offer_from_before_passes_no_access_of_one_person_on(seat):
    """The workshop costs something by now, and nothing was paid for the seat."""
    transfer = offered(seat)
    seat.workshop.is_free = False
    seat.workshop.save()

    with pytest.raises(DomainError) as refusal:
        accept_transfer(transfer=Transfer.objects.get())

    assert (refusal.value.code, transfer.seat.workshop.seats.confirmed().get()) == ("not_paid", seat)


@pytest.mark.parametrize("end", ["withdrawn", "declined", "over"])
def test_a_link_that_is_worth_nothing_signs_nobody_in(client, seat, end):
    transfer = offered(seat)
    if end == "withdrawn":
        withdraw_transfer(transfer=transfer, by=seat.learner)
    elif end == "declined":
        decline_transfer(transfer=transfer)
    else:
        accept_transfer(transfer=transfer)
        seat.workshop.starts_at, seat.workshop.ends_at = PAST, PAST + timedelta(hours=8)
        seat.workshop.save()

    response = client.post(reverse("workshops:transfer_detail", args=[transfer_token(transfer)]))

    assert (response.status_code, "_auth_user_id" in client.session) == (302, False)
