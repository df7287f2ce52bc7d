from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Role
from core.errors import DomainError
from core.models import AuditEntry
from payments.models import Price, Product, PromotionCode
from payments.services import ItemInput, save_product, save_promotion_code, set_price, split_amount, take_price_off
from tests.factories.accounts import user_with_role
from tests.factories.payments import MembershipPriceFactory, OrderFactory, PriceFactory, ProductFactory


@pytest.fixture
def staff(db):
    return user_with_role(Role.STAFF)


def draft(**values) -> Product:
    return Product(**{"kind": "course", "slug": "knee", "title": "The knee", "refund_policy": "Within 14 days."} | values)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (4900, [100], [4900]),
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (20000, [49, 180], [4279, 15721]),
        (5, [0, 1], [0, 5]),
        (5, [0, 0], [3, 2]),
        (0, [1, 2], [0, 0]),
    ],
)
def test_an_amount_is_split_by_largest_remainder_and_nothing_is_lost(amount, weights, parts):
    assert split_amount(amount, weights) == parts
    assert sum(parts) == amount


def test_a_product_is_saved_with_what_it_opens_and_audited(staff):
    product = save_product(product=draft(finish_by=date(2026, 12, 31)), items=[ItemInput("course:1")], by=staff)

    assert [item.subject for item in product.items.all()] == ["course:1"]
    entry = AuditEntry.objects.get(action="payments.create_product")
    assert entry.actor == staff
    assert entry.details["opens"] == {"course:1": 100}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("course", []),
        ("course", ["course:1", "course:2"]),
        ("course", ["workshop:1"]),
        ("course", ["library"]),
        ("membership", ["course:1"]),
        ("bundle", ["course:1"]),
        ("bundle", ["course:1", "course:1"]),
        ("bundle", ["course:1", "library"]),
    ],
)
def test_a_product_that_opens_the_wrong_things_is_refused(staff, kind, names):
    with pytest.raises(DomainError):
        save_product(product=draft(kind=kind), items=[ItemInput(name) for name in names], by=staff)

    assert not Product.objects.exists()


def test_a_product_is_not_on_sale_before_it_has_a_price(staff):
    with pytest.raises(DomainError, match="Give it a price"):
        save_product(product=draft(is_active=True), items=[ItemInput("course:1")], by=staff)

    assert not Product.objects.exists()


def test_what_was_bought_keeps_what_it_opens_but_shares_may_change(staff):
    order = OrderFactory(price__product__kind="bundle", price__product__subject="course:1")
    product = order.price.product
    product.items.create(subject="workshop:1", share=50, position=1)

    with pytest.raises(DomainError):
        save_product(product=product, items=[ItemInput("course:2"), ItemInput("workshop:1")], by=staff)
    save_product(product=product, items=[ItemInput("course:1", 70), ItemInput("workshop:1", 30)], by=staff)

    assert [(item.subject, item.share) for item in product.items.all()] == [("course:1", 70), ("workshop:1", 30)]


def test_a_new_amount_is_a_new_row_and_the_same_again_is_none(staff):
    product = ProductFactory()
    first = set_price(product=product, by=staff, currency="usd", amount_cents=4900)
    again = set_price(product=product, by=staff, currency="usd", amount_cents=4900)
    dearer = set_price(product=product, by=staff, currency="usd", amount_cents=5900)

    assert first == again
    assert list(product.prices.active()) == [dearer]
    assert Price.objects.get(pk=first.pk).amount_cents == 4900
    assert AuditEntry.objects.filter(action="payments.set_price").count() == 2


@pytest.mark.parametrize("terms", [{"interval": "month"}, {"min_quantity": 5}, {"amount_cents": 49}])
def test_terms_that_do_not_fit_a_course_are_refused(staff, terms):
    with pytest.raises(DomainError):
        set_price(product=ProductFactory(), by=staff, **({"currency": "usd", "amount_cents": 4900} | terms))

    assert not Price.objects.exists()


@pytest.mark.parametrize("terms", [{"interval": "once"}, {"interval": "month", "amount_cents": 0}, {"interval": "month", "min_quantity": 2}])
def test_terms_that_do_not_fit_a_membership_are_refused(staff, terms):
    product = ProductFactory(kind="membership", subject="library")

    with pytest.raises(DomainError):
        set_price(product=product, by=staff, **({"currency": "usd", "amount_cents": 1900} | terms))

    assert not Price.objects.exists()


def test_the_last_price_of_what_is_on_sale_stays(staff):
    month = MembershipPriceFactory()
    year = MembershipPriceFactory(product=month.product, interval="year", amount_cents=19000)
    take_price_off(price=year, by=staff)

    with pytest.raises(DomainError):
        take_price_off(price=month, by=staff)

    assert list(month.product.prices.active()) == [month]


def test_a_used_code_keeps_what_it_takes_off(staff):
    code = save_promotion_code(code=PromotionCode(code="KNEE10", percent_off=10), products=[], by=staff)
    PromotionCode.objects.filter(pk=code.pk).update(at_stripe={"stand-in": "promo_1"})
    code.refresh_from_db()
    code.percent_off = 15
    save_promotion_code(code=code, products=[], by=staff)
    assert code.at_stripe == {}
    OrderFactory(price=PriceFactory(), promotion_code=code)

    code.percent_off = 20
    with pytest.raises(DomainError):
        save_promotion_code(code=code, products=[], by=staff)
    code.refresh_from_db()
    code.is_active = False
    save_promotion_code(code=code, products=[], by=staff)

    assert PromotionCode.objects.get() == code
    assert code.percent_off == 15
