"""The member's own page, the banner, and the interface."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from payments.models import AccessGrant, Payment, Subscription
from payments.services import grant_access, suspend_access
from payments.subjects import LIBRARY
from tests.factories.accounts import UserFactory
from tests.factories.payments import MembershipPriceFactory, PaymentFactory, SubscriptionFactory
from tests.payments.life import DAY, DECLINES, Life

NOW = datetime(2026, 12, 20, 12, tzinfo=UTC)
END = datetime(2027, 1, 6, 12, tzinfo=UTC)
PAGE = "/payments/membership/"


@pytest.fixture
def member(client, db, settings, monkeypatch):
    """Signed in; the site's clock stands at NOW and there is no way to Stripe."""
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    user = UserFactory(time_zone="America/New_York")
    client.force_login(user)
    return user


def membership(user, *, is_open=True, **fields):
    row = SubscriptionFactory(user=user, **{"current_period_start": NOW - 14 * DAY, "current_period_end": END, **fields})
    if is_open:
        row.grant = grant_access(user=user, subject=LIBRARY, source="subscription", expires_at=NOW + 60 * DAY)
        row.save()
    return row


STATES = [
    ({}, "Your membership is open until Jan. 6, 2027 and renews then for $19.00.", "open"),
    ({"status": "trialing", "trial_end": END}, "Your trial lasts until Jan. 6, 2027; then your membership begins, for $19.00 a month.", "trial"),
    ({"cancel_at": END}, "You cancelled your membership. It stays open until Jan. 6, 2027, and nothing more is charged.", "ending"),
    (
        {"status": "past_due", "paid_through": NOW - DAY, "open_invoice_id": "in_1"},
        "Your last payment did not go through. The library stays open for you until Dec. 26, 2026.",
        "late",
    ),
    (
        {"status": "unpaid", "paid_through": NOW - 20 * DAY, "is_open": False},
        "Your last payment did not go through, and the library is closed for you until it is made.",
        "late",
    ),
    (
        {"paused_at": NOW, "resumes_at": END + 31 * DAY},
        "Your membership pauses: it is open until Jan. 6, 2027, rests, and goes on by itself on Feb. 6, 2027 for $19.00.",
        "paused",
    ),
    ({"paused_at": NOW, "cancel_at": END}, "You cancelled your membership. It stays open until Jan. 6, 2027, and nothing more is charged.", "ending"),
    (
        {"paused_at": NOW, "cancel_at": END, "paid_through": NOW - DAY, "is_open": False},
        "You cancelled your membership while it was paused. It ends on Jan. 6, 2027, and nothing more is charged.",
        "ending",
    ),
    ({"paused_at": NOW}, "Your membership pauses: it is open until Jan. 6, 2027 and then rests until you go on.", "paused"),
    (
        {"paused_at": NOW - 30 * DAY, "paid_through": NOW - DAY, "resumes_at": END, "is_open": False},
        "Your membership is paused until Jan. 6, 2027; then it goes on by itself for $19.00.",
        "paused",
    ),
    ({"paused_at": NOW - 30 * DAY, "paid_through": NOW - DAY, "is_open": False}, "Your membership is paused until you go on.", "paused"),
    (
        {"paid_through": NOW - 20 * DAY, "is_open": False},
        "Your membership runs, and the library is closed for you until its next payment: by Jan. 6, 2027 at the latest.",
        "waiting",
    ),
    (
        {"status": "incomplete", "paid_through": None, "is_open": False},
        "Your first payment is not finished. The library opens as soon as it is made.",
        "waiting",
    ),
    ({"is_open": False}, "The library is closed for you while the bank questions your payment.", "suspended"),
    (
        {"status": "paused", "paid_through": NOW - DAY, "is_open": False},
        "Your trial is over, and there is no card to charge. Enter one to begin your membership.",
        "needs_card",
    ),
    (
        {"status": "canceled", "ended_at": NOW - DAY},
        "Your membership has ended. What you paid for is kept: the library stays open for you until Jan. 6, 2027.",
        "ended",
    ),
    (
        {"status": "canceled", "ended_at": NOW - DAY, "paid_through": NOW - DAY, "is_open": False},
        "Your membership ended on Dec. 19, 2026. What you watched and earned is still yours.",
        "ended",
    ),
]


def words(response):
    return " ".join(response.text.split())


@pytest.mark.parametrize(("fields", "sentence", "state"), STATES)
def test_the_page_and_the_interface_say_how_it_stands(client, member, fields, sentence, state):
    membership(member, **fields)

    page, answer = client.get(PAGE), client.get("/api/v1/payments/membership/")

    assert f'<p class="lede"> {sentence} </p>' in words(page)
    assert answer.json()["state"] == state
    assert answer.json()["is_open"] is fields.get("is_open", True)


def buttons(response):
    names = ("membership_portal", "membership_pause", "membership_resume", "membership_keep", "membership_pay")
    return {name.removeprefix("membership_") for name in names if f'action="{reverse(f"payments:{name}")}"' in response.text}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"portal", "pause"}),
        ({"status": "trialing", "trial_end": END}, {"portal"}),
        ({"cancel_at": END}, {"portal", "keep"}),
        ({"status": "past_due", "paid_through": NOW - DAY, "open_invoice_id": "in_1"}, {"portal", "pay"}),
        ({"paused_at": NOW}, {"portal", "resume"}),
        ({"status": "canceled", "ended_at": NOW}, set()),
    ],
)
def test_the_page_offers_what_can_be_done_now(client, member, fields, expected):
    membership(member, **fields)

    assert buttons(client.get(PAGE)) == expected


def test_a_year_says_why_it_has_no_pause(client, member):
    membership(member, price=MembershipPriceFactory(interval="year"))

    assert "paid by the year cannot be paused" in client.get(PAGE).text


def test_without_a_membership_the_page_offers_one(client, member):
    price = MembershipPriceFactory()

    page = client.get(PAGE)

    assert "You have no membership yet." in page.text
    assert f'href="{price.product.get_absolute_url()}"' in page.text
    assert client.get("/api/v1/payments/membership/").json() == {
        "state": "none", "is_open": False, "open_until": None, "renews_at": None, "resumes_at": None,
        "product": "", "amount_cents": None, "currency": "", "interval": "",
    }  # fmt: skip


def test_without_a_membership_on_sale_the_page_says_whom_to_ask(client, member, settings):
    assert f"mailto:{settings.SCHOOL_EMAIL}" in client.get(PAGE).text


def test_one_that_was_never_paid_is_no_membership(client, member):
    membership(member, status="incomplete_expired", paid_through=None, is_open=False)

    assert "You have no membership yet." in client.get(PAGE).text


def test_the_one_that_runs_is_shown_before_one_that_is_over(client, member):
    membership(member)
    SubscriptionFactory(user=member, status="canceled", ended_at=NOW)

    assert client.get("/api/v1/payments/membership/").json()["renews_at"] == "2027-01-06T07:00:00-05:00"


@pytest.mark.parametrize("count", [1, 3])
def test_payments_cost_the_same_queries_for_one_and_for_three(client, member, django_assert_num_queries, count):
    row = membership(member)
    for number in range(count):
        period = {"period_start": NOW - (number + 1) * 30 * DAY, "period_end": NOW - number * 30 * DAY}
        PaymentFactory(order=None, user=member, subscription=row, currency="usd", amount_cents=1900, invoice_url="https://pay.example/i", **period)
    client.get(PAGE)

    with django_assert_num_queries(7):  # session, user, roles, membership, library, payments' count and page
        page = client.get(PAGE)

    assert page.text.count("$19.00</td>") == count
    assert page.text.count('href="https://pay.example/i"') == count
    assert page.text.count('href="/payments/receipts/') == count


def test_payments_are_paged(client, member):
    row = membership(member)
    for _payment in range(13):
        PaymentFactory(order=None, user=member, subscription=row, currency="usd", amount_cents=1900)

    assert client.get(PAGE).text.count("$19.00</td>") == 12
    assert client.get(PAGE, {"page": 2}).text.count("$19.00</td>") == 1


def test_nobody_sees_the_payments_of_somebody_else(client, member):
    row = membership(UserFactory())
    PaymentFactory(order=None, user=row.user, subscription=row, currency="usd", amount_cents=1900)

    assert "$19.00</td>" not in client.get(PAGE).text


def test_the_dashboard_says_that_a_payment_is_late(client, member):
    row = membership(member, status="past_due", paid_through=NOW - DAY)
    assert "The library stays open for you until Dec. 26, 2026." in client.get("/dashboard/").text

    Subscription.objects.filter(pk=row.pk).update(status="active")

    assert "payment is late" not in client.get("/dashboard/").text


def test_a_suspended_grant_is_explained(client, member):
    row = membership(member)
    suspend_access(grant=row.grant, reason="Disputed.")

    assert "while the bank questions your payment" in client.get(PAGE).text


# with the stand-in


@pytest.fixture
def life(db, stripe_api, monkeypatch, client):
    made = Life(stripe_api, monkeypatch, "webhooks")
    client.force_login(made.user)
    return made


def test_the_buttons_do_what_they_say(client, life):
    life.buy()

    paused = client.post("/payments/membership/pause/", {"months": 2}, follow=True)
    assert "Your membership is paused until" in paused.text
    resumed = client.post("/payments/membership/resume/", follow=True)
    assert "Your membership goes on." in resumed.text
    portal = client.post("/payments/membership/portal/", {"flow": "card"})
    assert portal["Location"].startswith(life.control.url)
    life.portal(action="cancel", subscription=life.row.stripe_subscription_id)
    kept = client.post("/payments/membership/keep/", follow=True)
    assert "nothing is cancelled" in kept.text
    assert (life.row.cancel_at, Payment.objects.count()) == (None, 1)


def test_a_refusal_is_a_page_that_says_what_to_do(client, life):
    life.buy()
    life.change_card(DECLINES)
    life.until(life.row.current_period_end + timedelta(hours=12))
    client.force_login(life.user)  # a month has gone by

    answer = client.post("/payments/membership/pay/")

    assert answer.status_code == 409
    assert "Change the card, then try again." in answer.text


def test_a_pause_of_another_length_is_not_asked_for(client, life):
    life.buy()

    assert "one, two or three months" in client.post("/payments/membership/pause/", {"months": 9}, follow=True).text
    assert life.row.paused_at is None


def test_without_a_membership_the_buttons_refuse(client, life):
    for verb in ("pause", "resume", "keep", "pay"):
        assert client.post(f"/payments/membership/{verb}/", {"months": 1}).status_code == 409
    assert client.post("/payments/membership/portal/").status_code == 409


def test_coming_back_from_the_portal_shows_what_was_done_there(client, life, stripe_api):
    life.buy()
    life.pass_time(timedelta(minutes=1))
    life.news = "reconcile"
    stripe_api.control.knobs(path="/v1/subscriptions", method="GET", fail_before=3)

    assert client.get(f"{PAGE}?from=portal").status_code == 200  # Stripe is away: the page shows what is known


def test_a_page_without_a_key_still_opens(client, member, settings):
    settings.STRIPE_SECRET_KEY = ""
    membership(member)

    assert client.get(f"{PAGE}?from=portal").status_code == 200
    assert AccessGrant.objects.count() == 1
    assert timezone.now() == NOW
