"""Signing up, in and out over the real views, with the mail that goes with it."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib.messages import get_messages
from django.core import mail
from django.template.loader import get_template

from accounts.models import User
from core import jobs
from core.models import Job
from notifications.account_mail import CONFIDENTIAL
from notifications.models import MailMessage
from tests.factories.accounts import PASSWORD, UserFactory, user_with_role

SIGNUP = {"email": "Ana@Example.org", "password1": "a-long-password", "display_name": "Ana", "time_zone": "Europe/Madrid"}


@pytest.fixture
def sent(db):
    """Runs the mail jobs and returns what arrived, the latest first."""

    def deliver():
        for job in Job.objects.filter(kind="notifications.deliver", state="queued"):
            assert jobs.run(job.pk)
        return list(reversed(mail.outbox))

    return deliver


def confirmed(**values):
    user = UserFactory(**values)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def link_in(message, part):
    return re.search(rf"http://testserver(\S*{part}\S*)", message.body).group(1)


def sign_in(client, user, password=PASSWORD):
    return client.post("/account/login/", {"login": user.email, "password": password})


def sign_in_and_prove(client, user):
    """Sign in and give the password once more, as pages that change how one signs in ask for."""
    sign_in(client, user)
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def test_sign_up_confirm_and_sign_in(client, sent):
    asked = client.post("/account/signup/", SIGNUP)
    message = sent()[0]
    too_early = client.post("/account/login/", {"login": "ana@example.org", "password": "a-long-password"})
    link = link_in(message, "confirm-email")
    page = client.get(link)
    client.post(link)
    answer = client.post("/account/login/", {"login": "ana@example.org", "password": "a-long-password"})

    user = User.objects.get()
    assert asked["Location"] == too_early["Location"] == "/account/confirm-email/"
    assert (user.email, user.display_name, user.time_zone) == ("ana@example.org", "Ana", "Europe/Madrid")
    assert (message.to, message.subject) == (["ana@example.org"], "SMRT School: please confirm your e-mail address")
    assert page.status_code == 200
    assert answer["Location"] == "/dashboard/"


def test_mail_to_an_address_not_confirmed_carries_no_words_of_who_typed_it(client, sent):
    """Whoever signs up chooses both the address and the name: a greeting by it would send strangers' mail for them."""
    bait = "You won! Collect at evil.example"
    client.post("/account/signup/", {**SIGNUP, "display_name": bait})
    user = confirmed(display_name=bait)
    sign_in_and_prove(client, user)
    client.post("/account/email/", {"action_add": "", "email": "victim@example.org"})

    bodies = [message.body for message in sent() if message.to in (["ana@example.org"], ["victim@example.org"])]

    assert len(bodies) == 2
    assert all("evil.example" not in body for body in bodies)


def test_reading_the_link_alone_confirms_nothing(client, sent):
    """Mail scanners open links; only the button counts."""
    client.post("/account/signup/", SIGNUP)

    client.get(link_in(sent()[0], "confirm-email"))

    assert not EmailAddress.objects.get().verified


@pytest.mark.parametrize("wrong", [{"display_name": "Ana\u202e"}, {"time_zone": "Mars/Olympus"}, {"password1": "short"}, {"email": "nothing"}])
def test_a_wrong_sign_up_makes_nobody(client, db, wrong):
    answer = client.post("/account/signup/", SIGNUP | wrong)

    assert answer.status_code in (200, 422)
    assert not User.objects.exists()
    assert not MailMessage.objects.exists()


def test_the_time_zone_is_guessed_by_a_module_and_chosen_without_it(client, db):
    page = client.get("/account/signup/").content.decode()

    assert "data-time-zone-guess" in page
    assert "/static/js/time-zone.js" in page
    assert '<option value="America/New_York" selected>' in page


def test_signing_up_with_a_taken_address_looks_the_same_and_tells_its_owner_alone(client, sent):
    confirmed(email="ana@example.org")

    taken = client.post("/account/signup/", SIGNUP)
    message = sent()[0]
    client.cookies.clear()
    fresh = client.post("/account/signup/", SIGNUP | {"email": "bo@example.org"})

    assert (taken.status_code, taken["Location"]) == (fresh.status_code, fresh["Location"])
    assert (message.to, message.subject) == (["ana@example.org"], "SMRT School: you already have an account")
    assert User.objects.count() == 2


def test_asking_for_a_new_password_looks_the_same_for_a_stranger(client, sent):
    confirmed(email="ana@example.org")

    answers = [client.post("/account/password/reset/", {"email": email}) for email in ("ana@example.org", "nobody@example.org")]

    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert sorted(message.to[0] for message in sent()) == ["ana@example.org", "nobody@example.org"]


@pytest.mark.parametrize("login", ["ana@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, db, login):
    confirmed(email="ana@example.org")

    page = client.post("/account/login/", {"login": login, "password": "wrong-password"}).content.decode()

    assert "The email address and/or password you specified are not correct" in page


def test_a_new_password_by_mail_ends_other_sessions(client, sent, django_user_model):
    user = confirmed()
    client.post("/account/password/reset/", {"email": user.email})
    link = link_in(sent()[0], "password/reset/key")
    form = client.get(link, follow=True).redirect_chain[-1][0]

    client.post(form, {"password1": "another-long-one", "password2": "another-long-one"})

    user.refresh_from_db()
    assert user.check_password("another-long-one")
    assert "your password was changed" in sent()[0].subject
    again = client.get(link, follow=True).content.decode()
    assert "password1" not in again


def test_a_link_that_signs_in_is_not_kept_in_the_log(client, sent):
    user = confirmed()
    client.post("/account/password/reset/", {"email": user.email})
    before = MailMessage.objects.get()
    sent()

    kept = MailMessage.objects.get()
    assert "password/reset/key" in before.body_text
    assert (before.shown_body, kept.body_text, kept.recipient) == ("", "", user)


def test_changing_the_address_needs_its_confirmation(client, sent):
    user = confirmed(email="old@example.org")
    sign_in_and_prove(client, user)

    client.post("/account/email/", {"email": "new@example.org", "action_add": ""})
    user.refresh_from_db()
    before = user.email
    confirmation = next(message for message in sent() if message.to == ["new@example.org"])
    client.post(link_in(confirmation, "confirm-email"))

    user.refresh_from_db()
    assert (before, user.email) == ("old@example.org", "new@example.org")
    assert any("was changed" in message.subject and message.to == ["old@example.org"] for message in sent())


def test_an_authenticator_app_is_set_up_with_its_code_and_asked_for_at_sign_in(client, sent, django_capture_on_commit_callbacks):
    user = confirmed()
    sign_in_and_prove(client, user)
    client.get("/account/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    mailed = sent()[0].subject
    client.post("/account/logout/")
    asked = sign_in(client, user)

    assert answer.status_code == 302
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    assert mailed == "SMRT School: an authenticator app was added"
    assert asked["Location"] == "/account/2fa/authenticate/"
    assert client.get("/dashboard/").status_code == 302


def test_no_key_is_offered_to_somebody_who_has_none(client, db):
    user = confirmed()
    TOTP.activate(user, generate_totp_secret())
    sign_in(client, user)

    page = client.get("/account/2fa/authenticate/").text

    assert "mfa_webauthn_authenticate" not in page


def test_a_recovery_code_signs_in_once(client, db):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    user = confirmed()
    TOTP.activate(user, generate_totp_secret())
    code = RecoveryCodes.activate(user).get_unused_codes()[0]

    outcomes = []
    for _ in range(2):
        sign_in(client, user)
        client.post("/account/2fa/authenticate/", {"code": code})
        outcomes.append(client.get("/dashboard/").status_code)
        client.post("/account/logout/")

    assert outcomes == [200, 302]


def test_the_security_page_offers_a_passkey_and_its_registration(client, db):
    user = confirmed()
    sign_in_and_prove(client, user)

    security = client.get("/account/2fa/").content.decode()
    registration = client.get("/account/2fa/webauthn/add/").content.decode()

    assert "/account/2fa/webauthn/add/" in security
    assert '"challenge"' in registration
    assert "testserver" in registration


def test_the_sign_in_page_offers_passkeys(client, db):
    assert "passkey" in client.get("/account/login/").content.decode().lower()


@pytest.mark.parametrize("path", ["/account/2fa/totp/activate/", "/account/2fa/webauthn/add/"])
def test_changing_how_one_signs_in_needs_the_password_again(client, db, path):
    sign_in(client, confirmed())

    assert client.get(path)["Location"].startswith("/account/reauthenticate/")


def test_own_sessions_are_listed(client, db):
    sign_in(client, confirmed())

    assert client.get("/account/sessions/").status_code == 200


@pytest.mark.parametrize(("roles", "is_nudged"), [([], False), (["instructor"], False), (["staff"], True), (["ce_officer"], True)])
def test_who_can_change_what_others_earned_is_asked_for_a_second_proof(client, db, roles, is_nudged):
    user = user_with_role(*roles)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    answer = sign_in(client, user)

    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert any("second proof" in message for message in said) is is_nudged


def test_a_deactivated_person_cannot_sign_in(client, db):
    user = confirmed(is_active=False)

    sign_in(client, user)

    assert client.get("/dashboard/").status_code == 302


def test_the_admin_has_no_sign_in_of_its_own(client, db):
    answer = client.get("/admin/login/")

    assert (answer.status_code, answer["Location"].startswith("/account/login/")) == (302, True)


def test_sign_in_is_limited_in_production():
    import smrt_platform.settings as production

    assert not hasattr(production, "ACCOUNT_RATE_LIMITS")  # the library's own limits hold
    assert production.ALLAUTH_TRUSTED_PROXY_COUNT == production.TRUSTED_PROXIES


def test_many_wrong_passwords_are_stopped(client, db, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/5m/key"}
    user = confirmed()

    for _ in range(4):
        sign_in(client, user, "wrong-password")
    sign_in(client, user)

    assert client.get("/dashboard/").status_code == 302


def test_every_mail_of_the_sign_in_library_has_our_own_words():
    folder = Path(allauth.__file__).parent / "templates"
    theirs = {path.name.removesuffix("_subject.txt") for app in ("account", "mfa") for path in (folder / app / "email").glob("*_subject.txt")}

    for name in theirs:
        get_template(f"accounts/mail/{name}_subject.txt")
        get_template(f"accounts/mail/{name}.txt")
    assert theirs >= CONFIDENTIAL


def code_of(secret):
    return format(hotp_value(secret, next(yield_hotp_counters_from_time())), "06d")
