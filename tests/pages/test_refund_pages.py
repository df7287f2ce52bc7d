"""The refund dialog and the flags of CE officers in a real browser: asked, said back and made, at a phone's width and a desk's."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.services import flag_completion
from payments.models import OrderLine, Payment, ProductItem
from payments.services import grant_access
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.courses import completed, enrolled, published_course
from tests.factories.credits import AwardFactory
from tests.factories.payments import PaidOrderFactory, PaymentFactory, PriceFactory, ProductFactory


@pytest.fixture
def payment(transactional_db) -> Payment:
    """A bundle of a completed course with a certificate, and something else."""
    learner = LegalNameFactory(user__display_name="Zoë Đặng").user
    course = published_course(is_free=False)
    product = ProductFactory(
        kind="bundle", subject=course.subject, title="Home study and hands-on day", refund_policy="Within 14 days, in full.\n\nLater, half."
    )
    ProductItem.objects.create(product=product, subject="thing:day", position=1)
    order = PaidOrderFactory(user=learner, price=PriceFactory(product=product, amount_cents=24900))
    for line, (title, cents) in zip(order.lines.order_by("pk"), (("The knee, home study", 14900), ("The knee, hands-on day", 10000)), strict=True):
        line.title, line.total_cents, line.outcome, line.decided_at = title, cents, OrderLine.Outcome.FULFILLED, order.paid_at
        line.grant = grant_access(user=learner, subject=line.subject, source="order")
        line.save()
    CertificateFactory(award=AwardFactory(dossier=completed(enrolled(course, learner)).completion.dossier))
    return PaymentFactory(order=order, amount_cents=24900, method="Visa ending in 4242")


def test_a_refund_from_the_first_page_to_the_last(payment, new_page, sign_in, live_site, look):
    page = new_page(bypass_csp=True)
    sign_in(page, user_with_role(Role.STAFF), live_site)

    page.goto(live_site + reverse("payments_sales:payment_refund", args=[payment.pk]))
    faults = look(page, "refund-form")
    study, day = payment.order.lines.order_by("pk")
    page.get_by_label("Give back of “The knee, hands-on day”").fill("200")
    page.get_by_role("button", name="See what will happen").click()
    faults += look(page, "refund-wrong", "Please look at this again")
    page.get_by_label("Give back of “The knee, hands-on day”").fill("50")
    page.locator(f"input[name=access-{day.pk}][value=keep]").check()
    page.get_by_label("In your words").fill("She has moved and cannot come.")
    page.get_by_role("button", name="See what will happen").click()
    faults += look(page, "refund-confirm", "Refund $199.00?")
    page.get_by_role("button", name="Refund $199.00").click()
    faults += look(page, "refund-on-its-way", "Refund of $199.00")
    payment.refunds.update(state="failed", failure="expired_or_canceled_card")
    page.reload()
    faults += look(page, "refund-failed", "The money did not arrive")

    assert faults == []
    assert payment.refunds.get().amount_cents == 19900
    study.refresh_from_db()
    assert study.outcome == OrderLine.Outcome.TAKEN_BACK


def test_the_flags_of_a_ce_officer(transactional_db, new_page, sign_in, live_site, look):
    page = new_page(bypass_csp=True)
    sign_in(page, user_with_role(Role.CE_OFFICER), live_site)
    flagged = CertificateFactory().award.dossier
    flag = flag_completion(key=flagged.key, reason="The bank of the buyer questions the payment (dispute du_1).")
    flag_completion(key=CertificateFactory().award.dossier.key, reason="The course was refunded in full.", suspends=False)

    faults = []
    for name, path in {
        "flags": reverse("credits_desk:flag_list"),
        "flag-lift": reverse("credits_desk:flag_lift", args=[flag.pk]),
        "flag-dossier": flagged.get_absolute_url(),
        "flag-award": flagged.awards.get().get_absolute_url(),
    }.items():
        page.goto(live_site + path)
        faults += [f"{path}: {fault}" for fault in look(page, name)]

    assert faults == []
