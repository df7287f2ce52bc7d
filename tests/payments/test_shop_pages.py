"""The buy page: what it says before anybody pays, and the way to Stripe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from payments.models import Order, Product, ProductItem
from tests.factories.accounts import UserFactory
from tests.factories.courses import completed, published_course
from tests.factories.payments import (
    AccessGrantFactory,
    MembershipPriceFactory,
    OrderFactory,
    PaidOrderFactory,
    PriceFactory,
    ProductFactory,
    PromotionCodeFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_shop(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_standin"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"


@pytest.fixture
def buyer(client):
    user = UserFactory()
    client.force_login(user)
    return user


def page(client, price, query=""):
    return client.get(f"{price.product.get_absolute_url()}{query}")


def test_a_stranger_reads_everything_and_signs_in_to_buy(client, open_shop):
    course = published_course(is_free=False)
    finish = timezone.now().date().replace(month=12, day=31)
    price = PriceFactory(product__subject=course.subject, product__access_days=180, product__finish_by=finish, product__finish_note="To count for NCBTMB.")

    text = page(client, price).text

    assert "$49.00" in text
    assert "It is open to you for 180 days: bought today, until" in text
    assert f"Finish by December 31, {finish.year}" in text
    assert "To count for NCBTMB." in text
    assert "Refunds within 14 days." in text
    assert f'href="{course.get_absolute_url()}"' in text
    assert f"/account/login/?next={price.product.get_absolute_url()}" in text


def test_a_post_of_a_stranger_leads_to_sign_in_and_back_with_the_code(client, open_shop):
    price = PriceFactory()

    response = client.post(price.product.get_absolute_url(), {"price": price.pk, "code": "knee10"})

    assert response["Location"] == f"/account/login/?next={price.product.get_absolute_url()}%3Fcode%3DKNEE10"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("tax", "behaviour", "note"),
    [
        (True, "exclusive", "Plus tax where it applies"),
        (True, "inclusive", "Tax included"),
        (False, "inclusive", "Tax included"),
        (False, "exclusive", "No tax is added"),
    ],
)
def test_the_price_says_what_it_says_of_tax(client, open_shop, settings, tax, behaviour, note):
    settings.STRIPE_TAX = tax

    assert note in page(client, PriceFactory(tax_behavior=behaviour)).text


def test_a_seat_is_taxed_at_its_venue(client, open_shop, settings):
    settings.STRIPE_TAX = True

    assert "as at the venue" in page(client, PriceFactory(product__kind="workshop", product__subject="workshop:0")).text


def test_a_bundle_says_what_each_part_costs_alone_and_what_is_saved(client, open_shop):
    first, second = published_course(is_free=False), published_course(is_free=False)
    PriceFactory(product__subject=first.subject, amount_cents=4900)
    PriceFactory(product__subject=second.subject, amount_cents=18000)
    bundle = ProductFactory(kind=Product.Kind.BUNDLE, subject=first.subject)
    ProductItem.objects.create(product=bundle, subject=second.subject, share=300, position=1)

    text = page(client, PriceFactory(product=bundle, amount_cents=20000)).text

    assert "Together you save <strong>$29.00</strong>" in text
    assert "$180.00" in text
    assert "$50.00" in text


def test_a_membership_says_its_trial_and_its_renewal(client, buyer, open_shop):
    month = MembershipPriceFactory(trial_days=14)
    MembershipPriceFactory(product=month.product, interval="year", amount_cents=19000)

    text = page(client, month).text

    assert "Free for 14 days, then $19.00 every month until you cancel; one trial per person." in text
    assert "It renews by itself: $190.00 every year until you cancel." in text
    assert "Start the free trial" in text


def test_a_used_trial_is_said_with_its_day(client, buyer, open_shop):
    price = MembershipPriceFactory(trial_days=14)
    SubscriptionFactory(user=buyer, price=price, status="canceled", trial_end=timezone.now() - timedelta(days=60))

    text = page(client, price).text

    assert "One trial per person; you used yours on" in text
    assert "Become a member" in text


def test_a_member_is_led_to_the_membership(client, buyer, open_shop):
    price = MembershipPriceFactory()
    SubscriptionFactory(user=buyer, price=price)

    assert "You have a membership already" in page(client, price).text


def test_what_is_owned_says_so_and_links_to_it(client, buyer, open_shop):
    course = published_course(is_free=False)
    AccessGrantFactory(user=buyer, subject=course.subject, source="order")

    text = page(client, PriceFactory(product__subject=course.subject)).text

    assert "for good. Open it instead." in text
    assert f'class="button button--primary" href="{course.get_absolute_url()}"' in text
    assert "Buy for" not in text


def test_who_finished_it_reads_that_another_certificate_comes(client, open_shop):
    done = completed()
    client.force_login(done.learner)

    assert "a new certificate will be issued" in page(client, PriceFactory(product__subject=done.course.subject)).text


@pytest.mark.parametrize("signed_in", [True, False])
def test_a_code_shows_the_lower_price_before_paying(client, open_shop, signed_in):
    if signed_in:
        client.force_login(UserFactory())
    PromotionCodeFactory(code="KNEE10", percent_off=10)

    text = page(client, PriceFactory(), "?code=knee10").text

    assert "$4.90 off with KNEE10: <strong>$44.10</strong>" in text


def test_a_code_that_does_not_hold_is_refused_at_its_field_and_the_price_stays(client, buyer, open_shop):
    text = page(client, PriceFactory(), "?code=NOPE").text

    assert "We do not know the code “NOPE”" in text
    assert "Buy for $49.00" in text


def test_prices_are_shown_in_the_currency_chosen(client, open_shop):
    dollars = PriceFactory()
    PriceFactory(product=dollars.product, currency="eur", amount_cents=4500)

    text = page(client, dollars, "?currency=eur").text

    assert "€45.00" in text
    assert "$49.00" not in text


def test_closed_payments_are_said_kindly_and_nothing_is_ordered(client, buyer):
    price = PriceFactory()

    assert "Payments are not open here yet." in page(client, price).text
    response = client.post(price.product.get_absolute_url(), {"price": price.pk})

    assert response.status_code == 409
    assert not Order.objects.exists()


def test_what_costs_nothing_is_had_at_once_without_stripe(client, buyer):
    price = PriceFactory(amount_cents=0)

    response = client.post(price.product.get_absolute_url(), {"price": price.pk})

    order = Order.objects.get()
    assert response["Location"] == order.get_absolute_url()
    assert order.is_paid


def test_a_code_for_everything_needs_no_payments(client, buyer):
    PromotionCodeFactory(code="GIFT", percent_off=100)
    price = PriceFactory()
    assert "Get it" in page(client, price, "?code=GIFT").text

    client.post(price.product.get_absolute_url(), {"price": price.pk, "code": "GIFT"})

    assert Order.objects.get().is_paid


def test_buying_leads_to_the_page_of_stripe_with_the_code(client, buyer, stripe_api):
    PromotionCodeFactory(code="KNEE10", percent_off=10)
    price = PriceFactory()

    response = client.post(price.product.get_absolute_url(), {"price": price.pk, "code": "KNEE10"})

    order = Order.objects.get()
    assert (order.user, order.total_cents, order.state) == (buyer, 4410, "open")
    assert response["Location"] == order.attempts.get().url
    (session,) = stripe_api.control.objects("checkout.session")
    assert session["amount_total"] == 4410


def test_an_outage_keeps_the_order_and_says_how_to_go_on(client, buyer, stripe_api):
    stripe_api.control.knobs(fail_before=50)
    price = PriceFactory()

    response = client.post(price.product.get_absolute_url(), {"price": price.pk}, follow=True)

    assert response.redirect_chain == [(Order.objects.get().get_absolute_url(), 302)]
    assert "Pay now" in response.text


def test_an_order_that_was_begun_is_named(client, buyer, open_shop):
    order = OrderFactory(user=buyer)
    PaidOrderFactory(user=buyer)

    assert f"order {order.number}</a> waits for its payment" in page(client, order.price).text


def test_nothing_is_bought_twice_while_a_bank_works_on_the_payment(client, buyer, open_shop):
    order = OrderFactory(user=buyer, processing_at=timezone.now())

    text = page(client, order.price).text

    assert "your bank is working on the payment of" in text
    assert "See the order" in text
    assert "Buy for" not in text


def test_a_bundle_of_which_a_part_is_owned_names_the_others(client, buyer, open_shop):
    owned, other = published_course(is_free=False), published_course(is_free=False)
    AccessGrantFactory(user=buyer, subject=owned.subject, source="order")
    bundle = ProductFactory(kind=Product.Kind.BUNDLE, subject=owned.subject)
    ProductItem.objects.create(product=bundle, subject=other.subject, share=300, position=1)

    text = page(client, PriceFactory(product=bundle, amount_cents=20000)).text

    assert "for people who have none of its parts yet" in text
    assert "Buy for" not in text


def test_a_bundle_of_which_all_is_owned_offers_nothing_else(client, buyer, open_shop):
    owned = [published_course(is_free=False), published_course(is_free=False)]
    bundle = ProductFactory(kind=Product.Kind.BUNDLE, subject=owned[0].subject)
    ProductItem.objects.create(product=bundle, subject=owned[1].subject, share=300, position=1)
    for course in owned:
        AccessGrantFactory(user=buyer, subject=course.subject, source="order")

    text = page(client, PriceFactory(product=bundle, amount_cents=20000)).text

    assert "can be bought alone" not in text


def test_what_is_off_sale_or_a_price_of_another_product_is_not_found(client, buyer, open_shop):
    off, on = PriceFactory(product__is_active=False), PriceFactory()

    assert page(client, off).status_code == 404
    assert client.post(on.product.get_absolute_url(), {"price": off.pk}).status_code == 404
    assert client.post(on.product.get_absolute_url(), {"price": "x"}).status_code == 404


@pytest.mark.parametrize("count", [2, 4])
def test_a_bundle_of_any_size_costs_the_same_plus_what_its_kinds_ask(client, open_shop, django_assert_num_queries, count):
    bundle = ProductFactory(kind=Product.Kind.BUNDLE, subject="thing:0")
    for place in range(1, count):
        ProductItem.objects.create(product=bundle, subject=f"thing:{place}", position=place)
    price = PriceFactory(product=bundle)

    with django_assert_num_queries(8):
        page(client, price)
