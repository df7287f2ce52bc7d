"""Passkeys in a real browser with an authenticator of the browser's own making."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from tests.factories.accounts import PASSWORD, UserFactory

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def passkey_page(new_page):
    page = new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def test_a_passkey_is_added_and_signs_in_without_the_password(passkey_page, live_site):
    page, user = passkey_page, UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    page.goto(f"{live_site}/account/login/?next=/account/2fa/webauthn/add/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("form button[type=submit]:has-text('Sign in')")
    page.wait_for_url("**/reauthenticate/**")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/webauthn/add/")
    page.check("[name=passwordless]")
    page.click("main form button")
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    added = Authenticator.objects.get(user=user, type="webauthn")

    page.context.clear_cookies()
    page.goto(f"{live_site}/account/login/")
    page.click("text=Sign in with a passkey")
    page.wait_for_url("**/dashboard/")

    assert added.wrap().is_passwordless
    expect(page.locator("h1")).to_have_count(1)
