"""A person's own pages and the API's answer to "who am I"."""

import pytest

from accounts.models import LegalName
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role

NAME = {"given_names": "Zoë Maria", "family_name": "Đặng"}


@pytest.fixture
def user(client, db):
    user = UserFactory(display_name="Zoë")
    client.force_login(user)
    return user


def test_details_are_saved(client, user):
    answer = client.post("/account/details/", {"display_name": "Ana", "time_zone": "Europe/Madrid"}, follow=True)

    user.refresh_from_db()
    assert (user.display_name, user.time_zone) == ("Ana", "Europe/Madrid")
    assert "Your details were saved" in answer.content.decode()


@pytest.mark.parametrize("wrong", [{"display_name": "Ana\u202e"}, {"time_zone": "Mars/Olympus"}])
def test_wrong_details_say_so_and_change_nothing(client, user, wrong):
    answer = client.post("/account/details/", {"display_name": "Ana", "time_zone": "Europe/Madrid"} | wrong)

    user.refresh_from_db()
    assert answer.status_code == 422
    assert user.display_name == "Zoë"


def test_a_name_is_shown_as_printed_before_it_is_confirmed(client, user):
    page = client.get("/account/legal-name/", {"next": "/courses/"})
    preview = client.post("/account/legal-name/", NAME | {"step": "preview", "next": "/courses/"})
    assert not LegalName.objects.exists()
    answer = client.post("/account/legal-name/", NAME | {"step": "confirm", "next": "/courses/"})

    name = LegalName.objects.get()
    assert 'value="/courses/"' in page.content.decode()
    assert "<bdi>Zoë Maria Đặng</bdi>" in preview.content.decode()
    assert (name.printed, name.confirmed_by) == ("Zoë Maria Đặng", user)
    assert answer["Location"] == "/courses/"


def test_change_it_returns_to_the_form_with_what_was_typed(client, user):
    page = client.post("/account/legal-name/", NAME | {"step": "edit"}).content.decode()

    assert 'value="Zoë Maria"' in page
    assert not LegalName.objects.exists()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_confirming_never_leads_to_another_site(client, user, target):
    answer = client.post("/account/legal-name/", NAME | {"step": "confirm", "next": target})

    assert answer["Location"] == "/account/details/"


def test_a_name_that_cannot_be_printed_says_which_character(client, user):
    answer = client.post("/account/legal-name/", {"given_names": "Zoë\u202e", "family_name": "", "step": "confirm"})

    assert answer.status_code == 422
    assert "U+202E" in answer.content.decode()
    assert not LegalName.objects.exists()


def test_a_name_is_isolated_so_that_its_direction_cannot_spill(client, user):
    LegalNameFactory(user=user, given_names="שרה", family_name="כהן")

    assert "<bdi>שרה כהן</bdi>" in client.get("/account/details/").content.decode()


def test_me_says_who_the_caller_is(client, db):
    user = user_with_role("staff", "instructor")
    LegalNameFactory(user=user)
    client.force_login(user)

    me = client.get("/api/v1/accounts/me").json()

    assert me == {
        "id": user.pk,
        "email": user.email,
        "display_name": "",
        "time_zone": "America/New_York",
        "roles": ["instructor", "staff"],
        "legal_name": "Zoë Đặng",
    }


def test_me_of_a_learner_without_a_name(client, user):
    me = client.get("/api/v1/accounts/me").json()

    assert (me["roles"], me["legal_name"]) == ([], None)


@pytest.mark.parametrize(("path", "status"), [("/account/details/", 302), ("/account/legal-name/", 302), ("/api/v1/accounts/me", 403)])
def test_a_stranger_is_asked_to_sign_in(client, db, path, status):
    assert client.get(path).status_code == status


def test_ones_own_page_is_kept_by_no_cache_on_the_way(client, user):
    assert client.get("/account/details/")["Cache-Control"] == "private, no-cache"
