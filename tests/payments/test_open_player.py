"""A refund or a chargeback reaches the open player: from Stripe's news to the beat's answer, over HTTP all the way."""

from __future__ import annotations

import json
import time

import pytest
from django.urls import reverse

from courses.models import Attempt, Course
from courses.services import enroll_learner, lesson_grant
from payments.models import Payment, StripeEvent
from payments.selectors import has_access
from payments.services import apply_event, open_checkout, project_session, start_order
from streaming.delivery import passes
from streaming.models import PlaybackSession
from tests.factories.accounts import LegalNameFactory
from tests.factories.courses import published_course
from tests.factories.payments import PriceFactory, ProductFactory
from tests.payments.webhooks import deliver
from tests.streaming.clock import let_pass

ADDRESS_TTL_S = 300


@pytest.fixture
def learner(db):
    return LegalNameFactory().user


@pytest.fixture
def payment(learner, stripe_api):
    course = published_course(is_free=False)
    order = start_order(user=learner, price=PriceFactory(product=ProductFactory(subject=course.subject)))
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)
    return Payment.objects.get()


@pytest.fixture
def player(client, learner, payment):
    """An open player in the bought course, two beats old."""
    attempt: Attempt = enroll_learner(course=_course(payment), learner=learner)
    client.force_login(learner, backend="django.contrib.auth.backends.ModelBackend")
    grant = lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first())
    opened = post(client, reverse("streaming_api:session_open"), {"grant": grant.pk}).json()
    assert beat(client, opened, 1).json()["stop"] is False
    return opened


def _course(payment):
    return Course.objects.get(pk=payment.order.lines.get().subject.partition(":")[2])


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


def beat(client, opened, seq):
    let_pass(PlaybackSession.objects.get(token=opened["token"]), 10)
    return post(client, opened["beats"], {"seq": seq, "ranges": [[(seq - 1) * 10_000, seq * 10_000]], "position_ms": seq * 10_000, "rate": 1, "visible": True})


def hear(client, control):
    """What Stripe's webhooks would bring, signed, and the worker's part after them."""
    for event in control.events():
        assert deliver(client, event).status_code == 200
    for event in StripeEvent.objects.waiting():
        apply_event(event=event)


def assert_dead(client, opened, monkeypatch):
    answer = beat(client, opened, 2).json()
    renewal = client.get(opened["address"])
    base = opened["base"]
    now = time.time()
    left_s = int(base.split("/")[3]) - now
    file = f"{base}master.m3u8"
    still = client.get(file).status_code  # past the gate; no film lies behind a factory's asset
    monkeypatch.setattr(passes.time, "time", lambda: now + ADDRESS_TTL_S + 1)
    assert (answer["stop"], answer["credited_ms"], renewal.status_code) == (True, 0, 409)
    assert answer["message"], "a person is told why"
    assert (still, left_s <= ADDRESS_TTL_S, client.get(file).status_code) == (404, True, 403)


def test_a_refund_at_the_dashboard_stops_the_open_player(client, learner, payment, player, stripe_api, monkeypatch):
    stripe_api.control.dashboard_refund(payment.stripe_charge_id)

    hear(client, stripe_api.control)

    assert not has_access(learner, payment.order.lines.get().subject)
    assert_dead(client, player, monkeypatch)


def test_a_chargeback_stops_the_open_player_and_winning_it_opens_the_course_again(client, learner, payment, player, stripe_api, monkeypatch):
    dispute = stripe_api.control.open_dispute(payment.stripe_charge_id)["id"]
    hear(client, stripe_api.control)
    with monkeypatch.context() as later:
        assert_dead(client, player, later)

    stripe_api.control.close_dispute(dispute, won=True)
    hear(client, stripe_api.control)

    attempt = Attempt.objects.get()
    assert has_access(learner, attempt.course.subject)
    grant = lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first())
    again = post(client, reverse("streaming_api:session_open"), {"grant": grant.pk}).json()
    assert beat(client, again, 1).json()["stop"] is False
