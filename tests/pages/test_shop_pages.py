"""The shop, orders, receipts and the desk's products in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Role
from payments.models import Product, ProductItem, Refund
from payments.services import open_checkout, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import published_course
from tests.factories.payments import (
    AccessGrantFactory,
    MembershipPriceFactory,
    OrderFactory,
    PaidOrderFactory,
    PaymentFactory,
    PriceFactory,
    ProductFactory,
    PromotionCodeFactory,
    SubscriptionFactory,
)
from tests.factories.workshops import workshop_with_blocks


@pytest.fixture
def shop(transactional_db, stripe_api):
    """A course with a price for several, a bundle and a membership with a trial; their prices by name."""
    course, workshop = published_course(is_free=False), workshop_with_blocks(is_free=False)
    alone = PriceFactory(product__subject=course.subject, product__for_organizations=True, product__access_days=180)
    PriceFactory(product=alone.product, min_quantity=5, amount_cents=3900)
    bundle = ProductFactory(kind=Product.Kind.BUNDLE, subject=course.subject)
    ProductItem.objects.create(product=bundle, subject=workshop.subject, share=300, position=1)
    month = MembershipPriceFactory(trial_days=14)
    MembershipPriceFactory(product=month.product, interval="year", amount_cents=19000)
    PromotionCodeFactory(code="KNEE10")
    return {"course": alone, "bundle": PriceFactory(product=bundle, amount_cents=20000), "membership": month}


def test_the_pages_of_the_shop_are_accessible(look_at, shop):
    paths = [price.product.get_absolute_url() for price in shop.values()]
    paths += [f"{paths[0]}?code=KNEE10", f"{paths[0]}?code=NOPE", "/courses/"]

    assert look_at(paths) == {}


def test_the_pages_of_a_buyer_are_accessible(look_at, shop):
    buyer, now = UserFactory(), timezone.now()
    waiting = start_order(user=buyer, price=shop["course"], promotion="KNEE10")
    open_checkout(order=waiting)
    paid = PaidOrderFactory(user=buyer, price=shop["bundle"], discount_cents=2000, tax_cents=900)
    paid.lines.update(outcome="fulfilled", decided_at=now)
    Refund.objects.create(payment=PaymentFactory(order=paid), amount_cents=100, key="refund:1", reason_class="unavailable")
    late = PaidOrderFactory(user=buyer)
    late.lines.update(outcome="unavailable", decided_at=now)
    states = [{"processing_at": now}, {"cancel_requested_at": now}, {"hold_until": now - timedelta(hours=1)}]
    states += [{"state": "closed", "closed_at": now, "closing": "expired"}]
    orders = [waiting, paid, late, *(OrderFactory(user=buyer, **values) for values in states)]
    subscription = SubscriptionFactory(user=buyer, price=shop["membership"])
    renewal = PaymentFactory(order=None, user=buyer, subscription=subscription, currency="usd", amount_cents=1900)
    AccessGrantFactory(user=buyer, subject=shop["bundle"].product.items.last().subject, source="order")
    paths = [order.get_absolute_url() for order in orders] + [f"{paid.get_absolute_url()}receipt/", f"/payments/receipts/{renewal.pk}/"]
    paths += ["/payments/orders/", "/payments/receipts/", *(price.product.get_absolute_url() for price in shop.values())]

    assert look_at(paths, buyer) == {}


def test_the_desk_of_what_is_sold_is_accessible(look_at, shop):
    code = OrderFactory(promotion_code=PromotionCodeFactory()).promotion_code
    bundle = f"/desk/sales/products/{shop['bundle'].product_id}/"
    paths = ["/desk/sales/products/", "/desk/sales/products/new/", bundle, f"{bundle}edit/", "/desk/sales/codes/", "/desk/sales/codes/new/"]

    assert look_at([*paths, f"/desk/sales/codes/{code.pk}/"], user_with_role(Role.STAFF)) == {}


def test_the_parts_of_a_bundle_follow_what_is_typed(page, shop, live_site, sign_in):
    sign_in(page, user_with_role(Role.STAFF), live_site)
    page.goto(f"{live_site}/desk/sales/products/{shop['bundle'].product_id}/edit/")
    expect(page.locator("#split")).to_contain_text("$50.00")

    page.locator("[name=items-0-share]").fill("100")
    page.locator("[name=items-1-share]").fill("100")

    expect(page.locator("#split")).to_contain_text("$100.00")
    expect(page.locator("#split")).not_to_contain_text("$50.00")


def test_a_waiting_order_finds_out_by_itself_and_without_javascript_by_a_link(new_page, shop, live_site, sign_in, stripe_api):
    buyer = UserFactory()
    order = start_order(user=buyer, price=shop["course"])
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    stripe_api.control.knobs(fail_before=500)
    plain, polling = new_page(java_script_enabled=False), new_page()
    for page in (plain, polling):
        sign_in(page, buyer, live_site)
        page.goto(f"{live_site}{order.get_absolute_url()}?from=checkout")
        expect(page.get_by_role("heading", name="We are confirming your payment")).to_be_visible()
    stripe_api.control.knobs(fail_before=0)

    expect(polling.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()
    plain.get_by_role("link", name="Look again").click()

    expect(plain.get_by_role("heading", name="Paid. Thank you.")).to_be_visible()


def test_a_receipt_prints_without_the_site_around_it(page, shop, live_site, sign_in):
    order = PaidOrderFactory(price=shop["course"])
    sign_in(page, order.user, live_site)
    page.goto(f"{live_site}{order.get_absolute_url()}receipt/")

    page.emulate_media(media="print")

    expect(page.locator(".site-head")).to_be_hidden()
    expect(page.get_by_role("link", name="As PDF")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
