"""Deliveries as Stripe makes them: signed, repeated, unordered; and each way of spoiling them, seen to bite."""

import http.server
import json
import threading
import time

import pytest
import stripe

SECRET = "whsec_standin"
DAY = 86_400


class Receiver:
    """A site's webhook address. It answers `status` and keeps what came."""

    def __init__(self):
        self.status = 200
        self.got = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.02])
        self.thread.start()

    @property
    def names(self):
        return [json.loads(body)["data"]["object"]["name"] for body, _ in self.got]

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver(control):
    running = Receiver()
    control.send_to(running.url, SECRET)
    yield running
    control.send_to(None)
    running.close()


def make(client, count):
    for number in range(count):
        client.customers.create({"name": str(number)})


def test_an_event_arrives_signed_and_says_what_caused_it(client, control, receiver):
    customer = client.customers.create({"name": "0"}, {"idempotency_key": "first"})
    assert control.settle()

    ((body, signature),) = receiver.got
    event = stripe.Webhook.construct_event(body, signature, SECRET)
    assert (event.type, event.data.object.id, event.api_version) == ("customer.created", customer.id, "2026-10-28.endive")
    assert (event.request.id, event.request.idempotency_key) == (customer.last_response.request_id, "first")
    fetched = client.events.retrieve(event.id)
    assert (fetched.pending_webhooks, fetched.data.object.name) == (0, "0")


def test_an_update_carries_the_old_values(client, control):
    customer = client.customers.create({"name": "Old", "metadata": {"a": "1"}})
    client.customers.update(customer.id, {"name": "New"})
    client.customers.update(customer.id, {"name": "New"})

    (event,) = control.events("customer.updated")
    assert event["data"]["previous_attributes"] == {"name": "Old"}
    assert event["data"]["object"]["name"] == "New"


def test_a_refused_delivery_is_signed_anew_and_repeated_until_taken(client, control, receiver):
    receiver.status = 500
    make(client, 1)
    control.settle()
    (pending,) = client.events.list({"delivery_success": False}).data
    assert pending.pending_webhooks == 1
    time.sleep(1.1)  # a signature carries the second it was made in
    control.advance(10)
    control.settle()
    receiver.status = 200
    control.advance(60)
    control.settle()

    assert len(receiver.got) == 3
    assert len({signature for _, signature in receiver.got}) >= 2
    for body, signature in receiver.got:
        assert stripe.Webhook.construct_event(body, signature, SECRET).id == pending.id
    assert client.events.list({"delivery_success": False}).data == []
    control.advance(DAY)
    assert len(receiver.got) == 3


def test_after_three_days_nobody_tries_again(client, control, receiver):
    receiver.status = 503
    make(client, 1)
    for _ in range(30):
        control.settle()
        control.advance(4 * 3600)
    control.settle()

    (delivery,) = control.deliveries()
    assert delivery["state"] == "given_up"
    tries = len(receiver.got)
    control.advance(5 * DAY)
    control.settle()
    assert len(receiver.got) == tries


def test_what_is_held_comes_when_released(client, control, receiver):
    control.webhooks(hold=True)
    make(client, 3)
    control.settle()
    assert receiver.got == []

    assert control.webhooks(release=True) == 3
    control.settle()

    assert sorted(receiver.names) == ["0", "1", "2"]


def test_duplicates_come_as_often_as_asked(client, control, receiver):
    control.webhooks(duplicate=2)
    make(client, 2)
    control.settle()

    assert sorted(receiver.names) == ["0"] * 3 + ["1"] * 3
    assert len({json.loads(body)["id"] for body, _ in receiver.got}) == 2


def test_of_many_deliveries_each_is_made_exactly_once(client, control, receiver):
    control.webhooks(hold=True, shuffle=True, duplicate=9)
    make(client, 60)
    assert control.webhooks(release=True) == 600
    assert control.settle()

    assert sorted(receiver.names) == sorted(str(number) for number in range(60) for _ in range(10))


def test_shuffled_deliveries_lose_their_order(client, control, receiver):
    control.webhooks(hold=True, shuffle=True)
    make(client, 40)
    control.webhooks(release=True)
    control.settle()

    assert sorted(receiver.names, key=int) == [str(number) for number in range(40)]
    assert receiver.names != [str(number) for number in range(40)]


def test_dropped_deliveries_never_come_and_are_listed_as_missing(client, control, receiver):
    control.webhooks(drop=1)
    make(client, 2)
    control.settle()

    assert receiver.names == ["1"]
    (lost,) = client.events.list({"delivery_success": False}).data
    assert lost.data.object.name == "0"
    control.resend(lost.id)
    control.settle()
    assert receiver.names == ["1", "0"]


def test_delayed_deliveries_wait_for_the_clock(client, control, receiver):
    control.webhooks(delay_s=300)
    make(client, 1)
    control.settle()
    assert receiver.got == []

    control.advance(301)
    control.settle()

    assert receiver.names == ["0"]


@pytest.mark.parametrize("knob", [{"wrong_secret": 1}, {"timestamp_offset_s": -400}])
def test_bad_signatures_do_not_verify(client, control, receiver, knob):
    control.webhooks(**knob)
    make(client, 1)
    control.settle()

    ((body, signature),) = receiver.got
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, SECRET)


def test_knobs_can_be_limited_to_some_types(client, control, receiver):
    control.webhooks(hold=True, types=["product.created"])
    client.products.create({"name": "held"})
    make(client, 1)
    control.settle()

    assert receiver.names == ["0"]


def test_events_are_listed_by_type_and_for_thirty_days(client, control):
    make(client, 2)
    client.products.create({"name": "Knee"})
    since = control.now()

    assert [event.type for event in client.events.list({"types": ["customer.created", "product.created"]}).data] == [
        "product.created",
        "customer.created",
        "customer.created",
    ]
    assert [event.type for event in client.events.list({"type": "product.*"}).data] == ["product.created"]
    assert client.events.list({"created": {"gt": since + 10}}).data == []
    control.advance(31 * DAY)
    assert client.events.list().data == []
