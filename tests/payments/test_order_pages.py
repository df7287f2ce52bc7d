"""A person's orders: the page Stripe leads back to, the list, the receipts."""

from __future__ import annotations

from datetime import timedelta

import pypdfium2
import pytest
from django.core.cache import cache
from django.utils import timezone

from payments.models import AccessGrant, Order, OrderLine, Payment, Refund
from payments.selectors.orders import Given, given_by
from payments.services import open_checkout, start_order
from tests.factories.accounts import UserFactory
from tests.factories.courses import published_course
from tests.factories.payments import AccessGrantFactory, OrderFactory, PaidOrderFactory, PaymentFactory, PriceFactory, PromotionCodeFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(client):
    user = UserFactory(display_name="Zoë")
    client.force_login(user)
    return user


@pytest.fixture
def begun(stripe_api, buyer):
    """An order whose payment page is open, as `(order, session id)`."""
    course = published_course(is_free=False)
    order = start_order(user=buyer, price=PriceFactory(product__subject=course.subject))
    return order, open_checkout(order=order).stripe_session_id


def look(client, order, query="", **headers):
    cache.clear()  # the page asks Stripe once in a few seconds
    return client.get(f"{order.get_absolute_url()}{query}", **headers)


def test_coming_back_before_any_webhook_shows_what_was_paid_and_where_to_begin(client, begun, stripe_api):
    order, session = begun
    stripe_api.control.pay(session)

    text = look(client, order, "?from=checkout").text

    order.refresh_from_db()
    assert order.is_paid
    assert "Paid. Thank you." in text
    assert 'href="/courses/' in text
    assert "every 3s" not in text
    assert AccessGrant.objects.get().user == order.user


def test_coming_back_without_having_paid_gives_nothing(client, begun):
    order, _session = begun

    text = look(client, order, "?from=checkout").text

    assert "Not paid yet" in text
    assert "Pay now" in text
    assert not AccessGrant.objects.exists()


def test_while_stripe_does_not_answer_the_page_waits_and_polls(client, begun, stripe_api):
    order, session = begun
    stripe_api.control.pay(session)
    stripe_api.control.knobs(fail_before=50)

    response = look(client, order, "?from=checkout")
    assert "We are confirming your payment" in response.text
    assert 'hx-trigger="every 3s"' in response.text
    assert f'hx-get="{order.get_absolute_url()}?from=checkout"' in response.text
    stripe_api.control.knobs(fail_before=0)
    fragment = look(client, order, "?from=checkout", headers={"HX-Request": "true"})

    assert "Paid. Thank you." in fragment.text
    assert "<html" not in fragment.text


def test_stripe_is_asked_once_in_a_few_seconds(client, begun, stripe_api, monkeypatch):
    order, _session = begun
    asked = []
    monkeypatch.setattr("payments.views.orders.check_order", lambda order: asked.append(order) or order)

    look(client, order)
    client.get(order.get_absolute_url())

    assert asked == [order]


def test_leaving_the_payment_page_says_that_nothing_was_charged_and_pays_again(client, begun):
    order, _session = begun
    assert "You left the payment page, and nothing was charged." in look(client, order, "?from=left").text

    response = client.post(f"{order.get_absolute_url()}pay/")

    assert response["Location"] == order.attempts.get().url


def test_an_order_can_be_cancelled(client, begun):
    order, _session = begun

    response = client.post(f"{order.get_absolute_url()}cancel/", follow=True)

    order.refresh_from_db()
    assert (order.state, order.closing) == ("closed", "cancelled")
    assert "The order is cancelled. Nothing was charged." in response.text


def test_cancelling_what_was_just_paid_says_so(client, begun, stripe_api):
    order, session = begun
    stripe_api.control.pay(session)

    response = client.post(f"{order.get_absolute_url()}cancel/", follow=True)

    order.refresh_from_db()
    assert order.is_paid
    assert "This order was paid before it could be cancelled." in response.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"processing_at": timezone.now()}, "Your bank is working on it"),
        ({"cancel_requested_at": timezone.now()}, "The order is being cancelled"),
        ({"hold_until": timezone.now() - timedelta(hours=1)}, "The time to pay is over"),
        ({"state": "closed", "closed_at": timezone.now(), "closing": "expired"}, "Not paid in time"),
        ({"state": "closed", "closed_at": timezone.now(), "closing": "failed"}, "Your bank did not let the payment through"),
    ],
)
def test_each_state_is_said(client, buyer, values, words):
    assert words in look(client, OrderFactory(user=buyer, **values)).text


def test_paid_too_late_says_that_the_money_goes_back(client, buyer):
    payment = PaymentFactory(order__user=buyer)
    OrderLine.objects.update(outcome="unavailable", decided_at=timezone.now())
    Refund.objects.create(payment=payment, amount_cents=4900, key="refund:1", reason_class="unavailable")

    text = look(client, payment.order).text

    assert "Paid too late, and refunded" in text
    assert "<strong>$49.00</strong>" in text


def test_the_parts_of_a_bundle_are_named_without_its_title(client, buyer):
    course = published_course(is_free=False)
    order = PaidOrderFactory(user=buyer, price__product__title="Both ways", price__product__subject=course.subject)
    OrderLine.objects.update(title="Both ways: The knee", outcome="fulfilled", decided_at=timezone.now())

    assert "Go to The knee" in look(client, order).text


def test_what_several_people_have_a_part_in_is_gone_to_once(buyer):
    course = published_course(is_free=False)
    lines = [OrderLine(title="The knee", subject=course.subject, outcome="fulfilled") for _person in range(2)]

    assert given_by(OrderFactory(user=buyer), lines) == [Given("The knee", course.get_absolute_url())]


def test_what_was_refunded_and_closed_is_said_so(client, buyer):
    order = PaidOrderFactory(user=buyer)
    OrderLine.objects.update(outcome="taken_back", decided_at=timezone.now())

    text = look(client, order).text

    assert "Refunded, and closed" in text
    assert "Thank you" not in text


def test_somebody_elses_order_is_not_found(client, buyer):
    order = OrderFactory()

    assert look(client, order).status_code == 404
    assert client.post(f"{order.get_absolute_url()}pay/").status_code == 404
    assert client.post(f"{order.get_absolute_url()}cancel/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(client, buyer, django_assert_num_queries, count):
    for _ in range(count):
        PaidOrderFactory(user=buyer)
    PaidOrderFactory()

    with django_assert_num_queries(6):  # session, person, roles, count, orders, renewals
        response = client.get("/payments/orders/")

    assert response.text.count('<li class="order-row">') == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_receipts_of_a_membership_cost_the_same_for_any_number(client, buyer, django_assert_num_queries, count):
    subscription = SubscriptionFactory(user=buyer)
    for _ in range(count):
        PaymentFactory(order=None, user=buyer, subscription=subscription, currency="usd", amount_cents=1900)

    with django_assert_num_queries(5):  # session, person, roles, count, payments
        response = client.get("/payments/receipts/")

    assert response.text.count('<th scope="row">') == count


@pytest.fixture
def paid(buyer) -> Payment:
    code = PromotionCodeFactory(code="KNEE10")
    order = PaidOrderFactory(user=buyer, promotion_code=code, discount_cents=490, tax_cents=331, total_cents=4741)
    payment = PaymentFactory(order=order, method="Visa ending in 4242", tax_cents=331)
    Refund.objects.create(payment=payment, amount_cents=1000, key="refund:1", reason_class="requested_by_customer", state="succeeded")
    return payment


def test_a_receipt_has_what_an_accountant_asks_for(client, paid, settings):
    settings.SCHOOL_ADDRESS = "1 Palafox Street\nPensacola, FL 32502"

    text = client.get(f"{paid.order.get_absolute_url()}receipt/").text

    for words in (
        paid.order.number,
        "Pensacola, FL 32502",
        "Zoë",
        "Discount (KNEE10)",
        "−$4.90",
        "$3.31",
        "$47.41",
        "Visa ending in 4242",
        "$10.00 refunded on",
    ):
        assert words in text
    assert "<strong>$37.41</strong>" in text


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].get_textpage().get_text_bounded()
    finally:
        document.close()


def test_the_pdf_says_the_same_and_prints_every_script(client, paid, settings):
    settings.SCHOOL_ADDRESS = "1 Palafox Street\nPensacola, FL 32502"
    OrderLine.objects.update(title='山田: #import "x" $1$ نور')

    response = client.get(f"{paid.order.get_absolute_url()}receipt.pdf")

    text = text_of(response.content)
    assert response["Content-Type"] == "application/pdf"
    for words in (paid.order.number, "Pensacola, FL 32502", "$47.41", "$37.41", '#import "x" $1$', "山田"):
        assert words in text


def test_a_renewal_has_a_receipt_of_its_own(client, buyer):
    start = timezone.now()
    values = {"currency": "usd", "amount_cents": 1900, "period_start": start, "period_end": start + timedelta(days=30)}
    payment = PaymentFactory(order=None, user=buyer, subscription=SubscriptionFactory(user=buyer), **values)

    page = client.get(f"/payments/receipts/{payment.pk}/")

    assert "$19.00" in page.text
    assert f"M{payment.paid_at:%Y}-{payment.pk:06d}" in page.text
    assert client.get(f"/payments/receipts/{payment.pk}/receipt.pdf")["Content-Type"] == "application/pdf"


def test_what_is_not_paid_or_not_ones_own_has_no_receipt(client, buyer, paid):
    waiting, others = OrderFactory(user=buyer), PaidOrderFactory()

    for order in (waiting, others):
        assert client.get(f"{order.get_absolute_url()}receipt/").status_code == 404
        assert client.get(f"{order.get_absolute_url()}receipt.pdf").status_code == 404
    assert client.get(f"/payments/receipts/{paid.pk}/").status_code == 404, "an order's payment has the order's receipt"
    assert Order.objects.count() == 3


def test_an_order_whose_payment_a_bank_questions_leads_to_nothing_closed(client, buyer):
    order = PaidOrderFactory(user=buyer)
    grant = AccessGrantFactory(user=buyer, subject=order.lines.get().subject, source="order", suspended_at=timezone.now())
    order.lines.update(grant=grant)

    questioned = client.get(order.get_absolute_url()).text
    grant.suspended_at = None
    grant.save()

    assert "Your bank questions this payment" in questioned
    assert "Your bank questions this payment" not in client.get(order.get_absolute_url()).text


@pytest.mark.parametrize(("back", "words"), [(4900, "Refunded"), (1000, "$10.00 given back")])
def test_the_list_says_what_went_back(client, buyer, back, words):
    PaymentFactory(order=PaidOrderFactory(user=buyer, total_cents=4900), user=buyer, amount_cents=4900, refunded_cents=back)

    assert words in client.get("/payments/orders/").text
