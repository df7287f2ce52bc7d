"""The desk's pages of retention and legal holds, and the API beside them."""

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.models import LegalHold, Removal
from credits.retention.holds import place_hold
from credits.retention.services import remove_expired
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import LONG_AGO, ActivityFactory, AwardFactory, BoardFactory, HeldCredentialFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    officer = user_with_role(Role.CE_OFFICER)
    client.force_login(officer)
    return officer


def test_the_page_shows_what_goes_next_and_what_a_hold_keeps(client, officer):
    going, held = (AwardFactory(dossier__completed_at=LONG_AGO, dossier__user__display_name=name).dossier for name in ("Ana Going", "Bea Held"))
    AwardFactory()
    place_hold(officer=officer, reason="A proceeding", person=held.user)

    page = client.get(reverse("credits_desk:retention")).content.decode()
    detail = client.get(held.get_absolute_url()).content.decode()

    assert "Ana Going" in page
    assert page.count("with the next removal") == 1
    assert "1 legal hold stands." in page
    assert "Legal hold" in page.partition("Bea Held")[2]
    assert "Legal hold" in detail
    assert going.get_absolute_url() in page


def test_other_kinds_are_a_click_away_and_an_unknown_one_is_the_first(client, officer):
    HeldCredentialFactory(expires_on="2016-03-31", user__display_name="Ana Card")

    cards = client.get(reverse("credits_desk:retention"), {"source": "cards"}).content.decode()
    unknown = client.get(reverse("credits_desk:retention"), {"source": "x"}).content.decode()

    assert "Ana Card" in cards
    assert "Nothing of this kind goes within the next 90 days." in unknown


def test_an_officer_places_and_lifts_a_hold(client, officer):
    person = UserFactory()

    prefilled = client.get(reverse("credits_desk:hold_add"), {"person": person.email}).content.decode()
    placed = client.post(reverse("credits_desk:hold_add"), {"person": person.email, "activity": "", "board": "", "reason": "Letter 7"}, follow=True)
    hold = LegalHold.objects.get()
    lifted = client.post(reverse("credits_desk:hold_lift", args=[hold.pk]), {"reason": "Closed"}, follow=True)
    after = client.get(reverse("credits_desk:hold_list"), {"all": "1"}).content.decode()

    assert f'value="{person.email}"' in prefilled
    assert f"Everything about {person} is kept until the hold is lifted." in placed.content.decode()
    assert "No hold stands" in lifted.content.decode()
    assert "Closed" in after
    assert "This hold was lifted" in client.get(reverse("credits_desk:hold_lift", args=[hold.pk])).content.decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"person": "nobody@example.org"}, "Nobody is signed up with this address"),
        ({"person": ""}, "A hold is about one person, one course or workshop, or one board"),
        ({"board": "both"}, "A hold is about one person, one course or workshop, or one board"),
        ({"reason": ""}, "This field is required"),
        ({"activity": "999999"}, "Select a valid choice"),
    ],
)
def test_bad_input_says_what_to_do_and_places_nothing(client, officer, change, says):
    BoardFactory(code="both")

    answer = client.post(reverse("credits_desk:hold_add"), {"person": officer.email, "activity": "", "board": "", "reason": "Letter 7"} | change)

    assert (answer.status_code, LegalHold.objects.count()) == (422, 0)
    assert says in answer.content.decode()


def test_the_log_says_what_went_and_nothing_of_whom(client, officer):
    AwardFactory(dossier__completed_at=LONG_AGO, dossier__user__display_name="Ana Gone", dossier__facts={"exam": {"score": 90}})
    empty = client.get(reverse("credits_desk:removal_list")).content.decode()
    remove_expired()

    page = client.get(reverse("credits_desk:removal_list"), {"source": "evidence"}).content.decode()

    assert "Nothing was removed yet" in empty
    assert "facts 1, files 0" in page
    assert "Ana Gone" not in page
    assert "Nothing was removed yet" in client.get(reverse("credits_desk:removal_list"), {"source": "cards"}).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_lists_take_the_same_queries_however_long(client, officer, count, django_assert_num_queries):
    for _number in range(count):
        AwardFactory(dossier__completed_at=LONG_AGO)
        place_hold(officer=officer, reason="A proceeding", activity=ActivityFactory())
        Removal.objects.create(source="evidence", subject=f"credits.Dossier:{_number}", due_on="2026-01-01")
    addresses = [reverse(f"credits_desk:{name}") for name in ("retention", "hold_list", "removal_list")]
    for address in addresses:
        client.get(address)

    with django_assert_num_queries(11 + 6 + 6):
        for address in addresses:
            client.get(address)


def test_the_api_does_what_the_pages_do(client, officer):
    dossier = AwardFactory(dossier__completed_at=LONG_AGO).dossier

    placed = client.post(reverse("credits_api:hold-place"), {"person": dossier.user.email, "reason": "Letter 7"}, content_type="application/json")
    refused = client.post(reverse("credits_api:hold-place"), {"reason": "Letter 7"}, content_type="application/json")
    counts = {row["code"]: row for row in client.get(reverse("credits_api:retention")).json()}
    due = client.get(reverse("credits_api:retention-due", args=["evidence"])).json()
    unknown = client.get(reverse("credits_api:retention-due", args=["nothing"]))
    lifted = client.post(reverse("credits_api:hold-lift", args=[placed.json()["id"]]), {"reason": "Closed"}, content_type="application/json")
    remove_expired()
    removals = client.get(reverse("credits_api:retention-removals")).json()
    listed = client.get(reverse("credits_api:hold-list")).json()

    assert (placed.status_code, placed.json()["person"], placed.json()["is_standing"]) == (201, dossier.user.email, True)
    assert (refused.status_code, refused.json()["code"]) == (409, "legal_hold_mistake")
    assert (counts["evidence"]["held"], counts["evidence"]["now"]) == (1, 0)
    assert [(row["id"], row["is_held"]) for row in (due["results"] if isinstance(due, dict) else due)] == [(dossier.pk, True)]
    assert unknown.status_code == 404
    assert lifted.json()["lift_reason"] == "Closed"
    assert [row["subject"] for row in (removals["results"] if isinstance(removals, dict) else removals)] == [f"credits.Dossier:{dossier.pk}"]
    assert len(listed["results"] if isinstance(listed, dict) else listed) == 1
