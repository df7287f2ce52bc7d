"""A seat, end to end: two people at once, one place. Search, register, ticket, waiting list, offer, and who has it in the end."""

from __future__ import annotations

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from core.models import Job
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory
from tests.factories.workshops import workshop_with_blocks
from tests.fixtures.browser import follow, reload_until_visible, wait_until
from workshops.booking.tickets import ticket_code
from workshops.models import Place, Seat

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@pytest.fixture
def site(gunicorn_site, celery_worker_process, settings):
    settings.SITE_URL = gunicorn_site.url
    celery_worker_process("default", env={"SITE_URL": gunicorn_site.url})
    return gunicorn_site.url


def test_one_place_and_two_people(site, new_page, sign_in):
    Place.objects.create(kind="postal_code", search_key="32501", label="32501 Pensacola, FL", lat=30.42, lng=-87.22)
    workshop = workshop_with_blocks(title="The Knee, Hands On", capacity=1)
    ada, ben = UserFactory(email="ada@example.org", display_name="Ada"), UserFactory(email="ben@example.org", display_name="Ben")
    hers, his = new_page(width=390), new_page()
    sign_in(hers, ada, site)
    sign_in(his, ben, site)

    find(hers, site)
    find(his, site)
    register(hers)
    expect(hers.get_by_role("complementary").get_by_text("You have a seat", exact=True)).to_be_visible()
    scan_the_ticket(hers, workshop.seats.get(learner=ada))

    press_too_late(his)
    join_the_list(his)
    address = his.url

    hers.goto(f"{site}{workshop.get_absolute_url()}")
    follow(hers.get_by_role("link", name="I can’t come"))
    follow(hers.get_by_role("button", name=re.compile("Give the seat back")))
    expect(hers.get_by_text("Your seat is given back.")).to_be_visible()
    expect(hers.get_by_role("complementary").get_by_text("Full", exact=True)).to_be_visible()  # it is Ben's to decide, not hers again

    his.goto(address)
    take_the_offer(his)

    seat = workshop.seats.confirmed().get()
    assert seat.learner == ben
    assert workshop.seats.filter(state=Seat.State.CANCELLED, learner=ada).count() == 1
    wait_until(his, lambda: MailMessage.objects.filter(recipient=ben, template="workshops/mail/seat_confirmed").count() == 1)
    assert not Job.objects.dead().exists()


def find(page: Page, site: str) -> None:
    """By ZIP code, on the list, which is whole without the map."""
    page.goto(f"{site}/workshops/")
    page.get_by_label(re.compile("ZIP code")).fill("32501")
    follow(page.get_by_role("button", name=re.compile("Find workshops|Search|Show")).first)
    follow(page.get_by_role("main").get_by_role("link", name="The Knee, Hands On", exact=True))  # the pin on the map has a longer name
    expect(page.get_by_role("heading", name="The Knee, Hands On", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Register", exact=True)).to_be_visible()


def register(page: Page) -> None:
    follow(page.get_by_role("link", name="Register", exact=True))
    follow(page.get_by_role("button", name="Take the seat"))


def scan_the_ticket(page: Page, seat: Seat) -> None:
    """What a camera reads off the phone's screen is the code of this seat."""
    follow(page.get_by_role("link", name="Your ticket"))
    picture = page.get_by_role("img", name="QR code of the ticket")
    picture.scroll_into_view_if_needed()
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.screenshot())))
    assert [code.text.rstrip("/").rpartition("/")[2] for code in codes] == [ticket_code(seat)]


def press_too_late(page: Page) -> None:
    """His page still shows the seat that is gone: he is told, and led to the list."""
    follow(page.get_by_role("link", name="Register", exact=True))
    expect(page.get_by_text(re.compile("is full. Join its waiting list"))).to_be_visible()


def join_the_list(page: Page) -> None:
    follow(page.get_by_role("link", name="Join the waiting list"))
    follow(page.get_by_role("button", name="Join the waiting list"))
    expect(page.get_by_role("complementary").get_by_text("Waiting list: position 1")).to_be_visible()


def take_the_offer(page: Page) -> None:
    reload_until_visible(page.get_by_role("complementary").get_by_text("A seat is held for you", exact=True))
    follow(page.get_by_role("link", name="Take the seat"))
    follow(page.get_by_role("button", name="Take the seat"))
    expect(page.get_by_role("complementary").get_by_text("You have a seat", exact=True)).to_be_visible()
