"""Waiting lists and leaving in a real browser: axe finds nothing, nothing scrolls sideways, and a seat changes hands."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from payments.models import Order, OrderLine, Payment
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import OrderFactory, PriceFactory
from tests.factories.workshops import PolicyFactory, SeatFactory, workshop_with_blocks
from workshops.leaving.terms import terms_of
from workshops.services import cancel_seat
from workshops.waiting.services import join_list
from workshops.waiting.tokens import entry_token


@pytest.fixture
def story(transactional_db):
    """A full workshop that two wait for; one seat of it is paid. Another, free one whose only seat is offered."""
    policy = PolicyFactory(name="The school’s own")
    starts_at = (timezone.now() + timedelta(days=10)).replace(hour=14, minute=0, second=0, microsecond=0)
    sold = workshop_with_blocks(capacity=2, is_free=False, slug="hip-full", title="The Hip, Hands On", starts_at=starts_at)
    price = PriceFactory(product__subject=sold.subject, product__kind="workshop", amount_cents=19000)
    buyer = UserFactory(display_name="Mara")
    order = OrderFactory(user=buyer, price=price, state=Order.State.PAID, paid_at=timezone.now())
    order.lines.update(outcome=OrderLine.Outcome.FULFILLED, decided_at=timezone.now())
    Payment.objects.create(user=buyer, order=order, environment="stand-in", currency="usd", amount_cents=19000, paid_at=timezone.now())
    paid = SeatFactory(workshop=sold, learner=buyer, reference=order.reference, terms=terms_of(sold))
    SeatFactory(workshop=sold)
    waiting = join_list(workshop=sold, learner=UserFactory(display_name="Jo"))
    group = join_list(workshop=sold, learner=UserFactory(display_name="Kim and a friend"), party=2)
    free = workshop_with_blocks(capacity=1, slug="knee-full")
    seat = SeatFactory(workshop=free)
    offered = join_list(workshop=free, learner=UserFactory(display_name="Alex"))
    cancel_seat(workshop=free, learner=seat.learner, by=seat.learner)
    return {"policy": policy, "sold": sold, "paid": paid, "waiting": waiting, "group": group, "free": free, "offered": offered}


def test_pages_of_waiting_and_leaving_are_accessible(look_at, story):
    sold, free = story["sold"], story["free"]
    desk = reverse("workshops_desk:waiting_list", args=[sold.pk])
    leave = reverse("workshops:waiting_leave", args=[entry_token(story["waiting"])])

    assert look_at([sold.get_absolute_url(), reverse("workshops:waiting_join", args=[sold.slug])], UserFactory()) == {}
    assert look_at([sold.get_absolute_url(), leave], story["waiting"].learner) == {}
    assert look_at([free.get_absolute_url(), reverse("workshops:waiting_leave_own", args=[free.slug])], story["offered"].learner) == {}
    assert look_at([reverse("workshops:seat_cancel", args=[sold.slug])], story["paid"].learner) == {}
    staff = [
        desk,
        f"{desk}?capacity=4&remote_capacity=0",
        reverse("workshops_desk:seat_leave", args=[sold.pk, story["paid"].pk]),
        reverse("workshops_desk:policy_list"),
        reverse("workshops_desk:policy_edit", args=[story["policy"].pk]),
    ]
    assert look_at(staff, user_with_role(Role.STAFF)) == {}
