"""Refunds: what is asked for, what Stripe says of it, and what never happens."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import MailMessage
from payments.gateway import refunds as gateway
from payments.gateway.client import GatewayUnavailable
from payments.models import OrderLine, Payment, Refund
from payments.selectors import has_access
from payments.services import (
    RefundPart,
    grant_access,
    heal_refunds,
    open_checkout,
    project_charge,
    project_refund,
    project_session,
    request_refund,
    start_order,
)
from payments.services.refunds import RefundRefused, send_refund, write_refund
from payments.signals import line_refunded
from tests.factories.accounts import UserFactory
from tests.factories.payments import PaymentFactory, PriceFactory

REFUND_FAILS = "4000000000005126"
REASON = {"reason": "Asked by mail.", "reason_class": Refund.ReasonClass.REQUESTED}


def paid_course(**payment):
    """A payment of $49 whose one line opened its subject."""
    row = PaymentFactory(**payment)
    line = row.order.lines.get()
    line.grant = grant_access(user=row.user, subject=line.subject, source="order")
    line.outcome, line.decided_at = OrderLine.Outcome.FULFILLED, row.paid_at
    line.save()
    return row, line


def part(line, cents=4900, closes=True):
    return RefundPart(line=line, amount_cents=cents, closes_access=closes)


@pytest.fixture
def announced():
    heard = []

    def listen(sender, signal, **news):
        heard.append(news)

    line_refunded.connect(listen)
    yield heard
    line_refunded.disconnect(listen)


def test_request_refund_closes_access_at_once_and_says_so(db, announced):
    payment, line = paid_course()

    refund = request_refund(payment=payment, by=None, parts=[part(line)], **REASON)

    payment.refresh_from_db()
    line.refresh_from_db()
    assert (refund.state, refund.amount_cents, payment.refunded_cents) == (Refund.State.PENDING, 4900, 4900)
    assert [(row.line, row.amount_cents, row.closes_access) for row in refund.lines.all()] == [(line, 4900, True)]
    assert (line.outcome, has_access(payment.user, line.subject)) == (OrderLine.Outcome.TAKEN_BACK, False)
    assert [(news["subject"], news["reference"], news["closes_access"], news["is_full"]) for news in announced] == [
        (line.subject, payment.order.reference, True, True)
    ]


def test_request_refund_may_leave_access_open(db, announced):
    payment, line = paid_course()

    request_refund(payment=payment, by=None, parts=[part(line, 1000, closes=False)], **REASON)

    line.refresh_from_db()
    assert (line.outcome, has_access(payment.user, line.subject)) == (OrderLine.Outcome.FULFILLED, True)
    assert [(news["closes_access"], news["is_full"]) for news in announced] == [(False, False)]


def test_a_repeat_with_the_same_key_returns_the_first(db):
    payment, line = paid_course()
    first = request_refund(payment=payment, by=None, parts=[part(line, 1000)], key="refund:order-line:1:unavailable", **REASON)

    again = request_refund(payment=payment, by=None, parts=[part(line, 1000)], key="refund:order-line:1:unavailable", **REASON)

    payment.refresh_from_db()
    assert (again, Refund.objects.count(), payment.refunded_cents) == (first, 1, 1000)


def test_the_same_key_with_another_amount_is_refused(db):
    payment, line = paid_course()
    request_refund(payment=payment, by=None, parts=[part(line, 1000)], key="one", **REASON)

    with pytest.raises(RefundRefused, match="other amounts"):
        request_refund(payment=payment, by=None, parts=[part(line, 1001)], key="one", **REASON)

    payment.refresh_from_db()
    assert payment.refunded_cents == 1000


@pytest.mark.parametrize(
    ("cents", "sentence"),
    [(0, "above zero"), (4901, r"\$49\.01 is more than is left of this payment: \$49\.00 of \$49\.00")],
)
def test_request_refund_refuses_nothing_and_too_much(db, cents, sentence):
    payment, line = paid_course()

    with pytest.raises(RefundRefused, match=sentence):
        request_refund(payment=payment, by=None, parts=[part(line, cents)], **REASON)

    assert not Refund.objects.exists()
    assert has_access(payment.user, line.subject)


# At the stand-in, over HTTP


def bought(amount_cents=4900, card="4242424242424242", control=None, **product):
    """A course bought and paid at the stand-in: its payment and its line."""
    order = start_order(user=UserFactory(), price=PriceFactory(amount_cents=amount_cents, **product))
    session = open_checkout(order=order).stripe_session_id
    control.pay(session, card=card)
    project_session(session_id=session)
    return Payment.objects.get(order=order), order.lines.select_related("grant", "order__user").get()


def at_stripe(control):
    """(amount, status) of every refund there."""
    return [(thing["amount"], thing["status"]) for thing in control.objects("refund")]


def test_send_refund_gives_the_money_back_once(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line)], **REASON)

    send_refund(refund=refund)
    sent = send_refund(refund=refund)

    assert (sent.state, at_stripe(stripe_api.control)) == (Refund.State.SUCCEEDED, [(4900, "succeeded")])
    [there] = stripe_api.control.objects("refund")
    assert (sent.stripe_refund_id, there["metadata"]["refund"], there["reason"]) == (there["id"], refund.key, "requested_by_customer")
    payment.refresh_from_db()
    assert payment.refunded_cents == 4900


@pytest.mark.parametrize("fault", ["fail_before", "fail_after", "drop_after", "rate_limit"])
def test_a_lost_answer_never_refunds_twice(db, stripe_api, fault):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line, 2000)], **REASON)
    stripe_api.control.knobs(path="/v1/refunds", method="POST", remembered=fault == "fail_after", **{fault: 3})

    with contextlib.suppress(GatewayUnavailable):
        send_refund(refund=refund)
    healed = send_refund(refund=refund)

    assert (healed.state, at_stripe(stripe_api.control)) == (Refund.State.SUCCEEDED, [(2000, "succeeded")])


def test_a_day_later_the_refund_is_looked_for_before_it_is_asked_again(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line, 2000)], **REASON)
    gateway.create_refund(intent=payment.stripe_payment_intent_id, charge="", amount_cents=2000, reason="", key="another", metadata={"refund": refund.key})
    Refund.objects.update(created_at=timezone.now() - timedelta(hours=30))

    heal_refunds()

    refund.refresh_from_db()
    assert (refund.state, at_stripe(stripe_api.control)) == (Refund.State.SUCCEEDED, [(2000, "succeeded")])


@pytest.mark.parametrize(("hours", "refunds"), [(22.9, 1), (23.5, 0), (24.1, 1), (47.5, 0)])
def test_nothing_is_asked_in_the_hour_in_which_a_key_runs_out(db, stripe_api, hours, refunds):
    payment, line = bought(control=stripe_api.control)
    request_refund(payment=payment, by=None, parts=[part(line, 2000)], **REASON)
    Refund.objects.update(created_at=timezone.now() - timedelta(hours=hours))

    heal_refunds()

    assert len(at_stripe(stripe_api.control)) == refunds


def test_a_refund_that_stripe_refuses_gives_its_amount_back_to_the_payment(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line, 3000)], **REASON)
    stripe_api.control.dashboard_refund(payment.stripe_charge_id, 2500)

    refused = send_refund(refund=refund)

    payment.refresh_from_db()
    assert (refused.state, payment.refunded_cents) == (Refund.State.FAILED, 0)
    assert "greater than unrefunded amount" in refused.failure
    assert not has_access(payment.user, line.subject), "what a refund closed stays closed until staff decide"
    [mail] = MailMessage.objects.filter(template="payments/mail/staff_refund_failed")
    assert "Refund amount ($30.00) is greater" in mail.body_text


def test_a_refund_that_fails_days_later_is_seen(db, stripe_api):
    payment, line = bought(card=REFUND_FAILS, control=stripe_api.control)
    refund = send_refund(refund=request_refund(payment=payment, by=None, parts=[part(line)], **REASON))
    before = refund.state
    stripe_api.control.advance(3 * 86400)

    project_refund(refund_id=refund.stripe_refund_id)
    project_refund(refund_id=refund.stripe_refund_id)

    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (before, refund.state, refund.failure, payment.refunded_cents) == ("succeeded", "failed", "expired_or_canceled_card", 0)
    assert MailMessage.objects.filter(template="payments/mail/staff_refund_failed").count() == 1
    again = request_refund(payment=payment, by=None, parts=[part(line)], **REASON)
    assert again.pk != refund.pk


def test_an_older_answer_does_not_undo_a_newer_one(db, stripe_api):
    payment, line = bought(card=REFUND_FAILS, control=stripe_api.control)
    refund = send_refund(refund=request_refund(payment=payment, by=None, parts=[part(line)], **REASON))
    older = gateway.fetch_refund(refund.stripe_refund_id)
    stripe_api.control.advance(3 * 86400)
    project_refund(refund_id=refund.stripe_refund_id)

    write_refund(older)

    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED


def test_a_full_refund_at_the_dashboard_closes_access(db, stripe_api, announced):
    payment, line = bought(control=stripe_api.control)
    stripe_api.control.dashboard_refund(payment.stripe_charge_id)

    project_charge(charge_id=payment.stripe_charge_id)
    project_charge(charge_id=payment.stripe_charge_id)

    payment.refresh_from_db()
    line.refresh_from_db()
    [refund] = payment.refunds.all()
    assert (refund.reason_class, refund.amount_cents, refund.state, payment.refunded_cents) == ("external", 4900, "succeeded", 4900)
    assert (line.outcome, has_access(payment.user, line.subject)) == (OrderLine.Outcome.TAKEN_BACK, False)
    assert [(news["closes_access"], news["is_full"]) for news in announced] == [(True, True)]
    assert MailMessage.objects.filter(template="payments/mail/staff_refund_external").count() == 1


def test_a_partial_refund_at_the_dashboard_closes_nothing_and_tells_staff(db, stripe_api, announced):
    payment, line = bought(control=stripe_api.control)
    there = stripe_api.control.dashboard_refund(payment.stripe_charge_id, 1000)

    project_refund(refund_id=stripe_api.control.objects("refund")[0]["id"])

    payment.refresh_from_db()
    assert there
    assert (payment.refunded_cents, has_access(payment.user, line.subject), announced) == (1000, True, [])
    [mail] = MailMessage.objects.filter(template="payments/mail/staff_refund_external")
    assert "stays open" in mail.body_text


def test_dashboard_refunds_that_come_to_all_of_it_close_access(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    send_refund(refund=request_refund(payment=payment, by=None, parts=[part(line, 900, closes=False)], **REASON))
    for cents in (3000, 1000):
        stripe_api.control.dashboard_refund(payment.stripe_charge_id, cents)

    project_charge(charge_id=payment.stripe_charge_id)

    payment.refresh_from_db()
    assert (payment.refunded_cents, has_access(payment.user, line.subject)) == (4900, False)


def test_a_refund_at_the_dashboard_beside_one_of_ours_that_waits(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line)], **REASON)
    stripe_api.control.dashboard_refund(payment.stripe_charge_id)

    project_charge(charge_id=payment.stripe_charge_id)
    heal_refunds()

    payment.refresh_from_db()
    refund.refresh_from_db()
    assert (refund.state, payment.refunded_cents, at_stripe(stripe_api.control)) == (Refund.State.FAILED, 4900, [(4900, "succeeded")])


def test_news_of_a_refund_before_its_answer_is_saved_finds_its_row(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line)], **REASON)
    made = gateway.create_refund(
        intent=payment.stripe_payment_intent_id, charge="", amount_cents=4900, reason="", key=refund.key, metadata={"refund": refund.key}
    )

    project_refund(refund_id=made["id"])

    refund.refresh_from_db()
    assert (refund.state, Refund.objects.count()) == (Refund.State.SUCCEEDED, 1)


def test_refunds_of_another_environment_wait_for_it(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line)], **REASON)
    Payment.objects.update(environment="live")

    assert heal_refunds() == 0
    assert send_refund(refund=refund).state == Refund.State.PENDING
    assert at_stripe(stripe_api.control) == []


def test_charges_of_somebody_else_are_left_alone(db, stripe_api):
    payment, _line = bought(control=stripe_api.control)
    stripe_api.control.dashboard_refund(payment.stripe_charge_id)
    Payment.objects.update(stripe_charge_id="ch_other", stripe_payment_intent_id="pi_other")

    assert project_charge(charge_id=payment.stripe_charge_id) is None
    assert not Refund.objects.exists()


def test_a_row_from_a_machine_whose_clock_is_ahead_is_sent(db, stripe_api):
    payment, line = bought(control=stripe_api.control)
    refund = request_refund(payment=payment, by=None, parts=[part(line)], **REASON)
    Refund.objects.update(created_at=timezone.now() + timedelta(seconds=30))

    assert send_refund(refund=refund).state == Refund.State.SUCCEEDED


def test_a_line_is_read_again_under_the_lock(db):
    payment, line = paid_course()
    stale = OrderLine.objects.get(pk=line.pk)
    stale.grant, stale.outcome = None, OrderLine.Outcome.PENDING

    request_refund(payment=payment, by=None, parts=[part(stale)], **REASON)

    assert not has_access(payment.user, line.subject)
