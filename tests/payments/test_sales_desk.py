"""The staff desk for sales: lists, one order, revenue, payouts, the accountant's file."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import AuditEntry
from payments.models import Order
from payments.services import open_checkout, project_session, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import OrderFactory, PaidOrderFactory, PaymentFactory, PriceFactory, SubscriptionFactory


@pytest.fixture
def staff(db, client):
    person = user_with_role("staff")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


LISTS = ["orders", "payments", "memberships", "disputes"]


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_says_what_it_will_hold(client, staff, name):
    assert b'class="empty"' in client.get(f"/desk/sales/{name}/").content


def rows_for(name, count):
    for _ in range(count):
        payment = PaymentFactory()
        subscription = SubscriptionFactory(user=payment.user)
        PaymentFactory(order=None, user=payment.user, subscription=subscription, currency="usd", amount_cents=1900)
        payment.disputes.create(stripe_dispute_id=f"dp_{payment.pk}", status="needs_response", amount_cents=100, opened_at=timezone.now())


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_the_same_queries_for_one_and_three(client, staff, name, count, django_assert_max_num_queries):
    rows_for(name, count)
    client.get(f"/desk/sales/{name}/")

    with django_assert_max_num_queries(5):
        answer = client.get(f"/desk/sales/{name}/")

    assert len(answer.context["page_obj"].object_list) >= count


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ana@", ["ana"]),
        ("q=The+hip", ["ben"]),
        ("state=paid", ["ana"]),
        ("state=refunded", ["ana"]),
        ("state=open", ["ben"]),
        ("first=2026-01-01&last=2026-01-31", ["ben"]),
        ("q=nobody", []),
    ],
)
def test_orders_are_found_by_person_title_state_and_days(client, staff, query, found):
    payment = PaymentFactory(order__user=UserFactory(email="ana@example.org"), refunded_cents=100)
    old = OrderFactory(user=UserFactory(email="ben@example.org"), price__product__title="The hip")
    Order.objects.filter(pk=old.pk).update(created_at=timezone.datetime(2026, 1, 15, 12, tzinfo=timezone.get_current_timezone()))

    answer = client.get(f"/desk/sales/orders/?{query}")

    assert [order.user.email.partition("@")[0] for order in answer.context["page_obj"]] == found
    assert payment.order.number


def test_an_order_is_found_by_its_number(client, staff):
    order, _other = PaidOrderFactory(), PaidOrderFactory()

    answer = client.get("/desk/sales/orders/", {"q": order.number})

    assert list(answer.context["page_obj"]) == [order]


@pytest.mark.parametrize("query", ["first=2026-02-30", "first=2026-03-02&last=2026-03-01", "q=%00", "state=lost"])
def test_a_search_that_cannot_be_says_so(client, staff, query):
    answer = client.get(f"/desk/sales/orders/?{query}")

    assert (answer.status_code, b"field__error" in answer.content) == (422, True)


@pytest.fixture
def bought(stripe_api, db):
    order = start_order(user=UserFactory(email="ana@example.org"), price=PriceFactory(product__title="The knee"))
    attempt = open_checkout(order=order)
    stripe_api.control.pay(attempt.stripe_session_id)
    return order


def test_staff_ask_the_payment_provider_how_an_order_stands(client, staff, bought):
    page = client.get(f"/desk/sales/orders/{bought.pk}/").content
    answer = client.post(f"/desk/sales/orders/{bought.pk}/check/", follow=True)

    assert b"No money has come for this order" in page
    bought.refresh_from_db()
    assert bought.is_paid
    assert b"Visa" in answer.content
    assert b"access is open" in answer.content


def test_staff_close_an_order_nobody_paid(client, staff, stripe_api):
    order = start_order(user=UserFactory(), price=PriceFactory())
    open_checkout(order=order)

    asked = client.get(f"/desk/sales/orders/{order.pk}/cancel/")
    client.post(f"/desk/sales/orders/{order.pk}/cancel/")

    order.refresh_from_db()
    assert b"Nobody is charged" in asked.content
    assert (order.state, order.closing) == ("closed", "cancelled")
    assert AuditEntry.objects.filter(actor=staff).exists()


def test_an_order_paid_meanwhile_stands_although_staff_close_it(client, staff, bought):
    answer = client.post(f"/desk/sales/orders/{bought.pk}/cancel/", follow=True)

    bought.refresh_from_db()
    assert bought.is_paid
    assert b"was paid a moment ago" in answer.content


def test_revenue_draws_bars_and_says_when_there_are_none(client, staff, settings):
    settings.STRIPE_API_BASE = "http://stand-in.example"
    empty = client.get("/desk/sales/revenue/").content
    PaymentFactory(order__price__amount_cents=5000)
    full = client.get("/desk/sales/revenue/").content.decode()

    assert b"Nothing was paid yet" in empty
    assert "sales-bar--course" in full
    assert "$50.00" in full


def test_the_accountants_file_has_every_movement_and_no_formula(client, staff, settings):
    settings.STRIPE_API_BASE = "http://stand-in.example"
    payment = PaymentFactory(order__user=UserFactory(email="ana@example.org", display_name="=1+1"), order__price__amount_cents=5000, fee_cents=175)
    PaymentFactory(paid_at=timezone.now() - timedelta(days=900))
    today = timezone.localdate() - timedelta(days=2)

    answer = client.get("/desk/sales/movements.csv", {"first": today.isoformat()})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    assert [(row["movement"], row["order"], row["person"], row["amount"], row["fee"], row["net"]) for row in rows] == [
        ("payment", payment.order.number, "'=1+1", "50.00", "1.75", "48.25")
    ]
    assert AuditEntry.objects.get().action == "payments.export_movements"


def test_the_file_refuses_days_that_cannot_be(client, staff):
    answer = client.get("/desk/sales/movements.csv", {"first": "yesterday"})

    assert (answer.status_code, AuditEntry.objects.count()) == (422, 0)


def test_a_payout_is_made_of_the_payments_we_know(client, staff, bought, stripe_api):
    project_session(session_id=bought.attempts.get().stripe_session_id)
    stripe_api.control.advance(seconds=4 * 86_400)

    listed = client.get("/desk/sales/payouts/")
    (payout,) = listed.context["payouts"]
    detail = client.get(f"/desk/sales/payouts/{payout['id']}/")

    assert bought.number in detail.content.decode()
    assert b"ana@example.org" in detail.content


def test_payouts_say_when_the_payment_provider_is_away(client, staff, settings):
    settings.STRIPE_SECRET_KEY = ""

    assert b"Payments are not open here yet" in client.get("/desk/sales/payouts/").content


def test_a_payout_nobody_knows_is_not_found(client, staff, stripe_api):
    assert client.get("/desk/sales/payouts/po_nobody/").status_code == 404


def test_the_page_of_a_person_shows_their_orders(client, staff):
    order = PaidOrderFactory()

    assert order.number in client.get(f"/desk/people/{order.user.pk}/").content.decode()


def test_a_failed_refund_is_found_and_waits_at_the_desk(client, staff):
    failed, fine = PaymentFactory(), PaymentFactory(refunded_cents=100)
    failed.refunds.create(amount_cents=100, key="refund:1", state="failed", reason_class="duplicate", failure="The card is closed.")
    fine.refunds.create(amount_cents=100, key="refund:0", state="failed", reason_class="duplicate", failure="The card is closed.")
    fine.refunds.create(amount_cents=100, key="refund:2", state="succeeded", reason_class="duplicate", settled_at=timezone.now())

    answer = client.get("/desk/sales/payments/?state=refund_failed")

    assert list(answer.context["page_obj"]) == [failed]
    assert b"One refund did not reach its buyer." in client.get("/desk/").content


def test_disputes_are_told_in_words(client, staff):
    payment = PaymentFactory()
    payment.disputes.create(stripe_dispute_id="dp_1", status="needs_response", reason="product_not_received", amount_cents=100, opened_at=timezone.now())

    text = client.get("/desk/sales/disputes/").text

    assert "Waits for your answer" in text
    assert "product not received" in text
