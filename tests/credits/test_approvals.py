"""Entering activities and approvals at the desk."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from accounts.models import Role
from credits import services
from credits.models import Accreditation, Activity
from credits.selectors import school_today
from credits.services.accreditations import ApprovalInUse, ApprovalMistake, ApprovalOverlaps, NotAPdf
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, AwardFactory, BoardFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    officer = user_with_role(Role.CE_OFFICER)
    client.force_login(officer)
    return officer


def values(**changes):
    activity = changes.pop("activity", None) or ActivityFactory()
    found = {
        "activity": activity,
        "board": changes.pop("board", None) or BoardFactory(),
        "approved_title": activity.title,
        "units": Decimal("6"),
        "mode": "self_paced",
        "provider_name": "SMRT School",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
        "status": "in_force",
    }
    return found | changes


def test_an_approval_is_saved(officer):
    row = services.save_accreditation(officer=officer, values=values(category_split=[{"category": "technique", "units": "6"}]))

    assert Accreditation.objects.get() == row


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"category_split": [{"category": "technique", "units": "5"}]}, "add up"),
        ({"mode": "live_remote"}, "can not be of a"),
        ({"valid_to": date(2025, 12, 31)}, "ends before"),
        ({"unit_override": "CEUs"}, "refuses certificates"),
    ],
)
def test_an_approval_that_contradicts_itself_is_refused(officer, changes, mistake):
    board = BoardFactory(forbidden_words=["CEUs"])

    with pytest.raises(ApprovalMistake, match=mistake):
        services.save_accreditation(officer=officer, values=values(board=board, **changes))

    assert not Accreditation.objects.exists()


def test_a_board_without_a_unit_needs_one_on_the_approval(officer):
    with pytest.raises(ApprovalMistake, match="no unit on file"):
        services.save_accreditation(officer=officer, values=values(board=BoardFactory(unit_printed="")))


def test_two_approvals_of_a_board_do_not_cover_the_same_day(officer):
    first = services.save_accreditation(officer=officer, values=values())
    same = {"activity": first.activity, "board": first.board, "valid_to": date(2027, 12, 31)}

    with pytest.raises(ApprovalOverlaps):
        services.save_accreditation(officer=officer, values=values(**same, valid_from=date(2026, 12, 31)))
    services.save_accreditation(officer=officer, values=values(**same, valid_from=date(2027, 1, 1)))

    assert Accreditation.objects.count() == 2


def test_after_a_withdrawal_a_new_approval_may_follow(officer):
    first = services.save_accreditation(officer=officer, values=values())
    services.withdraw_accreditation(officer=officer, accreditation=first, on=date(2026, 6, 1), reason="Title changed")

    services.save_accreditation(officer=officer, values=values(activity=first.activity, board=first.board, valid_from=date(2026, 6, 1)))

    assert Accreditation.objects.count() == 2


@pytest.mark.parametrize("word", ["Ethics", "etics", "", "eth\0ics", "x" * 10_000])
def test_a_category_no_rule_knows_is_refused(officer, word):
    with pytest.raises(ApprovalMistake, match="Choose the one that is meant from the list") as refusal:
        services.save_accreditation(officer=officer, values=values(category_split=[{"category": word, "units": "6"}]))

    assert "\0" not in refusal.value.message
    assert len(refusal.value.message) < 250
    assert not Accreditation.objects.exists()


def test_a_stored_category_may_stay_but_no_other_may_come(officer):
    row = AccreditationFactory(category_split=[{"category": "Bodywork", "units": "6"}])

    services.save_accreditation(officer=officer, accreditation=row, values={"category_split": row.category_split, "passing_score": 80})
    services.save_accreditation(officer=officer, accreditation=row, values={"passing_score": 70})
    with pytest.raises(ApprovalMistake, match="no category “Body work”"):
        services.save_accreditation(officer=officer, accreditation=row, values={"category_split": [{"category": "Body work", "units": "6"}]})

    row.refresh_from_db()
    assert (row.category_split, row.passing_score) == ([{"category": "Bodywork", "units": "6"}], 70)


@pytest.mark.parametrize("change", [{"units": Decimal("7")}, {"approved_title": "Other"}, {"valid_to": date(2020, 1, 2)}, {"status": "draft"}])
def test_what_an_award_froze_does_not_change(officer, change):
    accreditation = AwardFactory().accreditation

    with pytest.raises(ApprovalInUse):
        services.save_accreditation(officer=officer, accreditation=accreditation, values=change)

    assert Accreditation.objects.values().get() == Accreditation.objects.filter(pk=accreditation.pk, units=6).values().get()


def test_what_an_award_did_not_freeze_may_change(officer):
    accreditation = AwardFactory().accreditation

    saved = services.save_accreditation(officer=officer, accreditation=accreditation, values={"valid_to": date(2030, 1, 1), "passing_score": 80})

    assert (saved.valid_to, saved.passing_score) == (date(2030, 1, 1), 80)


def test_the_kind_of_an_approved_activity_stays(officer):
    accreditation = AccreditationFactory()

    with pytest.raises(ApprovalInUse):
        services.save_activity(officer=officer, activity=accreditation.activity, values={"kind": "workshop"})


def pdf():
    writer = PdfFileWriter()
    writer.insert_page(PageObject(contents=writer.add_object(StreamObject(stream_data=b"")), media_box=(0, 0, 100, 100)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_letter_is_served_back_as_an_attachment(officer, client):
    row, content = AccreditationFactory(), pdf()

    client.post(reverse("credits_desk:accreditation_letter_add", args=[row.pk]), {"letter": SimpleUploadedFile("../letter.pdf", content)})
    answer = client.get(reverse("credits_desk:accreditation_letter", args=[row.pk]))

    assert answer.content == content
    assert answer["Content-Disposition"] == f'attachment; filename="approval-{row.pk}.pdf"'


@pytest.mark.parametrize("content", [b"MZ not a pdf", b"%PDF-1.7 but nothing more", b"<html><script>alert(1)</script>"])
def test_what_is_no_pdf_is_refused_by_its_content(officer, client, content):
    row = AccreditationFactory()

    answer = client.post(reverse("credits_desk:accreditation_letter_add", args=[row.pk]), {"letter": SimpleUploadedFile("letter.pdf", content)})

    row.refresh_from_db()
    assert (answer.status_code, bool(row.approval_letter)) == (422, False)
    assert "PDF" in answer.content.decode()


def test_a_letter_that_is_too_large_is_refused(officer):
    class Large(SimpleUploadedFile):
        size = 10 * 1024 * 1024 + 1

    letter = Large("letter.pdf", b"%PDF-")
    letter.size = 10 * 1024 * 1024 + 1

    with pytest.raises(NotAPdf, match="10 MB"):
        services.attach_approval_letter(officer=officer, accreditation=AccreditationFactory(), letter=letter)


def formset(prefix, rows=()):
    data = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def test_an_officer_enters_an_activity_and_its_approval_by_form(officer, client):
    board = BoardFactory()
    client.post(
        reverse("credits_desk:activity_add"),
        {"title": "SMRT for the hip", "kind": "home_study", "instructor_name": "Ana Ruiz"}
        | formset("parts", [{"mode": "self_paced", "minutes": 300}, {"mode": "", "minutes": ""}]),
    )
    activity = Activity.objects.get()
    answer = client.post(
        reverse("credits_desk:accreditation_add"),
        {
            "activity": activity.pk, "board": board.pk, "approved_title": "SMRT: Hip", "units": "5.50", "mode": "self_paced",
            "approval_number": "A-9", "provider_number": "P", "provider_name": "SMRT School", "valid_from": "2026-01-01", "valid_to": "",
            "status": "in_force", "coverage_percent": "97.5", "rate_cap": "1.5", "passing_score": "75",
        }
        | formset("split", [{"category": "technique", "units": "4.5"}, {"category": "ethics", "units": "1.00"}]),
    )  # fmt: skip

    row = Accreditation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, row.get_absolute_url())
    assert activity.components == [{"mode": "self_paced", "minutes": 300}]
    assert (row.category_split, row.coverage_required, row.valid_to) == (
        [{"category": "technique", "units": "4.5"}, {"category": "ethics", "units": "1"}],
        Decimal("0.975"),
        None,
    )


def facts_of(row, **changes):
    data = {"activity": row.activity_id, "board": row.board_id, "approved_title": "x", "units": "6", "mode": "self_paced", "provider_name": "x"}
    return data | {"valid_from": "2026-01-01", "status": "in_force", "coverage_percent": "95", "rate_cap": "2"} | changes


def test_categories_are_chosen_by_their_words(officer, client):
    page = client.get(reverse("credits_desk:accreditation_add")).content.decode()

    assert '<option value="laws_and_rules">Laws and rules of the state</option>' in page
    assert "as it was entered" not in page


@pytest.mark.parametrize("word", ["etics", "Ethics", "eth\0ics", "x" * 10_000])
def test_a_category_that_is_not_in_the_list_is_refused_on_the_form(officer, client, word):
    row = AccreditationFactory()
    address = reverse("credits_desk:accreditation_edit", args=[row.pk])

    answer = client.post(address, facts_of(row) | formset("split", [{"category": word, "units": "6"}]))

    row.refresh_from_db()
    assert (answer.status_code, row.category_split) == (422, [])
    assert "Choose a category from the list." in answer.content.decode()


def test_a_stored_category_outside_the_list_is_saved_unchanged_by_form(officer, client):
    row = AccreditationFactory(category_split=[{"category": "Body  <work>", "units": "4"}, {"category": "ethics", "units": "2"}])
    address = reverse("credits_desk:accreditation_edit", args=[row.pk])

    page = client.get(address).content.decode()
    answer = client.post(address, facts_of(row, approved_title="y") | formset("split", row.category_split))

    assert '<option value="Body  &lt;work&gt;" selected>Body  &lt;work&gt; (as it was entered)</option>' in page
    before = row.category_split
    row.refresh_from_db()
    assert (answer.status_code, row.approved_title, row.category_split) == (302, "y", before)


def test_pages_show_the_words_of_categories(officer, client):
    split = [{"category": "medical_errors", "units": "4"}, {"category": "Bodywork", "units": "2"}]
    award = AwardFactory(accreditation__category_split=split, category_split=split)

    for page in (award.accreditation.get_absolute_url(), award.get_absolute_url()):
        text = client.get(page).content.decode()
        assert "<small>Prevention of medical errors: 4</small>" in text
        assert "<small>Bodywork: 2</small>" in text


def test_a_refusal_is_shown_on_the_form(officer, client):
    row = AccreditationFactory()
    data = facts_of(row) | formset("split")

    answer = client.post(reverse("credits_desk:accreditation_add"), data)

    assert (answer.status_code, Accreditation.objects.count()) == (422, 1)
    assert "already covers some of these days" in answer.content.decode()


def test_frozen_facts_can_not_be_posted_either(officer, client):
    row = AwardFactory().accreditation
    data = {
        "units": "99",
        "approved_title": "Other",
        "valid_to": "2030-01-01",
        "status": "in_force",
        "coverage_percent": "95",
        "rate_cap": "2",
        "passing_score": "",
    }

    answer = client.post(reverse("credits_desk:accreditation_edit", args=[row.pk]), data)

    row.refresh_from_db()
    assert (answer.status_code, str(row.units), row.valid_to) == (302, "6.00", date(2030, 1, 1))


def test_the_list_shows_what_ends_within_90_days(officer, client):
    soon = AccreditationFactory(valid_to=school_today() + timedelta(days=90))
    AccreditationFactory(valid_to=school_today() + timedelta(days=91))
    AccreditationFactory()

    page = client.get(reverse("credits_desk:accreditation_list"), {"expiring": "90"}).context["page"]

    assert list(page.object_list) == [soon]
