"""Movements of money, by line and by month."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import ledger
from payments.models import Dispute, Product, Refund
from payments.plots import nice_ceiling, revenue_plot
from tests.factories.payments import MembershipPriceFactory, PaidOrderFactory, PaymentFactory, PriceFactory, ProductFactory, SubscriptionFactory

ENVIRONMENT = "stand-in"


def payment_of(cents, paid_at, kind=Product.Kind.COURSE, **values):
    order = PaidOrderFactory(price=PriceFactory(product=ProductFactory(kind=kind), amount_cents=cents))
    return PaymentFactory(order=order, amount_cents=cents, paid_at=paid_at, **values)


def refund_of(payment, cents, at, state=Refund.State.SUCCEEDED):
    return Refund.objects.create(
        payment=payment,
        amount_cents=cents,
        key=f"refund:{payment.pk}:{cents}",
        state=state,
        reason_class="duplicate",
        settled_at=at,
        stripe_refund_id=f"re_{payment.pk}_{cents}",
    )


def dispute_of(payment, at, status="needs_response", closed_at=None):
    return Dispute.objects.create(
        payment=payment, stripe_dispute_id=f"dp_{payment.pk}", status=status, amount_cents=payment.amount_cents, opened_at=at, closed_at=closed_at
    )


def on(year, month, day, hour=12):
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_movements_come_in_order_of_time_and_signed(db):
    late = payment_of(5000, on(2026, 3, 2), fee_cents=175)
    early = payment_of(2000, on(2026, 3, 1), tax_cents=120)
    refund_of(early, 500, on(2026, 3, 3))
    refund_of(early, 700, on(2026, 3, 3), state=Refund.State.FAILED)
    dispute_of(late, on(2026, 3, 4), status="won", closed_at=on(2026, 3, 9))
    payment_of(100, on(2026, 3, 5), environment="test")

    found = [(m.kind, m.payment, m.amount_cents, m.tax_cents, m.net_cents) for m in ledger.movements(environment=ENVIRONMENT)]

    assert found == [
        ("payment", early, 2000, 120, 2000),
        ("payment", late, 5000, 0, 4825),
        ("refund", early, -500, 0, -500),
        ("dispute", late, -5000, 0, -5000),
        ("dispute won", late, 5000, 0, 5000),
    ]


def test_days_are_those_of_the_school(db, settings):
    settings.SCHOOL_TIME_ZONE = "America/New_York"
    payment_of(100, on(2026, 3, 2, hour=3))  # ten in the evening of the first
    kept = payment_of(200, on(2026, 3, 2, hour=6))
    payment_of(300, on(2026, 3, 3, hour=6))

    found = [m.payment for m in ledger.movements(environment=ENVIRONMENT, first=date(2026, 3, 2), last=date(2026, 3, 2))]

    assert found == [kept]


@pytest.fixture
def march(monkeypatch):
    monkeypatch.setattr("core.clock.now", lambda: on(2026, 3, 20))


def test_months_sum_by_kind_what_came_went_back_and_was_charged(db, march):
    course = payment_of(5000, on(2026, 3, 2), fee_cents=175)
    payment_of(3000, on(2026, 2, 10), kind=Product.Kind.WORKSHOP, fee_cents=117)
    subscription = SubscriptionFactory(price=MembershipPriceFactory())
    PaymentFactory(order=None, user=subscription.user, subscription=subscription, currency="usd", amount_cents=1900, paid_at=on(2026, 3, 5))
    refund_of(course, 1000, on(2026, 3, 6))
    dispute_of(payment_of(700, on(2026, 2, 1)), on(2026, 2, 20))
    payment_of(9999, on(2026, 3, 2), currency="cad")

    january, february, present = ledger.revenue_by_month(environment=ENVIRONMENT, currency="usd", months=3)

    assert (january.begins_on, january.gross_cents, january.net_cents) == (date(2026, 1, 1), 0, 0)
    assert (february.by_kind, february.refunded_cents, february.fee_cents, february.net_cents) == ({"workshop": 3000, "course": 700}, 700, 117, 2883)
    assert (present.by_kind, present.refunded_cents, present.net_cents) == ({"course": 5000, "membership": 1900}, 1000, 5725)


def test_months_cost_four_queries_whatever_there_is(db, march, django_assert_num_queries):
    for count in (1, 3):
        for _ in range(count):
            refund_of(payment_of(5000, on(2026, 3, 2)), 100, on(2026, 3, 3))
        with django_assert_num_queries(4):
            ledger.revenue_by_month(environment=ENVIRONMENT, currency="usd")


def test_members_count_a_yearly_one_by_the_twelfth(db):
    yearly = MembershipPriceFactory(amount_cents=12_000, interval="year")
    SubscriptionFactory(price=yearly)
    SubscriptionFactory(status="past_due")
    SubscriptionFactory(status="trialing")
    SubscriptionFactory(status="canceled")

    assert ledger.members(environment=ENVIRONMENT, currency="usd") == ledger.Members(count=2, trials=1, late=1, monthly_cents=1000 + 1900)


@given(st.integers(min_value=0, max_value=10**12))
def test_the_scale_holds_every_amount_and_divides_by_four(cents):
    ceiling = nice_ceiling(cents)

    assert ceiling >= cents
    assert ceiling % 4 == 0
    assert ceiling <= max(400, cents * 2.5)


def test_bars_stack_inside_the_picture():
    month = ledger.Month(date(2026, 3, 1), {"course": 5000, "membership": 2500}, 1000, 200)

    plot = revenue_plot([ledger.Month(date(2026, 2, 1), {}, 0, 0), month])

    (empty, full) = plot.columns
    assert (empty.bars, empty.refunded) == ([], None)
    assert [bar.kind for bar in full.bars] == ["course", "membership"]
    assert full.bars[0].y + full.bars[0].height == pytest.approx(plot.baseline, abs=0.2)
    assert full.bars[1].y + full.bars[1].height == pytest.approx(full.bars[0].y, abs=0.2)
    assert min(bar.y for bar in full.bars) >= 0
    assert plot.kinds == [("course", "Course"), ("membership", "Membership")]
