"""A stranger becomes a learner: on a phone, with gunicorn, a worker that sends the mail, and its link."""

import re
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.factories.accounts import PASSWORD
from tests.fixtures.browser import follow

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ADDRESS = "stranger@example.org"  # nobody else's in these stories
END_OF_MAIL = b"-" * 79 + b"\n"  # what Django writes last into the file


def test_stranger_signs_up_confirms_and_signs_in(gunicorn_site, celery_worker_process, new_page, axe):
    celery_worker_process("default")
    page = new_page(width=390)
    page.goto(gunicorn_site.url)
    expect(page.locator("h1")).to_have_count(1)
    assert axe(page) == []

    page.goto(f"{gunicorn_site.url}/account/signup/")
    page.get_by_label("What shall we call you?").fill("Ada")
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/account/confirm-email/")

    page.goto(link_mailed_to(ADDRESS, gunicorn_site.url))
    follow(page.get_by_role("button", name="Confirm the address"))
    page.goto(f"{gunicorn_site.url}/account/login/")
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/dashboard/")

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def link_mailed_to(address: str, site: str, limit_s: float = 120) -> str:
    """The link in the mail, once the worker has handed it over whole (the site itself forgets such a mail's text).

    Other stories' mails lie in the same folder, some with a calendar file beside the text.
    """
    folder = Path(settings.MEDIA_ROOT) / "outgoing-mail"
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        for file in folder.glob("*.log"):
            written = file.read_bytes()
            mail = message_from_bytes(written, policy=policy.default)
            if mail["To"] != address or not written.endswith(END_OF_MAIL) or not (text := mail.get_body(("plain",))):
                continue
            if link := re.search(rf"{re.escape(site)}/account/confirm-email/\S+", text.get_content()):
                return link[0]
        time.sleep(0.1)
    raise AssertionError(f"No mail reached {address}.")
