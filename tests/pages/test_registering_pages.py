"""Registering on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import workshop_with_blocks
from tests.fixtures.browser import box_of
from workshops.booking.asking import choose_waiver, write_waiver


@pytest.fixture
def registering(new_page, sign_in, live_site, transactional_db):
    """The form of a free workshop with a waiver, before somebody who has no seat."""
    staff, workshop = user_with_role(Role.STAFF), workshop_with_blocks(capacity=4)
    choose_waiver(workshop=workshop, waiver=write_waiver(name="Hands on", text="We practise on each other.", by=staff).waiver, by=staff)
    page = new_page(width=390)
    sign_in(page, UserFactory(), live_site)
    page.goto(live_site + reverse("workshops:workshop_register", args=[workshop.slug]))
    return page


def test_a_waiver_that_was_not_accepted_keeps_its_words_beside_the_box(registering):
    registering.get_by_role("button", name="Take the seat").click()
    registering.get_by_role("heading", name="Please look at this again").wait_for()

    box = box_of(registering.get_by_label("I have read this and accept it"))
    words = box_of(registering.locator("label").filter(has_text="I have read this and accept it"))

    assert words["x"] - (box["x"] + box["width"]) < 24


def test_one_more_colleague_is_typed_where_the_new_line_is(registering):
    registering.get_by_role("heading", name="Register colleagues").click()
    registering.locator("[name=guests-0-email]").fill("anna@example.net")
    registering.locator("[name=guests-0-name]").fill("Anna")

    registering.get_by_role("button", name="One more colleague").click()

    expect(registering.locator("[name=guests-1-email]")).to_be_focused()
