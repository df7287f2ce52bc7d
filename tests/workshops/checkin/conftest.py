"""Phones at the door of a workshop, in a real browser, on a network that can be cut."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.workshops.checkin.basement import Cable
from workshops.checkin.devices import claim_link, enrol_device

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def cable(live_site):
    found = Cable(urlsplit(live_site).port)
    yield found
    found.pull()


@pytest.fixture
def enrolled(new_page, cable, transactional_db):
    """`enrolled(workshop)`: a page on a phone of its own that is enrolled and has kept itself."""

    def enrol(workshop, name="Ada’s phone", **options):
        device = enrol_device(workshop=workshop, name=name, by=workshop.instructor)
        page = new_page(**PHONE, **options)
        page.goto(claim_link(device, cable.url))
        expect(page.get_by_text("All sent")).to_be_visible()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")  # everything is kept by then
        return page

    return enrol
