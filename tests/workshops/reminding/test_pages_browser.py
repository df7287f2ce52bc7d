"""The pages of what went out before a workshop: accessible, and no wider than a phone."""

import pytest
from django.urls import reverse

from tests.factories.accounts import user_with_role
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from tests.workshops.reminding.test_reminders import before
from workshops.reminding.services import remind


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 1280])
def test_what_goes_out_by_itself_reads_well(new_page, live_site, sign_in, axe, width):
    workshop = workshop_with_blocks(instructor=user_with_role("instructor"), format="hybrid", remote_capacity=3)
    SeatFactory.create_batch(3, workshop=workshop)
    with before(workshop, days=2):
        remind(workshop=workshop)
    page = new_page(width=width)
    sign_in(page, workshop.instructor, live_site)

    for name in ("message_list", "reminder_list"):
        page.goto(live_site + reverse(f"workshops_desk:{name}", args=[workshop.pk]))
        page.get_by_role("heading", level=1).wait_for()
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
