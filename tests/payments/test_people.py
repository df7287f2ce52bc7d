"""One order for several people, through the stand-in: each has their own line, seat and access; the buyer has the order."""

import pytest

from accounts.invitations import PersonRefused
from core.errors import DomainError
from notifications.models import MailMessage
from payments.models import AccessGrant, Order, OrderLine, Refund
from payments.selectors import has_access, line_of, paid_lines_of
from payments.selectors.products import promotions_matching
from payments.selectors.receipts import receipt_of_order
from payments.services import RefundPart, cancel_order, open_checkout, project_charge, project_session, quote_order, request_refund, start_order
from payments.services.refunds import send_refund
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory, PromotionCodeFactory
from tests.factories.workshops import WorkshopFactory
from workshops.booking.services import greet
from workshops.errors import WorkshopFull
from workshops.models import Seat
from workshops.services import change_seat

CENTS = 19001  # odd, so that a division is seen


@pytest.fixture
def workshop(db):
    return WorkshopFactory(capacity=3, is_free=False)


@pytest.fixture
def price(workshop):
    return PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def ben(db):
    return UserFactory(email="ben@example.com")


def paid(stripe_api, order):
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    return project_session(session_id=session)


def seated(workshop):
    return set(workshop.seats.confirmed().values_list("learner__email", flat=True))


def test_each_person_gets_a_seat_and_access_and_the_buyer_the_order(stripe_api, workshop, price, ada, ben):
    buyer = UserFactory(email="clinic@example.com")

    order = paid(stripe_api, start_order(user=buyer, price=price, people=[ada, ben]))

    assert (order.user, order.quantity, order.total_cents) == (buyer, 2, 2 * CENTS)
    assert [(line.person, line.quantity, line.total_cents, line.outcome) for line in order.lines.all()] == [
        (ada, 1, CENTS, "fulfilled"),
        (ben, 1, CENTS, "fulfilled"),
    ]
    assert seated(workshop) == {"ada@example.com", "ben@example.com"}
    assert [has_access(person, workshop.subject) for person in (ada, ben, buyer)] == [True, True, False]
    assert set(MailMessage.objects.filter(template="payments/mail/order_paid").values_list("recipient__email", flat=True)) == {"clinic@example.com"}
    for seat in workshop.seats.all():
        greet(seat=seat)
    assert set(MailMessage.objects.filter(template="workshops/mail/seat_confirmed").values_list("recipient__email", flat=True)) == seated(workshop)
    assert set(paid_lines_of(workshop.subject)) == {(order.reference, ada.pk), (order.reference, ben.pk)}


def test_stripe_is_told_one_price_and_how_many(stripe_api, price, ada, ben):
    open_checkout(order=start_order(user=ada, price=price, people=[ada, ben]))

    (session,) = stripe_api.control.objects("checkout.session")
    assert session["amount_total"] == 2 * CENTS


def test_a_discount_is_divided_to_the_cent(stripe_api, price, ada, ben):
    PromotionCodeFactory(code="KNEE-X", percent_off=None, amount_off_cents=1001, currency="usd")

    order = paid(stripe_api, start_order(user=ada, price=price, people=[ada, ben, UserFactory()], promotion="knee-x"))

    assert order.total_cents == 3 * CENTS - 1001
    assert sorted(line.total_cents for line in order.lines.all()) == [CENTS - 334, CENTS - 334, CENTS - 333]


def test_the_receipt_and_the_order_name_each_person(stripe_api, client, price, ada, ben):
    order = paid(stripe_api, start_order(user=ada, price=price, people=[ada, ben]))

    title = order.lines.first().title
    assert [line.title for line in receipt_of_order(order).lines] == [f"{title}, for ada@example.com", f"{title}, for ben@example.com"]
    client.force_login(ada)
    assert b"for ben@example.com" in client.get(order.get_absolute_url()).content
    client.force_login(ben)
    assert client.get(order.get_absolute_url()).status_code == 404


def test_the_money_for_one_person_goes_back_and_the_other_keeps_their_seat(stripe_api, workshop, price, ada, ben):
    order = paid(stripe_api, start_order(user=ada, price=price, people=[ada, ben]))
    line = line_of(order.reference, workshop.subject, ben)

    refund = request_refund(
        payment=order.payments.get(), by=None, parts=[RefundPart(line, CENTS, closes_access=True)], reason="Ill.", reason_class="requested_by_customer"
    )
    send_refund(refund=refund)

    assert seated(workshop) == {"ada@example.com"}
    assert [has_access(person, workshop.subject) for person in (ada, ben)] == [True, False]
    assert Refund.objects.get().state == "succeeded"
    assert order.payments.get().refundable_cents == CENTS
    words = MailMessage.objects.get(template="payments/mail/refund_requested").body_text
    assert "for ben@example.com” is closed now." in words
    assert "is closed for you now" not in words, "the buyer's own seat stays"


def test_a_refund_of_all_at_the_provider_takes_every_seat_back(stripe_api, workshop, price, ada, ben):
    order = paid(stripe_api, start_order(user=ada, price=price, people=[ada, ben]))
    payment = order.payments.get()

    stripe_api.control.dashboard_refund(payment.stripe_charge_id)
    project_charge(charge_id=payment.stripe_charge_id)

    assert seated(workshop) == set()
    assert [has_access(person, workshop.subject) for person in (ada, ben)] == [False, False]


def test_who_has_a_seat_already_gets_none_and_their_part_goes_back(stripe_api, workshop, price, ada, ben):
    order = start_order(user=ada, price=price, people=[ada, ben])
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    own = start_order(user=ben, price=price)  # a person's own order may take their hold over
    paid(stripe_api, own)

    project_session(session_id=session)

    outcomes = dict(order.lines.values_list("beneficiary__email", "outcome"))
    assert outcomes == {"ada@example.com": "fulfilled", "ben@example.com": "unavailable"}
    assert (Refund.objects.get().amount_cents, Refund.objects.get().payment.order) == (CENTS, order)
    assert seated(workshop) == {"ada@example.com", "ben@example.com"}


def test_more_people_than_seats_begin_no_order(workshop, price, ada, ben, stripe_api):
    start_order(user=ada, price=price, people=[UserFactory(), UserFactory()])

    with pytest.raises(WorkshopFull):
        start_order(user=ben, price=price, people=[ben, UserFactory()])

    assert Order.objects.count() == 1
    assert workshop.seats.held().count() == 2


def test_a_repeat_in_another_sequence_is_the_same_order_and_other_people_another(workshop, price, ada, ben, stripe_api):
    first = start_order(user=ada, price=price, people=[ada, ben])

    assert start_order(user=ada, price=price, people=[ben, ada]) == first
    other = start_order(user=ada, price=price, people=[ada])

    assert (other.pk != first.pk, Order.objects.get(pk=first.pk).state) == (True, "closed")
    assert list(workshop.seats.held().values_list("learner__email", flat=True)) == ["ada@example.com"]


def test_nobody_takes_over_a_place_that_its_person_is_paying(workshop, price, ada, ben, stripe_api):
    own = start_order(user=ben, price=price)

    with pytest.raises(DomainError) as refusal:
        start_order(user=ada, price=price, people=[ben])

    assert refusal.value.code == "person_refused"
    assert Seat.objects.get().reference == own.reference
    cancel_order(order=own, by=ben)
    assert start_order(user=ada, price=price, people=[ben]).is_open


def test_who_is_seated_without_paying_is_named_in_the_refusal(workshop, price, ada, ben, stripe_api):
    AccessGrant.objects.create(user=ben, subject=workshop.subject, source="free", starts_at=workshop.created_at)
    change_seat(workshop=workshop, learner=ben, to="confirmed", by=ben)

    with pytest.raises(PersonRefused) as refusal:
        start_order(user=ada, price=price, people=[ada, ben])

    assert refusal.value.message.startswith("We could not register ben@example.com. ")
    assert not OrderLine.objects.exists()


@pytest.mark.parametrize("code", ["already_owned", "for_oneself", "too_many_people"])
def test_what_cannot_be_ordered_for_others_holds_nothing(code, workshop, price, ada, ben, stripe_api):
    people = [ben]
    if code == "already_owned":
        paid(stripe_api, start_order(user=ada, price=price, people=[ben]))  # hers to know: she paid for it
    elif code == "for_oneself":
        price = PriceFactory()
    else:
        people = UserFactory.create_batch(21)
    before = Order.objects.count()

    with pytest.raises(DomainError) as refusal:
        start_order(user=ada, price=price, people=people)

    assert refusal.value.code == code
    assert Order.objects.count() == before


def test_a_quote_counts_everybody(workshop, price, ada, ben, stripe_api):
    assert quote_order(user=ada, price=price, people=[ada, ben]).total_cents == 2 * CENTS


def test_a_code_for_one_gives_no_free_seats_to_a_group(stripe_api, workshop, price, ada, ben):
    """A percentage is had by everybody who is named, so everybody is a use; an amount comes off the order once."""
    free = PromotionCodeFactory(code="ONE-GUEST", percent_off=100, max_uses=1)
    PromotionCodeFactory(code="TEN-OFF", percent_off=None, amount_off_cents=1000, currency="usd", max_uses=1)

    with pytest.raises(DomainError) as refused:
        start_order(user=ada, price=price, people=[ada, ben], promotion="ONE-GUEST")
    taken = Seat.objects.count()
    start_order(user=ben, price=price, promotion="ONE-GUEST")

    assert (refused.value.code, "1 more only" in refused.value.message, taken) == ("code_used_up", True, 0)
    assert promotions_matching("ONE-GUEST").get().uses == 1
    assert start_order(user=ada, price=price, people=[ada, UserFactory()], promotion="TEN-OFF").discount_cents == 1000
    free.max_uses = 4
    free.save()
    other = PriceFactory(product__subject=WorkshopFactory(is_free=False).subject, product__kind="workshop")
    start_order(user=ada, price=other, people=[ada, ben, UserFactory()], promotion="ONE-GUEST")
    assert promotions_matching("ONE-GUEST").get().uses == 4
