"""Broken connections, errors, restarts and crowds: what the stand-in must survive, and what it must inflict when asked."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import stripe

from stripe_standin.control import ControlError
from stripe_standin.errors import KeyInUse
from stripe_standin.idempotency import Keys
from stripe_standin.store import Store
from tests.fixtures.stripe_api import SECRET, StandIn
from tests.stripe_standin.test_webhooks import Receiver

DAY = 86_400


def test_latency_is_felt(client, control):
    control.knobs(latency_ms=300, path="/v1/customers")
    start = time.monotonic()
    client.customers.list()
    slow = time.monotonic() - start
    control.knobs(latency_ms=60_000, path="/v1/customers")
    start = time.monotonic()
    client.products.list()

    assert slow > 0.3
    assert time.monotonic() - start < 60


def test_a_rate_limit_says_when_to_come_back_and_the_library_does(client, once, control):
    control.knobs(rate_limit=1)
    with pytest.raises(stripe.RateLimitError) as refusal:
        once.customers.create({"name": "A"})
    control.knobs(rate_limit=1)
    client.customers.create({"name": "B"})

    assert refusal.value.headers["Retry-After"] == "1"
    assert [customer["name"] for customer in control.objects("customer")] == ["B"]


def test_a_failure_before_the_effect_leaves_nothing_and_a_retry_works(client, once, control):
    control.knobs(fail_before=1)
    with pytest.raises(stripe.APIError):
        once.customers.create({"name": "A"}, {"idempotency_key": "a"})
    assert control.objects("customer") == []

    once.customers.create({"name": "A"}, {"idempotency_key": "a"})

    assert len(control.objects("customer")) == 1


def test_a_failure_after_the_effect_is_replayed_to_its_key(client, control):
    control.knobs(fail_after=1)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            client.customers.create({"name": "A"}, {"idempotency_key": "a"})

    assert failure.value.http_status == 500
    assert failure.value.headers["Idempotent-Replayed"] == "true"
    assert len(control.objects("customer")) == 1


def test_a_failure_after_the_effect_can_be_forgotten(client, control):
    control.knobs(fail_after=1, remembered=False)
    with pytest.raises(stripe.APIError):
        stripe.StripeClient("sk_test_x", base_addresses={"api": control.url}).v1.products.create({"name": "A", "id": "a"}, {"idempotency_key": "a"})

    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.products.create({"name": "A", "id": "a"}, {"idempotency_key": "a"})


def test_a_cut_connection_is_healed_by_the_librarys_retry(client, once, control):
    control.knobs(drop_after=1)
    with pytest.raises(stripe.APIConnectionError):
        once.customers.create({"name": "A"})
    control.knobs(drop_after=1)
    client.customers.create({"name": "B"})

    assert [customer["name"] for customer in control.objects("customer")] == ["A", "B"]


def test_a_fault_keeps_to_its_path_and_method(once, control):
    control.knobs(fail_before=1, path="/v1/refunds", method="POST")

    once.customers.create({"name": "A"})
    once.refunds.list()

    with pytest.raises(stripe.APIError):
        once.refunds.create({"charge": "ch_none"})


def test_an_unknown_knob_is_refused(control):
    with pytest.raises(ControlError, match="No knob is called explode"):
        control.knobs(explode=1)


def test_a_key_is_forgotten_after_a_day(client, control):
    first = client.customers.create({"name": "A"}, {"idempotency_key": "a"})
    control.advance(DAY + 60)
    second = client.customers.create({"name": "Another"}, {"idempotency_key": "a"})

    assert second.id != first.id


def test_the_same_key_at_the_same_moment_has_one_effect(stripe_api, control):
    """Refused with 409 or answered with the first one's answer, never done twice."""
    barrier = threading.Barrier(8)

    def create(_):
        client = stripe.StripeClient("sk_test_x", base_addresses={"api": stripe_api.url}).v1
        barrier.wait()
        try:
            return client.customers.create({"name": "A"}, {"idempotency_key": "together"}).id
        except stripe.StripeError as error:
            return error.http_status

    control.knobs(latency_ms=20)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))

    (customer,) = control.objects("customer")
    assert set(answers) <= {customer["id"], 409}


def test_a_key_at_work_is_refused_to_a_second_request(tmp_path):
    with closing(Store(tmp_path / "state.sqlite3")) as store:
        keys = Keys(store)

        with keys.hold("a"), pytest.raises(KeyInUse) as refusal, keys.hold("a"):
            pass

        assert (refusal.value.status, refusal.value.code) == (409, "idempotency_key_in_use")
        with keys.hold("a"):  # free again once the first is done
            pass


def test_thirty_two_threads_lose_nothing(stripe_api, client, control, paid):
    """Each thread makes customers, and all refund one charge of 20.00 by 1.00: twenty succeed."""

    def work(number):
        own = stripe.StripeClient("sk_test_x", base_addresses={"api": stripe_api.url}).v1
        for step in range(10):
            own.customers.create({"name": f"{number}-{step}"})
        try:
            return own.refunds.create({"charge": paid.id, "amount": 100}).amount
        except stripe.InvalidRequestError as refusal:
            return refusal.code

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(work, range(32)))

    assert sorted(map(str, answers)) == ["100"] * 20 + ["charge_already_refunded"] * 12
    assert client.charges.retrieve(paid.id).amount_refunded == 2000
    names = [customer["name"] for customer in control.objects("customer")]
    assert (len(names), len(set(names))) == (320, 320)
    assert len(control.events("customer.created")) == 320


def test_what_was_answered_survives_a_kill(tmp_path):
    running = StandIn(tmp_path).start()
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": running.url}, max_network_retries=2).v1
    try:
        running.control.advance(3 * DAY)
        customer = client.customers.create({"email": "a@example.com"}, {"idempotency_key": "a"})
        clock = running.control.now()
        running.kill()
        running.start()

        assert client.customers.retrieve(customer.id).email == "a@example.com"
        assert client.customers.create({"email": "a@example.com"}, {"idempotency_key": "a"}).id == customer.id
        assert 0 <= running.control.now() - clock < 3600
    finally:
        running.stop()


def test_a_kill_loses_no_delivery(tmp_path):
    running = StandIn(tmp_path).start()
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": running.url}, max_network_retries=2).v1
    with closing(Receiver()) as receiver:
        try:
            running.control.send_to(receiver.url, SECRET)
            running.control.webhooks(delay_s=60)
            client.customers.create({"name": "0"})
            running.kill()
            running.start()
            running.control.advance(61)
            running.control.settle()

            assert receiver.names == ["0"]
        finally:
            running.stop()
