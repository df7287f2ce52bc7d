"""The pages about people, mail, access and jobs, filled with rows, at both widths."""

import os
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from playwright.sync_api import expect

from core.audit import record_audit
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.core import JobFactory
from tests.factories.notifications import MailMessageFactory
from tests.factories.payments import AccessGrantFactory

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")  # a folder to keep pictures in, for looking at


@pytest.fixture
def school(db):
    """A member of staff, a person with a history, and work of every state."""
    staff = user_with_role("staff", "ce_officer")
    staff.display_name = "Marta Oliveira"
    staff.save()
    person = user_with_role("instructor")
    person.display_name, person.last_login = "Anneliese von Hohenstaufen-Wittelsbach", timezone.now()
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    LegalNameFactory(user=person)
    record_audit(actor=staff, action="accounts.grant_role", record=person, reason="teaches the knee", role="instructor")
    grant = AccessGrantFactory(user=person, subject="course:81")
    subject, body = "Your certificate for Release for the knee is ready", "Dear Anneliese,\n\nit is ready.\n"
    mail = MailMessageFactory(recipient=person, failed=True, subject=subject, body_text=body)
    MailMessageFactory(recipient=person, sent=True)
    error = "Traceback (most recent call last):\nOSError: No space left on device"
    JobFactory(dead=True, key="video:3f6f1e0e-7a0d-4a3c-9c3e-0d1f5f8f7a11", error=error)
    JobFactory(running=True, progress=37, stage="second of three renditions")
    JobFactory(key="mail:9")
    return {"staff": staff, "person": person, "grant": grant, "mail": mail}


DESK = [
    "/desk/people/",
    "/desk/people/?q=nobody",
    "/desk/people/{person.pk}/",
    "/desk/people/{person.pk}/roles/",
    "/desk/people/{person.pk}/deactivate/",
    "/desk/access/",
    "/desk/access/new/",
    "/desk/access/{grant.pk}/revoke/",
    "/desk/mail/",
    "/desk/mail/{mail.pk}/",
    "/desk/jobs/?state=dead",
    "/desk/jobs/?state=running",
    "/desk/jobs/?state=queued",
    "/desk/jobs/?state=done",
]
OWN = ["/account/details/", "/account/legal-name/"]


@pytest.mark.parametrize("path", DESK)
def test_a_desk_page_is_accessible_at_both_widths(visit, school, path):
    visit(path.format(**school), school["staff"])


@pytest.mark.parametrize("path", OWN)
def test_a_page_of_ones_own_is_accessible_at_both_widths(visit, school, path):
    visit(path, school["person"])


def test_the_preview_of_a_name_is_accessible(visit, school):
    def preview(page):
        page.fill("[name=given_names]", "Zoë Maria")
        page.fill("[name=family_name]", "Đặng")
        page.click("text=See how it will be printed")
        page.wait_for_selector("text=This is how certificates will print it")

    visit("/account/legal-name/", school["person"], act=preview)


def test_a_refused_form_is_accessible(visit, school):
    def refuse(page):
        page.click("text=Give the role")
        page.fill("[name=reason]", " ")
        page.evaluate("document.querySelector('form.form').noValidate = true")
        page.click("button:has-text('Give the role')")
        expect(page.locator(".form-errors")).to_be_visible()

    visit(f"/desk/people/{school['person'].pk}/roles/", school["staff"], act=refuse)


def test_the_time_zone_is_guessed_from_the_browser(new_page, live_site, db):
    page = new_page(timezone_id="Europe/Madrid")
    page.goto(f"{live_site}/account/signup/")

    expect(page.locator("[name=time_zone]")).to_have_value("Europe/Madrid")


@pytest.fixture
def visit(new_page, axe, live_site, sign_in):
    def go(path, user, act=None):
        plain, examined = new_page(), new_page(bypass_csp=True)
        for page in (plain, examined):
            sign_in(page, user, live_site)
            page.goto(live_site + path)
            if act:
                act(page)
                page.wait_for_load_state()
        for width in (1280, 390):
            plain.set_viewport_size({"width": width, "height": 850})
            examined.set_viewport_size({"width": width, "height": 850})
            if SCREENSHOTS:
                name = path.strip("/").replace("/", "-").replace("?", "-") + ("-acted" if act else "")
                plain.screenshot(path=Path(SCREENSHOTS) / f"{name}-{width}.png", full_page=True)
            assert plain.evaluate("document.documentElement.scrollWidth") <= width, f"scrolls sideways at {width} px"
            assert axe(examined) == []
        expect(plain.locator("h1")).to_have_count(1)
        assert plain.title().strip()

    return go
