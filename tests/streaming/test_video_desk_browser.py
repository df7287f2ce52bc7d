"""The asset's desk page as staff use it: a poster by keyboard, a chapter's time from the player."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from streaming.services.stills import make_stills
from tests.factories.accounts import user_with_role
from tests.fixtures.browser import wait_until
from tests.streaming.made import transcode_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_posters_and_chapters_by_keyboard_on_a_phone(new_page, live_site, sign_in, axe, small_film, small_hls):
    asset = small_film("Hamstring release")
    make_stills(transcode=transcode_of(asset, small_hls))
    page = new_page(width=390)
    sign_in(page, user_with_role(Role.STAFF), live_site)
    page.goto(f"{live_site}{asset.get_absolute_url()}")

    page.get_by_role("radio", checked=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The poster is changed.")).to_be_visible()
    asset.refresh_from_db()
    assert asset.poster.startswith("posters/own-")
    video = page.locator("video")
    expect(video).to_have_attribute("poster", re.compile(re.escape(asset.poster) + "$"))

    wait_until(page, lambda: video.evaluate("video => video.readyState") >= 2)  # loading would put it back to its start
    video.evaluate("video => { video.currentTime = 8.4 }")
    page.get_by_role("button", name="Take from player for chapter 1").click()
    expect(page.locator("#id_form-0-start")).to_have_value("0:08")
    expect(page.locator("#id_form-0-title")).to_be_focused()
    page.keyboard.type("Hip flexors")
    page.get_by_role("button", name="Save chapters").click()
    expect(page.get_by_text("The chapters are saved.")).to_be_visible()
    assert list(asset.chapters.values_list("start_ms", "title")) == [(8000, "Hip flexors")]
    assert axe(page) == []
