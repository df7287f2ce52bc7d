"""Stripe's way in: what is stored, and what is turned away with nothing changed."""

import hashlib
import hmac
import json
import logging
import time
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.models import Job
from payments.models import StripeEvent
from payments.services import inbox
from tests.payments.webhooks import SECRET, an_event, deliver, nothing_changed, signature

URL = "/payments/stripe/webhook/"


@pytest.fixture(autouse=True)
def stand_in(settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_standin", "http://127.0.0.1:9", [SECRET]
    cache.clear()


@pytest.fixture
def refused(db, client):
    """Deliver something and see it turned away with nothing changed, beside an event that stands."""
    deliver(client, an_event())

    def check(*args, status=400, **kwargs):
        with nothing_changed():
            assert deliver(client, *args, **kwargs).status_code == status

    return check


def sign_bytes(body: bytes) -> str:
    """The algorithm alone: the library's helper signs text."""
    now = int(time.time())
    return f"t={now},v1={hmac.new(SECRET.encode(), f'{now}.'.encode() + body, hashlib.sha256).hexdigest()}"


# stored


def test_an_event_is_stored_and_queued_then_answered(db, client):
    event = an_event("charge.refunded", object_type="charge", object_id="ch_7", created=1_795_000_000)

    response = deliver(client, event)

    row = StripeEvent.objects.get()
    assert response.status_code == 200
    assert (row.event_id, row.type, row.object_type, row.object_id) == (event["id"], "charge.refunded", "charge", "ch_7")
    assert (row.environment, row.source, row.applied_at, row.note) == ("stand-in", "webhook", None, "")
    assert row.occurred_at == datetime.fromtimestamp(1_795_000_000, tz=UTC)
    job = Job.objects.get()
    assert (job.kind, job.key, job.args) == ("payments.apply_event", f"stripe-event:{event['id']}", {"event": row.pk})


def test_an_event_delivered_again_is_answered_without_another_row(db, client):
    event = an_event()
    deliver(client, event)

    with nothing_changed():
        assert [deliver(client, event).status_code for _ in range(3)] == [200, 200, 200]


def test_neither_a_session_nor_a_csrf_token_is_asked_for(db, django_assert_num_queries):
    from django.test import Client

    with django_assert_num_queries(10):  # three savepoints, two looks, two rows
        response = deliver(Client(enforce_csrf_checks=True), an_event())

    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize("secret", ["whsec_old", "whsec_new"])
def test_two_secrets_stand_while_one_is_rotated_out(db, client, settings, secret):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_old", "whsec_new"]

    assert deliver(client, an_event(), secret=secret).status_code == 200
    assert StripeEvent.objects.count() == 1


def test_a_header_signed_with_both_secrets_is_taken_with_either(db, client, settings):
    body = json.dumps(an_event())
    now = time.time()
    both = f"{signature(body, secret='whsec_other', at=now)},{signature(body, at=now).partition(',')[2]},v0=old"

    assert deliver(client, body, header=both).status_code == 200


@pytest.mark.parametrize("age", [-298, 298])
def test_a_signature_within_five_minutes_is_taken(db, client, age):
    assert deliver(client, an_event(), at=time.time() - age).status_code == 200


def test_an_event_about_something_without_an_id_is_kept_all_the_same(db, client):
    balance = an_event("balance.available", data={"object": {"object": "balance"}})

    assert deliver(client, balance).status_code == 200
    assert StripeEvent.objects.get().object_id == ""


# turned away


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_only_post_is_answered(db, client, method):
    assert getattr(client, method)(URL).status_code == 405


def test_a_forged_signature_is_refused(refused):
    refused(an_event(), secret="whsec_guessed")


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v1=abc", "nonsense", "t=x,v1=abc", "t=,v1=", "t=1795000000,v1=é", "t=٣,v1=abc", "=,=,=", "t=1,v0=abc", ",", "t=" + "9" * 5000 + ",v1=a"],
)
def test_a_malformed_signature_is_refused(refused, header):
    refused(an_event(), header=header)


@pytest.mark.parametrize("secrets", [[], [""], [" "]])
def test_without_a_secret_nothing_is_believed(refused, settings, secrets):
    settings.STRIPE_WEBHOOK_SECRETS = secrets

    refused(an_event(), secret=secrets[0] if secrets else "")


def test_an_altered_body_is_refused(refused):
    body = json.dumps(an_event(object_id="cs_mine"))

    refused(body.replace("cs_mine", "cs_your"), header=signature(body))


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400, 10**12])
def test_a_signature_more_than_five_minutes_away_is_refused_and_told(refused, caplog, seconds):
    with caplog.at_level(logging.ERROR, logger="payments.services.inbox"):
        refused(an_event(), at=time.time() + seconds)

    assert "clock is wrong" in caplog.text
    assert cache.get(inbox.CLOCK_WARNING)["skew_s"] == pytest.approx(max(-(2**31), min(2**31 - 1, seconds)), abs=2)


def test_a_forged_signature_of_any_time_says_nothing_about_the_clock(refused, caplog):
    refused(an_event(), secret="whsec_guessed", at=time.time() + 5000)

    assert cache.get(inbox.CLOCK_WARNING) is None


def test_a_captured_delivery_cannot_be_replayed_later(refused, monkeypatch):
    body = json.dumps(an_event())
    header = signature(body)
    later = time.time() + 301
    monkeypatch.setattr("payments.gateway.events.time.time", lambda: later)

    refused(body, header=header)


@pytest.mark.parametrize(
    "changes",
    [
        {"livemode": True},
        {"livemode": None},
        {"account": "acct_1Other"},
        {"object": "v2.core.event"},
        {"object": "charge"},
        {"id": None},
        {"id": ""},
        {"id": "in_1"},
        {"id": "evt_" + "x" * 100},
        {"id": "evt_1\x00"},
        {"id": "evt_1\n"},
        {"id": ["evt_1"]},
        {"type": None},
        {"type": "é"},
        {"type": "x" * 100},
        {"created": None},
        {"created": "1795000000"},
        {"created": True},
        {"created": -5},
        {"created": 10**20},
        {"created": 1.5},
        {"data": None},
        {"data": []},
        {"data": {"object": "cs_1"}},
        {"data": {"object": {"id": "cs_1"}}},
        {"data": {"object": {"id": 7, "object": "charge"}}},
        {"data": {"object": {"id": "ch_" + "x" * 200, "object": "charge"}}},
        {"data": {"object": {"id": "ch_\ud800", "object": "charge"}}},
        {"data": {"object": {"id": "../charges", "object": "charge"}}},
    ],
)
def test_a_signed_event_that_is_not_ours_is_refused(refused, changes):
    refused(an_event(**changes))


@pytest.mark.parametrize("body", ["", " ", "null", "[]", "7", '"event"', "{", '{"object": "event"}', "NaN", "[" * 100_000, '{"a":' * 40_000, "9" * 5000])
def test_a_signed_body_that_is_no_event_is_refused(refused, body):
    refused(body)


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", json.dumps(an_event()).encode("utf-16"), b'{"id": "\xc3\x28"}', b"\x00"])
def test_a_signed_body_that_is_not_utf8_is_refused(refused, body):
    refused(body, header=sign_bytes(body))


def test_deep_inside_an_event_nothing_is_read(refused):
    deep = json.dumps(an_event()).replace('"pending_webhooks": 1', '"pending_webhooks": ' + "[" * 60_000 + "]" * 60_000)

    refused(deep)


@pytest.mark.parametrize("size", [256 * 1024 + 1, 3_000_000])
def test_an_enormous_body_is_refused_unread(refused, size):
    refused(json.dumps(an_event()).ljust(size), status=413)


def test_the_largest_body_is_taken(db, client):
    assert deliver(client, json.dumps(an_event()).ljust(256 * 1024)).status_code == 200


def test_in_live_mode_only_live_events_are_ours(refused, settings):
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = "", "sk_live_1"

    refused(an_event())


def test_a_database_that_is_away_has_stripe_send_it_again(db, client, monkeypatch):
    def away(**kwargs):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(inbox, "store_event", away)

    assert deliver(client, an_event()).status_code == 503
    assert not StripeEvent.objects.exists()


def test_an_error_of_ours_is_never_answered_with_stored(db, client, monkeypatch):
    monkeypatch.setattr(inbox, "store_event", lambda **kwargs: 1 / 0)
    client.raise_request_exception = False

    assert deliver(client, an_event()).status_code == 500


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
FIELDS = st.sampled_from(["id", "object", "type", "created", "data", "livemode", "account"])


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    body=st.binary(max_size=400)
    | ANYTHING.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(FIELDS, ANYTHING).map(lambda value: json.dumps(value).encode()),
    header=st.text(alphabet=st.characters(max_codepoint=255, blacklist_characters="\r\n"), max_size=120) | st.none(),
)
def test_no_body_and_no_header_is_an_error_of_ours_or_stored(db, client, body, header):
    """A header of None is a right signature over whatever the body is."""
    response = deliver(client, body, header=sign_bytes(body) if header is None else header)

    assert 400 <= response.status_code < 500
    assert not StripeEvent.objects.exists()
    assert not Job.objects.exists()


def test_the_address_is_the_one_the_documentation_names():
    assert reverse("payments:stripe_webhook") == URL


def test_an_event_about_a_product_of_our_own_name_is_stored(client, db):
    deliver(client, an_event("product.created", object_type="product", object_id="smrt-item-61-1795387093"))

    assert StripeEvent.objects.get().object_id == "smrt-item-61-1795387093"
