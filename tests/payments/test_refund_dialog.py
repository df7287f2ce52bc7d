"""The staff dialog of a refund: asked, said back in one sentence each, done once."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry
from notifications.models import MailMessage
from payments.models import OrderLine, ProductItem, Refund
from payments.selectors import has_access
from payments.services import RefundPart, grant_access, request_refund
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import PaidOrderFactory, PaymentFactory, PriceFactory, ProductFactory, SubscriptionFactory

WHY = {"reason": "She wrote that she has moved.", "reason_class": "requested_by_customer"}


@pytest.fixture
def staff(db, client):
    user = user_with_role(Role.STAFF)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def bundle():
    """A paid bundle of $60: home study of $40 and a hands-on day of $20, both given."""
    product = ProductFactory(kind="bundle", subject="thing:study", title="Study and day")
    ProductItem.objects.create(product=product, subject="thing:day", position=1)
    order = PaidOrderFactory(price=PriceFactory(product=product, amount_cents=6000))
    for line, (title, cents) in zip(order.lines.order_by("pk"), (("Home study", 4000), ("Hands-on day", 2000)), strict=True):
        line.title, line.total_cents, line.outcome, line.decided_at = title, cents, OrderLine.Outcome.FULFILLED, order.paid_at
        line.grant = grant_access(user=order.user, subject=line.subject, source="order")
        line.save()
    return PaymentFactory(order=order, amount_cents=6000, method="Visa ending in 4242"), *order.lines.order_by("pk")


def address(payment):
    return reverse("payments_sales:payment_refund", args=[payment.pk])


def text(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def token(response):
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


def fields(*answers):
    """(line, amount, access) for some lines of the order, the others left alone; with the reason."""
    found = dict(WHY)
    for line in answers[0][0].order.lines.all():
        found |= {f"amount-{line.pk}": "", f"access-{line.pk}": "keep"}
    for line, amount, access in answers:
        found |= {f"amount-{line.pk}": amount, f"access-{line.pk}": access}
    return found


def test_the_page_shows_each_line_with_what_is_left_and_the_policy_as_sold(client, staff):
    payment, study, day = bundle()
    request_refund(payment=payment, by=None, parts=[RefundPart(line=day, amount_cents=500, closes_access=False)], **WHY)

    page = client.get(address(payment))

    shown = text(page)
    assert "Home study" in shown
    assert "Refunds within 14 days." in shown
    assert "$5.00 went back or is on its way; $55.00 is left." in shown
    assert f'name="amount-{day.pk}" value="15.00"' in page.content.decode()
    assert f'name="amount-{study.pk}" value="40.00"' in page.content.decode()


def test_a_refund_is_said_back_then_made(client, staff):
    payment, study, day = bundle()

    confirm = client.post(address(payment), fields((study, "40", "close"), (day, "5.50", "keep")))
    nothing_yet = Refund.objects.count()
    made = client.post(address(payment), {"token": token(confirm)}, follow=True)

    said = text(confirm)
    assert "Refund $45.50?" in said
    assert f"{payment.user} gets $40.00 back for “Home study”, and it closes now." in said
    assert f"{payment.user} gets $5.50 back for “Hands-on day”, and it stays open." in said
    assert "$14.50 of the payment stays with the school." in said
    refund = Refund.objects.get()
    assert (nothing_yet, refund.amount_cents, refund.requested_by, refund.reason) == (0, 4550, staff, WHY["reason"])
    assert (has_access(payment.user, study.subject), has_access(payment.user, day.subject)) == (False, True)
    assert "On its way" in text(made)
    assert AuditEntry.objects.get(action="payments.request_refund").actor == staff
    [mail] = MailMessage.objects.filter(template="payments/mail/refund_requested")
    assert "“Home study” is closed for you now." in mail.body_text
    assert "“Hands-on day” stays open." in mail.body_text


def test_a_second_submit_shows_the_first_refund(client, staff):
    payment, study, _day = bundle()
    confirm = token(client.post(address(payment), fields((study, "10", "keep"))))

    first = client.post(address(payment), {"token": confirm})
    second = client.post(address(payment), {"token": confirm})

    assert (first.status_code, first["Location"]) == (302, second["Location"])
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("40.01", "$40.01 is more than is left of it: $40.00."),
        ("forty", "Write an amount such as 40"),
        ("-1", "Write an amount such as 40"),
        ("1.005", "Write an amount such as 40"),
        ("NaN", "Write an amount such as 40"),
        ("1e400", "Write an amount such as 40"),
        ("", "Enter an amount above zero for something."),
        ("0", "Enter an amount above zero for something."),
    ],
)
def test_what_cannot_be_refunded_is_said_beside_it(client, staff, amount, sentence):
    payment, study, _day = bundle()

    answer = client.post(address(payment), fields((study, amount, "close")))

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not Refund.objects.exists()


def test_a_reason_is_asked_for(client, staff):
    payment, study, _day = bundle()

    answer = client.post(address(payment), {**fields((study, "1", "close")), "reason": " "})

    assert (answer.status_code, "In your words" in text(answer)) == (422, True)


def test_what_changed_between_the_steps_is_looked_at_again(client, staff):
    payment, study, day = bundle()
    confirm = token(client.post(address(payment), fields((study, "40", "close"))))
    request_refund(payment=payment, by=None, parts=[RefundPart(line=day, amount_cents=500, closes_access=False)], **WHY)

    answer = client.post(address(payment), {"token": confirm})

    assert (answer.status_code, Refund.objects.count()) == (409, 1)
    assert "Something about this payment changed since you decided. Nothing was refunded" in text(answer)


def test_a_forged_decision_and_one_about_another_payment_do_nothing(client, staff):
    payment, study, _day = bundle()
    other = PaymentFactory()
    confirm = token(client.post(address(payment), fields((study, "40", "close"))))

    forged = client.post(address(payment), {"token": confirm[:-2] + "xx"})
    elsewhere = client.post(address(other), {"token": confirm})

    assert (forged.status_code, elsewhere.status_code, Refund.objects.count()) == (409, 409, 0)


def test_a_decision_can_be_changed(client, staff):
    payment, study, _day = bundle()
    confirm = token(client.post(address(payment), fields((study, "12.34", "keep"))))

    page = client.post(address(payment), {"token": confirm, "step": "edit"})

    assert f'name="amount-{study.pk}" value="12.34"' in page.content.decode()
    assert WHY["reason"] in page.content.decode()
    assert not Refund.objects.exists()


def test_a_disputed_payment_says_who_decides(client, staff):
    payment, _study, _day = bundle()
    payment.disputes.create(stripe_dispute_id="du_1", status="needs_response", amount_cents=6000, opened_at=payment.paid_at)

    page = client.get(address(payment))

    assert "decides about the money" in text(page)
    assert 'name="reason"' not in page.content.decode()


def test_a_payment_that_went_back_has_nothing_left(client, staff):
    payment = PaymentFactory(amount_cents=100, refunded_cents=100)

    assert "Nothing is left of this payment to refund." in text(client.get(address(payment)))


@pytest.mark.parametrize(("access", "is_open"), [("close", False), ("keep", True)])
def test_a_memberships_period_ends_the_membership_or_leaves_it(client, staff, access, is_open):
    user = UserFactory()
    grant = grant_access(user=user, subject="library", source="subscription")
    subscription = SubscriptionFactory(user=user, grant=grant)
    payment = PaymentFactory(order=None, user=user, subscription=subscription, currency="usd", amount_cents=1900)

    confirm = client.post(address(payment), {**WHY, "amount-membership": "19.00", "access-membership": access})
    client.post(address(payment), {"token": token(confirm)})

    grant.refresh_from_db()
    refund = Refund.objects.get()
    assert ("The membership ends now" in text(confirm)) is not is_open
    assert (refund.ends_membership, grant.is_live) == (not is_open, is_open)


def test_a_failed_refund_says_what_to_do(client, staff):
    payment = PaymentFactory()
    refund = payment.refunds.create(amount_cents=100, key="one", reason_class="school", state="failed", failure="expired_or_canceled_card")

    page = text(client.get(reverse("payments_sales:refund_detail", args=[refund.pk])))

    assert "The payment provider says: expired_or_canceled_card" in page
    assert "Refund again" in page
    assert "Give the access again" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number_of_refunds(client, staff, django_assert_num_queries, count):
    payment, study, _day = bundle()
    for _ in range(count):
        request_refund(payment=payment, by=staff, parts=[RefundPart(line=study, amount_cents=100, closes_access=False)], **WHY)
    client.get(address(payment))

    with django_assert_num_queries(9):
        assert client.get(address(payment)).status_code == 200


def test_a_second_payment_of_an_order_goes_back_by_itself(client, staff):
    payment, study, _day = bundle()
    second = PaymentFactory(order=payment.order, amount_cents=6000)

    confirm = client.post(address(second), {**WHY, "amount-second": "60"})
    client.post(address(second), {"token": token(confirm)})

    second.refresh_from_db()
    assert (second.refunded_cents, has_access(payment.user, study.subject)) == (6000, True)


def test_yen_have_no_cents(client, staff):
    order = PaidOrderFactory(price=PriceFactory(currency="jpy", amount_cents=4900))
    payment = PaymentFactory(order=order)
    line = order.lines.get()

    wrong = client.post(address(payment), {**WHY, f"amount-{line.pk}": "10.50"})
    right = client.post(address(payment), {**WHY, f"amount-{line.pk}": "1050"})

    assert (wrong.status_code, "Write an amount such as 4900" in text(wrong)) == (422, True)
    assert "Refund ¥1,050?" in text(right)
