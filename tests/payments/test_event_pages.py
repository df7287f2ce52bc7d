"""The desk page of Stripe's news."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from core.models import Job
from payments.models import ReconcileRun, StripeEvent
from payments.services.inbox import CLOCK_WARNING
from tests.factories.accounts import user_with_role

URL = "/desk/sales/events/"


@pytest.fixture(autouse=True)
def stand_in(settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_standin", "http://127.0.0.1:9"
    cache.clear()


@pytest.fixture
def staff(client, db):
    client.force_login(user_with_role("staff"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def an_arrived_event(number, **values):
    values = {"environment": "stand-in", "type": "charge.refunded", "object_type": "charge", "object_id": f"ch_{number}", "source": "webhook"} | values
    return StripeEvent.objects.create(event_id=f"evt_{number}", occurred_at=datetime(2026, 11, 22, tzinfo=UTC), **values)


def a_run(**values):
    return ReconcileRun.objects.create(environment="stand-in", finished_at=datetime.now(UTC), **values)


def test_the_page_shows_events_what_waits_and_the_runs(staff):
    an_arrived_event(1)
    an_arrived_event(2, applied_at=datetime.now(UTC), note="order 7")
    a_run(counts={"found": 3, "applied": 4, "orders": 5})

    page = staff.get(URL).content.decode()

    assert "evt_1" in page
    assert "order 7" in page
    assert "5 orders, 0 memberships, 0 refunds" in page
    assert "Everything agrees" in page
    assert 'badge--warn">1<' in page


def test_only_what_waits_may_be_shown(staff):
    an_arrived_event(1)
    an_arrived_event(2, applied_at=datetime.now(UTC), note="not ours")

    page = staff.get(URL, {"show": "waiting"}).content.decode()

    assert "evt_1" in page
    assert "evt_2" not in page


def test_a_run_with_trouble_or_a_difference_says_so(staff):
    a_run(error="The payment service does not answer.")
    a_run(discrepancies=[{"day": "2026-11-21", "kind": "captured", "here": "$19.00", "at_stripe": "$68.00", "ids": ["ch_9"]}])

    page = staff.get(URL).content.decode()

    assert "does not answer" in page
    assert "Captured: $19.00 here, $68.00 at the provider" in page
    assert "ch_9" in page


@pytest.mark.parametrize(("skew_s", "is_told"), [(0, False), (59, False), (90, True), (-400, True)])
def test_clocks_that_are_apart_are_told(staff, skew_s, is_told):
    a_run(clock_skew_s=skew_s)

    assert ("seconds apart" in staff.get(URL).content.decode()) == is_told


def test_signed_news_out_of_time_is_told(staff):
    cache.set(CLOCK_WARNING, {"at": datetime.now(UTC) - timedelta(hours=1), "skew_s": 4000})

    assert "its time was 4000 seconds from ours" in staff.get(URL).content.decode()


def test_events_of_another_environment_are_not_shown(staff):
    an_arrived_event(1, environment="live")

    assert "evt_1" not in staff.get(URL).content.decode()


def test_the_button_queues_a_comparison(staff):
    response = staff.post(reverse("payments_sales:reconcile_now"), follow=True)

    assert Job.objects.get().kind == "payments.reconcile"
    assert "The comparison is queued" in response.content.decode()


def test_the_button_does_nothing_while_payments_are_closed(staff, settings):
    settings.STRIPE_SECRET_KEY = ""

    response = staff.post(reverse("payments_sales:reconcile_now"), follow=True)

    assert not Job.objects.exists()
    assert "Payments are not open here" in response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow(staff, django_assert_num_queries, count):
    for number in range(count):
        an_arrived_event(number)
        a_run()
    staff.get(URL)

    with django_assert_num_queries(7):
        staff.get(URL)


def test_the_list_is_paginated(staff):
    for number in range(26):
        an_arrived_event(number)

    assert "evt_0<" not in staff.get(URL).content.decode()
    assert "evt_0<" in staff.get(URL, {"page": 2}).content.decode()
