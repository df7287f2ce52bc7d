"""The whole life of a membership, over HTTP against the stand-in, with its clock and ours moving together."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from courses.services import enroll_learner, lesson_grant
from payments.models import AccessGrant, Payment
from payments.services import pause_membership, pay_open_invoice, resume_membership, sync_prices
from streaming.services import open_session
from tests.factories.courses import published_course
from tests.factories.payments import PriceFactory
from tests.payments.life import DAY, DECLINES, PAYS, Life
from tests.streaming.clock import Player

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(params=["webhooks", "reconcile"])
def life(request, stripe_api, monkeypatch):
    """Each story is told twice: with every webhook, shuffled and doubled, and with none."""
    return Life(stripe_api, monkeypatch, request.param, trial_days=7)


def watching(life):
    attempt = enroll_learner(course=published_course(is_free=False), learner=life.user)
    return attempt, player_of(attempt)


def player_of(attempt):
    return Player(open_session(grant=lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first())))


def stopped_by_a_beat(life, player):
    """Whether the open player is told to stop, asked as its page does."""
    browser = Client()
    browser.force_login(life.user)
    player.seq += 1
    body = {"seq": player.seq, "ranges": [[3000, 4000]], "position_ms": 4000, "rate": 1, "visible": True}
    answer = browser.post(reverse("streaming_api:session_beats", args=[player.session.token]), json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    return answer.json()["stop"]


def test_the_whole_life(life):
    yearly = PriceFactory(product=life.price.product, amount_cents=19000, interval="year")
    sync_prices()

    # A trial opens the library and costs nothing.
    row = life.buy()
    begun = life.now
    assert (row.status, life.is_open, Payment.objects.count()) == ("trialing", True, 0)
    assert row.trial_end == row.paid_through

    # It is announced three days before it ends, charged, and nobody is interrupted.
    attempt, player = watching(life)
    life.until(row.trial_end + 12 * HOUR)
    row = life.row
    assert (row.status, life.is_open) == ("active", True)
    assert row.paid_through == row.current_period_end
    assert life.mails() == ["order_paid", "membership_trial_ends", "membership_paid"]
    assert not player.beat((0, 1000), after=1).stop

    # A year of renewals: one payment and one receipt for each period, and the same grant all along.
    for _month in range(13):
        life.until(life.row.current_period_end + 12 * HOUR, step=10 * DAY)
        assert life.is_open
    assert Payment.objects.count() == 14
    assert life.mails().count("membership_paid") == 14
    assert not player.beat((1000, 2000), after=1).stop
    assert AccessGrant.objects.filter(user=life.user, subject="library").count() == 1
    paid = Payment.objects.order_by("paid_at").last()
    assert (paid.amount_cents, paid.method, paid.order, paid.subscription) == (1900, "Visa ending in 4242", None, life.row)
    assert (paid.period_start, paid.period_end) == (life.row.current_period_start, life.row.current_period_end)
    assert all([paid.fee_cents, paid.receipt_url, paid.invoice_url, paid.stripe_charge_id])

    # Declined: open in the days of grace, and told once for the invoice.
    life.control.billing(retry_days=[3, 5, 30], after_retries="unpaid")
    life.change_card(DECLINES)
    through = life.row.paid_through
    life.until(through + 2 * DAY)
    assert (life.row.status, life.is_open, life.row.paid_through) == ("past_due", True, through)
    assert life.mails().count("membership_late") == 1
    assert "membership_ending" not in life.mails()

    # Two days before the grace ends it is said again; then the library closes and the player stops.
    life.until(through + 6 * DAY)
    assert life.mails().count("membership_ending") == 1
    assert life.is_open
    assert not stopped_by_a_beat(life, player)
    life.until(through + 7 * DAY + HOUR)
    assert (life.row.status, life.is_open) == ("past_due", False)
    assert stopped_by_a_beat(life, player)
    assert life.mails().count("membership_late") == 1

    # Another card in the portal, asked at once: open again, and the attempt goes on.
    life.change_card(PAYS)
    pay_open_invoice(subscription=life.row)
    life.hear()
    assert (life.row.status, life.is_open) == ("active", True)
    assert life.row.past_due_since is None
    player = player_of(attempt)
    assert not player.beat((3000, 4000), after=1).stop

    # Paused: what is paid for stays open, then it rests; nothing is charged.
    count = Payment.objects.count()
    end = life.row.current_period_end
    row = pause_membership(subscription=life.row, months=2)
    assert (row.paid_through, life.is_open) == (end, True)
    life.until(end + 10 * DAY)
    assert not life.is_open
    assert player.beat((4000, 5000), after=1).stop
    assert Payment.objects.count() == count

    # Going on before the pause is over begins a period today.
    resume_membership(subscription=life.row)
    life.hear()
    assert (life.row.status, life.row.paused_at, life.is_open) == ("active", None, True)
    assert Payment.objects.count() == count + 1
    assert life.row.current_period_end > life.now + 27 * DAY

    # Another plan, in the portal: the year is paid at once, less what is left of the month.
    copy = yearly.at_stripe.get()
    life.pass_time(5 * DAY)
    life.portal(action="change_plan", subscription=life.row.stripe_subscription_id, price=copy.stripe_price_id)
    row = life.row
    assert (row.price, row.status, life.is_open) == (yearly, "active", True)
    assert row.paid_through == row.current_period_end > life.now + 360 * DAY

    # Cancelled in the portal: open to the end of what is paid, and then over.
    life.portal(action="cancel", subscription=row.stripe_subscription_id)
    row = life.row
    assert (row.status, row.cancel_at, life.is_open) == ("active", row.paid_through, True)
    life.pass_time(row.paid_through - life.now - HOUR, step=30 * DAY)
    assert life.is_open
    life.pass_time(3 * HOUR, step=HOUR)
    assert (life.row.status, life.is_open) == ("canceled", False)
    assert life.mails().count("membership_ended") == 1
    assert attempt.__class__.objects.get(pk=attempt.pk).is_open
    assert life.now > begun + 700 * DAY
