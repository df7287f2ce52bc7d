"""Paying an order at the stand-in for Stripe, over HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import DomainError
from core.models import AuditEntry
from notifications.models import MailMessage
from payments import subjects
from payments.gateway.client import GatewayUnavailable, client
from payments.models import AccessGrant, CheckoutAttempt, Customer, Order, OrderLine, Payment, ProductItem, PromotionCode, Refund
from payments.selectors import has_access
from payments.services import cancel_order, check_order, ensure_customer, heal_orders, open_checkout, project_session, settle_order, start_order
from payments.services.checkout import _adopt
from payments.services.facts import method_text
from payments.tasks import check_open_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import MembershipPriceFactory, OrderFactory, PriceFactory
from tests.payments.kinds import ScarceKind

SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def user(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def things(monkeypatch):
    """One thing is to be had."""
    kind = ScarceKind(places=1).listen()
    monkeypatch.setitem(subjects._kinds, "thing", kind)
    return kind


def begin(user, price=None, **options):
    """An order with its page at Stripe open."""
    order = start_order(user=user, price=price or PriceFactory(), **options)
    return order, open_checkout(order=order)


def pay(stripe_api, attempt, **options):
    """The person pays, and we ask Stripe how it went."""
    stripe_api.control.pay(attempt.stripe_session_id, **options)
    return project_session(session_id=attempt.stripe_session_id)


def mails(user):
    return [name.removeprefix("payments/mail/") for name in MailMessage.objects.filter(recipient=user).order_by("pk").values_list("template", flat=True)]


def sessions(stripe_api):
    return stripe_api.control.objects("checkout.session")


def as_if_begun(**ago):
    """Everything that was begun, as if it were so long ago here. (Stripe's clock is the stand-in's own.)"""
    past = timedelta(**ago)
    for order in Order.objects.all():
        Order.objects.filter(pk=order.pk).update(hold_until=order.hold_until - past, created_at=order.created_at - past)
    for attempt in CheckoutAttempt.objects.all():
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(created_at=attempt.created_at - past, expires_at=attempt.expires_at - past)


# What Stripe is asked


def test_the_session_names_the_order_wherever_it_may_be_looked_for(user, stripe_api, settings):
    order, attempt = begin(user)

    (session,) = sessions(stripe_api)
    marks = {"order": str(order.pk), "attempt": "1", "environment": "stand-in"}
    assert (session["client_reference_id"], session["metadata"], session["mode"]) == (str(order.pk), marks, "payment")
    assert session["expires_at"] == int(order.hold_until.timestamp())
    assert session["success_url"] == f"{settings.SITE_URL}{order.get_absolute_url()}?from=checkout"
    assert session["cancel_url"] == f"{settings.SITE_URL}{order.get_absolute_url()}?from=left"
    assert (attempt.key, attempt.params["payment_intent_data"]["metadata"], attempt.params["invoice_creation"]["enabled"]) == (
        f"order:{order.pk}:attempt:1",
        marks,
        True,
    )
    assert attempt.url == session["url"]


def test_a_paid_intent_carries_the_marks_too(user, stripe_api):
    order, attempt = begin(user)
    pay(stripe_api, attempt)

    (intent,) = stripe_api.control.objects("payment_intent")
    assert intent["metadata"]["order"] == str(order.pk)
    assert intent["description"] == f"{order.price.product.title} ({order.number})"


def test_a_membership_is_asked_for_as_a_subscription_with_its_trial(user, stripe_api):
    order, attempt = begin(user, MembershipPriceFactory(trial_days=7))

    assert (attempt.params["mode"], attempt.params["subscription_data"]["trial_period_days"]) == ("subscription", 7)
    assert attempt.params["subscription_data"]["metadata"]["order"] == str(order.pk)
    assert "payment_intent_data" not in attempt.params


def test_taxes_are_asked_for_with_the_address_they_need(user, stripe_api, settings):
    settings.STRIPE_TAX = True

    _order, attempt = begin(user)

    assert attempt.params["automatic_tax"] == {"enabled": True}
    assert (attempt.params["customer_update"], attempt.params["billing_address_collection"]) == ({"address": "auto"}, "required")


def test_a_person_is_one_customer(user, stripe_api):
    first, second = ensure_customer(user=user), ensure_customer(user=user)

    (customer,) = stripe_api.control.objects("customer")
    assert first == second == customer["id"]
    assert (customer["email"], customer["metadata"]["user"]) == ("ada@example.com", str(user.pk))


def test_a_customer_whose_id_was_not_saved_is_found_again(user, stripe_api):
    first = ensure_customer(user=user)
    Customer.objects.update(stripe_customer_id="")
    stripe_api.control.advance(25 * 3600)  # the key is forgotten

    assert ensure_customer(user=user) == first
    assert len(stripe_api.control.objects("customer")) == 1


def test_a_customer_deleted_at_stripe_is_made_again(user, stripe_api):
    gone = ensure_customer(user=user)
    client().customers.delete(gone)

    _order, attempt = begin(user)

    assert (attempt.number, attempt.state) == (2, "open")
    assert Customer.objects.get().stripe_customer_id not in ("", gone)


# Paid


def test_a_paid_session_settles_the_order(user, stripe_api):
    order, attempt = begin(user)

    projected = pay(stripe_api, attempt)

    line, payment = projected.lines.get(), Payment.objects.get()
    assert (projected.state, projected.total_cents, projected.note) == ("paid", 4900, "")
    assert (line.outcome, line.total_cents, line.grant.source) == ("fulfilled", 4900, "order")
    assert has_access(user, line.subject)
    assert (payment.order, payment.user, payment.amount_cents, payment.method) == (order, user, 4900, "Visa ending in 4242")
    assert payment.stripe_payment_intent_id == stripe_api.control.objects("payment_intent")[0]["id"]
    assert payment.stripe_charge_id == stripe_api.control.objects("charge")[0]["id"]
    assert payment.receipt_url
    assert payment.fee_cents
    assert CheckoutAttempt.objects.get().state == "complete"
    assert mails(user) == ["order_paid"]


def test_projecting_again_changes_nothing(user, stripe_api):
    _order, attempt = begin(user)
    pay(stripe_api, attempt)

    project_session(session_id=attempt.stripe_session_id)

    assert (Payment.objects.count(), AccessGrant.objects.count(), MailMessage.objects.count()) == (1, 1, 1)


def test_an_open_session_changes_nothing(user, stripe_api):
    _order, attempt = begin(user)

    assert project_session(session_id=attempt.stripe_session_id).state == "open"


def test_a_declined_card_leaves_the_page_open(user, stripe_api):
    _order, attempt = begin(user)
    stripe_api.control.decline(attempt.stripe_session_id)

    assert project_session(session_id=attempt.stripe_session_id).state == "open"
    assert pay(stripe_api, attempt).state == "paid"


def test_access_lasts_as_the_product_says(user, stripe_api):
    _order, attempt = begin(user, PriceFactory(product__access_days=90))

    grant = pay(stripe_api, attempt).lines.get().grant

    assert grant.expires_at - grant.starts_at == pytest.approx(timedelta(days=90), abs=timedelta(seconds=5))
    assert "Open to you until" in MailMessage.objects.get().body_text


def test_a_membership_is_bought_with_a_subscription(user, stripe_api):
    _order, attempt = begin(user, MembershipPriceFactory())

    projected = pay(stripe_api, attempt)

    assert (projected.state, projected.lines.get().outcome, projected.lines.get().grant) == ("paid", "fulfilled", None)
    assert projected.subscriptions.get().status == "active"
    assert has_access(user, "library")
    assert mails(user)[0] == "order_paid"


def test_a_trial_is_paid_with_nothing_and_opens_the_library(user, stripe_api):
    _order, attempt = begin(user, MembershipPriceFactory(trial_days=7))

    projected = pay(stripe_api, attempt)

    assert (projected.state, projected.total_cents, projected.note) == ("paid", 0, "")
    assert projected.subscriptions.get().status == "trialing"
    assert has_access(user, "library")


def test_whole_yen_stay_whole_yen(user, stripe_api):
    _order, attempt = begin(user, PriceFactory(currency="jpy", amount_cents=4900))

    assert pay(stripe_api, attempt).total_cents == Payment.objects.get().amount_cents == 4900
    assert "¥4,900" in MailMessage.objects.get().body_text


def test_every_line_gets_its_own_amounts(user, stripe_api):
    PromotionCode.objects.create(code="SPRING", percent_off=10)
    price = PriceFactory(amount_cents=10000, product__kind="bundle")
    price.product.items.update(share=3)
    ProductItem.objects.create(product=price.product, subject="part:1", share=1, position=1)
    _order, attempt = begin(user, price, promotion="SPRING")

    paid = pay(stripe_api, attempt)

    assert list(paid.lines.values_list("subtotal_cents", "discount_cents", "total_cents")) == [(7500, 750, 6750), (2500, 250, 2250)]
    assert (paid.discount_cents, paid.total_cents) == (1000, 9000)


def test_lines_beyond_the_first_ten_are_read_too(user, stripe_api):
    price = PriceFactory(amount_cents=12000, product__kind="bundle")
    for number in range(1, 12):
        ProductItem.objects.create(product=price.product, subject=f"part:{number}", position=number)
    _order, attempt = begin(user, price)

    paid = pay(stripe_api, attempt)

    assert [line.total_cents for line in paid.lines.all()] == [1000] * 12
    assert AccessGrant.objects.filter(user=user).count() == 12


def test_stripes_amount_counts_and_staff_are_told(user, stripe_api):
    order, attempt = begin(user)
    Order.objects.filter(pk=order.pk).update(total_cents=5000, subtotal_cents=5000)

    paid = pay(stripe_api, attempt)

    assert (paid.total_cents, paid.payments.get().amount_cents) == (4900, 4900)
    assert "4900 was paid where 5000 was expected" in paid.note
    assert AuditEntry.objects.filter(action="payments.order_is_unusual").count() == 1


def test_a_session_whose_id_was_never_saved_finds_its_order(user, stripe_api):
    order, attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="", url="")

    assert pay(stripe_api, attempt) == order
    assert CheckoutAttempt.objects.get().stripe_session_id == attempt.stripe_session_id
    assert has_access(user, order.lines.get().subject)


@pytest.mark.parametrize("stranger", ["customer", "environment", "marks"])
def test_a_session_of_another_site_is_none_of_ours(user, stripe_api, stranger):
    _order, attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="")
    if stranger == "customer":
        Customer.objects.update(user=UserFactory())
    elif stranger == "environment":
        Order.objects.update(environment="test")
    else:
        marks = attempt.params["metadata"] | {"order": "none"}
        foreign = client().checkout.sessions.create(attempt.params | {"metadata": marks})
        attempt.stripe_session_id = foreign.id

    assert pay(stripe_api, attempt) is None
    assert not Payment.objects.exists()


# Late, twice, and by bank


def test_a_late_payment_gets_the_thing_if_one_is_left(user, stripe_api, things):
    order, attempt = begin(user)
    as_if_begun(hours=2)
    things.holds.clear()

    assert pay(stripe_api, attempt).lines.get().outcome == "fulfilled"
    assert things.given == {order.reference}


def test_a_payment_too_late_is_refunded_in_full_and_the_person_told(user, stripe_api, things):
    order, attempt = begin(user)
    things.holds.clear()
    things.places = 0

    paid = pay(stripe_api, attempt)

    assert (paid.state, paid.lines.get().outcome) == ("paid", "unavailable")
    refund = Refund.objects.get()
    assert (refund.amount_cents, refund.reason_class, refund.lines.get().line) == (4900, "unavailable", order.lines.get())
    assert not has_access(user, order.lines.get().subject)
    assert mails(user) == ["order_too_late"]
    assert "$49.00" in MailMessage.objects.get().body_text


def test_of_a_bundle_only_what_is_gone_is_refunded(user, stripe_api, things):
    price = PriceFactory(amount_cents=10000, product__kind="bundle")
    ProductItem.objects.create(product=price.product, subject="part:1", position=1)
    _order, attempt = begin(user, price)
    things.holds.clear()
    things.places = 0

    paid = pay(stripe_api, attempt)

    assert list(paid.lines.values_list("outcome", flat=True)) == ["unavailable", "fulfilled"]
    assert Refund.objects.get().amount_cents == 5000
    assert mails(user) == ["order_paid", "order_too_late"]


def test_an_order_that_was_closed_is_paid_all_the_same(user, stripe_api, things):
    """No order is paid and closed, whatever happened to its row."""
    order, attempt = begin(user)
    Order.objects.update(state="closed", closed_at=timezone.now(), closing="expired")

    paid = pay(stripe_api, attempt)

    assert (paid.state, paid.closing, paid.lines.get().outcome) == ("paid", "", "fulfilled")
    assert paid.note == "The payment came after the order was closed."
    assert has_access(user, order.lines.get().subject)


def test_what_another_order_gave_meanwhile_is_not_paid_twice(user, stripe_api, things):
    _order, attempt = begin(user)
    subject = OrderLine.objects.get().subject
    AccessGrant.objects.create(user=user, subject=subject, source="order", starts_at=timezone.now())

    paid = pay(stripe_api, attempt)

    assert paid.lines.get().outcome == "unavailable"
    assert Refund.objects.get().amount_cents == 4900
    assert things.left == 1


def test_a_second_payment_of_one_order_goes_back(user, stripe_api):
    _order, first = begin(user)
    CheckoutAttempt.objects.update(state="expired")
    second = open_checkout(order=first.order)
    pay(stripe_api, first)

    pay(stripe_api, second)
    project_session(session_id=second.stripe_session_id)

    assert (Payment.objects.count(), AccessGrant.objects.count()) == (2, 1)
    refund = Refund.objects.get()
    assert (refund.amount_cents, refund.reason_class) == (4900, "duplicate")
    assert refund.payment.stripe_payment_intent_id == stripe_api.control.objects("payment_intent")[-1]["id"]


def test_money_that_went_back_before_we_knew_of_it_is_seen(user, stripe_api):
    """Its event came first, when there was no payment to write it to."""
    _order, attempt = begin(user)
    stripe_api.control.pay(attempt.stripe_session_id)
    stripe_api.control.dashboard_refund(stripe_api.control.objects("charge")[0]["id"])

    project_session(session_id=attempt.stripe_session_id)

    assert (Payment.objects.get().refunded_cents, Refund.objects.get().is_external) == (4900, True)
    assert not has_access(user, OrderLine.objects.get().subject)


def test_a_bank_payment_waits_with_its_hold_and_is_given_when_it_comes(user, stripe_api, things):
    order, attempt = begin(user)

    waiting = pay(stripe_api, attempt, card="bank_succeeds")

    assert (waiting.state, waiting.lines.get().outcome) == ("open", "pending")
    assert waiting.processing_at
    assert things.holds[order.reference] == waiting.hold_until > timezone.now() + timedelta(days=20)
    assert start_order(user=user, price=order.price) == order
    for refused in (lambda: cancel_order(order=order, by=user), lambda: open_checkout(order=order)):
        with pytest.raises(DomainError, match="A bank is working"):
            refused()

    stripe_api.control.advance(3 * 86400)
    heal_orders()

    order.refresh_from_db()
    assert (order.state, order.processing_at, mails(user)) == ("paid", None, ["order_paid"])
    assert has_access(user, order.lines.get().subject)


def test_a_bank_payment_that_fails_closes_the_order(user, stripe_api, things):
    order, attempt = begin(user)
    pay(stripe_api, attempt, card="bank_fails")

    stripe_api.control.advance(3 * 86400)
    project_session(session_id=attempt.stripe_session_id)

    order.refresh_from_db()
    assert (order.state, order.closing, mails(user)) == ("closed", "failed", ["order_failed"])
    assert things.left == 1


# Opening again, and answers that get lost


def test_open_checkout_gives_the_same_page_again(user, stripe_api):
    order, attempt = begin(user)

    again = open_checkout(order=order)

    assert (again.pk, again.url) == (attempt.pk, attempt.url)
    assert len(stripe_api.control.objects("checkout.session")) == 1


def test_a_crash_before_the_id_was_saved_gets_the_same_session(user, stripe_api):
    order, attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="", url="")

    again = open_checkout(order=order)

    assert (again.stripe_session_id, again.url) == (attempt.stripe_session_id, attempt.url)
    assert len(sessions(stripe_api)) == 1


def test_without_the_stored_key_a_second_session_would_be_made(user, stripe_api):
    """The control of the test above."""
    order, _attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="", url="", key="another")

    open_checkout(order=order)

    assert len(sessions(stripe_api)) == 2


def test_what_changed_meanwhile_does_not_change_the_repeat(user, stripe_api, settings):
    """Parameters are sent as they were stored: others under the same key would be refused."""
    order, attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="", url="")
    settings.STRIPE_TAX, settings.SITE_URL = True, "https://moved.example"
    type(order.price.product).objects.update(title="Renamed")

    assert open_checkout(order=order).stripe_session_id == attempt.stripe_session_id


def test_once_the_key_is_forgotten_the_session_is_found_by_its_marks(user, stripe_api):
    order, attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="", url="")
    stripe_api.control.advance(25 * 3600)
    as_if_begun(hours=25)

    heal_orders()

    order.refresh_from_db()
    found = CheckoutAttempt.objects.get()
    assert (found.stripe_session_id, found.state, order.closing) == (attempt.stripe_session_id, "expired", "expired")
    assert len(sessions(stripe_api)) == 1


def test_a_key_that_another_database_used_makes_room_for_the_next(user, stripe_api):
    order = start_order(user=user, price=PriceFactory())
    client().customers.create({"email": "other@example.com"}, {"idempotency_key": f"order:{order.pk}:attempt:1"})

    attempt = open_checkout(order=order)

    assert (attempt.number, attempt.state) == (2, "open")
    assert len(sessions(stripe_api)) == 1


@pytest.mark.parametrize("fault", ["fail_after", "drop_after"])
def test_an_answer_lost_after_its_effect_is_found(user, stripe_api, fault):
    order = start_order(user=user, price=PriceFactory())
    stripe_api.control.knobs(path=SESSIONS, method="POST", **{fault: 1})

    attempt = open_checkout(order=order)

    assert [session["id"] for session in sessions(stripe_api)] == [attempt.stripe_session_id]


def test_while_stripe_is_down_the_order_waits(user, stripe_api):
    order = start_order(user=user, price=PriceFactory())
    stripe_api.control.knobs(path=SESSIONS, fail_before=20)

    with pytest.raises(GatewayUnavailable, match="Nothing is lost"):
        open_checkout(order=order)

    stripe_api.control.knobs(path=SESSIONS, fail_before=0)
    assert open_checkout(order=order).number == 1
    assert len(sessions(stripe_api)) == 1


def test_a_price_that_stripe_will_not_charge_is_refused_with_what_to_do(user, stripe_api):
    order = start_order(user=user, price=PriceFactory(amount_cents=10))

    with pytest.raises(DomainError, match="Nothing was charged"):
        open_checkout(order=order)

    assert set(CheckoutAttempt.objects.values_list("state", flat=True)) == {"expired"}


def test_an_expired_page_is_followed_by_another_while_the_hold_lasts(user, stripe_api):
    order, attempt = begin(user)
    client().checkout.sessions.expire(attempt.stripe_session_id)
    CheckoutAttempt.objects.update(state="expired")  # somebody expired it at Stripe's own pages

    again = open_checkout(order=order)

    assert (again.number, again.key) == (2, f"order:{order.pk}:attempt:2")


def test_the_end_of_one_session_does_not_close_an_order_with_another(user, stripe_api):
    _order, first = begin(user)
    client().checkout.sessions.expire(first.stripe_session_id)
    CheckoutAttempt.objects.update(state="expired")
    second = open_checkout(order=first.order)

    assert project_session(session_id=first.stripe_session_id).state == "open"
    assert pay(stripe_api, second).state == "paid"


@pytest.mark.parametrize("state", ["nearly over", "closed", "paid", "being cancelled", "elsewhere"])
def test_an_order_that_cannot_be_paid_gets_no_page(user, stripe_api, state):
    order = start_order(user=user, price=PriceFactory())
    changes = {
        "nearly over": {"hold_until": timezone.now() + timedelta(minutes=20)},
        "closed": {"state": "closed", "closed_at": timezone.now(), "closing": "expired"},
        "paid": {"state": "paid", "paid_at": timezone.now()},
        "being cancelled": {"cancel_requested_at": timezone.now()},
        "elsewhere": {"environment": "live"},
    }
    Order.objects.update(**changes[state])

    with pytest.raises(DomainError, match="paid already" if state == "paid" else "nothing was charged"):
        open_checkout(order=order)

    assert not CheckoutAttempt.objects.exists()


# Running out, cancelling, healing


def test_an_expired_session_closes_its_order(user, stripe_api, things):
    order, attempt = begin(user)
    stripe_api.control.advance(41 * 60)

    closed = project_session(session_id=attempt.stripe_session_id)

    assert (closed.state, closed.closing, closed.lines.get().outcome) == ("closed", "expired", "released")
    assert (things.left, mails(user)) == (1, ["order_expired"])
    assert order.attempts.get().state == "expired"


def test_the_hold_is_checked_when_it_ends(user, stripe_api, things):
    order, _attempt = begin(user)
    stripe_api.control.advance(41 * 60)
    as_if_begun(minutes=41)

    check_open_order(None, order=order.pk)

    order.refresh_from_db()
    assert (order.closing, things.left) == ("expired", 1)


def test_the_check_never_closes_what_is_paid(user, stripe_api):
    order, attempt = begin(user)
    stripe_api.control.pay(attempt.stripe_session_id)
    as_if_begun(minutes=41)

    assert check_order(order=order).state == "paid"


def test_a_session_that_stripe_left_open_is_expired_first(user, stripe_api):
    order, _attempt = begin(user)
    as_if_begun(minutes=41)

    order.refresh_from_db()
    assert check_order(order=order).closing == "expired"
    assert [session["status"] for session in sessions(stripe_api)] == ["expired"]


def test_the_check_closes_nothing_while_stripe_is_down(user, stripe_api):
    order, _attempt = begin(user)
    as_if_begun(minutes=41)
    stripe_api.control.knobs(path=SESSIONS, fail_before=99)

    with pytest.raises(GatewayUnavailable):
        check_open_order(None, order=order.pk)
    heal_orders()

    order.refresh_from_db()
    assert order.is_open


def test_an_order_that_never_reached_stripe_is_closed_at_the_end(user, stripe_api):
    order = start_order(user=user, price=PriceFactory())
    as_if_begun(minutes=41)

    assert heal_orders() == 1

    order.refresh_from_db()
    assert order.closing == "expired"


def test_a_session_unknown_to_the_account_can_be_paid_by_nobody(user, stripe_api):
    order, _attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="cs_test_of_the_account_before")
    as_if_begun(minutes=41)

    heal_orders()

    order.refresh_from_db()
    assert order.closing == "expired"


def test_orders_of_another_environment_are_closed_after_a_day(user, stripe_api):
    old, young = OrderFactory(environment="test"), OrderFactory(environment="test")
    Order.objects.filter(pk=old.pk).update(hold_until=timezone.now() - timedelta(days=2))

    heal_orders()

    assert list(Order.objects.order_by("pk").values_list("pk", "closing")) == [(old.pk, "cancelled"), (young.pk, "")]
    assert not MailMessage.objects.exists()


def test_cancelling_asks_stripe_first(user, stripe_api, things):
    order, _attempt = begin(user)

    cancelled = cancel_order(order=order, by=user)

    assert (cancelled.state, cancelled.closing) == ("closed", "cancelled")
    assert [session["status"] for session in sessions(stripe_api)] == ["expired"]
    assert cancelled.lines.get().outcome == OrderLine.Outcome.RELEASED
    assert (things.left, mails(user)) == (1, [])


def test_cancelling_again_changes_nothing(user, stripe_api):
    order, _attempt = begin(user)

    first, again = cancel_order(order=order, by=user), cancel_order(order=order, by=user)

    assert first.closed_at == again.closed_at


def test_cancelling_what_is_paid_finds_it_paid(user, stripe_api):
    order, attempt = begin(user)
    stripe_api.control.pay(attempt.stripe_session_id)

    assert cancel_order(order=order, by=user).state == "paid"
    assert has_access(user, order.lines.get().subject)


def test_cancelling_by_staff_is_in_the_log(user, stripe_api):
    staff = user_with_role("staff")

    cancel_order(order=start_order(user=user, price=PriceFactory()), by=staff)

    assert AuditEntry.objects.get(action="payments.cancel_order").actor == staff


def test_a_session_begun_before_a_crash_cannot_be_paid_after_cancelling(user, stripe_api):
    order, _attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="", url="")

    cancel_order(order=order, by=user)

    assert [session["status"] for session in sessions(stripe_api)] == ["expired"]


def test_a_cancelling_that_stripe_did_not_hear_is_finished_later(user, stripe_api):
    order, _attempt = begin(user)
    stripe_api.control.knobs(path=SESSIONS, fail_before=20)
    with pytest.raises(GatewayUnavailable):
        cancel_order(order=order, by=user)
    order.refresh_from_db()
    assert order.is_open
    stripe_api.control.knobs(path=SESSIONS, fail_before=0)
    Order.objects.update(cancel_requested_at=timezone.now() - timedelta(minutes=5))

    heal_orders()

    order.refresh_from_db()
    assert (order.closing, mails(user)) == ("cancelled", [])


def test_a_session_made_while_its_order_was_let_go_is_expired_at_once(user, stripe_api):
    """The call was under way when the person cancelled: nobody may be left with a page that takes money."""
    _order, attempt = begin(user)
    CheckoutAttempt.objects.update(stripe_session_id="", url="", state="expired")
    Order.objects.update(state="closed", closed_at=timezone.now(), closing="cancelled")

    _adopt(CheckoutAttempt.objects.get(), client().checkout.sessions.retrieve(attempt.stripe_session_id).to_dict())

    assert [session["status"] for session in sessions(stripe_api)] == ["expired"]


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({"type": "card", "card": {"brand": "visa", "last4": "4242"}}, "Visa ending in 4242"),
        ({"type": "card", "card": {"brand": "american_express", "last4": "0005"}}, "American Express ending in 0005"),
        ({"type": "us_bank_account", "us_bank_account": {"bank_name": "STRIPE TEST BANK", "last4": "6789"}}, "Stripe Test Bank ending in 6789"),
        ({"type": "klarna", "klarna": {}}, "Klarna"),
        ({}, ""),
    ],
)
def test_a_method_is_named_as_people_know_it(details, text):
    assert method_text(details) == text


def test_settling_without_facts_is_for_what_costs_nothing(user):
    order = OrderFactory(user=user, total_cents=0)

    assert settle_order(order=order, facts=None) == settle_order(order=order, facts=None)
    assert (MailMessage.objects.count(), Payment.objects.count()) == (1, 0)
