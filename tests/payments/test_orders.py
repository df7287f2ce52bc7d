"""Beginning an order: what it costs, what it holds, what is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import DomainError
from core.models import Job
from notifications.models import MailMessage
from payments import subjects
from payments.models import AccessGrant, Order, OrderLine, Payment, ProductItem
from payments.selectors import has_access
from payments.services import cancel_order, close_order, grant_access, open_checkout, quote_order, start_order, suspend_access
from tests.factories.accounts import UserFactory
from tests.factories.payments import MembershipPriceFactory, OrderFactory, PaidOrderFactory, PriceFactory, ProductFactory, SubscriptionFactory
from tests.payments.kinds import ScarceKind


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.fixture
def things(monkeypatch):
    """One thing is to be had."""
    kind = ScarceKind(places=1).listen()
    monkeypatch.setitem(subjects._kinds, "thing", kind)
    return kind


def bundle(*shares, amount_cents=10000, **fields):
    product = ProductFactory(kind="bundle", subject="thing:a", **fields)
    product.items.update(share=shares[0])
    for number, share in enumerate(shares[1:], 1):
        ProductItem.objects.create(product=product, subject=f"part:{number}", share=share, position=number)
    return PriceFactory(product=product, amount_cents=amount_cents)


def test_an_order_holds_what_it_is_for(user, stripe_api, things):
    price = PriceFactory(product__access_days=90, product__finish_note="before the year ends")

    order = start_order(user=user, price=price)

    line = order.lines.get()
    assert (order.state, order.environment, order.total_cents, order.quantity) == ("open", "stand-in", 4900, 1)
    assert (line.title, line.unit_cents, line.total_cents, line.access_days, line.outcome) == (price.product.title, 4900, 4900, 90, "pending")
    assert (line.finish_note, line.refund_policy) == ("before the year ends", price.product.refund_policy)
    assert things.holds == {order.reference: order.hold_until}
    job = Job.objects.get(kind="payments.check_order")
    assert job.run_after == order.hold_until + timedelta(minutes=1)
    assert not stripe_api.control.objects("checkout.session")


def test_a_double_click_gets_the_same_order(user, stripe_api):
    price = PriceFactory()

    assert start_order(user=user, price=price) == start_order(user=user, price=price)
    assert Order.objects.count() == 1


def test_what_costs_nothing_is_given_at_once_and_stripe_never_asked(user, settings, things):
    settings.STRIPE_SECRET_KEY = ""
    price = PriceFactory(amount_cents=0)

    order = start_order(user=user, price=price)

    assert (order.state, order.environment) == ("paid", "free")
    assert has_access(user, order.lines.get().subject)
    assert things.given == {order.reference}
    assert not Payment.objects.exists()
    assert not Job.objects.filter(kind="payments.check_order").exists()
    assert MailMessage.objects.get().template == "payments/mail/order_paid"
    assert "nothing was charged" in MailMessage.objects.get().body_text


def test_without_a_key_nothing_that_costs_is_held(user, settings, things):
    settings.STRIPE_SECRET_KEY = ""

    with pytest.raises(DomainError, match="Write to the school"):
        start_order(user=user, price=PriceFactory())

    assert not Order.objects.exists()
    assert things.left == 1


def test_a_price_is_split_over_the_items_to_the_last_cent(user, stripe_api):
    order = start_order(user=user, price=bundle(1, 1, 1))

    assert list(order.lines.values_list("unit_cents", flat=True)) == [3334, 3333, 3333]
    assert order.subtotal_cents == 10000
    assert [line.title.partition(": ")[2] for line in order.lines.all()] == ["thing:a", "part:1", "part:2"]


def test_nothing_stays_held_when_one_part_cannot_be_had(user, stripe_api, things):
    things.places = 0

    with pytest.raises(DomainError, match="Nothing is left"):
        start_order(user=user, price=bundle(1, 1))

    assert not Order.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("off", [{"product__is_active": False}, {"is_active": False}, {"interval": "month"}])
def test_what_is_not_on_sale_so_cannot_be_ordered(user, stripe_api, off):
    with pytest.raises(DomainError, match="not on sale at this price") as refusal:
        start_order(user=user, price=PriceFactory(**off))

    assert refusal.value.code == "not_on_sale"
    assert not Order.objects.exists()


def test_a_product_without_items_cannot_be_ordered(user, stripe_api):
    price = PriceFactory()
    price.product.items.all().delete()

    with pytest.raises(DomainError, match="not on sale"):
        start_order(user=user, price=price)


def test_a_closed_account_buys_nothing(stripe_api, db):
    with pytest.raises(DomainError, match="account is closed"):
        start_order(user=UserFactory(is_active=False), price=PriceFactory())


@pytest.mark.parametrize("quantity", [0, 2])
def test_a_person_buys_one(user, stripe_api, quantity):
    with pytest.raises(DomainError, match="one at a time"):
        start_order(user=user, price=PriceFactory(), quantity=quantity)


def test_a_price_for_several_is_not_for_one(user, stripe_api):
    with pytest.raises(DomainError, match="for 5 or more"):
        start_order(user=user, price=PriceFactory(min_quantity=5))


@pytest.mark.parametrize(("days", "words"), [(None, "already, for good"), (10, "You can buy it again after that day")])
def test_what_is_owned_is_not_bought_again(user, stripe_api, days, words):
    price = PriceFactory()
    ends = timezone.now() + timedelta(days=days) if days else None
    grant_access(user=user, subject=price.product.items.get().subject, source="order", expires_at=ends)

    with pytest.raises(DomainError, match=words) as refusal:
        start_order(user=user, price=price)

    assert refusal.value.code == "already_owned"


def test_what_was_owned_may_be_bought_again(user, stripe_api):
    price, now = PriceFactory(), timezone.now()
    AccessGrant.objects.create(
        user=user, subject=price.product.items.get().subject, source="order", starts_at=now - timedelta(days=9), expires_at=now - timedelta(days=1)
    )

    assert start_order(user=user, price=price).is_open


def test_access_from_elsewhere_does_not_stop_a_purchase(user, stripe_api):
    price = PriceFactory()
    grant_access(user=user, subject=price.product.items.get().subject, source="free")

    assert start_order(user=user, price=price).is_open


def test_a_disputed_purchase_is_not_repeated(user, stripe_api):
    price = PriceFactory()
    suspend_access(grant=grant_access(user=user, subject=price.product.items.get().subject, source="order"), reason="disputed")

    with pytest.raises(DomainError, match="Your bank questions"):
        start_order(user=user, price=price)


def test_a_member_buys_no_second_membership(user, stripe_api):
    SubscriptionFactory(user=user)

    with pytest.raises(DomainError, match="membership already"):
        start_order(user=user, price=MembershipPriceFactory())


def test_the_first_membership_has_a_trial_and_costs_nothing_today(user, stripe_api):
    order = start_order(user=user, price=MembershipPriceFactory(trial_days=7))

    assert (order.has_trial, order.total_cents, order.subtotal_cents, order.state) == (True, 0, 1900, "open")


@pytest.mark.parametrize("used", ["order", "subscription"])
def test_a_trial_is_given_once(user, stripe_api, used):
    price = MembershipPriceFactory(trial_days=7)
    if used == "order":
        PaidOrderFactory(user=user, price=price, has_trial=True, paid_at=timezone.now() - timedelta(days=60))
    else:
        SubscriptionFactory(user=user, price=price, status="canceled", trial_end=timezone.now())

    order = start_order(user=user, price=price)

    assert (order.has_trial, order.total_cents) == (False, 1900)


def test_a_trial_that_was_not_begun_is_not_used(user, stripe_api):
    price = MembershipPriceFactory(trial_days=7)
    cancel_order(order=start_order(user=user, price=price), by=user)

    assert start_order(user=user, price=price).has_trial


def test_another_way_to_the_same_thing_lets_go_of_the_first(user, stripe_api):
    """Monthly first, then yearly: only one of the two can be paid."""
    month = MembershipPriceFactory(trial_days=7)
    year = MembershipPriceFactory(product=month.product, interval="year", amount_cents=19000, trial_days=7)
    first = start_order(user=user, price=month)
    open_checkout(order=first)

    second = start_order(user=user, price=year)

    first.refresh_from_db()
    assert (first.state, first.closing) == ("closed", "cancelled")
    assert (second.state, second.has_trial) == ("open", True)
    assert [session["status"] for session in stripe_api.control.objects("checkout.session")] == ["expired"]
    assert not MailMessage.objects.exists()


def test_a_refused_change_leaves_the_open_order(user, stripe_api):
    price = PriceFactory()
    first = start_order(user=user, price=price)

    with pytest.raises(DomainError, match="do not know the code"):
        start_order(user=user, price=price, promotion="WRONG")

    first.refresh_from_db()
    assert first.is_open


def test_a_change_of_an_order_that_proves_paid_is_refused(user, stripe_api):
    month = PriceFactory()
    other = PriceFactory(product=month.product, currency="eur")
    first = start_order(user=user, price=month)
    stripe_api.control.pay(open_checkout(order=first).stripe_session_id)

    with pytest.raises(DomainError, match="for good"):
        start_order(user=user, price=other)

    first.refresh_from_db()
    assert first.is_paid
    assert Order.objects.count() == 1


def test_an_order_of_which_the_time_is_nearly_over_is_begun_anew(user, stripe_api, things):
    price = PriceFactory()
    first = start_order(user=user, price=price)
    Order.objects.update(hold_until=timezone.now() + timedelta(minutes=20))

    second = start_order(user=user, price=price)

    first.refresh_from_db()
    assert (first.closing, second.state) == ("cancelled", "open")
    assert list(things.holds) == [second.reference]


def test_an_open_page_keeps_its_order_till_the_end(user, stripe_api):
    order = start_order(user=user, price=PriceFactory())
    open_checkout(order=order)
    Order.objects.update(hold_until=timezone.now() + timedelta(minutes=20))

    assert start_order(user=user, price=order.price) == order


def test_an_order_of_another_environment_makes_room(user, stripe_api):
    first = OrderFactory(user=user, environment="test")

    second = start_order(user=user, price=first.price)

    first.refresh_from_db()
    assert (first.closing, second.environment) == ("cancelled", "stand-in")


def test_a_quote_writes_nothing(user, stripe_api, things):
    quote = quote_order(user=user, price=bundle(3, 1))

    assert [(line.item.subject, line.unit_cents) for line in quote.lines] == [("thing:a", 7500), ("part:1", 2500)]
    assert (quote.total_cents, quote.has_trial) == (10000, False)
    assert not Order.objects.exists()
    assert things.left == 1


def test_closing_an_order_lets_go_once(user, stripe_api, things):
    order = start_order(user=user, price=PriceFactory())

    closed = close_order(order=order, closing="expired")
    again = close_order(order=order, closing="cancelled")

    assert (closed.state, again.closing, closed.closed_at) == ("closed", "expired", again.closed_at)
    assert OrderLine.objects.get().outcome == "released"
    assert things.holds == {}
    assert MailMessage.objects.get().template == "payments/mail/order_expired"


def test_a_reminder_is_sent_once_for_a_person_and_a_product(user, stripe_api):
    price = PriceFactory()
    for _time in range(2):
        close_order(order=start_order(user=user, price=price), closing="expired")

    message = MailMessage.objects.get()
    assert price.product.get_absolute_url() in message.body_text
    assert "Still interested" in message.subject


def test_nobody_is_reminded_of_what_is_off_sale(user, stripe_api):
    order = start_order(user=user, price=PriceFactory())
    type(order.price.product).objects.update(is_active=False)

    close_order(order=order, closing="expired")

    assert not MailMessage.objects.exists()
