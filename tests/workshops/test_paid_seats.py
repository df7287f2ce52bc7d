"""Seats bought through the stand-in for Stripe: a seat or the money back, never both, never neither."""

from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Role
from notifications.models import MailMessage
from payments.models import Order, Payment, Refund
from payments.selectors import has_access
from payments.services import RefundPart, cancel_order, open_checkout, project_charge, project_dispute, project_session, request_refund, start_order
from payments.services.refunds import send_refund
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import PriceFactory
from tests.factories.workshops import WorkshopFactory
from tests.fixtures.at_once import outcomes
from workshops.errors import SeatsBusy, WorkshopFull
from workshops.models import Seat, Workshop
from workshops.services import cancel_seat

CENTS = 19000


@pytest.fixture
def last_seat(db):
    """A workshop of one seat that costs $190, and its price."""
    workshop = WorkshopFactory(capacity=1, is_free=False)
    return workshop, PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)


def buy(control, user, price):
    """Order, open the page, pay on it; what Stripe says is not fetched yet."""
    order = start_order(user=user, price=price)
    session = open_checkout(order=order).stripe_session_id
    control.pay(session)
    return order, session


def lapse_holds():
    Seat.objects.filter(state="held").update(hold_until=timezone.now() - timedelta(seconds=1))


def money_back(control):
    """Send what is to be refunded; how much of everything captured went back at Stripe."""
    for refund in Refund.objects.all():
        send_refund(refund=refund)
    return [charge["amount_refunded"] for charge in control.objects("charge")]


def test_paying_turns_the_hold_into_a_seat(last_seat, stripe_api):
    workshop, price = last_seat
    user = UserFactory()

    order, session = buy(stripe_api.control, user, price)
    held = Seat.objects.get()
    project_session(session_id=session)

    seat = Seat.objects.get()
    assert (held.state, held.reference, held.hold_until) == ("held", order.reference, order.hold_until)
    assert (seat.pk, seat.state, seat.learner) == (held.pk, "confirmed", user)
    assert has_access(user, workshop.subject)
    assert money_back(stripe_api.control) == [0]


def test_a_held_seat_is_not_for_sale_until_its_order_is_let_go(last_seat, stripe_api):
    workshop, price = last_seat
    first, second = UserFactory(), UserFactory()
    order = start_order(user=first, price=price)
    with pytest.raises(WorkshopFull):
        start_order(user=second, price=price)
    assert Order.objects.count() == 1

    cancel_order(order=order, by=first)
    start_order(user=second, price=price)

    assert list(workshop.seats.order_by("pk").values_list("state", "learner")) == [("cancelled", first.pk), ("held", second.pk)]


def test_paid_after_the_seat_went_to_another_goes_back_in_full(last_seat, stripe_api):
    workshop, price = last_seat
    late, quick = UserFactory(), UserFactory()
    _, late_session = buy(stripe_api.control, late, price)
    lapse_holds()
    _, quick_session = buy(stripe_api.control, quick, price)

    for session in (late_session, quick_session, late_session):
        project_session(session_id=session)

    assert list(workshop.seats.confirmed().values_list("learner", flat=True)) == [quick.pk]
    assert (has_access(late, workshop.subject), has_access(quick, workshop.subject)) == (False, True)
    assert money_back(stripe_api.control) == [CENTS, 0]
    told = MailMessage.objects.filter(recipient=late).values_list("template", flat=True)
    assert list(told) == ["payments/mail/order_too_late"]


def test_paid_late_while_the_seat_is_still_free_is_a_seat(last_seat, stripe_api):
    workshop, price = last_seat
    user = UserFactory()
    _, session = buy(stripe_api.control, user, price)
    lapse_holds()

    project_session(session_id=session)

    assert (workshop.seats.confirmed().get().learner, money_back(stripe_api.control)) == (user, [0])


def test_paid_for_a_workshop_that_was_called_off_goes_back_in_full(last_seat, stripe_api):
    workshop, price = last_seat
    _, session = buy(stripe_api.control, UserFactory(), price)
    Workshop.objects.update(state=Workshop.State.CANCELLED)

    project_session(session_id=session)

    assert (workshop.seats.taken().count(), money_back(stripe_api.control)) == (0, [CENTS])


@pytest.mark.django_db(transaction=True)
def test_the_last_second_ends_in_a_seat_or_in_the_money_back(stripe_api):
    """The hold runs out while somebody pays; at that moment another takes the place. One of them has it."""
    for _ in range(4):
        workshop = WorkshopFactory(capacity=1, is_free=False)
        price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)
        late, quick = UserFactory(), UserFactory()
        order, session = buy(stripe_api.control, late, price)
        lapse_holds()

        settle = partial(project_session, session_id=session)
        *_paid, taken = outcomes(settle, settle, partial(start_order, user=quick, price=price), refused=WorkshopFull)  # webhook and return page, and a rival

        money_back(stripe_api.control)
        payment = Payment.objects.get(order=order)
        has_seat = workshop.seats.confirmed().filter(learner=late).exists()
        assert (has_seat, payment.refunded_cents) == ((True, 0) if isinstance(taken, WorkshopFull) else (False, CENTS))
        assert workshop.seats.taken().count() == 1
    assert sum(charge["amount_refunded"] for charge in stripe_api.control.objects("charge")) == sum(p.refunded_cents for p in Payment.objects.all())


def test_twenty_orders_at_once_for_three_seats(seats_seen, stripe_api):
    workshop = WorkshopFactory(capacity=3, is_free=False)
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)

    came = outcomes(*[partial(start_order, user=UserFactory(), price=price) for _ in range(20)], refused=(WorkshopFull, SeatsBusy))

    orders = [order for order in came if isinstance(order, Order)]
    assert (len(orders), Order.objects.count(), max(seats_seen())) == (3, 3, 3)
    assert sorted(workshop.seats.held().values_list("reference", flat=True)) == sorted(order.reference for order in orders)


def test_a_refund_by_staff_frees_the_seat_for_the_next(last_seat, stripe_api):
    workshop, price = last_seat
    user, staff = UserFactory(), user_with_role(Role.STAFF)
    order, session = buy(stripe_api.control, user, price)
    project_session(session_id=session)

    part = RefundPart(order.lines.get(), CENTS, closes_access=True)
    request_refund(payment=Payment.objects.get(), by=staff, parts=[part], reason="Ill", reason_class="requested_by_customer")

    assert (workshop.seats.taken().count(), has_access(user, workshop.subject), money_back(stripe_api.control)) == (0, False, [CENTS])
    assert start_order(user=UserFactory(), price=price).is_open


def test_a_full_refund_at_the_provider_frees_the_seat_too(last_seat, stripe_api):
    workshop, price = last_seat
    _, session = buy(stripe_api.control, UserFactory(), price)
    project_session(session_id=session)
    charge = Payment.objects.get().stripe_charge_id

    stripe_api.control.dashboard_refund(charge)
    project_charge(charge_id=charge)

    assert workshop.seats.taken().count() == 0


def test_a_disputed_seat_stays_and_the_roster_says_so(last_seat, stripe_api, client):
    workshop, price = last_seat
    user = UserFactory()
    _, session = buy(stripe_api.control, user, price)
    project_session(session_id=session)

    dispute = stripe_api.control.open_dispute(Payment.objects.get().stripe_charge_id)
    project_dispute(dispute_id=dispute["id"])

    client.force_login(user_with_role(Role.STAFF))
    assert "Payment disputed" in client.get(f"/desk/workshops/{workshop.pk}/").content.decode()
    assert (workshop.seats.confirmed().count(), has_access(user, workshop.subject)) == (1, False)


def test_a_paid_seat_given_back_moves_no_money_and_tells_the_school(last_seat, stripe_api):
    workshop, price = last_seat
    user = UserFactory()
    _, session = buy(stripe_api.control, user, price)
    project_session(session_id=session)

    cancel_seat(workshop=workshop, learner=user, by=user)

    assert (workshop.seats.taken().count(), money_back(stripe_api.control)) == (0, [0])
    assert MailMessage.objects.filter(to_address=settings.SCHOOL_EMAIL, template="workshops/mail/paid_seat_given_back").count() == 1
