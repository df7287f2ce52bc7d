"""Applying stored events: one look at Stripe for all that waits, and never an older answer over a newer one."""

import threading
import time
from functools import partial

import pytest
from django.db import connection
from django.db.models.functions import Now

from core import jobs
from core.models import Job
from payments import projections
from payments.gateway.client import GatewayRefused, GatewayUnavailable
from payments.gateway.events import notice_of
from payments.models import StripeEvent
from payments.services import apply_event
from payments.services.inbox import store_event
from payments.turns import in_turn
from tests.fixtures.at_once import at_once
from tests.payments.webhooks import an_event


@pytest.fixture(autouse=True)
def stand_in(settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_standin", "http://127.0.0.1:9"


class Projection:
    """Records the ids it was asked for and does what the test says."""

    def __init__(self):
        self.asked = []
        self.act = lambda object_id: None

    def __call__(self, object_id):
        self.asked.append(object_id)
        return self.act(object_id)


@pytest.fixture
def projection(monkeypatch):
    recorded = Projection()
    monkeypatch.setitem(projections.PROJECTIONS, "thing", recorded)
    return recorded


def stored(object_id="th_1", object_type="thing", type="thing.updated"):
    notice = notice_of(an_event(type, object_type=object_type, object_id=object_id))
    return store_event(notice=notice, source="webhook")[0]


def refuse(code):
    def act(object_id):
        raise GatewayRefused("No such thing", code=code, status=404)

    return act


def test_an_event_is_applied_by_asking_for_its_object(db, projection):
    event = apply_event(event=stored())

    assert projection.asked == ["th_1"]
    assert event.applied_at is not None
    assert event.note == "nothing of ours"


def test_the_note_names_the_row_that_was_written(db, projection):
    event = stored()
    projection.act = lambda object_id: event

    assert apply_event(event=event).note == f"stripe event {event.pk}"


def test_events_of_one_object_that_wait_together_are_applied_by_one_look(db, projection):
    events = [stored() for _ in range(5)]
    other = stored("th_2")

    for event in events:
        apply_event(event=event)

    assert projection.asked == ["th_1"]
    assert list(StripeEvent.objects.waiting()) == [other]


def test_an_event_that_comes_during_the_look_waits_for_the_next(db, projection):
    first, late = stored(), []
    projection.act = lambda object_id: late.append(stored())

    apply_event(event=first)

    assert list(StripeEvent.objects.waiting()) == late


def test_an_applied_event_is_not_asked_about_again(db, projection):
    event = apply_event(event=stored())
    stale = StripeEvent.objects.get()

    again = apply_event(event=stale)

    assert projection.asked == ["th_1"]
    assert again.applied_at == event.applied_at


@pytest.mark.parametrize("event", [{"object_type": "customer", "object_id": "cus_1"}, {"object_id": ""}])
def test_events_about_what_we_do_not_keep_are_noted(db, projection, event):
    assert apply_event(event=stored(**event)).note == "not ours"
    assert projection.asked == []
    assert not StripeEvent.objects.waiting().exists()


def test_an_object_that_is_gone_is_noted(db, projection):
    projection.act = refuse("resource_missing")

    assert apply_event(event=stored()).note == "no longer there"
    assert not StripeEvent.objects.waiting().exists()


@pytest.mark.parametrize("failure", [refuse("api_key_expired"), lambda object_id: (_ for _ in ()).throw(GatewayUnavailable("It does not answer."))])
def test_an_event_waits_while_stripe_gives_no_answer(db, projection, failure):
    projection.act = failure
    event = stored()

    with pytest.raises((GatewayRefused, GatewayUnavailable)):
        apply_event(event=event)

    assert list(StripeEvent.objects.waiting()) == [event]


def test_the_job_comes_again_later_when_stripe_is_away(db, projection):
    stored()
    job, answers = Job.objects.get(), iter([GatewayUnavailable("It does not answer."), None])

    def act(object_id):
        if error := next(answers):
            raise error

    projection.act = act

    assert not jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 1)
    Job.objects.update(run_after=Now())
    assert jobs.run(job.pk)
    assert not StripeEvent.objects.waiting().exists()


def test_events_of_another_environment_wait_for_it(db, projection, settings):
    event = stored()
    settings.STRIPE_API_BASE = ""

    assert apply_event(event=event).applied_at is None
    assert projection.asked == []


@pytest.mark.django_db(transaction=True)
def test_an_event_delivered_to_ten_at_once_is_stored_and_queued_once():
    notice = notice_of(an_event())

    at_once(*[lambda: store_event(notice=notice, source="webhook")] * 10)

    assert StripeEvent.objects.count() == Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_slower_of_two_workers_never_writes_an_older_answer_over_a_newer(projection):
    """Control: with `in_turn` doing nothing the first worker's "open" is written last."""
    world, written, asking = {"state": "open"}, [], threading.Event()

    def slow_first(object_id):
        seen = world["state"]
        if seen == "open":
            asking.set()
            time.sleep(0.5)
        written.append(seen)

    projection.act = slow_first
    first = stored()

    def change_and_apply():
        asking.wait(60)
        world["state"] = "closed"
        apply_event(event=stored())

    at_once(lambda: apply_event(event=first), change_and_apply)

    assert written == ["open", "closed"]
    assert not StripeEvent.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_ask_once_for_what_both_wait_for(projection):
    events = [stored() for _ in range(2)]
    projection.act = lambda object_id: time.sleep(0.3)

    at_once(*[partial(apply_event, event=event) for event in events])

    assert projection.asked == ["th_1"]


# turns


@pytest.mark.django_db(transaction=True)
def test_a_turn_ends_with_its_block_whatever_happens_in_it():
    with pytest.raises(RuntimeError), in_turn("sub_1"), in_turn("sub_1"):
        raise RuntimeError

    assert held_locks() == 0


@pytest.mark.django_db(transaction=True)
def test_a_turn_ends_with_a_connection_that_broke():
    with in_turn("sub_1"):
        connection.close()

    end = time.monotonic() + 60  # the server notices in its own time
    while held_locks() and time.monotonic() < end:
        time.sleep(0.05)
    assert held_locks() == 0


@pytest.mark.django_db(transaction=True)
def test_turns_of_other_objects_are_not_waited_for():
    with in_turn("sub_1"):
        at_once(lambda: in_turn("sub_2").__enter__())  # a call that waited for the first would never end


def held_locks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone()[0]
