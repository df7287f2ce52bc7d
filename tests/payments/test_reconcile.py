"""Looking for what Stripe told nobody: missed events, half-done work, sums that differ."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from core import jobs
from core.models import AuditEntry, Job
from notifications.models import MailMessage
from payments import projections
from payments.gateway import events
from payments.gateway.client import client
from payments.models import ReconcileRun, Refund, StripeEvent
from payments.services import ask_reconcile, reconcile
from payments.services.sums import compare_sums
from tests.factories.accounts import user_with_role
from tests.factories.core import JobFactory
from tests.factories.payments import PaymentFactory
from tests.payments.test_inbox import Projection, refuse, stored
from tests.payments.webhooks import an_event, nothing_changed

pytestmark = pytest.mark.usefixtures("stripe_api")


@pytest.fixture
def projection(monkeypatch):
    """Stands in for whoever projects customers: nobody does."""
    recorded = Projection()
    monkeypatch.setitem(projections.PROJECTIONS, "customer", recorded)
    return recorded


@pytest.fixture
def healers(monkeypatch):
    """The table of healers, empty; the test puts its own in."""
    table = {}
    monkeypatch.setattr("payments.services.reconciliation.HEALERS", table)
    return table


def customers(count=1):
    return [client().customers.create({"email": f"c{number}@example.org"}).id for number in range(count)]


def charge(cents=4900):
    """A charge at Stripe."""
    intent = client().payment_intents.create(
        {
            "amount": cents,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    return client().charges.list({"payment_intent": intent.id}).data[0]


def payment_of(charge, **values):
    values = {"amount_cents": charge.amount, "paid_at": datetime.fromtimestamp(charge.created, UTC), **values}
    return PaymentFactory(stripe_charge_id=charge.id, stripe_payment_intent_id=charge.payment_intent, **values)


# events that never arrived


def test_events_that_never_arrived_are_stored_and_applied(db, projection):
    first, second = customers(2)

    run = reconcile()

    assert set(StripeEvent.objects.values_list("object_id", "source", "environment")) == {(first, "reconcile", "stand-in"), (second, "reconcile", "stand-in")}
    assert (run.counts["found"], run.counts["applied"], run.error) == (2, 2, "")
    assert sorted(projection.asked) == sorted([first, second])
    assert not StripeEvent.objects.waiting().exists()
    assert run.finished_at is not None


def test_a_refund_made_at_stripe_while_nobody_listened_is_found(db, stripe_api):
    charged = charge()
    payment = payment_of(charged)
    stripe_api.control.dashboard_refund(charged.id)

    reconcile()

    refund = Refund.objects.get()
    payment.refresh_from_db()
    assert (refund.payment, refund.amount_cents, refund.reason_class) == (payment, 4900, "external")
    assert payment.refunded_cents == 4900


def test_a_second_run_finds_nothing_new(db, projection):
    customers(3)
    reconcile()

    run = reconcile()

    assert (run.counts["found"], run.counts["applied"]) == (0, 0)
    assert len(projection.asked) == 3


def test_all_pages_are_read(db, projection, monkeypatch):
    monkeypatch.setattr("payments.gateway.events.PAGE", 2)
    customers(7)

    assert reconcile().counts["found"] == 7


def test_the_next_run_begins_where_the_last_one_stood_less_an_hour(db, projection, stripe_api, monkeypatch):
    customers(1)
    first = reconcile()
    asked = []
    real = events.list_events
    monkeypatch.setattr("payments.gateway.events.list_events", lambda **given: asked.append(given["since"]) or real(**given))

    second = reconcile()

    assert first.cursor == second.cursor == StripeEvent.objects.get().occurred_at
    assert asked == [first.cursor - timedelta(hours=1)]


def test_after_a_long_silence_thirty_days_are_read(db, projection, monkeypatch):
    ReconcileRun.objects.create(environment="stand-in", cursor=datetime(2020, 1, 1, tzinfo=UTC))
    asked = []
    real = events.list_events
    monkeypatch.setattr("payments.gateway.events.list_events", lambda **given: asked.append(given["since"]) or real(**given))

    reconcile()

    assert abs(datetime.now(UTC) - timedelta(days=30) - asked[0]) < timedelta(minutes=1)


def test_the_cursor_of_another_environment_is_not_taken(db, projection):
    ReconcileRun.objects.create(environment="test", cursor=datetime(2099, 1, 1, tzinfo=UTC))
    customers(1)

    assert reconcile().counts["found"] == 1


def test_a_run_that_was_cut_short_leaves_the_cursor_for_the_next(db, projection, stripe_api):
    customers(1)
    stripe_api.control.knobs(path="/v1/events", fail_before=10)

    failed = reconcile()
    stripe_api.control.knobs(path="/v1/events", fail_before=0)
    run = reconcile()

    assert failed.cursor is None
    assert "does not answer" in failed.error
    assert failed.finished_at is not None
    assert (run.counts["found"], run.error) == (1, "")


def test_an_event_that_is_not_for_us_is_left_alone(db, projection, monkeypatch):
    customers(1)
    page = events.Page([an_event(account="acct_1Other")], False, None)
    monkeypatch.setattr("payments.gateway.events.list_events", lambda **given: page)

    assert reconcile().counts["found"] == 0
    assert not StripeEvent.objects.exists()


def test_the_clocks_are_compared(db, projection):
    assert abs(reconcile().clock_skew_s) <= 2


# what waits


def test_an_event_whose_job_died_is_applied_and_the_job_closed(db, projection):
    event = stored("cus_1", object_type="customer")
    Job.objects.update(state=Job.State.DEAD, attempts=5, finished_at=Now())

    run = reconcile()
    job = Job.objects.get()

    event.refresh_from_db()
    assert event.applied_at is not None
    assert run.counts["applied"] == 1
    assert job.state == Job.State.QUEUED
    assert jobs.run(job.pk)
    assert projection.asked == ["cus_1"]


def test_one_event_that_cannot_be_applied_does_not_stop_the_others(db, projection):
    bad, good = stored("cus_bad", object_type="customer"), stored("cus_good", object_type="customer")
    projection.act = lambda object_id: 1 / 0 if object_id == "cus_bad" else None

    run = reconcile()

    assert list(StripeEvent.objects.waiting()) == [bad]
    assert (run.counts["applied"], run.counts["failed"]) == (1, 1)
    assert bad.event_id in run.error
    assert good.event_id not in run.error


def test_events_of_another_environment_are_left_for_it(db, projection):
    event = stored("cus_1", object_type="customer")
    StripeEvent.objects.update(environment="live")

    reconcile()

    assert list(StripeEvent.objects.waiting()) == [event]


# healers


def test_every_healer_is_called_though_one_fails(db, projection, healers):
    healers |= {"orders": lambda: 3, "memberships": lambda: 1 / 0, "refunds": lambda: 5}

    run = reconcile()

    assert (run.counts["orders"], run.counts["refunds"]) == (3, 5)
    assert "memberships: ZeroDivisionError" in run.error


def test_a_bug_is_noted_on_the_run_and_propagates(db, monkeypatch):
    monkeypatch.setattr("payments.services.reconciliation.compare_sums", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        reconcile()

    run = ReconcileRun.objects.get()
    assert "ZeroDivisionError" in run.error
    assert run.finished_at is not None


# sums


def yesterday(hour=12):
    return datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0) - timedelta(days=1)


def test_sums_that_agree_say_nothing(db, stripe_api):
    stripe_api.control.set_clock(yesterday())
    payment_of(charge())

    assert compare_sums() == []


def test_money_at_stripe_that_nobody_here_knows_is_told_once(db, stripe_api):
    stripe_api.control.set_clock(yesterday())
    payment_of(charge(1900))
    unknown = charge(4900)

    runs = [reconcile(), reconcile()]

    day = yesterday().date().isoformat()
    assert runs[0].discrepancies == runs[1].discrepancies == [{"day": day, "kind": "captured", "here": "$19.00", "at_stripe": "$68.00", "ids": [unknown.id]}]
    mail = MailMessage.objects.get()
    assert mail.key == f"discrepancy:stand-in:{day}"
    assert "$68.00" in mail.body_text
    assert unknown.id in mail.body_text


def test_money_here_that_stripe_does_not_know_is_found(db):
    PaymentFactory(paid_at=yesterday(), stripe_charge_id="ch_ghost", amount_cents=4900)

    assert [(row["here"], row["at_stripe"], row["ids"]) for row in compare_sums()] == [("$49.00", "$0.00", ["ch_ghost"])]


def test_a_refund_that_nobody_here_knows_is_found(db, stripe_api):
    stripe_api.control.set_clock(yesterday())
    charged = charge()
    payment_of(charged)
    stripe_api.control.dashboard_refund(charged.id, 900)

    assert [(row["kind"], row["here"], row["at_stripe"]) for row in compare_sums()] == [("refunded", "$0.00", "$9.00")]


def test_a_minute_across_midnight_is_no_difference(db, stripe_api):
    stripe_api.control.set_clock(yesterday(0) - timedelta(minutes=1))
    charged = charge()
    payment_of(charged, paid_at=yesterday(0) + timedelta(minutes=1))

    assert compare_sums() == []


def test_today_is_not_judged_yet(db):
    charge()

    assert compare_sums() == []


# the command, the job, the button


def test_the_command_says_what_it_did(db, projection, capsys):
    customers(2)

    call_command("reconcile_payments")

    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["     2 events that had not arrived", "     2 events applied"]


def test_the_command_fails_when_the_run_had_trouble(db, stripe_api):
    stripe_api.control.knobs(path="/v1/events", fail_before=10)

    with pytest.raises(CommandError, match="does not answer"):
        call_command("reconcile_payments")


def test_the_command_says_when_payments_are_closed(db, settings):
    settings.STRIPE_SECRET_KEY = ""

    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY"):
        call_command("reconcile_payments")


def test_the_hourly_job_reconciles(db, projection):
    row = JobFactory(kind="payments.reconcile")

    assert jobs.run(row.pk)
    assert ReconcileRun.objects.count() == 1


def test_the_hourly_job_rests_while_payments_are_closed(db, settings):
    settings.STRIPE_SECRET_KEY = ""
    row = JobFactory(kind="payments.reconcile")

    assert jobs.run(row.pk)
    assert not ReconcileRun.objects.exists()


def test_asking_twice_in_a_minute_is_asking_once(db):
    staff = user_with_role("staff")

    assert ask_reconcile(by=staff) == ask_reconcile(by=staff)
    assert Job.objects.count() == 1
    assert AuditEntry.objects.filter(action="payments.ask_reconcile", actor=staff).exists()


def test_a_refused_event_list_is_noted_and_nothing_else_happens(db, monkeypatch):
    monkeypatch.setattr("payments.gateway.events.list_events", lambda **given: refuse("api_key_expired")(""))

    with nothing_changed(besides={"payments.ReconcileRun"}):
        assert "No such thing" in reconcile().error
