"""Kill -9 at each arrow of a refund; then one run of reconciling, and the money has gone back once.

`wrong()` is what must never be: money that went back twice, or that nobody wrote down. A control makes it happen.
"""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db.models import F

from payments.gateway import refunds as gateway
from payments.models import Payment, Refund
from payments.selectors import has_access
from payments.services import open_checkout, project_session, reconcile, request_refund, start_order
from payments.services.refunds import RefundPart
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory
from tests.fixtures.site_processes import ROOT

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

REFUNDS = "payments.services.refunds"
GATEWAY = "payments.gateway.refunds"
KEY, CENTS = "refund:chaos", 2000
BEFORE_THE_ROW = [f"before:{REFUNDS}._check", f"after:{REFUNDS}.take_back_line", f"after:{REFUNDS}.enqueue"]
AFTER_THE_ROW = [
    f"before:{GATEWAY}.list_refunds",
    f"after:{GATEWAY}.list_refunds",
    f"before:{GATEWAY}.create_refund",
    f"after:{GATEWAY}.create_refund",
    f"before:{REFUNDS}.write_refund",
    f"after:{REFUNDS}._settle",
    f"after:{REFUNDS}.write_refund",
]


@pytest.fixture
def payment(stripe_api):
    order = start_order(user=UserFactory(), price=PriceFactory())
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)
    return Payment.objects.get()


@pytest.fixture
def killed_at(site_environment, stripe_api, payment):
    environment = site_environment | {"STRIPE_SECRET_KEY": "sk_test_standin", "STRIPE_API_BASE": stripe_api.url}

    def run(arrow):
        command = [sys.executable, "-W", "ignore", "-m", "tests.payments.chaos.refunder", arrow, str(payment.pk), str(CENTS), KEY]
        done = subprocess.run(command, env=environment, cwd=ROOT, timeout=120, check=False)
        assert done.returncode == -signal.SIGKILL, f"It did not come to {arrow}."

    return run


def wrong(control, payment):
    """Everything that must not be, in words."""
    payment.refresh_from_db()
    there = sum(thing["amount"] for thing in control.objects("refund") if thing["status"] in ("pending", "succeeded"))
    here = sum(payment.refunds.filter(state__in=["pending", "succeeded"]).values_list("amount_cents", flat=True))
    found = []
    if there > CENTS:
        found.append("refunded twice")
    if payment.refunds.filter(state="pending").exists():
        found.append("still on its way")
    if not here == there == payment.refunded_cents:
        found.append("Stripe and we differ")
    return found


def a_day_later(control):
    """Past the life of Stripe's idempotency keys."""
    control.advance(30 * 3600)
    Refund.objects.update(created_at=F("created_at") - timedelta(hours=30))


@pytest.mark.parametrize("hours", [0, 30])
@pytest.mark.parametrize("arrow", AFTER_THE_ROW)
def test_a_refund_that_was_cut_off_is_made_once(arrow, hours, killed_at, stripe_api, payment, held):
    killed_at(arrow)
    if hours:
        a_day_later(stripe_api.control)

    reconcile()

    refund = Refund.objects.get()
    assert wrong(stripe_api.control, payment) == []
    assert (refund.state, payment.refunded_cents) == (Refund.State.SUCCEEDED, CENTS)
    assert not has_access(payment.user, payment.order.lines.get().subject)
    held(
        "Refunds never pass what was captured, and each is made once",
        done=f"kill -9 at each of {len(AFTER_THE_ROW)} arrows after the row is written, healed at once and 30 hours later",
        outcome="one refund there, the same sum here",
    )


@pytest.mark.parametrize("arrow", BEFORE_THE_ROW)
def test_a_request_that_was_cut_off_left_nothing_and_may_be_repeated(arrow, killed_at, stripe_api, payment, held):
    line = payment.order.lines.select_related("grant", "order__user").get()
    killed_at(arrow)
    left = Refund.objects.count(), has_access(payment.user, line.subject)

    parts = [RefundPart(line=line, amount_cents=CENTS, closes_access=True)]
    request_refund(payment=payment, by=None, parts=parts, reason="", reason_class="school", key=KEY)
    reconcile()

    assert left == (0, True)
    assert wrong(stripe_api.control, payment) == []
    assert Refund.objects.get().state == Refund.State.SUCCEEDED
    held(
        "Refunds never pass what was captured, and each is made once",
        done=f"kill -9 at each of {len(BEFORE_THE_ROW)} arrows before the row is written, then asked again",
        outcome="nothing left behind, then one refund",
    )


def test_control_without_reconciling_the_money_is_gone_and_nobody_knows(killed_at, stripe_api, payment):
    killed_at(f"after:{GATEWAY}.create_refund")

    assert wrong(stripe_api.control, payment) == ["still on its way"]


def test_control_asking_again_under_another_key_without_looking_refunds_twice(killed_at, stripe_api, payment, held):
    killed_at(f"after:{GATEWAY}.create_refund")

    intent = payment.stripe_payment_intent_id
    gateway.create_refund(intent=intent, charge="", amount_cents=CENTS, reason="", key="another", metadata={})

    assert "refunded twice" in wrong(stripe_api.control, payment)
    held("Refunds never pass what was captured, and each is made once", done="control: asked again under another key without looking", outcome="refunded twice")
