"""Refunds: what is asked for, what Stripe says of it, and what never happens."""

from __future__ import annotations

import pytest

from payments.models import OrderLine, Refund
from payments.selectors import has_access
from payments.services import RefundPart, grant_access, request_refund
from payments.services.refunds import RefundRefused
from payments.signals import line_refunded
from tests.factories.payments import PaymentFactory

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
