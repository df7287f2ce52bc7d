"""Kill -9 at each arrow of buying and cancelling; then one run of reconciling, and all is as it should be.

`wrong()` is what must never be: money taken and nothing given, an order closed that can be paid or is paid, two pages,
two payments. Controls plant each of them and see it found.
"""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from notifications.models import MailMessage
from payments.models import AccessGrant, CheckoutAttempt, Order, Payment, Refund, Subscription
from payments.selectors import has_access
from payments.services import open_checkout, project_session, reconcile, start_order
from tests.factories.accounts import UserFactory
from tests.factories.payments import MembershipPriceFactory, PriceFactory
from tests.fixtures.site_processes import ROOT

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

CHECKOUT = "payments.services.checkout"
SETTLING = "payments.services.settling"
UNPAID = [
    f"before:{CHECKOUT}.ensure_customer",
    "after:payments.gateway.customers.create_customer",
    f"before:{CHECKOUT}._begin_attempt",
    "before:payments.gateway.checkout.create_session",
    "after:payments.gateway.checkout.create_session",
    f"after:{CHECKOUT}._save_session",
    f"after:{CHECKOUT}._adopt",
]
PAID = [
    "before:payments.gateway.checkout.fetch_session",
    "after:payments.gateway.checkout.fetch_session",
    f"before:{CHECKOUT}.settle_order",
    f"after:{SETTLING}._mark_paid",
    f"after:{SETTLING}._record_payment",
    f"after:{SETTLING}._give",
    f"after:{SETTLING}.send_mail_once",
    f"before:{CHECKOUT}._follow_money",
]
CANCELLED = [
    "before:payments.gateway.checkout.expire_session",
    "after:payments.gateway.checkout.expire_session",
    f"before:{CHECKOUT}.project_session",
    f"before:{CHECKOUT}.close_order",
    f"after:{SETTLING}._write_of_closing",
    f"after:{CHECKOUT}._close_if_over",
]


@pytest.fixture
def run(site_environment, stripe_api):
    """Run a story in a process of its own until it kills itself at the arrow."""
    environment = site_environment | {"STRIPE_SECRET_KEY": "sk_test_standin", "STRIPE_API_BASE": stripe_api.url}

    def start(story, arrow, key):
        command = [sys.executable, "-W", "ignore", "-m", "tests.payments.chaos.buyer", story, arrow, str(key)]
        done = subprocess.run(command, env=environment, cwd=ROOT, timeout=120, check=False)
        assert done.returncode == -signal.SIGKILL, f"It did not come to {arrow}."

    return start


def wrong(stripe_api):
    """Everything that must not be, in words."""
    found = []
    for session in stripe_api.control.objects("checkout.session"):
        order = Order.objects.get(pk=session["metadata"]["order"])
        if session["payment_status"] != "unpaid" and not order.is_paid:
            found.append("paid, and not settled")
        if session["status"] == "open" and order.state == Order.State.CLOSED:
            found.append("closed, and can be paid")
        if session["payment_status"] == "paid" and order.state == Order.State.CLOSED:
            found.append("paid, and closed")
    for order in Order.objects.paid():
        if any(line.outcome == "pending" for line in order.lines.all()):
            found.append("paid, and not given")
    money = [charge["id"] for charge in stripe_api.control.objects("charge") if charge["paid"]]
    if sorted(Payment.objects.exclude(stripe_charge_id="").values_list("stripe_charge_id", flat=True)) != sorted(money):
        found.append("money that is not written down")
    return sorted(set(found))


def once(user, order):
    """Paid once, given once, told once."""
    line = order.lines.get()
    assert (order.state, line.outcome, has_access(user, line.subject)) == ("paid", "fulfilled", True)
    assert AccessGrant.objects.filter(user=user).count() == 1
    assert Payment.objects.count() == 1
    assert MailMessage.objects.filter(template="payments/mail/order_paid").count() == 1
    assert not Refund.objects.exists()


def two_minutes_later():
    """A run of reconciling leaves alone what a call under way may still finish."""
    past = timedelta(minutes=2)
    CheckoutAttempt.objects.update(created_at=F("created_at") - past)
    Order.objects.filter(cancel_requested_at__isnull=False).update(cancel_requested_at=F("cancel_requested_at") - past)


@pytest.mark.parametrize("arrow", UNPAID)
def test_who_was_cut_off_before_paying_comes_back_to_the_same_page(arrow, run, stripe_api, held):
    user, price = UserFactory(), PriceFactory()
    run("buy", arrow, price.pk)
    two_minutes_later()
    reconcile()
    (order,) = Order.objects.all()
    assert order.is_open

    again = start_order(user=user, price=price)
    stripe_api.control.pay(open_checkout(order=again).stripe_session_id)
    reconcile()

    assert again == order
    once(user, Order.objects.get())
    assert len(stripe_api.control.objects("checkout.session")) == 1
    assert len(stripe_api.control.objects("customer")) == 1
    assert wrong(stripe_api) == []
    held(
        "An order is paid and given once, or closed and let go: never both",
        done=f"kill -9 at each of {len(UNPAID)} arrows before the payment, then back to pay",
        outcome="one order, one page to pay on, one payment, one mail",
    )


@pytest.mark.parametrize("arrow", UNPAID)
def test_who_was_cut_off_and_stays_away_leaves_nothing_open(arrow, run, stripe_api, held):
    UserFactory()
    run("buy", arrow, PriceFactory().pk)
    CheckoutAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=41))
    Order.objects.update(hold_until=timezone.now() - timedelta(minutes=1))

    reconcile()

    order = Order.objects.get()
    assert (order.state, order.closing) == ("closed", "expired")
    assert {session["status"] for session in stripe_api.control.objects("checkout.session")} <= {"expired"}
    assert wrong(stripe_api) == []
    held(
        "An order is paid and given once, or closed and let go: never both",
        done=f"kill -9 at each of {len(UNPAID)} arrows before the payment, then gone",
        outcome="one run of reconciling closes it here and at the payment provider",
    )


@pytest.mark.parametrize("arrow", PAID)
def test_what_was_paid_is_given_once_whatever_was_cut_off(arrow, run, stripe_api, held):
    user = UserFactory()
    run("buy", arrow, PriceFactory().pk)
    before = wrong(stripe_api)

    reconcile()

    once(user, Order.objects.get())
    assert wrong(stripe_api) == []
    assert bool(before) == (arrow != f"before:{CHECKOUT}._follow_money")  # the control: without that run it stays wrong
    held(
        "An order is paid and given once, or closed and let go: never both",
        done=f"kill -9 at each of {len(PAID)} arrows after the payment",
        outcome="one run of reconciling gives it, once, with one mail; without that run it stays wrong (control)",
    )


@pytest.mark.parametrize("arrow", [f"before:{CHECKOUT}.settle_order", f"before:{CHECKOUT}._follow_money"])
def test_a_membership_that_was_paid_opens_the_library(arrow, run, stripe_api):
    user = UserFactory()
    run("buy", arrow, MembershipPriceFactory(trial_days=7).pk)

    reconcile()

    assert Order.objects.get().is_paid
    assert Subscription.objects.get().order == Order.objects.get()
    assert has_access(user, "library")
    assert MailMessage.objects.filter(template="payments/mail/order_paid").count() == 1


@pytest.mark.parametrize("arrow", ["after:payments.gateway.checkout.create_session", f"after:{CHECKOUT}._save_session"])
def test_a_page_whose_id_was_never_saved_is_settled_when_paid(arrow, run, stripe_api):
    user = UserFactory()
    run("buy", arrow, PriceFactory().pk)
    assert CheckoutAttempt.objects.get().stripe_session_id == ""
    stripe_api.control.pay(stripe_api.control.objects("checkout.session")[0]["id"])

    reconcile()

    once(user, Order.objects.get())
    assert wrong(stripe_api) == []


@pytest.mark.parametrize("arrow", CANCELLED)
def test_a_cancelling_that_was_cut_off_is_finished(arrow, run, stripe_api, held):
    user = UserFactory()
    order = start_order(user=user, price=PriceFactory())
    open_checkout(order=order)
    run("cancel", arrow, order.pk)
    two_minutes_later()

    reconcile()

    order.refresh_from_db()
    assert (order.state, order.closing, order.lines.get().outcome) == ("closed", "cancelled", "released")
    assert [session["status"] for session in stripe_api.control.objects("checkout.session")] == ["expired"]
    assert not MailMessage.objects.exists()
    assert wrong(stripe_api) == []
    held(
        "An order is paid and given once, or closed and let go: never both",
        done=f"kill -9 at each of {len(CANCELLED)} arrows of cancelling",
        outcome="one run of reconciling closes it; nobody can pay it any more",
    )


def test_who_pays_after_a_cancelling_that_stripe_never_heard_of_has_paid(run, stripe_api):
    user = UserFactory()
    order = start_order(user=user, price=PriceFactory())
    attempt = open_checkout(order=order)
    run("cancel", "before:payments.gateway.checkout.expire_session", order.pk)
    stripe_api.control.pay(attempt.stripe_session_id)
    two_minutes_later()

    reconcile()

    once(user, Order.objects.get())
    assert wrong(stripe_api) == []


def test_the_control_without_the_stored_key_there_are_two_pages(run, stripe_api, held):
    user, price = UserFactory(), PriceFactory()
    run("buy", "after:payments.gateway.checkout.create_session", price.pk)
    CheckoutAttempt.objects.update(key="made up at every call")

    open_checkout(order=start_order(user=user, price=price))

    assert len(stripe_api.control.objects("checkout.session")) == 2
    held("An order is paid and given once, or closed and let go: never both", done="control: another key at the second try", outcome="two pages to pay on")


@pytest.mark.parametrize(("paid", "found"), [(False, "closed, and can be paid"), (True, "paid, and closed")])
def test_the_control_an_order_closed_without_asking_is_found_wrong(paid, found, stripe_api, held):
    attempt = open_checkout(order=start_order(user=UserFactory(), price=PriceFactory()))
    if paid:
        stripe_api.control.pay(attempt.stripe_session_id)
        project_session(session_id=attempt.stripe_session_id)

    Order.objects.update(state="closed", closing="expired", paid_at=None, closed_at=timezone.now())

    assert found in wrong(stripe_api)
    held(
        "An order is paid and given once, or closed and let go: never both",
        done="control: closed without asking the payment provider",
        outcome="closed, and can be paid; paid, and closed",
    )
