"""Promotion codes: who may use one, what it takes off, and that the last use is taken once."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DomainError
from payments.models import Order, ProductItem, PromotionCode
from payments.services import cancel_order, close_order, open_checkout, project_session, split_amount, start_order
from payments.services.promotions import discount_of
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory, ProductFactory
from tests.fixtures.at_once import outcomes


@pytest.fixture
def user(db):
    return UserFactory()


def code(name="SPRING", **terms):
    return PromotionCode.objects.create(code=name, **({"percent_off": 20} | terms))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.integers(0, 100))
def test_a_discount_is_split_to_the_last_cent(subtotals, percent):
    off = discount_of(PromotionCode(percent_off=percent), sum(subtotals))

    parts = split_amount(off, subtotals)

    assert sum(parts) == off
    assert all(0 <= part <= subtotal for part, subtotal in zip(parts, subtotals, strict=True))


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_an_amount_off_is_at_most_everything(subtotal, off):
    assert discount_of(PromotionCode(amount_off_cents=off), subtotal) == min(off, subtotal)


@pytest.mark.parametrize(("subtotal", "percent", "off"), [(4999, 50, 2500), (4900, 20, 980), (1, 50, 1), (1, 49, 0), (333, 100, 333)])
def test_half_a_cent_is_rounded_up(subtotal, percent, off):
    assert discount_of(PromotionCode(percent_off=percent), subtotal) == off


@pytest.mark.parametrize(("subtotal", "percent", "off"), [(4900, 99, 4900), (5000, 99, 4950), (4900, 50, 2450)])
def test_what_is_too_little_to_be_charged_is_let_go(user, stripe_api, subtotal, percent, off):
    code(percent_off=percent)

    order = start_order(user=user, price=PriceFactory(amount_cents=subtotal), promotion="SPRING")

    assert (order.discount_cents, order.is_paid) == (off, off == subtotal)


def test_a_code_is_typed_in_any_letters(user, stripe_api):
    spring = code()

    order = start_order(user=user, price=PriceFactory(), promotion=" spring ")

    assert (order.promotion_code, order.discount_cents, order.total_cents) == (spring, 980, 3920)
    assert order.lines.get().total_cents == 3920


def test_stripe_takes_the_same_off_as_the_order_says(user, stripe_api):
    code(percent_off=33)
    product = ProductFactory(kind="bundle")
    for number in range(2):
        ProductItem.objects.create(product=product, subject=f"part:{number}", share=100, position=number + 1)
    order = start_order(user=user, price=PriceFactory(product=product, amount_cents=9999), promotion="SPRING")
    expected = (order.subtotal_cents, order.discount_cents, order.total_cents)

    attempt = open_checkout(order=order)
    stripe_api.control.pay(attempt.stripe_session_id)
    paid = project_session(session_id=attempt.stripe_session_id)

    assert (paid.subtotal_cents, paid.discount_cents, paid.total_cents) == expected == (9999, 3300, 6699)
    assert sum(line.total_cents for line in paid.lines.all()) == paid.payments.get().amount_cents == 6699
    assert paid.note == ""


def test_everything_off_settles_here_and_stripe_is_not_asked(user, stripe_api):
    code(percent_off=100)

    order = start_order(user=user, price=PriceFactory(), promotion="SPRING")

    assert (order.state, order.environment, order.discount_cents, order.total_cents) == ("paid", "free", 4900, 0)
    assert not stripe_api.control.objects("customer")


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"starts_at": timezone.now() + timedelta(days=1)}, "does not hold yet"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "holds no longer"),
        ({"is_active": False}, "holds no longer"),
        ({"percent_off": None, "amount_off_cents": 500, "currency": "eur"}, "for prices in EUR"),
        ({"max_uses": 0}, "has been used up"),
        ({"code": "OTHER"}, "We do not know the code “SPRING”"),
    ],
)
def test_a_code_that_does_not_hold_is_refused_with_what_to_do(user, stripe_api, terms, words):
    code(**({"name": terms.pop("code")} if "code" in terms else {}), **terms)

    with pytest.raises(DomainError, match=words) as refusal:
        start_order(user=user, price=PriceFactory(), promotion="SPRING")

    assert "leave the field empty" in refusal.value.message.lower()
    assert not Order.objects.exists()


def test_a_code_for_one_product_is_not_for_another(user, stripe_api):
    price = PriceFactory()
    code().products.add(price.product)

    with pytest.raises(DomainError, match="for something else"):
        start_order(user=user, price=PriceFactory(), promotion="SPRING")

    assert start_order(user=user, price=price, promotion="SPRING").discount_cents == 980


def test_open_and_paid_orders_use_a_code_up_and_closed_ones_do_not(user, stripe_api):
    code(max_uses=1)
    order = start_order(user=user, price=PriceFactory(), promotion="SPRING")

    with pytest.raises(DomainError, match="used up"):
        start_order(user=UserFactory(), price=PriceFactory(), promotion="SPRING")

    close_order(order=order, closing="cancelled")
    assert start_order(user=UserFactory(), price=PriceFactory(), promotion="SPRING").is_open


def test_once_per_person_is_once_for_each(user, stripe_api):
    code()
    start_order(user=user, price=PriceFactory(), promotion="SPRING")

    with pytest.raises(DomainError, match="You have used"):
        start_order(user=user, price=PriceFactory(), promotion="SPRING")

    assert start_order(user=UserFactory(), price=PriceFactory(), promotion="SPRING").is_open


def test_a_code_without_that_limit_may_be_used_again(user, stripe_api):
    code(once_per_person=False)

    orders = [start_order(user=user, price=PriceFactory(), promotion="SPRING") for _ in range(2)]

    assert len({order.pk for order in orders}) == 2


def test_another_code_replaces_the_order_and_frees_its_use(user, stripe_api):
    price = PriceFactory()
    code(max_uses=1)
    code("AUTUMN", percent_off=50)
    first = start_order(user=user, price=price, promotion="SPRING")

    second = start_order(user=user, price=price, promotion="AUTUMN")

    first.refresh_from_db()
    assert (first.closing, second.discount_cents) == ("cancelled", 2450)
    assert start_order(user=UserFactory(), price=price, promotion="SPRING").is_open


def test_the_same_code_may_stay_when_the_order_is_begun_anew(user, stripe_api):
    price = PriceFactory()
    code(max_uses=1)
    first = start_order(user=user, price=price, promotion="SPRING")
    Order.objects.update(hold_until=timezone.now() + timedelta(minutes=5))

    second = start_order(user=user, price=price, promotion="SPRING")

    assert (second != first, second.discount_cents) == (True, 980)


def test_a_cancelled_order_gives_its_use_back(user, stripe_api):
    code(max_uses=1)
    cancel_order(order=start_order(user=user, price=PriceFactory(), promotion="SPRING"), by=user)

    assert start_order(user=user, price=PriceFactory(), promotion="SPRING").is_open


@pytest.mark.django_db(transaction=True)
def test_the_last_use_is_taken_once_by_buyers_at_the_same_moment(stripe_api):
    """Without the lock on the code in `claim_promotion`, several of the eight get it."""
    code(max_uses=1)
    price, buyers = PriceFactory(), [UserFactory() for _ in range(8)]

    came = outcomes(*[partial(start_order, user=buyer, price=price, promotion="SPRING") for buyer in buyers], refused=DomainError)

    assert sorted(each.state if isinstance(each, Order) else each.code for each in came) == ["code_used_up"] * 7 + ["open"]
