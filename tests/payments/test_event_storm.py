"""News that comes often, in no order and to several workers at once. The long form is in tests/payments/chaos/test_events.py."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core import jobs
from core.models import Job
from notifications.models import MailMessage
from payments.models import Order, Payment, StripeEvent, Subscription
from tests.payments.storm import deliver_over_http, deliveries_of, differences, make_news

pytestmark = pytest.mark.django_db(transaction=True)


def run_jobs(threads):
    """What that many workers do, without waiting for a clock: every apply job, in no order."""
    keys = list(Job.objects.filter(kind="payments.apply_event").values_list("pk", flat=True))
    random.Random(3).shuffle(keys)

    def work(share):
        try:
            return [jobs.run(pk) for pk in share]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [keys[n::threads] for n in range(threads)]))


def test_a_small_storm_ends_as_the_stand_in_stands(stripe_api, live_server):
    events = make_news(stripe_api.control, orders=5, unpaid=1, members=3, months=1, refunds=2, disputes=2)
    began_with = differences(stripe_api.control)  # the control: nothing was heard, and the comparison sees it

    statuses = deliver_over_http(live_server.url, deliveries_of(events, 3), threads=4)
    run_jobs(threads=4)

    assert set(statuses) == {200}
    assert StripeEvent.objects.count() == Job.objects.filter(kind="payments.apply_event", state="done").count() == len(events)
    assert not StripeEvent.objects.waiting().exists()
    assert len(began_with) > 15
    assert differences(stripe_api.control) == []
    assert MailMessage.objects.filter(template="payments/mail/order_paid").count() == Order.objects.paid().count() == 8
    assert Payment.objects.count() == 5 + 3 + Subscription.objects.exclude(status="past_due").count()
