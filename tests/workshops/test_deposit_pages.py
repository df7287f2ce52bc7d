"""Choosing a deposit, paying the rest and deciding about it, as people see it; and the same over the API."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from payments.models import Balance, Deposit, Order
from payments.services import set_deposit, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import BalanceFactory
from tests.workshops.money import on_sale, pay
from workshops.booking.services import keep_booking
from workshops.booking.tickets import ticket_code


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def staff(db):
    return user_with_role("staff")


@pytest.fixture
def sold(staff):
    workshop, price = on_sale(19000, days=60, capacity=2)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="kept", by=staff)
    return workshop, price


@pytest.fixture
def balance(stripe_api, sold, ada):
    order = pay(stripe_api.control, start_order(user=ada, price=sold[1], with_deposit=True))
    return Balance.objects.get(line__order=order)


def check_page(client, workshop, user):
    keep_booking(workshop=workshop, buyer=user, is_coming=True, guests=[])
    client.force_login(user)
    return reverse("workshops:registration_check", args=[workshop.slug])


def test_the_check_page_states_what_happens_and_sells_for_the_deposit(client, stripe_api, sold, ada):
    address = check_page(client, sold[0], ada)

    shown = client.get(address).content.decode()
    answer = client.post(address, {"price": sold[1].pk, "pays": "deposit"})

    order = Order.objects.get()
    assert "<strong>$60.00</strong> deposit now, the rest of $130.00 by" in shown
    assert "The deposit of $60.00 is kept then." in shown
    assert (answer.status_code, order.total_cents, order.lines.get().balance.terms in shown) == (302, 6000, True)


def test_without_the_choice_everything_is_paid(client, stripe_api, sold, ada):
    client.post(check_page(client, sold[0], ada), {"price": sold[1].pk})

    assert (Order.objects.get().total_cents, Balance.objects.count()) == (19000, 0)


def test_the_choice_is_hidden_once_the_day_has_passed(client, stripe_api, sold, ada):
    Deposit.objects.update(balance_days=61)
    address = check_page(client, sold[0], ada)

    assert "deposit now" not in client.get(address).content.decode()
    refused = client.post(address, {"price": sold[1].pk, "pays": "deposit"})
    assert (refused.status_code, Order.objects.count()) == (409, 0)
    assert "Choose to pay all now" in refused.content.decode()


def test_what_is_owed_stands_wherever_the_seat_does(client, sold, ada, staff, balance):
    seat = sold[0].seats.get()
    words = "$130.00 still to pay by"
    own = [sold[0].get_absolute_url(), balance.line.order.get_absolute_url(), balance.get_absolute_url()]
    client.force_login(ada)
    for address in [*own, reverse("workshops:ticket_detail", args=[ticket_code(seat)])]:
        assert words in client.get(address).content.decode(), address
    assert client.get(reverse("workshops:ticket_pdf", args=[ticket_code(seat)])).status_code == 200
    client.force_login(staff)
    assert "$130.00 to pay by" in client.get(reverse("workshops_desk:workshop_roster", args=[sold[0].pk])).content.decode()
    assert words in client.get(reverse("payments_sales:order_detail", args=[balance.line.order_id])).content.decode()
    assert "$130.00" in client.get(reverse("payments_sales:balance_list")).content.decode()


def test_the_rest_is_paid_from_its_page_and_then_nothing_is_owed(client, stripe_api, sold, ada, balance):
    client.force_login(ada)
    bought = client.get(balance.line.order.get_absolute_url()).content.decode()
    assert ("Your deposit is paid. Thank you." in bought, balance.terms in bought) == (True, True)
    passing = client.get(reverse("workshops:transfer_create", args=[sold[0].seats.get().pk])).content.decode()
    assert "The rest, $130.00, is due by" in passing

    answer = client.post(reverse("payments:balance_pay", args=[balance.pk]))

    order = Order.objects.open().get()
    assert (answer.status_code, order.total_cents, answer.headers["Location"]) == (302, 13000, order.attempts.get().url)
    pay(stripe_api.control, order)
    assert "still to pay" not in client.get(sold[0].get_absolute_url()).content.decode()
    bought, rest = (client.get(one.get_absolute_url()).content.decode() for one in (balance.line.order, order))
    assert ("The rest, $130.00, is paid" in bought, balance.terms in bought) == (True, False)
    assert ("Paid. Thank you." in rest, "Go to Rest" in rest) == (True, False)
    assert client.post(reverse("payments:balance_pay", args=[balance.pk]), follow=True).content.decode().count("Nothing is to be paid here any more") == 1


@pytest.mark.parametrize("people", [2, 3])
def test_all_rests_are_paid_from_the_order_or_from_any_of_them(client, stripe_api, ada, staff, people, django_assert_max_num_queries):
    _workshop, price = on_sale(19000, days=60, capacity=3)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="kept", by=staff)
    others = UserFactory.create_batch(people - 1)
    order = pay(stripe_api.control, start_order(user=ada, price=price, people=[ada, *others], with_deposit=True))
    balance = Balance.objects.order_by("pk").last()
    words = f"Pay for all {people} people now: ${130 * people}.00"
    client.force_login(ada)
    client.get(order.get_absolute_url())

    with django_assert_max_num_queries(11):
        assert words in client.get(order.get_absolute_url()).content.decode()
    assert words in client.get(balance.get_absolute_url()).content.decode()
    begun = client.post(reverse("payments:balance_pay_all", args=[balance.pk]))
    by_api = call(ada, "payments-balance-pay-all", pk=balance.pk)

    rests = Order.objects.open().get()
    assert (begun.status_code, begun.url) == (302, rests.attempts.get().url)
    assert (by_api.status_code, by_api.json()) == (201, {"order": rests.number, "pay_at": begun.url})
    assert call(others[-1], "payments-balance-pay-all", pk=balance.pk).status_code == 409
    assert call(UserFactory(), "payments-balance-pay-all", pk=balance.pk).status_code == 404
    client.force_login(balance.line.person)
    assert words not in client.get(balance.get_absolute_url()).content.decode()
    pay(stripe_api.control, rests)
    client.force_login(ada)
    assert words not in client.get(order.get_absolute_url()).content.decode()


def test_staff_set_a_deposit_and_take_it_off(client, sold, staff):
    client.force_login(staff)
    address = reverse("payments_sales:deposit_set", args=[sold[1].product_id])
    good = {"deposit-currency": "usd", "deposit-amount": "50", "deposit-balance_days": 21, "deposit-grace_days": 5, "deposit-rule": "policy"}

    for wrong in ({"deposit-amount": "190"}, {"deposit-amount": "x"}, {"deposit-grace_days": 30}, {"deposit-rule": "mine"}, {"deposit-currency": "zzz"}):
        assert client.post(address, good | wrong).status_code == 422
    assert Deposit.objects.get().amount_cents == 6000
    client.post(address, good)
    deposit = Deposit.objects.get()
    assert (deposit.amount_cents, deposit.balance_days, deposit.grace_days, deposit.rule) == (5000, 21, 5, "policy")
    client.post(address, good | {"deposit-amount": ""})
    assert not Deposit.objects.exists()


def test_staff_decide_on_the_desk(client, sold, staff, balance):
    client.force_login(staff)
    address = reverse("payments_sales:balance_decide", args=[balance.pk])
    later = balance.due_on + timedelta(days=3)

    assert client.post(address, {"extend": "yes", "extend-until": "yesterday", "extend-reason": "x"}).status_code == 422
    assert client.post(address, {"extend": "yes", "extend-until": "2001-01-01", "extend-reason": "x"}).status_code == 409
    assert client.post(address, {"waive": "yes", "waive-reason": ""}).status_code == 422
    assert client.post(address, {"extend": "yes", "extend-until": later.isoformat(), "extend-reason": "Her pay."}).status_code == 302
    balance.refresh_from_db()
    assert (balance.due_on, balance.state) == (later, "due")
    assert client.post(address, {"waive": "yes", "waive-reason": "Kind."}).status_code == 302
    balance.refresh_from_db()
    assert (balance.state, balance.decided_by) == ("waived", staff)


@pytest.mark.parametrize("state", ["due", "paid", "waived", "forfeited"])
def test_the_list_is_searched_by_state_and_person(client, staff, state):
    for each in Balance.State.values:
        _row(each)
    client.force_login(staff)

    page = client.get(reverse("payments_sales:balance_list"), {"state": state}).context["page_obj"]

    assert [row.state for row in page] == [state]
    assert not client.get(reverse("payments_sales:balance_list"), {"q": "nobody"}).context["page_obj"].object_list


def _row(state):
    balance = BalanceFactory(state=state, decided_at=None if state == "due" else timezone.now())
    balance.line.outcome, balance.line.decided_at = "fulfilled", timezone.now()
    balance.line.save()
    return balance


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(client, staff, count, django_assert_max_num_queries):
    for _n in range(count):
        _row("due")
    client.force_login(staff)

    with django_assert_max_num_queries(6):
        assert len(client.get(reverse("payments_sales:balance_list")).context["page_obj"]) == count


def call(user, name, method="post", data=None, **kwargs):
    client = APIClient()
    client.force_authenticate(user)
    return getattr(client, method)(reverse(name, kwargs=kwargs), data, format="json")


def test_the_api_shows_pays_and_decides(stripe_api, sold, ada, staff, balance):
    (shown,) = json.loads(call(ada, "payments-balance-list", "get").content)["results"]
    paid = call(ada, "payments-balance-pay", pk=balance.pk)

    assert (shown["amount_cents"], shown["state"], shown["is_owed"], shown["due_on"]) == (13000, "due", True, balance.due_on.isoformat())
    assert (paid.status_code, paid.json()["pay_at"]) == (201, Order.objects.open().get().attempts.get().url)
    assert call(staff, "payments-balance-waive", pk=balance.pk, data={"reason": "Kind."}).status_code == 409  # it is being paid
    assert call(ada, "payments-balance-waive", pk=balance.pk, data={"reason": "Kind."}).status_code == 403
    assert call(UserFactory(), "payments-balance-pay", pk=balance.pk).status_code == 404
    later = balance.due_on + timedelta(days=2)
    assert call(staff, "payments-balance-extend", pk=balance.pk, data={"until": later.isoformat(), "reason": "x"}).json()["due_on"] == later.isoformat()
    assert call(staff, "payments-balance-extend", pk=balance.pk, data={"until": "soon", "reason": "x"}).status_code == 400


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_read_well(new_page, live_site, sign_in, axe, stripe_api, width):
    ada, staff = UserFactory(email="ada@example.com"), user_with_role("staff")
    workshop, price = on_sale(19000, days=60, capacity=3)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="kept", by=staff)
    other, _price = on_sale(19000, days=60, activity=workshop.activity)
    order = pay(stripe_api.control, start_order(user=ada, price=price, people=[ada, UserFactory()], with_deposit=True))
    set_deposit(product=_price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="policy", by=staff)
    keep_booking(workshop=other, buyer=ada, is_coming=True, guests=[])
    balance = Balance.objects.get(line__order=order, line__beneficiary=ada)
    pages = {
        "check": (ada, reverse("workshops:registration_check", args=[other.slug])),
        "workshop": (ada, workshop.get_absolute_url()),
        "order": (ada, order.get_absolute_url()),
        "balance": (ada, balance.get_absolute_url()),
        "ticket": (ada, reverse("workshops:ticket_detail", args=[ticket_code(workshop.seats.get(learner=ada))])),
        "roster": (staff, reverse("workshops_desk:workshop_roster", args=[workshop.pk])),
        "list": (staff, reverse("payments_sales:balance_list")),
        "decide": (staff, reverse("payments_sales:balance_decide", args=[balance.pk])),
        "product": (staff, reverse("payments_sales:product_detail", args=[price.product_id])),
        "desk_order": (staff, reverse("payments_sales:order_detail", args=[order.pk])),
    }
    for person, address in pages.values():
        page = new_page(width=width)
        sign_in(page, person, live_site)
        page.goto(live_site + address)
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
