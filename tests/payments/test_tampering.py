"""What somebody would try who wants more than they paid for, or wants to see what is not theirs. Nothing of it may work."""

from __future__ import annotations

import logging
from functools import partial

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Role
from accounts.organizations import create_organization, remove_manager
from core.errors import DomainError
from notifications.models import MailMessage
from payments.gateway.client import client as stripe_client
from payments.models import AccessGrant, Customer, Order, OrganizationSeat, Payment, Refund, Subscription
from payments.selectors import has_access
from payments.services import (
    RefundPart,
    ensure_customer,
    open_checkout,
    project_charge,
    project_dispute,
    project_session,
    project_subscription,
    request_refund,
    seats,
    start_order,
)
from payments.services.refunds import send_refund
from payments.signals import line_refunded
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import MembershipPriceFactory, PaymentFactory, PriceFactory, ProductFactory, PromotionCodeFactory
from tests.fixtures.at_once import outcomes

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def nobody_was_counted_before(db):
    cache.clear()


@pytest.fixture
def user(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def thief(db):
    return UserFactory(email="mallory@example.com")


def sign_in(client, person):
    client.force_login(person, backend=BACKEND)
    return client


def begin(user, price=None, **options):
    order = start_order(user=user, price=price or PriceFactory(), **options)
    return order, open_checkout(order=order)


def bought(stripe_api, user, price=None, **options):
    attempt = begin(user, price, **options)[1]
    stripe_api.control.pay(attempt.stripe_session_id)
    return project_session(session_id=attempt.stripe_session_id)


def pool_bought(stripe_api, manager, quantity=2):
    price = PriceFactory(product=ProductFactory(for_organizations=True))
    organization = create_organization(name="Knee clinic", by=manager)
    order = bought(stripe_api, manager, price, quantity=quantity, organization=organization)
    return order, order.lines.get().pool


# Paying less than ordered


@pytest.mark.parametrize("quantity", [0, -1, -500, 2])
def test_a_person_buys_one_and_no_other_number(user, stripe_api, quantity):
    with pytest.raises(DomainError):
        start_order(user=user, price=PriceFactory(), quantity=quantity)

    assert not Order.objects.exists()


@pytest.mark.parametrize("quantity", [0, -3, 501, 40_000, 10**30])
def test_an_organization_buys_a_number_that_can_be_given(user, client, stripe_api, quantity):
    price = PriceFactory(product=ProductFactory(for_organizations=True))
    organization = create_organization(name="Knee clinic", by=user)

    answer = sign_in(client, user).post(f"/payments/organizations/{organization.pk}/buy/{price.product.slug}/", {"quantity": quantity})

    assert answer.status_code == 422
    assert not Order.objects.exists()


@pytest.mark.parametrize("wanted", ["²", "٣" * 9, "9" * 30, "9" * 5000, "-1", "1.0", "", "0x10"])
def test_a_price_that_is_no_number_is_not_found(user, client, stripe_api, wanted):
    product = PriceFactory().product

    assert sign_in(client, user).post(product.get_absolute_url(), {"price": wanted}).status_code == 404


def test_the_price_of_another_product_or_one_taken_off_is_not_found(user, client, stripe_api):
    dear, cheap = PriceFactory(amount_cents=99_900), PriceFactory(amount_cents=100)
    old = PriceFactory(product=dear.product, currency="eur", amount_cents=1, is_active=False)
    bulk = PriceFactory(product=dear.product, amount_cents=10, min_quantity=50)
    sign_in(client, user)

    for price in (cheap, old, bulk):
        assert client.post(dear.product.get_absolute_url(), {"price": price.pk}).status_code == 404
    assert not Order.objects.exists()


def test_what_is_paid_at_stripe_is_what_was_ordered_whatever_the_form_says(user, client, stripe_api):
    price = PriceFactory()
    wishes = {"price": price.pk, "amount_cents": 1, "quantity": 5, "total": "0", "currency": "jpy", "user": 1, "state": "paid", "organization": 1}

    sign_in(client, user).post(price.product.get_absolute_url(), wishes)

    (session,) = stripe_api.control.objects("checkout.session")
    assert (session["amount_total"], session["currency"]) == (4900, "usd")
    assert Order.objects.get().state == "open"
    for loose in ("allow_promotion_codes", "adjustable_quantity"):
        assert not session.get(loose)


def test_the_last_use_of_a_code_is_used_once(stripe_api, transactional_db):
    code, price = PromotionCodeFactory(percent_off=100, max_uses=1), PriceFactory()
    people = [UserFactory() for _number in range(6)]

    came = outcomes(*[partial(start_order, user=person, price=price, promotion=code.code) for person in people], refused=DomainError)

    refused = [each.code for each in came if isinstance(each, DomainError)]
    assert (Order.objects.paid().count(), refused) == (1, ["code_used_up"] * 5)
    assert AccessGrant.objects.count() == 1


def test_two_tabs_of_one_person_make_one_order_and_one_trial(stripe_api, transactional_db):
    user = UserFactory()
    month = MembershipPriceFactory(trial_days=7)
    year = MembershipPriceFactory(product=month.product, interval="year", amount_cents=19000, trial_days=7)

    outcomes(*[partial(start_order, user=user, price=price) for price in (month, year, month, year)], refused=DomainError)

    assert Order.objects.open().count() == 1
    assert Order.objects.exclude(state="closed").filter(has_trial=True).count() <= 1


# Access without payment


@pytest.mark.parametrize("query", ["?from=checkout", "?from=checkout&session_id=cs_1&paid=1", "?state=paid"])
def test_the_return_page_gives_nothing(user, client, stripe_api, query):
    order, _attempt = begin(user)

    assert sign_in(client, user).get(order.get_absolute_url() + query).status_code == 200
    order.refresh_from_db()
    assert (order.state, AccessGrant.objects.count()) == ("open", 0)


def test_a_session_that_names_somebody_elses_order_pays_nothing(user, thief, stripe_api):
    """Whoever can make sessions in the account (another site that shares it) still cannot pay an order of ours with a cent."""
    order = start_order(user=user, price=PriceFactory(amount_cents=99_900))
    price = stripe_client().prices.create({"currency": "usd", "unit_amount": 100, "product_data": {"name": "A cent"}})
    marks = {"order": str(order.pk), "attempt": "1", "environment": "stand-in"}
    session = stripe_client().checkout.sessions.create(
        {
            "mode": "payment",
            "customer": ensure_customer(user=thief),
            "client_reference_id": str(order.pk),
            "metadata": marks,
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "https://school.example/",
        }
    )
    stripe_api.control.pay(session.id)

    assert project_session(session_id=session.id) is None
    order.refresh_from_db()
    assert (order.state, AccessGrant.objects.count(), Payment.objects.count()) == ("open", 0, 0)


@pytest.mark.parametrize("environment", ["test", "live", "", "STAND-IN"])
def test_a_session_of_another_environment_pays_nothing(user, stripe_api, environment):
    order = start_order(user=user, price=PriceFactory())
    price = stripe_client().prices.create({"currency": "usd", "unit_amount": 4900, "product_data": {"name": "Looks right"}})
    session = stripe_client().checkout.sessions.create(
        {
            "mode": "payment",
            "customer": ensure_customer(user=user),
            "metadata": {"order": str(order.pk), "attempt": "1", "environment": environment},
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "https://school.example/",
        }
    )
    stripe_api.control.pay(session.id)

    assert project_session(session_id=session.id) is None
    order.refresh_from_db()
    assert order.is_open


@pytest.mark.parametrize("mark", ["²", "-1", "1e3", "0", "9" * 40, "9" * 5000, "' OR 1=1 --"])
def test_strange_marks_of_a_session_harm_nobody(user, stripe_api, mark):
    price = stripe_client().prices.create({"currency": "usd", "unit_amount": 4900, "product_data": {"name": "Odd"}})
    session = stripe_client().checkout.sessions.create(
        {
            "mode": "payment",
            "customer": ensure_customer(user=user),
            "metadata": {"order": mark[:400], "attempt": mark[:400], "environment": "stand-in"},
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "https://school.example/",
        }
    )
    stripe_api.control.pay(session.id)

    assert project_session(session_id=session.id) is None


def test_a_subscription_of_another_customer_opens_nothing_here(user, thief, stripe_api):
    """Its metadata name the order of somebody else."""
    order = bought(stripe_api, user, MembershipPriceFactory())
    price = stripe_api.control.objects("price")[0]
    rogue = stripe_client().checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": ensure_customer(user=thief),
            "line_items": [{"price": price["id"], "quantity": 1}],
            "subscription_data": {"metadata": {"order": str(order.pk)}},
            "success_url": "https://school.example/",
        }
    )
    stripe_api.control.pay(rogue.id)
    found = next(row for row in stripe_api.control.objects("subscription") if row["customer"] == Customer.objects.get(user=thief).stripe_customer_id)

    row = project_subscription(subscription_id=found["id"])

    assert (row.user, row.order) == (thief, None)
    assert Subscription.objects.get(user=user).order == order


def test_a_subscription_to_a_price_that_is_not_ours_opens_nothing(thief, stripe_api):
    price = stripe_client().prices.create({"currency": "usd", "unit_amount": 100, "product_data": {"name": "A cent"}, "recurring": {"interval": "month"}})
    session = stripe_client().checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": ensure_customer(user=thief),
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "https://school.example/",
        }
    )
    stripe_api.control.pay(session.id)
    (found,) = stripe_api.control.objects("subscription")

    assert project_subscription(subscription_id=found["id"]) is None
    assert not AccessGrant.objects.exists()


def test_old_news_after_a_refund_opens_nothing_again(user, client, stripe_api):
    order = bought(stripe_api, user)
    payment, line = order.payments.get(), order.lines.get()
    parts = [RefundPart(line=line, amount_cents=4900, closes_access=True)]
    send_refund(refund=request_refund(payment=payment, by=None, parts=parts, reason="Asked.", reason_class="requested_by_customer"))
    session = order.attempts.get().stripe_session_id

    for _time in range(2):
        project_session(session_id=session)
        project_charge(charge_id=payment.stripe_charge_id)
    sign_in(client, user).get(f"{order.get_absolute_url()}?from=checkout")

    line.refresh_from_db()
    assert (has_access(user, line.subject), line.outcome) == (False, "taken_back")
    assert (Refund.objects.count(), Payment.objects.count(), Payment.objects.get().refunded_cents) == (1, 1, 4900)


@pytest.mark.parametrize("verb", ["pay", "cancel"])
def test_the_order_of_somebody_else_is_neither_paid_nor_cancelled(user, thief, client, stripe_api, verb):
    order, _attempt = begin(user)
    staff = user_with_role(Role.STAFF)

    for person in (thief, staff):
        assert sign_in(client, person).post(reverse(f"payments:order_{verb}", args=[order.pk])).status_code == 404
    order.refresh_from_db()
    assert order.is_open


def test_what_belongs_to_somebody_else_is_not_there(user, thief, client, stripe_api):
    order = bought(stripe_api, user)
    member = bought(stripe_api, UserFactory(), MembershipPriceFactory())
    payment = Payment.objects.get(subscription__order=member)
    sign_in(client, thief)

    for name, pk in [
        ("order_detail", order.pk),
        ("order_receipt", order.pk),
        ("order_receipt_pdf", order.pk),
        ("payment_receipt", payment.pk),
        ("payment_receipt_pdf", payment.pk),
    ]:
        assert client.get(reverse(f"payments:{name}", args=[pk])).status_code == 404, name


def test_state_changes_need_the_csrf_token(user, stripe_api):
    from django.test import Client

    order, _attempt = begin(user)
    _order, pool = pool_bought(stripe_api, user)
    seat = pool.seats.first()
    client = sign_in(Client(enforce_csrf_checks=True), user)
    addresses = [
        order.price.product.get_absolute_url(),
        reverse("payments:order_pay", args=[order.pk]),
        reverse("payments:order_cancel", args=[order.pk]),
        reverse("payments:organization_create"),
        reverse("payments:organization_detail", args=[pool.organization_id]),
        reverse("payments:manager_remove", args=[pool.organization_id, user.pk]),
        reverse("payments:pool_detail", args=[pool.pk]),
        reverse("payments:pool_link", args=[pool.pk]),
        reverse("payments:seat_free", args=[seat.pk]),
        reverse("payments:seat_invite_again", args=[seat.pk]),
        reverse("payments:seat_take", args=[seats.link_token(pool)]),
        *(reverse(f"payments:membership{verb}") for verb in ("_portal", "_pause", "_resume", "_keep", "_pay")),
    ]

    for address in addresses:
        assert client.post(address, {}).status_code == 403, address


# Refunds


def test_a_refund_never_names_the_line_of_another_order(stripe_api, db):
    mine, theirs = PaymentFactory(), PaymentFactory()
    parts = [RefundPart(line=theirs.order.lines.get(), amount_cents=100, closes_access=True)]

    with pytest.raises(ValueError):
        request_refund(payment=mine, by=None, parts=parts, reason="", reason_class="school")

    assert not Refund.objects.exists()


def test_refunds_at_once_stay_within_what_was_captured(stripe_api, transactional_db):
    order = bought(stripe_api, UserFactory())
    payment, line = order.payments.get(), order.lines.get()
    parts = [RefundPart(line=line, amount_cents=3000, closes_access=False)]

    outcomes(*[partial(request_refund, payment=payment, by=None, parts=parts, reason="", reason_class="school")] * 5, refused=DomainError)

    payment.refresh_from_db()
    assert (Refund.objects.count(), payment.refunded_cents) == (1, 3000)


@pytest.mark.parametrize("closes", [True, False])
def test_the_people_of_an_organization_are_named_when_its_money_goes_back(stripe_api, user, closes):
    """Their completions are looked at by the CE officer, as those of somebody who paid alone."""
    order, pool = pool_bought(stripe_api, user)
    seats.set_link(pool=pool, is_on=True, by=user)
    ana = UserFactory()
    seats.take_seat(token=seats.link_token(type(pool).objects.get(pk=pool.pk)), user=ana)
    heard = []

    def listen(sender, signal, **news):
        heard.append((news["user"], news["closes_access"]))

    line_refunded.connect(listen)
    try:
        parts = [RefundPart(line=order.lines.get(), amount_cents=order.total_cents, closes_access=closes)]
        request_refund(payment=order.payments.get(), by=None, parts=parts, reason="Asked.", reason_class="school")
    finally:
        line_refunded.disconnect(listen)

    assert heard == [(ana, closes)]
    assert has_access(ana, order.lines.get().subject) is not closes


# Seats of organizations


def test_a_seat_is_not_taken_while_the_bank_questions_its_payment(stripe_api, user):
    order, pool = pool_bought(stripe_api, user)
    seats.invite(pool=pool, addresses=["ana@example.org"], by=user)
    seats.set_link(pool=pool, is_on=True, by=user)
    pool.refresh_from_db()
    dispute = stripe_api.control.open_dispute(order.payments.get().stripe_charge_id)["id"]
    project_dispute(dispute_id=dispute)
    invited, ana, ben = pool.seats.get(state="invited"), UserFactory(), UserFactory()

    for token, person in ((seats.link_token(pool), ana), (seats.invitation_token(invited), ben)):
        with pytest.raises(seats.SeatRefused, match="bank"):
            seats.take_seat(token=token, user=person)
    stripe_api.control.close_dispute(dispute, won=True)
    project_dispute(dispute_id=dispute)

    assert not AccessGrant.objects.exists()
    assert seats.take_seat(token=seats.link_token(pool), user=ana).user == ana


def test_a_second_seat_beside_a_suspended_one_is_refused_in_words(stripe_api, user):
    ana = UserFactory()
    order, pool = pool_bought(stripe_api, user)
    seats.set_link(pool=pool, is_on=True, by=user)
    pool.refresh_from_db()
    seats.take_seat(token=seats.link_token(pool), user=ana)
    again = bought(stripe_api, user, order.price, quantity=1, organization=pool.organization).lines.get().pool
    seats.set_link(pool=again, is_on=True, by=user)
    again.refresh_from_db()
    project_dispute(dispute_id=stripe_api.control.open_dispute(order.payments.get().stripe_charge_id)["id"])

    with pytest.raises(seats.SeatRefused):
        seats.take_seat(token=seats.link_token(again), user=ana)

    assert not has_access(ana, order.lines.get().subject)


def test_two_pools_at_once_give_one_person_one_seat(stripe_api, transactional_db):
    user, ana = UserFactory(), UserFactory()
    order, first = pool_bought(stripe_api, user)
    second = bought(stripe_api, user, order.price, quantity=1, organization=first.organization).lines.get().pool
    tokens = [seats.link_token(seats.set_link(pool=pool, is_on=True, by=user)) for pool in (first, second)]

    outcomes(*[partial(seats.take_seat, token=token, user=ana) for token in tokens], refused=seats.SeatRefused)

    assert OrganizationSeat.objects.filter(state="taken").count() == 1


def test_a_seat_taken_while_the_dispute_is_written_is_suspended_or_refused(stripe_api, transactional_db):
    user, people = UserFactory(), [UserFactory() for _number in range(4)]
    order, pool = pool_bought(stripe_api, user, quantity=4)
    token = seats.link_token(seats.set_link(pool=pool, is_on=True, by=user))
    dispute = stripe_api.control.open_dispute(order.payments.get().stripe_charge_id)["id"]
    takes = [partial(seats.take_seat, token=token, user=person) for person in people]

    outcomes(*takes, partial(project_dispute, dispute_id=dispute), refused=seats.SeatRefused)

    assert not [person for person in people if has_access(person, order.lines.get().subject)]


def test_links_are_worth_nothing_once_off_and_cannot_be_made_up(stripe_api, user, client, thief):
    _order, pool = pool_bought(stripe_api, user)
    pool = seats.set_link(pool=pool, is_on=True, by=user)
    old = seats.link_token(pool)
    seats.set_link(pool=pool, is_on=False, by=user)
    seats.set_link(pool=pool, is_on=True, by=user)
    sign_in(client, thief)

    for token in (old, old[:-1] + ("A" if old[-1] != "A" else "B"), "x", "pool:1:1", "..", "%00"):
        for answer in (client.get(f"/payments/seats/take/{token}/"), client.post(f"/payments/seats/take/{token}/")):
            assert answer.status_code in (404, 409), token
    assert not AccessGrant.objects.exists()


def test_a_manager_who_was_removed_can_do_nothing_more(stripe_api, user, thief, client):
    from accounts.organizations import add_manager

    _order, pool = pool_bought(stripe_api, user)
    add_manager(organization=pool.organization, email=thief.email, by=user)
    remove_manager(organization=pool.organization, user=thief, by=user)
    seat, organization = pool.seats.first(), pool.organization
    sign_in(client, thief)

    for path in (f"organizations/{organization.pk}/", f"organizations/{organization.pk}/edit/", f"seats/pools/{pool.pk}/", f"seats/pools/{pool.pk}/report.csv"):
        assert client.get(f"/payments/{path}").status_code == 404, path
    for path in (
        f"seats/pools/{pool.pk}/link/",
        f"seats/{seat.pk}/free/",
        f"seats/{seat.pk}/invite/",
        f"organizations/{organization.pk}/managers/{user.pk}/remove/",
    ):
        assert client.post(f"/payments/{path}").status_code == 404, path
    with pytest.raises(DomainError):
        start_order(user=thief, price=_order.price, quantity=1, organization=organization)


def test_one_seat_does_not_write_to_one_address_again_and_again(stripe_api, user):
    """Inviting and calling back in turn would send as many mails as anybody likes to somebody who never asked."""
    _order, pool = pool_bought(stripe_api, user, quantity=1)
    for _try in range(8):
        try:
            seats.invite(pool=pool, addresses=["victim@example.org"], by=user)
        except seats.SeatRefused:
            break
        seats.free_seat(seat=pool.seats.get(), by=user)

    assert MailMessage.objects.filter(to_address="victim@example.org").count() <= 3


# Paid, and nothing for it


def test_a_membership_is_not_sold_to_whom_it_would_stay_closed(user, stripe_api):
    """The bank questions the last membership: the library is suspended, and would stay so whatever is paid now."""
    price = MembershipPriceFactory()
    order = bought(stripe_api, user, price)
    row = order.subscriptions.get()
    payment = row.payments.get()
    project_dispute(dispute_id=stripe_api.control.open_dispute(payment.stripe_charge_id)["id"])
    stripe_client().subscriptions.cancel(row.stripe_subscription_id)
    project_subscription(subscription_id=row.stripe_subscription_id)

    with pytest.raises(DomainError) as refusal:
        start_order(user=user, price=price)

    assert refusal.value.code == "payment_disputed"


def test_nobody_is_billed_twice_because_stripe_was_away_for_a_moment(user, stripe_api):
    price = MembershipPriceFactory()
    _order, attempt = begin(user, price)
    stripe_api.control.pay(attempt.stripe_session_id)
    stripe_api.control.knobs(path="/v1/subscriptions", fail_before=50)
    with pytest.raises(DomainError):
        project_session(session_id=attempt.stripe_session_id)
    assert not Subscription.objects.exists()

    with pytest.raises(DomainError) as refusal:
        start_order(user=user, price=price)

    assert refusal.value.code == "membership_begins"


@pytest.mark.parametrize("verb", ["pause", "resume", "keep", "pay"])
def test_a_membership_that_stripe_does_not_know_is_refused_in_words(user, client, stripe_api, verb):
    bought(stripe_api, user, MembershipPriceFactory())
    stripe_api.control.reset()  # the key is another account's now

    answer = sign_in(client, user).post(reverse(f"payments:membership_{verb}"), {"months": "1"})

    assert answer.status_code == 409
    assert b"refused" in answer.content


# What is written down


def test_no_address_of_a_person_reaches_the_log(user, stripe_api, caplog):
    from django.conf import settings

    levels = {name: told["level"] for name, told in settings.LOGGING.get("loggers", {}).items() if "level" in told}
    for name in ("stripe", "urllib3"):
        logging.getLogger(name).setLevel(levels.get(name, "INFO"))
    with caplog.at_level(logging.INFO):
        bought(stripe_api, user)

    assert not [word for word in ("ada@example", "ada%40example") if word in caplog.text]
    assert "sk_test" not in caplog.text


ODD = [
    '#import "x"',
    "$ sum $ ] [ #panic()",
    "\\u{202e}evil",
    "\u202etxt.exe",
    "\ue000\ufffe",
    "👩‍👩‍👧",
    "Ж漢字ا",
    "a\u0301" * 200,
    "x" * 4000,
    "\u0007\u001b[31m",
    "\r\nBcc: x@example.org",
]


@pytest.mark.parametrize("text", ODD)
def test_whatever_is_typed_into_an_organization_is_printed_or_refused(user, client, stripe_api, text):
    order, pool = pool_bought(stripe_api, user)
    sign_in(client, user)
    form = {"name": "Knee clinic", "billing_address": text, "tax_id": text[:40]}

    answer = client.post(f"/payments/organizations/{pool.organization_id}/edit/", form)

    assert answer.status_code in (302, 422)
    pdf = client.get(reverse("payments:order_receipt_pdf", args=[order.pk]))
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")


@pytest.mark.parametrize("text", ODD)
def test_whatever_somebody_is_called_the_receipt_prints(user, client, stripe_api, text):
    user.display_name = text[:60].replace("\x00", "")
    user.save()
    order = bought(stripe_api, user)

    pdf = sign_in(client, user).get(reverse("payments:order_receipt_pdf", args=[order.pk]))

    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")


@pytest.mark.parametrize("path", ["orders/", "payments/", "memberships/", "disputes/", "products/", "codes/"])
@pytest.mark.parametrize("text", ["\x00", "%00", "\ud83d", "²", "2026-²", "9" * 400, "(((((" * 50, "\\", "%", "' OR 1=1"])
def test_the_desk_bears_odd_words(client, stripe_api, db, path, text):
    sign_in(client, user_with_role(Role.STAFF))

    assert client.get(f"/desk/sales/{path}", {"q": text.encode("utf-8", "surrogatepass")}).status_code in (200, 404, 422)


@pytest.mark.parametrize(("first", "last"), [("9999-12-31", "9999-12-31"), ("0001-01-01", ""), ("", "9999-12-31"), ("0001-01-01", "0001-01-01")])
def test_the_desk_bears_the_ends_of_the_calendar(client, stripe_api, db, first, last):
    PaymentFactory()
    sign_in(client, user_with_role(Role.STAFF))

    for path in ("orders/", "payments/", "movements.csv"):
        answer = client.get(f"/desk/sales/{path}", {"first": first, "last": last})
        assert answer.status_code in (200, 422), path
        b"".join(answer.streaming_content) if answer.streaming else None


@pytest.mark.parametrize("days", [{"ends_on": "9999-12-31"}, {"starts_on": "0001-01-01"}])
def test_a_code_ends_on_a_day_that_can_be_shown(client, stripe_api, db, days):
    sign_in(client, user_with_role(Role.STAFF))

    answer = client.post("/desk/sales/codes/new/", {"code": "ABC", "percent_off": "10", "is_active": "on", **days})

    assert answer.status_code == 422
    assert client.get("/desk/sales/codes/").status_code == 200


@pytest.mark.parametrize(
    "text", ["a@example.org\rb@example.org\r", '"' * 999 + "a@example.org", "x" * 190_000 + "@a", "\x00", "a@example.org\u2028b@example.org"]
)
def test_any_list_of_addresses_is_read_or_refused_in_words(client, stripe_api, user, text):
    _order, pool = pool_bought(stripe_api, user)

    assert sign_in(client, user).post(pool.get_absolute_url(), {"people": text}).status_code in (302, 422)


@pytest.mark.parametrize("text", ["\x00", "²", "9" * 5000, "\u202e", "ß" * 40, "(((((" * 8])
def test_the_buy_page_bears_odd_words(client, stripe_api, db, text):
    product = PriceFactory().product

    for asked in ({"code": text}, {"currency": text}):
        assert client.get(product.get_absolute_url(), asked).status_code == 200


def test_guessing_codes_is_slowed_down(client, stripe_api, db):
    product = PriceFactory().product
    told = [client.get(product.get_absolute_url(), {"code": f"GUESS-{number}"}).status_code for number in range(60)]

    assert told[0] == 200
    assert 429 in told
    assert client.get(product.get_absolute_url()).status_code == 200


def test_asking_which_addresses_have_accounts_is_slowed_down(client, stripe_api, user):
    organization = create_organization(name="Knee clinic", by=user)
    sign_in(client, user)

    told = [client.post(f"/payments/organizations/{organization.pk}/", {"email": f"p{number}@example.org"}).status_code for number in range(40)]

    assert told[0] == 422
    assert 429 in told


def test_beginning_orders_is_slowed_down(client, stripe_api, user):
    price = PriceFactory(amount_cents=0)
    sign_in(client, user)
    told = [client.post(price.product.get_absolute_url(), {"price": price.pk}).status_code for _number in range(60)]

    assert (told[0], told[-1]) == (302, 429)


def test_a_key_that_stripe_does_not_know_leads_in_no_circle(client, stripe_api, db, settings):
    settings.STRIPE_SECRET_KEY = "sk_live_wrong"
    sign_in(client, user_with_role(Role.STAFF))

    answer = client.get("/desk/sales/payouts/")

    assert answer.status_code == 200
