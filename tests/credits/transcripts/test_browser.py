"""The transcript's pages in a browser, wide and on a phone: nothing sticks out, and nothing breaks WCAG 2.2 AA."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from credits.transcripts.links import make_link, revoke_link
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import enrolled, published_course
from tests.factories.credits import AwardFactory, BoardFactory, ExternalCreditFactory, LicenceFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_fit_and_can_be_read_by_everybody(live_site, new_page, sign_in, axe, width):
    cache.clear()
    learner = UserFactory(display_name="Zoë Đặng")
    florida = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy", unit_plural="hours")
    georgia = BoardFactory(code="us_ga_massage", name="Georgia Board of Massage Therapy", unit_plural="hours")
    for board in (florida, georgia):
        LicenceFactory(user=learner, board=board, issued_on=date(2021, 3, 1))
    topics = [{"category": "ethics", "units": "1"}]
    for day, title in ((date(2026, 5, 9), "SMRT for the knee and what holds it"), (date(2024, 5, 9), "SMRT for the hip")):
        AwardFactory(dossier__user=learner, accreditation__board=florida, board=florida, title=title, completed_on=day, category_split=topics)
    ExternalCreditFactory(user=learner, board=georgia, title="Manual lymph drainage", units=Decimal("12.5"), status="accepted")
    ExternalCreditFactory(user=learner, board=florida, title="Ethics at work")
    enrolled(published_course(course__slug="the-jaw"), learner)
    link, over = make_link(user=learner, name="For the board in Tallahassee", with_pending=True), make_link(user=learner, name="For my old employer")
    revoke_link(link=over, actor=learner)
    shared, *others = (reverse("shared_transcript:page", args=[token]) for token in (link.token, over.token, "x"))
    own = [
        reverse("credits:transcript_detail"),
        reverse("credits:transcript_link_list"),
        reverse("credits:transcript_link_add"),
        link.get_absolute_url(),
        over.get_absolute_url(),
    ]

    visitor, page = new_page(width=width), new_page(width=width)
    sign_in(page, learner, live_site)
    for shown, addresses in (
        (page, own),
        (visitor, [shared, *others]),
    ):
        for address in addresses:
            shown.goto(live_site + address)
            expect(shown.locator("h1")).to_have_count(1)
            assert shown.evaluate("document.documentElement.scrollWidth") <= width, address
            assert shown.evaluate("[...document.querySelectorAll('.table-wrap')].every(box => box.scrollWidth <= box.clientWidth)"), address
            assert axe(shown) == [], address
    desk = new_page(width=width)
    sign_in(desk, user_with_role(Role.CE_OFFICER), live_site)
    desk.goto(live_site + reverse("credits_desk:transcript_detail", args=[learner.pk]))
    assert desk.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(desk) == []
    page.goto(live_site + link.get_absolute_url())
    page.get_by_role("textbox", name="The link").focus()
    assert page.evaluate("document.getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart)").endswith(shared)
