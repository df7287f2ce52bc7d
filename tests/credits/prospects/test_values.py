"""What an activity is worth by a board's own definition of an hour, and that it is said beside what an officer types."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.models import Accreditation, Activity
from credits.prospects.values import parts_in_words, value_of_activity, worth_of_activity
from credits.services import award_completion
from tests.credits.test_approvals import formset
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, DossierFactory, LicenceFactory

pytestmark = pytest.mark.django_db

LIVE = "in_person_hands_on"


@pytest.fixture
def officer():
    return user_with_role(Role.CE_OFFICER)


def activity(*parts, kind="home_study"):
    return ActivityFactory(kind=kind, components=[{"mode": "self_paced", "minutes": 0} | part for part in parts])


@pytest.mark.parametrize(
    ("code", "parts", "units", "exact"),
    [
        ("ncbtmb_ap", [{"mode": LIVE, "minutes": 300, "break_minutes": 60}], "6", "6"),
        ("ncbtmb_ap", [{"mode": LIVE, "minutes": 300, "break_minutes": 0}], "5", "5"),  # no more than the clock
        ("ncbtmb_ap", [{"mode": LIVE, "minutes": 300}], "6", "6"),  # nobody gave the breaks: full clock hours
        ("ncbtmb_ap", [{"minutes": 105}], "1.5", "1.75"),
        ("ncbtmb_ap", [{"kind": "reading", "words": 18000}], "1.5", "1.5"),
        ("ncbtmb_ap", [{"minutes": 60}, {"kind": "audio", "minutes": 30}, {"kind": "reading", "words": 6000}], "2", "2"),
        ("ncbtmb_ap", [{"minutes": 60}, {"kind": "assignment", "minutes": 60}], "2", "2"),
        ("ncbtmb_ap", [{"minutes": 60}, {"mode": LIVE, "minutes": 100}], "3", "3"),  # a live day with a home-study part
        ("ncbtmb_ap", [{"minutes": 60}, {"kind": "test", "questions": 20}], "1", "1"),  # it has no rate for tests
        ("iacet", [{"mode": LIVE, "minutes": 300}], "0.5", "0.5"),
        ("us_la_massage", [{"mode": LIVE, "minutes": 90}, {"mode": LIVE, "minutes": 45}], "2", "2"),
        ("us_fl_massage", [{"minutes": 360}], None, "6"),  # 50 minutes of any clock hour; its rounding is not read
    ],
)
def test_the_formula_of_each_body(code, parts, units, exact):
    board = BoardFactory(code=code)
    row = activity(*parts, kind="workshop" if parts[0].get("mode") else "home_study")

    worth = worth_of_activity(row, board)

    assert (worth.units and f"{worth.units}", f"{worth.exact}") == (units, exact)
    assert value_of_activity(row, AccreditationFactory(board=board, activity=row)) == worth.units


def test_what_no_text_rates_is_said():
    worth = worth_of_activity(activity({"minutes": 60}, {"kind": "test", "questions": 20}), BoardFactory(code="ncbtmb_ap"))

    assert parts_in_words(worth) == ["60 minutes, Video: 1 hours", "20 questions, Test: no hours: the board's text has no rate for it"]


@pytest.mark.parametrize(("code", "parts"), [("ncbtmb_ap", []), ("no_such_board", [{"minutes": 60}]), ("us_va_massage", [{"minutes": 60}])])
def test_without_minutes_or_a_definition_there_is_no_value(code, parts):
    assert worth_of_activity(activity(*parts), BoardFactory(code=code)) is None


def test_a_warning_tells_slips_from_roundings_that_are_not_read():
    known = worth_of_activity(activity({"minutes": 360}), BoardFactory(code="ncbtmb_ap"))
    unread = worth_of_activity(activity({"minutes": 380}), BoardFactory(code="us_fl_massage"))

    assert (known.warning(Decimal(6)), known.differs_from(Decimal("6.5"))) == ("", True)
    assert not unread.differs_from(Decimal(6))
    assert "The approval says 60" in unread.warning(Decimal(60))
    assert "To what part of an hour credit is rounded is not read." in unread.sentence


def test_an_award_says_what_the_formula_gave():
    board = BoardFactory(code="ncbtmb_bc", name="NCBTMB Board Certification")
    body = BoardFactory(code="ncbtmb_ap", name="NCBTMB")
    board.accepts_approvals_of.add(body)
    row = activity({"minutes": 360})
    AccreditationFactory(activity=row, board=body, units=Decimal("5"))
    licence = LicenceFactory(board=board)
    dossier = DossierFactory(user=licence.user, activity=row)

    (award,) = award_completion(dossier=dossier)

    step = award.trace["children"][-1]
    assert (step["code"], step["met"]) == ("hour_definition", True)
    assert step["why"] == "Approved: 5 CEs, and that is what is awarded. By the hour of NCBTMB it comes to 6 CEs."
    assert award.units == 5


def approval(row, board, **changes):
    facts = {"activity": row.pk, "board": board.pk, "approved_title": "x", "units": "6", "mode": "self_paced", "provider_name": "x"}
    facts |= {"valid_from": "2026-01-01", "status": "in_force", "coverage_percent": "95", "rate_cap": "2"}
    return facts | formset("split", [{"category": "", "units": ""}]) | changes


def test_the_form_works_the_formula_out_and_saves_nothing(client, officer):
    row, board = activity({"minutes": 360}), BoardFactory(code="ncbtmb_ap", name="NCBTMB")
    client.force_login(officer)

    page = client.post(reverse("credits_desk:accreditation_add"), approval(row, board, units="7", work_out="1"))

    text = page.content.decode()
    assert (page.status_code, Accreditation.objects.count()) == (200, 0)
    assert "By the hour of NCBTMB it comes to 6 CEs." in text
    assert "The approval says 7, the formula gives 6." in text
    assert 'value="7"' in text


def test_an_approval_that_differs_is_saved_with_a_warning(client, officer):
    row, board = activity({"minutes": 360}), BoardFactory(code="ncbtmb_ap", name="NCBTMB")
    client.force_login(officer)

    text = client.post(reverse("credits_desk:accreditation_add"), approval(row, board, units="7"), follow=True).content.decode()

    assert Accreditation.objects.get().units == 7
    assert text.count("The approval says 7, the formula gives 6.") == 2  # the message, and the page of the approval


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "Choose the activity and the board"),
        ({"activity": "x", "board": "-1", "units": "NaN"}, "Choose the activity and the board"),
        ({"activity": "99999999", "board": "99999999"}, "Choose the activity and the board"),
    ],
)
def test_the_fragment_bears_anything(client, officer, query, said):
    client.force_login(officer)

    assert said in client.get(reverse("credits_desk:accreditation_worth"), query).content.decode()


def test_the_fragment_says_why_nothing_can_be_worked_out(client, officer):
    client.force_login(officer)
    bare, known = activity(), BoardFactory(code="ncbtmb_ap")
    page = reverse("credits_desk:accreditation_worth")

    assert "says nothing of its minutes" in client.get(page, {"activity": bare.pk, "board": known.pk}).content.decode()
    other = BoardFactory(code="us_va_massage", name="Virginia")
    assert "How Virginia counts an hour of this kind is not in our data." in client.get(
        page, {"activity": activity({"minutes": 60}).pk, "board": other.pk}
    ).content.decode().replace("&#x27;", "'")


def test_an_activity_is_entered_with_its_parts(client, officer):
    client.force_login(officer)
    parts = [
        {"mode": "self_paced", "minutes": 60},
        {"mode": "self_paced", "kind": "reading", "words": 12000},
        {"mode": "self_paced", "kind": "test", "questions": 20, "difficulty": 3, "minutes": 15},
    ]

    client.post(reverse("credits_desk:activity_add"), {"title": "The hip", "kind": "home_study", "instructor_name": "Ana Ruiz"} | formset("parts", parts))

    row = Activity.objects.get()
    assert row.components == [
        {"mode": "self_paced", "minutes": 60},
        {"mode": "self_paced", "minutes": 0, "kind": "reading", "words": 12000},
        {"mode": "self_paced", "minutes": 15, "kind": "test", "questions": 20, "difficulty": 3},
    ]
    assert (row.minutes, row.minutes_by_mode) == (75, {"self_paced": 75})
    page = client.get(row.get_absolute_url()).content.decode()
    assert "Reading · 12000 words" in page
    again = client.post(
        reverse("credits_desk:activity_edit", args=[row.pk]),
        {"title": "The hip", "kind": "home_study", "instructor_name": "Ana Ruiz"} | formset("parts", row.components),
    )
    assert again.status_code == 302


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"mode": "self_paced", "kind": "video", "words": 100}, "Give the minutes. Only reading and tests can do without."),
        ({"mode": "", "words": 100}, "Give both how it is taught and the minutes"),
        ({"mode": "self_paced", "kind": "live", "minutes": 10}, "Live teaching is not at one&#x27;s own pace"),
        ({"mode": LIVE, "kind": "reading", "minutes": 10}, "Live teaching is not at one&#x27;s own pace"),
        ({"mode": "self_paced", "minutes": 10, "difficulty": 9}, "less than or equal to 5"),
    ],
)
def test_parts_that_contradict_themselves_are_refused(client, officer, part, said):
    client.force_login(officer)

    page = client.post(reverse("credits_desk:activity_add"), {"title": "x", "kind": "home_study", "instructor_name": "y"} | formset("parts", [part]))

    assert (page.status_code, Activity.objects.count()) == (422, 0)
    assert said in page.content.decode()


def test_the_api_says_what_the_formula_gives(client, officer):
    row = activity({"minutes": 360})
    AccreditationFactory(activity=row, board=BoardFactory(code="ncbtmb_ap", name="NCBTMB"), units=Decimal(7))
    client.force_login(officer)

    found = client.get(f"/api/v1/credits/activities/{row.pk}/").json()

    (approval,) = found["approvals"]
    assert approval["formula"]["units"] == "6"
    assert approval["formula"]["warning"].startswith("The approval says 7, the formula gives 6.")
    assert found["components"] == [{"mode": "self_paced", "minutes": 360}]
