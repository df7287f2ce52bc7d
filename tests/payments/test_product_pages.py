"""The staff desk for what is sold."""

from __future__ import annotations

import pytest

from accounts.models import Role
from core.models import Job
from payments.models import Price, Product, PromotionCode
from payments.services import sync_prices
from tests.factories.accounts import user_with_role
from tests.factories.courses import published_course
from tests.factories.payments import OrderFactory, PriceFactory, ProductFactory, PromotionCodeFactory

pytestmark = pytest.mark.django_db
DESK = "/desk/sales/products/"


@pytest.fixture
def desk(client):
    client.force_login(user_with_role(Role.STAFF))
    return client


def typed(**values) -> dict[str, str]:
    rows = values.pop("items", [])
    data = {"kind": "course", "title": "The knee", "slug": "the-knee", "refund_policy": "Within 14 days.", "items-INITIAL_FORMS": "0"} | values
    data["items-TOTAL_FORMS"] = str(len(rows))
    for place, (subject, share) in enumerate(rows):
        data |= {f"items-{place}-subject": subject, f"items-{place}-share": str(share)}
    return data


def test_staff_make_a_product_price_it_and_put_it_on_sale(desk):
    course = published_course(is_free=False)

    response = desk.post(f"{DESK}new/", typed(items=[(course.subject, 100)]))
    product = Product.objects.get()
    page = f"{DESK}{product.pk}/"
    assert response["Location"] == page
    assert "Give it a price." in desk.get(page).text
    desk.post(f"{page}prices/", {"currency": "usd", "amount": "49", "interval": "once", "tax_behavior": "exclusive"})
    desk.post(f"{page}sale/", {"on_sale": "yes"})

    product.refresh_from_db()
    assert product.is_active
    assert [(price.amount_cents, price.currency) for price in product.prices.all()] == [(4900, "usd")]
    assert "$49.00" in desk.get(DESK).text


def test_a_membership_opens_the_library_without_being_told(desk):
    desk.post(f"{DESK}new/", typed(kind="membership", items=[("", 100)]))

    assert [item.subject for item in Product.objects.get().items.all()] == ["library"]


def test_a_bundle_shows_what_each_part_is_worth(desk):
    first, second = published_course(), published_course()
    query = typed(items=[(first.subject, 100), (second.subject, 200)])

    fragment = desk.get(f"{DESK}split/", query).text

    assert "$33.33" in fragment
    assert "$66.67" in fragment


def test_what_cannot_be_saved_says_why(desk):
    response = desk.post(f"{DESK}new/", typed(items=[]))

    assert response.status_code == 422
    assert "Choose the one thing it opens" in response.text
    assert not Product.objects.exists()


def test_an_amount_that_is_none_is_refused_at_its_field(desk):
    product = ProductFactory()

    response = desk.post(f"{DESK}{product.pk}/prices/", {"currency": "usd", "amount": "many", "interval": "once", "tax_behavior": "exclusive"})

    assert response.status_code == 422
    assert "Type an amount such as 49" in response.text
    assert not Price.objects.exists()


@pytest.mark.parametrize("currency", ["zzz", "kwd", "us1"])
def test_a_currency_we_cannot_count_in_is_refused(desk, currency):
    product = ProductFactory()

    response = desk.post(f"{DESK}{product.pk}/prices/", {"currency": currency, "amount": "49", "interval": "once", "tax_behavior": "exclusive"})

    assert response.status_code == 422
    assert not Price.objects.exists()


@pytest.mark.parametrize("subject", ["nonsense", "course:0", "course:²", "secret:1"])
def test_what_nobody_knows_cannot_be_opened(desk, subject):
    response = desk.post(f"{DESK}new/", typed(items=[(subject, 100)]))

    assert response.status_code == 422
    assert not Product.objects.exists()


def test_what_is_left_out_by_a_search_can_still_be_saved(desk):
    course = published_course(is_free=False, title="The hip")

    desk.post(f"{DESK}new/?find=knee", typed(items=[(course.subject, 100)]))

    assert Product.objects.get().items.get().subject == course.subject


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(desk, django_assert_num_queries, count, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_standin"
    for _ in range(count):
        PriceFactory()

    with django_assert_num_queries(8):  # session, person, roles, count, products, items, prices, their copies
        response = desk.get(DESK)

    assert response.text.count("1 price to copy") == count


def test_the_desk_says_what_stripe_has_a_copy_of(desk, stripe_api):
    price = PriceFactory()
    assert "1 price to copy" in desk.get(DESK).text

    desk.post(f"{DESK}sync/")
    assert Job.objects.filter(kind="payments.sync_prices").count() == 1
    sync_prices()

    assert "Copied" in desk.get(f"{DESK}{price.product_id}/").text


def test_staff_make_a_code_and_see_who_used_it(desk):
    response = desk.post("/desk/sales/codes/new/", {"code": "knee10", "percent_off": "10", "is_active": "on", "ends_on": "2027-01-31"})
    code = PromotionCode.objects.get()
    order = OrderFactory(promotion_code=code, discount_cents=490)

    assert response["Location"] == "/desk/sales/codes/"
    assert (code.code, code.percent_off, code.currency) == ("KNEE10", 10, "")
    assert order.number in desk.get(f"/desk/sales/codes/{code.pk}/").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent_off": "10", "amount_off": "5"},
        {},
        {"percent_off": "101"},
        {"amount_off": "0"},
        {"percent_off": "5", "starts_on": "2027-02-01", "ends_on": "2027-01-01"},
    ],
)
def test_a_code_that_makes_no_sense_is_refused(desk, wrong):
    response = desk.post("/desk/sales/codes/new/", {"code": "KNEE10", "is_active": "on"} | wrong)

    assert response.status_code == 422
    assert not PromotionCode.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_codes_cost_the_same_for_any_number(desk, django_assert_num_queries, count):
    for _ in range(count):
        PromotionCodeFactory()

    with django_assert_num_queries(6):
        desk.get("/desk/sales/codes/")


@pytest.mark.parametrize("count", [1, 3])
def test_the_uses_of_a_code_cost_the_same_for_any_number(desk, django_assert_num_queries, count):
    code = PromotionCodeFactory()
    for _ in range(count):
        OrderFactory(promotion_code=code)

    with django_assert_num_queries(8):  # session, person, roles, the code, its products, all products, count, orders
        response = desk.get(f"/desk/sales/codes/{code.pk}/")

    assert response.text.count('<th scope="row">') == count
