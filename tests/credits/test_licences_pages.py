"""The learner's pages about licences, and the officer's, through the browser's requests."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role
from credits.licence_needs import needs_of
from credits.models import BirthDate, Board, HeldCredential, Licence, LicenceOverride, LicenceRenewal, LicenceStatus, MetDuty
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import (
    AwardFactory,
    BirthDateFactory,
    BoardFactory,
    HeldCredentialFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
    LicenceStatusFactory,
    MetDutyFactory,
)

pytestmark = pytest.mark.django_db

RENEWAL = {"cycle_end": "2025-08-31", "submitted_on": "2025-08-01"}


@pytest.fixture
def learner(client):
    learner = UserFactory()
    client.force_login(learner)
    return learner


@pytest.fixture
def officer(client):
    officer = user_with_role(Role.CE_OFFICER)
    client.force_login(officer)
    return officer


def text(answer):
    return answer.content.decode()


def virginia():
    """A board whose cycles end by the month of birth."""
    return BoardFactory(code="us_va_massage", name="Virginia Board of Nursing, massage therapist", jurisdiction="US-VA")


# The list and the licence itself.


def test_without_a_licence_the_list_says_what_one_is_for(client, learner):
    page = text(client.get(reverse("credits:licence_list")))

    assert 'class="empty"' in page
    assert reverse("credits:licence_add") in page


def test_boards_stand_in_groups_under_the_names_people_look_for(client, learner):
    BoardFactory(name="Florida Board", jurisdiction="US-FL")
    BoardFactory(code="nasm_cpt", name="National Academy of Sports Medicine", kind=Board.Kind.FITNESS_BODY, jurisdiction="US")
    BoardFactory(name="Not for people", kind=Board.Kind.STANDARD)

    page = text(client.get(reverse("credits:licence_add")))

    assert '<optgroup label="State board">' in page
    assert "Florida Board (FL)</option>" in page
    assert "National Academy of Sports Medicine (NASM)</option>" in page
    assert "Not for people" not in page


def test_a_new_licence_leads_to_its_page_which_names_what_is_missing(client, learner):
    page = text(client.post(reverse("credits:licence_add"), {"board": virginia().pk, "number": "0019 1"}, follow=True))

    assert "Give the date it was issued" in page
    assert "Give your date of birth" in page


def test_a_new_licence_of_which_all_is_known_leads_to_what_is_missing_for_its_renewal(client, learner):
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")

    answer = client.post(reverse("credits:licence_add"), {"board": board.pk, "number": "MA12345", "issued_on": "2022-03-01"})

    assert answer["Location"] == reverse("credits:licence_standing", args=[Licence.objects.get().pk])


def test_a_licence_typed_in_again_is_said_to_be_there(client, learner):
    there = LicenceFactory(user=learner, number="MA 12345", issued_on=date(2022, 3, 1))

    page = text(client.post(reverse("credits:licence_add"), {"board": there.board.pk, "number": " MA  12345", "issued_on": "2020-01-01"}, follow=True))

    there.refresh_from_db()
    assert "This licence was on file already, and stays as it was." in page
    assert (Licence.objects.count(), there.issued_on) == (1, date(2022, 3, 1))


def test_what_can_not_be_seen_is_no_part_of_a_number(client, learner):
    client.post(reverse("credits:licence_add"), {"board": BoardFactory().pk, "number": "MA\u200b 12\u202e345\u00a07"})

    assert Licence.objects.get().number == "MA 12345 7"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"number": "1" * 61}, "at most 60 characters"),
        ({"number": "MA\x001"}, "Null characters are not allowed"),
        ({"issued_on": "0202-01-01"}, "Check the year"),
        ({"issued_on": "31 Feb"}, "Enter a valid date"),
        ({"board": "9" * 40}, "Select a valid choice"),
        ({"board": "\x00"}, "Null characters are not allowed"),
    ],
)
def test_what_can_not_be_kept_is_answered_with_a_sentence(client, learner, values, sentence):
    answer = client.post(reverse("credits:licence_add"), {"board": BoardFactory().pk, **values})

    assert (answer.status_code, Licence.objects.count()) == (422, 0)
    assert sentence in text(answer)


def test_years_of_practice_are_asked_where_rules_go_by_them(client, learner):
    asking = LicenceFactory(user=learner, practising_since=date(2001, 1, 1))
    other = LicenceFactory(user=learner)

    shown = ["practising_since" in text(client.get(reverse("credits:licence_edit", args=[licence.pk]))) for licence in (asking, other)]
    client.post(reverse("credits:licence_edit", args=[asking.pk]), {"number": asking.number, "practising_since": "2002-02-02"})

    asking.refresh_from_db()
    assert (shown, asking.practising_since) == ([True, False], date(2002, 2, 2))


def test_a_number_on_file_twice_is_refused_on_the_form(client, learner):
    one = LicenceFactory(user=learner)
    other = LicenceFactory(user=learner, board=one.board)

    answer = client.post(reverse("credits:licence_edit", args=[other.pk]), {"number": one.number})

    assert answer.status_code == 422
    assert "already have this number on file" in text(answer)


def test_a_licence_with_awards_is_archived_and_kept_up_again(client, learner):
    licence = LicenceFactory(user=learner)
    AwardFactory(dossier__user=learner, licence=licence)

    offer = text(client.get(reverse("credits:licence_remove", args=[licence.pk])))
    client.post(reverse("credits:licence_archive", args=[licence.pk]))
    pages = [text(client.get(reverse("credits:licence_list"), query)) for query in ({}, {"archived": "1"})]
    client.post(reverse("credits:licence_restore", args=[licence.pk]))

    assert "Archive it" in offer
    assert [licence.number in page for page in pages] == [False, True]
    assert not Licence.objects.get().is_archived


# Its facts.


@pytest.mark.parametrize(
    ("kind", "values", "changed", "model"),
    [
        ("status", {"begins_on": "2024-01-01", "status": "inactive"}, {"status": "active"}, LicenceStatus),
        ("renewals", RENEWAL, {"renewed_on": "2025-08-20"}, LicenceRenewal),
    ],
)
def test_a_fact_is_added_changed_and_removed(client, learner, kind, values, changed, model):
    licence = LicenceFactory(user=learner)

    added = client.post(reverse("credits:record_add", args=[licence.pk, kind]), values)
    row = model.objects.get()
    line = [licence.pk, kind, row.pk]
    shown = text(client.get(reverse("credits:record_edit", args=line)))
    client.post(reverse("credits:record_edit", args=line), values | changed)
    row.refresh_from_db()
    asked = client.get(reverse("credits:record_remove", args=line))
    client.post(reverse("credits:record_remove", args=line))

    assert (added.status_code, added["Location"], asked.status_code) == (302, licence.get_absolute_url(), 200)
    assert all(value in shown for value in values.values())
    assert {name: str(getattr(row, name)) for name in changed} == changed
    assert not model.objects.exists()


def test_a_duty_of_the_board_is_noted(client, learner):
    licence = LicenceFactory(user=learner, board=BoardFactory(code="us_or_massage"))  # its pain-management hour is due once
    address = reverse("credits:record_add", args=[licence.pk, "duties"])

    refused = client.post(address, {"code": "anything", "cycle_end": "2021-08-31"})
    client.post(address, {"code": "pain_management", "cycle_end": "2021-08-31"})
    page = text(client.get(licence.get_absolute_url()))

    assert (refused.status_code, MetDuty.objects.get().code) == (422, "pain_management")
    assert "Pain management, in the cycle that ended on Aug. 31, 2021" in page


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        ("renewals", {"cycle_end": "2025-08-31"}, "Give at least one date"),
        ("renewals", RENEWAL | {"renewed_on": "2025-07-01"}, "renewed after the renewal is submitted"),
        ("renewals", RENEWAL | {"submitted_on": "2025\x00-01-01"}, "Enter a valid date"),
        ("status", {"begins_on": "2024-01-01", "status": "asleep" * 100}, "Select a valid choice"),
        ("status", {"begins_on": "2024-01-01", "status": "inactive"}, ""),
    ],
)
def test_a_fact_that_can_not_be_is_refused_on_its_form(client, learner, kind, values, sentence):
    licence = LicenceFactory(user=learner)
    if not sentence:
        LicenceStatusFactory(licence=licence, status="active")
        sentence = "already gave a status from that day"

    answer = client.post(reverse("credits:record_add", args=[licence.pk, kind]), values)

    assert (answer.status_code, LicenceRenewal.objects.count()) == (422, 0)
    assert sentence in text(answer)


def test_a_line_is_found_under_its_own_licence_alone(client, learner):
    row = LicenceRenewalFactory()
    mine = LicenceFactory(user=learner)

    found = [client.post(reverse("credits:record_remove", args=[pk, "renewals", row.pk])).status_code for pk in (mine.pk, row.licence_id)]
    unknown = client.get(reverse("credits:record_add", args=[mine.pk, "nonsense"])).status_code

    assert (found, unknown, LicenceRenewal.objects.count()) == ([404, 404], 404, 1)


# What the person holds.


def test_a_credential_is_kept_with_its_proof(client, learner):
    page = text(client.get(reverse("credits:credential_list")))
    proof = SimpleUploadedFile("card.pdf", b"%PDF-1.7 a card")

    client.post(reverse("credits:credential_add"), {"credential": "cpr", "expires_on": "2027-03-31", "proof": proof})
    row = HeldCredential.objects.get()
    client.post(reverse("credits:credential_edit", args=[row.pk]), {"credential": "cpr", "expires_on": "2027-04-30"})
    sent = client.get(reverse("credits:credential_proof", args=[row.pk]))
    listed = text(client.get(reverse("credits:credential_list")))
    client.post(reverse("credits:credential_remove", args=[row.pk]))

    assert 'class="empty"' in page
    assert (sent.content, sent["Content-Type"]) == (b"%PDF-1.7 a card", "application/octet-stream")
    assert "April 30, 2027" in listed
    assert not HeldCredential.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"credential": "a licence to fly"}, "Select a valid choice"),
        ({"begins_on": "2028-01-01"}, "expires after it begins"),
        ({"proof": SimpleUploadedFile("card.pdf", b"<script>")}, "as a PDF, or as a photo"),
        ({"proof": SimpleUploadedFile("card.html", b"%PDF-")}, "not a file of another kind"),
        ({"proof": SimpleUploadedFile(f"{'x' * 250}.pdf", b"%PDF-")}, "at most 200 characters"),
    ],
)
def test_a_credential_that_can_not_be_is_refused_on_its_form(client, learner, values, sentence):
    answer = client.post(reverse("credits:credential_add"), {"credential": "cpr", "expires_on": "2027-03-31", **values})

    assert (answer.status_code, HeldCredential.objects.count()) == (422, 0)
    assert sentence in text(answer)


def test_the_birth_date_is_asked_only_where_a_calendar_goes_by_it(client, learner):
    LicenceFactory(user=learner)
    address = reverse("credits:birth_date")

    before = text(client.get(address))
    refused = client.post(address, {"born_on": "1985-06-15"})
    LicenceFactory(user=learner, board=virginia())
    client.post(address, {"born_on": "1985-06-15"})
    after = text(client.get(address))
    client.post(reverse("credits:birth_date_remove"))

    assert "we do not ask for it" in before
    assert refused.status_code == 422
    assert "1985-06-15" in after
    assert not BirthDate.objects.exists()


# The desk.


def test_an_officer_reads_the_facts_but_never_the_birth_date(client, officer):
    licence = LicenceFactory(board=virginia(), issued_on=date(2019, 1, 1))
    BirthDateFactory(user=licence.user)
    LicenceStatusFactory(licence=licence)
    LicenceRenewalFactory(licence=licence)
    MetDutyFactory(licence=licence)
    HeldCredentialFactory(user=licence.user)

    page = text(client.get(reverse("credits_desk:licence_detail", args=[licence.pk])))

    assert "only the learner can see it" in page
    assert "1985" not in page
    for shown in ("Inactive from Jan. 1, 2024", "submitted on Aug. 1, 2025", "Ethics, in the cycle that ended", "CPR card, valid until March 31, 2027"):
        assert shown in page


def test_an_officer_notes_a_decision_and_withdraws_it_with_reasons(client, officer):
    licence = LicenceFactory()
    address = reverse("credits_desk:override_add", args=[licence.pk])

    refused = client.post(address, {"cycle_end": "2025-08-31", "required": "0"})
    client.post(address, {"cycle_end": "2025-08-31", "required": "0", "reason": "Waiver of 3 May"})
    row = LicenceOverride.objects.get()
    again = client.post(address, {"cycle_end": "2025-08-31", "required": "6", "reason": "Another"})
    client.post(reverse("credits_desk:override_withdraw", args=[row.pk]), {"reason": "Misread"})
    page = text(client.get(reverse("credits_desk:licence_detail", args=[licence.pk])))

    assert (refused.status_code, again.status_code, row.officer) == (422, 422, officer)
    assert "Another decision stands" in text(again)
    for shown in ("0 units are required", "Waiver of 3 May", "withdrawn", "Misread"):
        assert shown in page


def test_an_officer_can_not_decide_about_their_own_licence(client, officer):
    licence = LicenceFactory(user=officer)

    answer = client.post(reverse("credits_desk:override_add", args=[licence.pk]), {"cycle_end": "2025-08-31", "required": "0", "reason": "x"})

    assert (answer.status_code, LicenceOverride.objects.count()) == (422, 0)
    assert "Nobody decides about their own licence" in text(answer)


@pytest.mark.parametrize("query", ["", "MA7", "massage", "nobody@example.org", "\x00"])
def test_the_desk_finds_licences(client, officer, query):
    LicenceFactory(number="MA77777")

    page = client.get(reverse("credits_desk:licence_list"), {"q": query}).context["page"]

    assert len(page.object_list) == (0 if query == "nobody@example.org" else 1)


# What they cost.


@pytest.mark.parametrize("number", [1, 3])
def test_the_pages_cost_constant_queries(client, learner, django_assert_num_queries, number):
    needs_of("us_va_massage")  # the rule files are read once
    for index in range(number):
        licence = LicenceFactory(user=learner, board=virginia(), issued_on=date(2019, 1, 1))
        HeldCredentialFactory(user=learner, expires_on=date(2027, 1, 1 + index))
    for index in range(number):
        LicenceRenewalFactory(licence=licence, cycle_end=date(2025, 1, 1 + index))
        LicenceStatusFactory(licence=licence, begins_on=date(2024, 1, 1 + index))
        LicenceOverrideFactory(licence=licence, cycle_end=date(2025, 1, 1 + index))

    addresses = {reverse("credits:licence_list"): 7, licence.get_absolute_url(): 12, reverse("credits:credential_list"): 6}
    found = {}
    for address, queries in addresses.items():
        with django_assert_num_queries(queries):
            found[address] = client.get(address).status_code
    client.force_login(user_with_role(Role.CE_OFFICER))
    for address, queries in {reverse("credits_desk:licence_list"): 5, reverse("credits_desk:licence_detail", args=[licence.pk]): 11}.items():
        with django_assert_num_queries(queries):
            found[address] = client.get(address).status_code

    assert set(found.values()) == {200}
