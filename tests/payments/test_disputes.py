"""Disputes at the stand-in: suspended while the bank looks, restored or ended by its decision, never deleted."""

from __future__ import annotations

import pytest

from accounts.organizations import create_organization
from notifications.models import MailMessage
from payments.gateway import refunds as gateway
from payments.models import AccessGrant, Dispute, OrderLine, Refund, Subscription
from payments.selectors import has_access
from payments.selectors.refunds import is_paid_otherwise
from payments.services import RefundPart, open_checkout, project_charge, project_dispute, project_session, request_refund, start_order
from payments.services.refunds import RefundRefused, heal_refunds
from payments.services.seats import link_token, set_link, take_seat
from payments.signals import dispute_changed
from tests.factories.accounts import UserFactory
from tests.factories.payments import MembershipPriceFactory, PaymentFactory, PriceFactory


@pytest.fixture
def control(stripe_api):
    return stripe_api.control


@pytest.fixture
def announced():
    heard = []

    def listen(sender, signal, **news):
        heard.append((news["subject"], news["is_open"], news["is_lost"]))

    dispute_changed.connect(listen)
    yield heard
    dispute_changed.disconnect(listen)


def bought(control, price=None):
    order = start_order(user=UserFactory(), price=price or PriceFactory())
    session = open_checkout(order=order).stripe_session_id
    control.pay(session)
    project_session(session_id=session)
    return order.payments.get(), order.lines.get()


def disputed(control, payment):
    return control.open_dispute(payment.stripe_charge_id)["id"]


def mails():
    return list(MailMessage.objects.filter(template__contains="dispute").order_by("pk").values_list("template", flat=True))


def test_an_open_dispute_suspends_what_was_paid(db, control, announced):
    payment, line = bought(control)

    dispute = project_dispute(dispute_id=disputed(control, payment))
    project_dispute(dispute_id=dispute.stripe_dispute_id)

    line.refresh_from_db()
    assert (dispute.is_open, dispute.amount_cents, dispute.status, bool(dispute.evidence_due_at)) == (True, 4900, "needs_response", True)
    assert (line.grant.phase, line.outcome, has_access(payment.user, line.subject)) == ("suspended", OrderLine.Outcome.FULFILLED, False)
    assert announced == [(line.subject, True, False)]
    assert mails() == ["payments/mail/staff_dispute", "payments/mail/dispute"]


def test_a_won_dispute_restores_it(db, control, announced):
    payment, line = bought(control)
    dispute = disputed(control, payment)
    project_dispute(dispute_id=dispute)

    control.close_dispute(dispute, won=True)
    project_dispute(dispute_id=dispute)
    project_dispute(dispute_id=dispute)

    assert has_access(payment.user, line.subject)
    assert announced == [(line.subject, True, False), (line.subject, False, False)]
    assert len(mails()) == 4


@pytest.mark.parametrize("opening_was_seen", [True, False])
def test_a_lost_dispute_ends_it(db, control, announced, opening_was_seen):
    payment, line = bought(control)
    dispute = disputed(control, payment)
    if opening_was_seen:
        project_dispute(dispute_id=dispute)

    control.close_dispute(dispute, won=False)
    project_dispute(dispute_id=dispute)
    project_dispute(dispute_id=dispute)

    line.refresh_from_db()
    assert (line.outcome, line.grant.phase, has_access(payment.user, line.subject)) == (OrderLine.Outcome.TAKEN_BACK, "revoked", False)
    assert announced[-1] == (line.subject, False, True)
    assert len(announced) == 1 + opening_was_seen
    assert (AccessGrant.objects.count(), Dispute.objects.count()) == (1, 1)


def test_a_disputed_payment_cannot_be_refunded_here(db, control):
    payment, line = bought(control)
    dispute = disputed(control, payment)
    project_dispute(dispute_id=dispute)
    parts = [RefundPart(line=line, amount_cents=100, closes_access=False)]

    with pytest.raises(RefundRefused, match="bank has questioned"):
        request_refund(payment=payment, by=None, parts=parts, reason="", reason_class="school")
    control.close_dispute(dispute, won=True)
    project_dispute(dispute_id=dispute)
    refund = request_refund(payment=payment, by=None, parts=parts, reason="", reason_class="school")

    assert refund.state == Refund.State.PENDING


def test_an_answer_from_before_the_decision_does_not_open_the_dispute_again(db, control, monkeypatch):
    payment, line = bought(control)
    dispute = disputed(control, payment)
    before = gateway.fetch_dispute(dispute)
    control.close_dispute(dispute, won=True)
    project_dispute(dispute_id=dispute)

    monkeypatch.setattr(gateway, "fetch_dispute", lambda dispute_id: before)
    project_dispute(dispute_id=dispute)

    assert not Dispute.objects.get().is_open
    assert has_access(payment.user, line.subject)


@pytest.mark.parametrize(("status", "is_open"), [("warning_needs_response", True), ("warning_closed", False), ("prevented", False)])
def test_inquiries_count_while_they_are_open(db, control, monkeypatch, status, is_open):
    payment, line = bought(control)
    facts = gateway.fetch_dispute(disputed(control, payment)) | {"status": status}
    monkeypatch.setattr(gateway, "fetch_dispute", lambda dispute_id: facts)

    project_dispute(dispute_id=facts["id"])

    assert has_access(payment.user, line.subject) is not is_open


def test_a_charge_brings_its_disputes(db, control):
    payment, line = bought(control)
    disputed(control, payment)

    project_charge(charge_id=payment.stripe_charge_id)

    assert not has_access(payment.user, line.subject)


def test_a_dispute_of_somebody_elses_charge_is_left_alone(db, control):
    payment, _line = bought(control)
    dispute = disputed(control, payment)
    type(payment).objects.update(stripe_charge_id="ch_other", stripe_payment_intent_id="pi_other")

    assert project_dispute(dispute_id=dispute) is None
    assert not Dispute.objects.exists()


def test_a_disputed_membership_closes_the_library_and_losing_it_stops_the_charges(db, control, announced):
    payment, _line = bought(control, MembershipPriceFactory())
    dispute = disputed(control, payment)

    project_dispute(dispute_id=dispute)
    suspended = payment.subscription.grant.phase, has_access(payment.user, "library")
    control.close_dispute(dispute, won=False)
    project_dispute(dispute_id=dispute)
    heal_refunds()

    assert suspended == ("suspended", False)
    assert Subscription.objects.get().status == Subscription.Status.CANCELED
    assert not has_access(payment.user, "library")
    assert {subject for subject, _open, _lost in announced} == {"library"}


def test_a_disputed_seat_of_an_organization_is_suspended_for_whoever_has_it(db, control, announced):
    manager, taker = UserFactory(), UserFactory()
    organization = create_organization(name="Clinic", by=manager)
    price = PriceFactory(min_quantity=1, product__for_organizations=True)
    order = start_order(user=manager, price=price, quantity=2, organization=organization)
    session = open_checkout(order=order).stripe_session_id
    control.pay(session)
    project_session(session_id=session)
    payment, line = order.payments.get(), order.lines.get()
    seat = line.pool.seats.first()
    take_seat(token=link_token(set_link(pool=line.pool, is_on=True, by=manager)), user=taker)
    dispute = disputed(control, payment)

    project_dispute(dispute_id=dispute)
    suspended = has_access(taker, line.subject)
    control.close_dispute(dispute, won=False)
    project_dispute(dispute_id=dispute)

    seat.refresh_from_db()
    assert (suspended, has_access(taker, line.subject), seat.state) == (False, False, "withdrawn")
    assert announced == [(line.subject, True, False), (line.subject, False, True)]


def test_ending_a_membership_with_a_refund_stops_its_charges(db, control):
    payment, _line = bought(control, MembershipPriceFactory())
    parts = [RefundPart(line=None, amount_cents=1900, closes_access=True)]

    request_refund(payment=payment, by=None, parts=parts, reason="", reason_class="school")
    closed = has_access(payment.user, "library")
    heal_refunds()
    heal_refunds()

    subscription = Subscription.objects.get()
    assert (closed, subscription.status) == (False, Subscription.Status.CANCELED)
    assert [thing["amount"] for thing in control.objects("refund")] == [1900]
    assert not AccessGrant.objects.live().exists()


def test_a_full_refund_of_a_membership_at_the_dashboard_ends_it(db, control):
    payment, _line = bought(control, MembershipPriceFactory())
    control.dashboard_refund(payment.stripe_charge_id)

    project_charge(charge_id=payment.stripe_charge_id)
    heal_refunds()

    assert Subscription.objects.get().status == Subscription.Status.CANCELED
    assert not AccessGrant.objects.live().exists()


def charged_twice(payment):
    return PaymentFactory(order=payment.order, amount_cents=payment.amount_cents)


def test_a_dispute_about_a_double_charge_takes_nothing_away(db, control, announced):
    payment, line = bought(control)
    charged_twice(payment)

    project_dispute(dispute_id=disputed(control, payment))

    assert Dispute.objects.get().is_open
    assert (has_access(payment.user, line.subject), announced) == (True, [])


def test_a_double_charge_that_went_back_at_the_dashboard_takes_nothing_away(db, control):
    payment, line = bought(control)
    second = charged_twice(payment)
    control.dashboard_refund(payment.stripe_charge_id)

    project_charge(charge_id=payment.stripe_charge_id)
    kept = has_access(payment.user, line.subject)
    second.refunded_cents = second.amount_cents
    second.save()

    assert (kept, is_paid_otherwise(payment)) == (True, False)
