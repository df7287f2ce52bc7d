"""Somebody of the demonstration has a seat by a deposit and still owes the rest."""

import pytest
from django.urls import reverse

from accounts.models import Role
from demo import deposits
from demo.content import SHOULDER_DAY
from demo.deposits import make_balance, make_deposits
from demo.registrations import make_registrations
from payments.models import Balance, Order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import LicenceFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, workshop_with_blocks


@pytest.fixture
def sold(db):
    """The workshop on sale, and who buys it: with a licence, as it asks for one."""
    workshop = workshop_with_blocks(slug=SHOULDER_DAY, is_free=False)
    PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=18000, product__is_active=True)
    staff, learner = user_with_role(Role.STAFF), UserFactory(email="learner@example.org")
    LicenceFactory(user=learner)
    make_deposits(staff=staff)
    make_registrations(staff=staff, learner=learner)
    return workshop, learner


def test_made_twice_the_seat_and_its_rest_are_there_once(client, sold, stripe_api):
    workshop, learner = sold

    for _ in range(2):
        make_balance(learner=learner)

    balance = Balance.objects.get()
    assert (Order.objects.get().state, workshop.seats.confirmed().get().learner, balance.state, balance.amount_cents) == ("paid", learner, "due", 13000)
    assert [charge["amount_captured"] for charge in stripe_api.control.objects("charge")] == [5000]
    client.force_login(learner)
    page = client.get(reverse("payments:balance_detail", args=[balance.pk])).content.decode()
    assert "$130.00" in page


@pytest.mark.parametrize("has_paid", [False, True])
def test_a_kill_before_or_after_the_payment_is_repaired(sold, stripe_api, monkeypatch, has_paid):
    workshop, learner = sold
    pay = deposits._pay

    def killed(session):
        if has_paid:
            pay(session)
        raise KeyboardInterrupt

    monkeypatch.setattr(deposits, "_pay", killed)
    with pytest.raises(KeyboardInterrupt):
        make_balance(learner=learner)
    assert Order.objects.get().state == "open"
    monkeypatch.setattr(deposits, "_pay", pay)

    make_balance(learner=learner)

    assert (Order.objects.get().state, workshop.seats.confirmed().count()) == ("paid", 1)
    assert len(stripe_api.control.objects("charge")) == 1


def test_nothing_is_bought_without_the_stand_in(sold, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_of_somebody", ""

    make_balance(learner=sold[1])

    assert not Order.objects.exists()


def test_a_workshop_that_was_filled_meanwhile_stays_as_it_is(sold, stripe_api):
    workshop, learner = sold
    SeatFactory.create_batch(workshop.capacity, workshop=workshop)

    make_balance(learner=learner)

    assert (Order.objects.exists(), workshop.seats.filter(learner=learner).exists()) == (False, False)
