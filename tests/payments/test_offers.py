from __future__ import annotations

import pytest

from payments.models import Product, ProductItem
from payments.selectors import offers_for
from payments.subjects import LIBRARY
from tests.factories.courses import CourseFactory
from tests.factories.payments import MembershipPriceFactory, PriceFactory, ProductFactory


def bundle_price(*subjects: str, amount_cents: int = 20000):
    product = ProductFactory(kind=Product.Kind.BUNDLE, subject=subjects[0])
    for subject in subjects[1:]:
        ProductItem.objects.create(product=product, subject=subject)
    return PriceFactory(product=product, amount_cents=amount_cents)


def test_a_course_is_offered_alone_then_in_bundles_then_in_the_membership(db):
    sold, member_only, kept_out = CourseFactory().subject, CourseFactory().subject, CourseFactory(in_library=False).subject
    membership = MembershipPriceFactory()
    bundle = bundle_price(sold, "workshop:1")
    alone = PriceFactory(product__subject=sold)

    offers = offers_for([sold, "workshop:1", member_only, kept_out, LIBRARY])

    assert [offer.price for offer in offers[sold]] == [alone, bundle, membership]
    assert [offer.label for offer in offers[sold]] == ["$49.00", "$200.00", "$19.00 a month"]
    assert [offer.price for offer in offers["workshop:1"]] == [bundle]
    assert [offer.price for offer in offers[member_only]] == [membership]
    assert offers[kept_out] == []
    assert [offer.price for offer in offers[LIBRARY]] == [membership]


def test_what_is_off_sale_or_for_several_is_not_offered(db):
    PriceFactory(product__subject="course:1", product__is_active=False)
    PriceFactory(product__subject="course:1", is_active=False)
    PriceFactory(product__subject="course:1", min_quantity=5)

    assert offers_for(["course:1"]) == {"course:1": []}


def test_a_price_in_the_currency_asked_for_comes_before_any_other(db):
    dollars = PriceFactory(product__subject="course:1")
    PriceFactory(product=dollars.product, currency="eur", amount_cents=4500)

    assert [offer.label for offer in offers_for(["course:1"], currency="eur")["course:1"]] == ["€45.00"]
    assert [offer.price for offer in offers_for(["course:1"])["course:1"]] == [dollars]
    assert [offer.price for offer in offers_for(["course:1"], currency="jpy")["course:1"]] == [dollars]


@pytest.mark.parametrize("count", [1, 3])
def test_offers_take_three_queries(db, django_assert_num_queries, count):
    MembershipPriceFactory(product__subject=LIBRARY)
    names = [CourseFactory().subject for _ in range(count)]
    for name in names:
        PriceFactory(product__subject=name)

    with django_assert_num_queries(3):
        offers = offers_for(names)

    assert all(len(offers[name]) == 2 for name in names)
