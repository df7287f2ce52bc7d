"""The pages in a browser, wide and on a phone: nothing sticks out, and nothing breaks WCAG 2.2 AA."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from credits.external.services import review_external
from tests.credits.external.pictures import picture
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import BoardFactory, ExternalCreditFactory, ExternalProofFactory, LicenceFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_fit_and_can_be_read_by_everybody(live_site, new_page, sign_in, axe, width):
    learner, officer = UserFactory(display_name="Zoë Đặng"), user_with_role(Role.CE_OFFICER)
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy", unit_printed="hours")
    LicenceFactory(user=learner, board=board)
    LicenceFactory(user=learner, board=BoardFactory(code="us_ga_massage", name="Georgia Board of Massage Therapy"))
    credit = ExternalCreditFactory(
        user=learner, board=board, title="Manual lymph drainage, part one: the neck", category_split=[{"category": "ethics", "units": "1"}]
    )
    ExternalCreditFactory(user=learner, board=board, title="Ethics at work", status="accepted")
    credit.proofs.add(ExternalProofFactory(user=learner, media_type="image/jpeg", name="IMG_0042.jpg", file=ContentFile(picture().read(), "proof")))
    review_external(credit=credit, reviewer=officer, decision="asked", note="Please send page two, with the teacher’s signature.")
    own = [
        reverse("credits:external_list"),
        f"{reverse('credits:external_add')}?board=us_fl_massage",
        reverse("credits:external_add"),
        credit.get_absolute_url(),
        reverse("credits:external_correct", args=[credit.pk]),
        reverse("credits:external_withdraw", args=[credit.pk]),
    ]
    desk = [f"{reverse('credits_desk:external_list')}?state=all", reverse("credits_desk:external_review", args=[credit.pk])]

    for user, addresses in ((learner, own), (officer, desk)):
        page = new_page(width=width)
        sign_in(page, user, live_site)
        for address in addresses:
            page.goto(live_site + address)
            expect(page.locator("h1")).to_have_count(1)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
            assert axe(page) == [], address
