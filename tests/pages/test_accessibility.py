"""Every page in a real browser, at a phone's width and a desk's: one h1, a title, no axe finding, nothing that scrolls sideways."""

from __future__ import annotations

import pytest

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role

PUBLIC = [
    "/",
    "/search/",
    "/search/?q=hip",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/confirm-email/",
    "/no-such-page/",
]
LEARNER = [
    "/dashboard/",
    "/account/email/",
    "/account/password/change/",
    "/account/2fa/",
    "/account/sessions/",
    "/account/logout/",
    "/account/reauthenticate/",
    "/desk/",
]
STAFF = ["/desk/"]


@pytest.fixture
def look_at(new_page, axe, live_site, sign_in):
    """Visit as `user` (None: a stranger). axe styles elements in passing, so it gets a page that ignores the content policy."""

    def visit(path: str, user=None) -> None:
        plain, examined = new_page(), new_page(bypass_csp=True)
        errors: list[str] = []
        plain.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        for page in (plain, examined):
            if user:
                sign_in(page, user, live_site)
            response = page.goto(live_site + path)
        for width in (1280, 390):
            plain.set_viewport_size({"width": width, "height": 850})
            assert plain.evaluate("document.documentElement.scrollWidth") <= width, f"scrolls sideways at {width} px"
            examined.set_viewport_size({"width": width, "height": 850})
            assert axe(examined) == []
        assert plain.locator("h1").count() == 1
        assert plain.title().strip()
        # The browser reports the page's own status when that is a refusal.
        assert [error for error in errors if response.ok or str(response.status) not in error] == []

    return visit


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_accessible(look_at, path):
    look_at(path)


@pytest.mark.parametrize("path", LEARNER)
def test_a_learners_page_is_accessible(look_at, path):
    look_at(path, UserFactory())


@pytest.mark.parametrize("path", STAFF)
def test_a_page_of_the_desk_is_accessible(look_at, path):
    look_at(path, user_with_role(*Role.values))


def test_the_menu_of_a_phone_opens_by_keyboard_and_closes_on_escape(new_page, live_site):
    page = new_page(width=390)
    page.goto(live_site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("summary:visible").focus()

    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="Create an account").is_visible()
    page.keyboard.press("Escape")

    assert not page.get_by_role("link", name="Create an account").is_visible()


def test_the_menu_of_a_phone_works_without_javascript(new_page, live_site):
    page = new_page(width=390, java_script_enabled=False)
    page.goto(live_site)

    page.locator("summary:visible").click()

    assert page.get_by_role("link", name="Create an account").is_visible()


def test_dark_colours_have_enough_contrast(new_page, axe, live_site):
    page = new_page(color_scheme="dark", bypass_csp=True)
    page.goto(live_site)

    assert axe(page) == []


def test_an_invalid_form_says_so_and_links_to_the_field(new_page, axe, live_site):
    page = new_page(bypass_csp=True)
    page.goto(f"{live_site}/account/login/")
    page.fill("input[name=login]", "nobody@example.com")
    page.fill("input[name=password]", "wrong-password")
    page.locator("main form button[type=submit]").first.click()

    assert page.get_by_role("alert").first.is_visible()
    assert page.evaluate("document.activeElement.className") == "form-errors"
    assert axe(page) == []
