"""Membership verbs and projections, one promise at a time; the whole story is in test_membership_life."""

from datetime import timedelta
from functools import partial

import pytest

from core.errors import DomainError
from payments.gateway.client import GatewayUnavailable
from payments.models import AccessGrant, Customer, Order, Payment, PortalConfiguration, Subscription
from payments.services import (
    RefundPart,
    heal_subscriptions,
    keep_membership,
    open_checkout,
    open_portal,
    pause_membership,
    pay_open_invoice,
    project_invoice,
    project_session,
    project_subscription,
    request_refund,
    resume_membership,
    revoke_access,
    start_order,
    sync_portal,
    sync_prices,
)
from payments.services.membership import MembershipRefused
from payments.services.refunds import stop_charging
from tests.factories.accounts import user_with_role
from tests.factories.payments import MembershipPriceFactory, PriceFactory
from tests.fixtures.at_once import at_once, outcomes
from tests.payments.life import DAY, DECLINES, Life

HOUR = timedelta(hours=1)


@pytest.fixture
def life(db, stripe_api, monkeypatch):
    return Life(stripe_api, monkeypatch, "webhooks")


@pytest.fixture
def trial(db, stripe_api, monkeypatch):
    return Life(stripe_api, monkeypatch, "webhooks", trial_days=14)


# projecting


def test_buying_makes_one_subscription_one_payment_and_one_mail(life):
    row = life.buy()

    payment = Payment.objects.get()
    assert (row.status, row.price, row.order, life.is_open) == ("active", life.price, Order.objects.get(), True)
    assert (payment.order, payment.subscription, payment.amount_cents) == (row.order, row, 1900)
    assert row.paid_through == row.current_period_end
    assert row.grant.expires_at == row.paid_through + DAY
    assert life.mails() == ["order_paid"]


def test_projecting_again_changes_nothing_that_people_see(life):
    row = life.buy()
    before = (AccessGrant.objects.get().expires_at, Payment.objects.count(), life.mails())

    for _again in range(3):
        project_subscription(subscription_id=row.stripe_subscription_id)

    assert (AccessGrant.objects.get().expires_at, Payment.objects.count(), life.mails()) == before


def test_an_invoice_projects_its_subscription(life):
    row = life.buy()
    invoice = life.control.objects("invoice")[0]
    Payment.objects.all().delete()

    assert project_invoice(invoice_id=invoice["id"]) == row
    assert Payment.objects.get().stripe_invoice_id == invoice["id"]


def test_an_invoice_of_something_else_is_none_of_ours(life):
    order = start_order(user=life.user, price=PriceFactory())
    attempt = open_checkout(order=order)
    life.control.pay(attempt.stripe_session_id)

    for invoice in life.control.objects("invoice"):
        assert project_invoice(invoice_id=invoice["id"]) is None
    assert not Subscription.objects.exists()


def test_a_subscription_is_found_by_its_customer_when_it_names_no_order(life):
    row = life.buy()
    Payment.objects.all().delete()
    Subscription.objects.all().delete()
    Order.objects.update(environment="live")  # the order that the metadata names is of another world

    found = project_subscription(subscription_id=row.stripe_subscription_id)

    assert (found.user, found.order) == (life.user, None)


def test_a_subscription_of_nobody_here_is_noted_and_left(life, caplog):
    row = life.buy()
    Payment.objects.all().delete()
    Subscription.objects.all().delete()
    Order.objects.update(environment="live")
    Customer.objects.update(environment="live")

    assert project_subscription(subscription_id=row.stripe_subscription_id) is None
    assert not Subscription.objects.exists()
    assert "belongs to nobody here" in caplog.text


def test_an_answer_that_was_overtaken_is_asked_for_again(life, monkeypatch):
    """Control: without the revision the older answer would be written over the newer one."""
    from payments.services import subscriptions

    row = life.buy()
    fetch, calls = subscriptions.gateway.fetch_subscription, []

    def slow_fetch(subscription_id):
        facts = fetch(subscription_id)
        calls.append(subscription_id)
        if len(calls) == 1:  # while this answer is on its way, another projection reads a newer one
            life.control.set_clock(row.current_period_end + 2 * HOUR)
            project_subscription(subscription_id=subscription_id)
        return facts

    monkeypatch.setattr(subscriptions.gateway, "fetch_subscription", slow_fetch)
    project_subscription(subscription_id=row.stripe_subscription_id)

    assert len(calls) == 3
    assert life.mails() == ["order_paid", "membership_paid"]
    assert life.row.current_period_end > row.current_period_end


def test_one_that_never_settles_is_left_for_later(life, monkeypatch):
    from payments.services import subscriptions

    row = life.buy()
    fetch = subscriptions.gateway.fetch_subscription

    def restless(subscription_id):
        row = Subscription.objects.get()
        row.revision += 1
        row.save(update_fields=["revision"])
        return fetch(subscription_id)

    monkeypatch.setattr(subscriptions.gateway, "fetch_subscription", restless)

    with pytest.raises(GatewayUnavailable):
        project_subscription(subscription_id=row.stripe_subscription_id)


@pytest.mark.django_db(transaction=True)
def test_two_events_at_once_make_one_membership(stripe_api, monkeypatch):
    life = Life(stripe_api, monkeypatch, "reconcile")
    order = start_order(user=life.user, price=life.price)
    attempt = open_checkout(order=order)
    life.control.pay(attempt.stripe_session_id)
    subscription_id = life.control.objects("subscription")[0]["id"]

    at_once(*[lambda: project_subscription(subscription_id=subscription_id)] * 3, lambda: project_session(session_id=attempt.stripe_session_id))

    assert (Subscription.objects.count(), Payment.objects.count(), AccessGrant.objects.count()) == (1, 1, 1)
    assert life.is_open
    assert life.mails() == ["order_paid"]


# when the money goes back


def test_a_grant_that_was_taken_back_returns_with_the_next_paid_period_only(life):
    row = life.buy()
    revoke_access(grant=row.grant, by=None, reason="Refunded.")

    life.pass_time(DAY)
    project_subscription(subscription_id=row.stripe_subscription_id)
    assert not life.is_open
    assert life.row.taken_back_through == row.paid_through

    life.until(row.current_period_end + 12 * HOUR)
    assert life.is_open


def test_grace_does_not_bring_back_what_was_taken_back(life):
    row = life.buy()
    revoke_access(grant=row.grant, by=None, reason="Refunded.")
    life.change_card(DECLINES)

    life.until(row.current_period_end + 2 * DAY)

    assert (life.row.status, life.is_open) == ("past_due", False)


def test_ended_at_once_with_money_back_closes_now(life):
    from payments.gateway.client import client

    row = life.buy()
    life.pass_time(3 * DAY)
    client().subscriptions.cancel(row.stripe_subscription_id)
    life.hear()
    assert (life.row.status, life.is_open) == ("canceled", True)  # what was paid is kept

    Payment.objects.update(refunded_cents=1000)
    project_subscription(subscription_id=row.stripe_subscription_id)

    assert not life.is_open


# two memberships of one person


def test_two_memberships_share_one_grant_that_lasts_as_long_as_the_longer(life):
    from payments.gateway.client import client

    yearly = MembershipPriceFactory(interval="year", amount_cents=19000)
    first = life.buy()
    client().subscriptions.update(first.stripe_subscription_id, {"cancel_at_period_end": True})
    life.hear()
    client().subscriptions.cancel(first.stripe_subscription_id)
    life.hear()

    order = start_order(user=life.user, price=yearly)
    attempt = open_checkout(order=order)
    life.control.pay(attempt.stripe_session_id)
    project_session(session_id=attempt.stripe_session_id)
    life.hear()

    second = Subscription.objects.get(price=yearly)
    grant = AccessGrant.objects.get()
    assert grant.expires_at == second.paid_through + DAY
    assert set(grant.subscriptions.all()) == {first, second}
    project_subscription(subscription_id=first.stripe_subscription_id)
    assert AccessGrant.objects.get().expires_at == second.paid_through + DAY


# the one trial


def test_a_second_trial_cannot_be_had_by_cancelling_and_buying_again(trial):
    trial.buy()
    trial.portal(action="cancel", subscription=trial.row.stripe_subscription_id)
    trial.until(trial.row.trial_end + DAY)
    assert (trial.row.status, trial.is_open, Payment.objects.count()) == ("canceled", False, 0)

    order = start_order(user=trial.user, price=trial.price)
    attempt = open_checkout(order=order)
    trial.control.pay(attempt.stripe_session_id)
    project_session(session_id=attempt.stripe_session_id)

    assert not order.has_trial
    assert Subscription.objects.order_by("pk").last().status == "active"
    assert Payment.objects.get().amount_cents == 1900


def test_a_second_trial_cannot_be_had_with_another_price(trial):
    trial.buy()
    trial.portal(action="cancel", subscription=trial.row.stripe_subscription_id)
    trial.until(trial.row.trial_end + DAY)
    other = MembershipPriceFactory(interval="year", amount_cents=19000, trial_days=30)

    assert not start_order(user=trial.user, price=other).has_trial


@pytest.mark.django_db(transaction=True)
def test_a_second_trial_cannot_be_had_in_two_tabs(stripe_api, monkeypatch):
    life = Life(stripe_api, monkeypatch, "reconcile", trial_days=14)
    other = MembershipPriceFactory(interval="year", amount_cents=19000, trial_days=30)

    def buy(price):
        open_checkout(order=start_order(user=life.user, price=price))

    outcomes(partial(buy, life.price), partial(buy, other), refused=DomainError)

    assert Order.objects.filter(has_trial=True, state__in=["open", "paid"]).count() <= 1
    for session in life.control.objects("checkout.session"):
        if session["status"] == "open":
            life.control.pay(session["id"])
            project_session(session_id=session["id"])
    assert sum(bool(row["trial_end"]) for row in life.control.objects("subscription")) <= 1


# pausing, going on, keeping


def test_a_pause_skips_payments_and_goes_on_by_itself(life):
    row = life.buy()
    end = row.current_period_end

    pause_membership(subscription=row, months=1)

    life.until(end + 12 * HOUR)
    assert not life.is_open
    life.until(life.row.resumes_at + DAY)
    assert (life.row.status, life.row.paused_at, life.is_open) == ("active", None, True)
    assert Payment.objects.count() == 2
    assert life.row.current_period_start > end + 27 * DAY


def test_going_on_within_the_paid_time_costs_nothing(life):
    row = life.buy()
    pause_membership(subscription=row, months=3)

    resumed = resume_membership(subscription=life.row)

    assert (resumed.paused_at, Payment.objects.count(), life.is_open) == (None, 1, True)
    assert resumed.current_period_end == row.current_period_end


def test_going_on_twice_charges_once(life, monkeypatch):
    from payments.services import membership

    row = life.buy()
    pause_membership(subscription=row, months=3)
    life.until(row.current_period_end + 2 * DAY)
    stale = life.row
    monkeypatch.setattr(membership, "_fresh", lambda subscription: stale)  # both clicks read the pause

    resume_membership(subscription=stale)
    resume_membership(subscription=stale)

    life.hear()
    assert Payment.objects.count() == 2


def test_what_happened_at_stripe_before_a_crash_is_healed(life, monkeypatch):
    from payments.services import membership

    row = life.buy()
    life.news = "reconcile"
    real = membership.gateway.update_subscription

    def crash(*args, **kwargs):
        real(*args, **kwargs)
        raise SystemExit

    monkeypatch.setattr(membership.gateway, "update_subscription", crash)
    with pytest.raises(SystemExit):
        pause_membership(subscription=row, months=1)
    assert life.row.paused_at is None

    life.pass_time(DAY + HOUR)

    assert life.row.paused_at is not None


def refused(life, verb, code, **args):
    with pytest.raises(MembershipRefused) as refusal:
        verb(subscription=life.row, **args)
    assert refusal.value.code == code
    return refusal.value.message


def test_a_pause_is_given_once_a_year(life):
    pause_membership(subscription=life.buy(), months=1)
    resume_membership(subscription=life.row)

    assert "once a year" in refused(life, pause_membership, "no_pause", months=1)
    assert life.control.objects("subscription")[0]["pause_collection"] is None


def test_what_cannot_be_paused_says_what_to_do(life, stripe_api):
    life.buy()
    refused(life, pause_membership, "no_pause", months=4)
    pause_membership(subscription=life.row, months=1)
    assert "already" in refused(life, pause_membership, "no_pause", months=1)
    resume_membership(subscription=life.row)
    Subscription.objects.update(last_paused_at=None)
    life.portal(action="cancel", subscription=life.row.stripe_subscription_id)
    assert "Keep it first" in refused(life, pause_membership, "no_pause", months=1)


def test_a_period_that_is_being_charged_cannot_be_paused(life):
    row = life.buy()
    life.until(row.current_period_end + timedelta(minutes=10))
    assert (life.row.status, life.is_open) == ("active", True)

    assert "on its way" in refused(life, pause_membership, "no_pause", months=1)


def test_a_trial_cannot_be_paused(trial):
    trial.buy()

    assert "runs and is paid for" in refused(trial, pause_membership, "no_pause", months=1)


@pytest.mark.parametrize("how", ["cancel_at", "cancel_at_period_end"])
def test_a_cancelled_membership_can_be_kept(life, how):
    life.buy()
    life.control.billing(portal_cancels_with=how)
    life.portal(action="cancel", subscription=life.row.stripe_subscription_id)
    assert life.row.cancel_at == life.row.paid_through

    kept = keep_membership(subscription=life.row)

    assert kept.cancel_at is None
    life.until(kept.current_period_end + 12 * HOUR)
    assert (life.row.status, life.is_open) == ("active", True)


def test_a_membership_that_ended_cannot_be_kept(life):
    life.buy()
    life.portal(action="cancel", subscription=life.row.stripe_subscription_id)
    life.until(life.row.current_period_end + DAY)

    refused(life, keep_membership, "membership_over")


# late payments


def late(life):
    row = life.buy()
    life.change_card(DECLINES)
    life.until(row.current_period_end + 12 * HOUR)
    assert life.row.status == "past_due"
    return life.row


def test_a_card_that_is_declined_again_says_so(life):
    late(life)

    assert "not accepted" in refused(life, pay_open_invoice, "card_declined")
    assert life.row.status == "past_due"


def test_paying_what_is_paid_changes_nothing(life):
    row = life.buy()

    pay_open_invoice(subscription=row)

    assert Payment.objects.count() == 1


def test_the_last_warning_is_not_sent_when_it_was_paid_meanwhile(life):
    row = late(life)
    life.control.billing(retry_days=[1, 1, 1])
    life.control.set_card(life.control.objects("customer")[0]["id"], "4242424242424242")
    life.news = "reconcile"  # the news of the payment is lost
    pay_open_invoice(subscription=row)

    life.until(row.paid_through + 8 * DAY)

    assert "membership_ending" not in life.mails()
    assert life.is_open


# the portal


def test_the_portal_is_set_up_once_and_follows_our_prices(life):
    sync_prices()
    first = sync_portal()
    assert sync_portal() == first
    yearly = PriceFactory(product=life.price.product, amount_cents=19000, interval="year")
    sync_prices()

    assert sync_portal() == first

    features = life.control.objects("billing_portal.configuration")[0]["features"]
    assert features["subscription_cancel"]["mode"] == "at_period_end"
    assert yearly.at_stripe.get().stripe_price_id in features["subscription_update"]["products"][0]["prices"]
    assert (PortalConfiguration.objects.count(), len(life.control.objects("billing_portal.configuration"))) == (1, 1)


@pytest.mark.parametrize("flow", ["", "card", "plan", "cancel"])
def test_the_portal_opens_where_it_is_asked_to(life, flow):
    life.buy()

    assert open_portal(user=life.user, return_url="https://school.example/", flow=flow).startswith("http")


def test_somebody_who_paid_nothing_has_no_portal(life):
    with pytest.raises(MembershipRefused):
        open_portal(user=life.user, return_url="https://school.example/")


# healing


def test_one_that_cannot_be_read_does_not_keep_the_others_from_being_healed(life, monkeypatch):
    from payments.services import subscriptions

    row = life.buy()
    Subscription.objects.update(projected_at=life.now - 2 * DAY)
    broken = Subscription.objects.get(pk=row.pk)
    broken.pk, broken.stripe_subscription_id, broken.projected_at, broken.grant = None, "sub_gone", life.now - 3 * DAY, None
    broken.save()

    assert subscriptions.heal_subscriptions() == 1
    assert Subscription.objects.get(pk=row.pk).projected_at == life.now


def test_a_membership_that_nothing_happens_to_is_asked_about_once_a_day(life):
    life.buy()

    assert heal_subscriptions() == 0
    life.now += DAY
    assert heal_subscriptions() == 1
    assert heal_subscriptions() == 0


# mail


def test_what_a_member_is_told_names_days_amounts_and_where_to_go(trial):
    from notifications.models import MailMessage

    trial.buy()
    trial.change_card(DECLINES)
    trial.until(trial.row.trial_end + 6 * DAY)
    texts = {row.template.rpartition("/")[2]: (row.subject, row.body_text) for row in MailMessage.objects.filter(recipient=trial.user)}

    assert set(texts) == {"order_paid", "membership_trial_ends", "membership_late", "membership_ending"}
    for template, words in {
        "membership_trial_ends": ["$19.00 a month is charged", "cancel before that day"],
        "membership_late": ["did not go through", "($19.00)", "enter another card"],
        "membership_ending": ["is still missing", "What you watched and earned stays yours."],
    }.items():
        subject, body = texts[template]
        assert subject
        assert "/payments/membership/" in body
        assert all(word in body for word in words), body
    assert texts["membership_trial_ends"][0].startswith("Your trial ends on ")
    assert texts["membership_ending"][0].startswith("The library closes for you on ")


def test_who_cancels_in_the_trial_is_not_reminded_of_its_end(trial):
    trial.buy()
    trial.portal(action="cancel", subscription=trial.row.stripe_subscription_id)

    trial.until(trial.row.trial_end + DAY)

    assert trial.mails() == ["order_paid", "membership_ended"]


# money back, through the verbs of staff and of the bank


def test_a_refund_that_closes_access_closes_the_library_now_and_ends_the_charging(life):
    row = life.buy()
    life.pass_time(3 * DAY)
    payment = Payment.objects.get()
    part = RefundPart(payment.order.lines.get(), 1900, closes_access=True)

    request_refund(payment=payment, by=user_with_role("staff"), parts=[part], reason="Not for me.", reason_class="requested_by_customer")
    assert not life.is_open
    stop_charging(subscription=life.row)
    life.hear()

    assert (life.row.status, life.is_open, life.row.taken_back_through) == ("canceled", False, row.paid_through)


def test_a_refund_that_keeps_access_leaves_the_library_open(life):
    life.buy()
    payment = Payment.objects.get()
    part = RefundPart(payment.order.lines.get(), 1900, closes_access=False)

    request_refund(payment=payment, by=user_with_role("staff"), parts=[part], reason="Sorry.", reason_class="requested_by_customer")
    life.pass_time(DAY)
    project_subscription(subscription_id=life.row.stripe_subscription_id)

    assert (life.row.status, life.row.is_paid_back, life.is_open) == ("active", True, True)


def test_a_disputed_period_rests_and_a_renewal_does_not_open_it(life):
    row = life.buy()
    life.control.open_dispute(Payment.objects.get().stripe_charge_id)
    life.hear()
    assert not life.is_open

    life.until(row.current_period_end + 12 * HOUR)

    assert not life.is_open
    assert AccessGrant.objects.get().expires_at == life.row.paid_through + DAY


# faults


def test_an_answer_lost_after_going_on_charges_once_and_heals(life):
    row = life.buy()
    pause_membership(subscription=row, months=3)
    life.until(row.current_period_end + 2 * DAY)
    life.control.knobs(path="/v1/subscriptions", method="POST", fail_after=1)

    with pytest.raises(GatewayUnavailable):  # Stripe replays its 500 to the key
        resume_membership(subscription=life.row)
    life.news = "reconcile"
    life.hear()

    assert (life.row.status, life.row.paused_at, life.is_open, Payment.objects.count()) == ("active", None, True, 2)
    assert resume_membership(subscription=life.row).paused_at is None
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("fault", ["fail_before", "drop_after", "rate_limit"])
def test_stripe_away_during_a_projection_changes_nothing(life, fault):
    row = life.buy()
    life.control.set_clock(row.current_period_end + 12 * HOUR)
    life.control.knobs(path="/v1/invoices", method="GET", **{fault: 9})

    with pytest.raises(GatewayUnavailable):
        project_subscription(subscription_id=row.stripe_subscription_id)

    assert (life.row.revision, life.row.paid_through) == (row.revision, row.paid_through)
    life.control.knobs(path="/v1/invoices", method="GET", **{fault: 0})
    project_subscription(subscription_id=row.stripe_subscription_id)
    assert life.row.paid_through > row.paid_through


def test_the_portal_is_set_up_anew_in_another_account(life):
    life.buy()
    sync_portal()
    PortalConfiguration.objects.update(stripe_configuration_id="bpc_of_another_account")

    assert open_portal(user=life.user, return_url="https://school.example/").startswith("http")
    assert PortalConfiguration.objects.get().stripe_configuration_id.startswith("bpc_1")


def test_what_stripe_refuses_is_said(life, monkeypatch):
    life.buy()
    Customer.objects.update(stripe_customer_id="cus_gone")

    with pytest.raises(MembershipRefused, match="refused this"):
        open_portal(user=life.user, return_url="https://school.example/")


# another plan


def test_from_a_year_to_a_month_the_credit_pays_the_next_months(life):
    yearly = PriceFactory(product=life.price.product, amount_cents=19000, interval="year")
    sync_prices()
    life.buy(yearly)
    life.pass_time(30 * DAY, step=10 * DAY)

    life.portal(action="change_plan", subscription=life.row.stripe_subscription_id, price=life.price.at_stripe.get().stripe_price_id)

    row = life.row
    assert (row.price, row.status, life.is_open) == (life.price, "active", True)
    assert life.now + 27 * DAY < row.paid_through == row.current_period_end < life.now + 32 * DAY
    life.until(row.paid_through + 12 * HOUR)
    assert life.row.paid_through == life.row.current_period_end > row.paid_through
    assert (life.is_open, Payment.objects.count()) == (True, 1)  # what was left of the year pays


def test_a_plan_changed_in_the_trial_keeps_the_trial(trial):
    yearly = PriceFactory(product=trial.price.product, amount_cents=19000, interval="year")
    sync_prices()
    row = trial.buy()

    trial.portal(action="change_plan", subscription=row.stripe_subscription_id, price=yearly.at_stripe.get().stripe_price_id)

    assert (trial.row.status, trial.row.trial_end, trial.row.price, Payment.objects.count()) == ("trialing", row.trial_end, yearly, 0)
    trial.until(row.trial_end + 12 * HOUR)
    assert Payment.objects.get().amount_cents == 19000
