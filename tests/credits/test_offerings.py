"""What is offered, held against the approvals: differences, tasks that come and go, gaps and ends."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import Job
from credits import services
from credits.changes import api, tasks
from credits.changes.differences import differences
from credits.desk import approvals
from credits.models import Award, Claim, Offering, OfficerTask
from credits.services import offerings
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, DossierFactory, LicenceFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
AS_APPROVED = {"title": "SMRT for the knee", "instructor": "Ana Ruiz, LMT", "minutes": {"in_person_hands_on": 360}, "pass_mark": None}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    for module in (offerings, api, approvals):
        monkeypatch.setattr(module, "school_today", lambda: TODAY)


@pytest.fixture
def officer(client):
    person = user_with_role(Role.CE_OFFICER)
    client.force_login(person)
    return person


def approved(**values):
    board = values.pop("board", None) or BoardFactory(name="Board of Florida", **values.pop("board_values", {}))
    activity = values.pop("activity", None) or ActivityFactory(title="SMRT for the knee", kind="workshop")
    return AccreditationFactory(activity=activity, board=board, **values)


def note(accreditation, *, on=date(2027, 5, 3), key="workshop:9", **facts):
    values = {"label": "the workshop of May", "address": "/desk/workshops/9/", "facts": AS_APPROVED | facts}
    return services.note_offering(key=key, activity=accreditation.activity, on=on, **values)


def open_tasks():
    return [(task.kind, task.due_on) for task in OfficerTask.objects.open()]


def found(accreditation, *, kind="workshop", **facts):
    rows = differences(offered=AS_APPROVED | facts, kind=kind, activity=accreditation.activity, accreditation=accreditation)
    return [(row.code, row.approved, row.offered, row.stops_credit, row.is_to_file) for row in rows]


INSISTS = {"title_must_match": True, "certificate_fields": ["instructor"]}


@pytest.mark.parametrize(
    ("board", "facts", "expected"),
    [
        ({}, {}, []),
        ({}, {"title": "smrt  FOR the knee"}, []),
        ({}, {"title": "The knee"}, [("title", "SMRT for the knee", "The knee", False, False)]),
        (INSISTS, {"title": "The knee"}, [("title", "SMRT for the knee", "The knee", True, True)]),
        ({}, {"instructor": "Ben Lee"}, [("instructor", "Ana Ruiz", "Ben Lee", False, True)]),
        (INSISTS, {"instructor": "Ben Lee"}, [("instructor", "Ana Ruiz", "Ben Lee", True, True)]),
        ({}, {"minutes": {"in_person_hands_on": 300}}, [("minutes", "360", "300", True, True)]),
        ({}, {"minutes": {"in_person_hands_on": 400}}, [("more_minutes", "360", "400", False, False)]),
        ({}, {"minutes": {"in_person_hands_on": 360, "in_person_lecture": 60}}, [("more_minutes", "0", "60", False, False)]),
        ({}, {"title": "", "instructor": "", "minutes": {}}, []),
    ],
)
def test_each_fact_is_compared_with_what_was_approved(board, facts, expected):
    assert found(approved(board_values=board), **facts) == expected


def test_a_score_is_compared_where_the_board_sets_one():
    row = approved(passing_score=75)

    assert found(row) == [("exam", "75 %", "none", False, True)]
    assert found(row, pass_mark=70) == [("pass_mark", "75 %", "70 %", False, False)]
    assert found(row, pass_mark=75) == []


def test_another_way_of_delivery_stops_credit():
    assert [row[0] for row in found(approved(mode="self_paced"))] == ["kind"]


def test_what_is_as_approved_raises_nothing():
    note(approved())

    assert open_tasks() == []
    assert Offering.objects.get().facts == AS_APPROVED


def test_a_difference_is_one_task_that_follows_what_is_offered():
    row = approved()
    note(row, instructor="Ben Lee")
    note(row, instructor="Ben Lee")
    first = OfficerTask.objects.get()
    note(row, instructor="Ben Lee", minutes={"in_person_hands_on": 300})
    second = OfficerTask.objects.open().get()
    note(row)

    assert (first.kind, first.due_on) == ("file_a_change", date(2027, 5, 3))
    assert "taught by Ben Lee" in first.detail
    assert first.detail.endswith("the board has to know.")
    assert second.detail.endswith("completions earn nothing with the board.")
    assert second.pk != first.pk
    assert open_tasks() == []
    assert all(task.note.startswith("What is offered and what is approved agree again") for task in OfficerTask.objects.all())


def test_a_difference_an_officer_settled_stays_settled_until_another_appears(officer):
    row = approved()
    note(row, instructor="Ben Lee")
    services.settle_task_by_hand(task=OfficerTask.objects.get(), officer=officer, note="The board wants no letter.")

    services.review_activity(activity=row.activity)
    assert open_tasks() == []
    note(row, instructor="Cara Diaz")
    assert len(open_tasks()) == 1


def test_a_matching_approval_settles_the_task(officer):
    row = approved()
    note(row, instructor="Ben Lee")

    services.save_accreditation(officer=officer, accreditation=row, values={"instructors": "Cara Diaz\nBen Lee"})

    assert open_tasks() == []


def test_what_is_cancelled_or_over_raises_nothing():
    row = approved()
    note(row, instructor="Ben Lee")
    services.end_offering(key="workshop:9")
    services.end_offering(key="workshop:9")
    note(row, instructor="Ben Lee", key="workshop:8", on=TODAY - timedelta(days=1))

    assert open_tasks() == []
    assert services.end_offering(key="workshop:7") is None


def test_a_day_that_no_approval_covers_is_said_beforehand():
    row = approved(valid_to=date(2027, 4, 30))
    note(row)
    task = OfficerTask.objects.get()

    assert (task.kind, task.due_on) == ("approval_ends", date(2027, 5, 3))
    covered = f"Approval {row.approval_number} covers completions up to 30 April 2027."
    assert task.detail == f"{covered} Whoever completes it on 3 May 2027 earns nothing with the board."
    approved(activity=row.activity, board=row.board, valid_from=date(2027, 5, 1))
    services.review_activity(activity=row.activity)
    assert open_tasks() == []


def test_an_approval_that_has_yet_to_begin_is_said_too():
    note(approved(valid_from=date(2028, 1, 1)))

    assert "begins on 1 January 2028" in OfficerTask.objects.get().detail


def test_an_approval_that_ends_soon_is_to_be_renewed_unless_another_follows():
    row = approved(valid_to=TODAY + timedelta(days=90))
    later = approved(valid_to=TODAY + timedelta(days=91))

    tasks.review_activities(None)

    task = OfficerTask.objects.get()
    assert (task.key.split(":")[2:4], task.due_on) == (["ends", str(row.pk)], row.valid_to)
    assert later.activity.offerings.count() == 0
    approved(activity=row.activity, board=row.board, valid_from=row.valid_to + timedelta(days=1))
    services.review_activity(activity=row.activity)
    assert open_tasks() == []


def test_refused_claims_are_judged_again_when_the_approval_comes(officer):
    row = approved(board_values=INSISTS)
    person = LegalNameFactory().user
    licence = LicenceFactory(user=person, board=row.board)
    facts = {"offered": AS_APPROVED | {"instructor": "Ben Lee"}, "instructor": {"name": "Ben Lee", "credentials": "RMT"}}
    dossier = DossierFactory(user=person, activity=row.activity, kind="workshop", facts=facts)
    services.award_completion(dossier=dossier)
    assert Claim.objects.get().code == "differs_from_approval"

    services.save_accreditation(officer=officer, accreditation=row, values={"instructors": "Ben Lee"})
    job = Job.objects.get(kind="credits.judge_again")
    tasks.judge_again(None, **job.args)
    tasks.judge_again(None, **job.args)

    award = Award.objects.get(board=row.board)
    assert (Claim.objects.get().award, award.licence) == (award, licence)
    assert (award.instructor_name, award.instructor_credentials) == ("Ben Lee", "RMT")


def test_refused_claims_are_judged_again_when_an_officer_mends_the_activity(officer):
    row = approved(board_values=INSISTS)
    licence = LicenceFactory(user=LegalNameFactory().user, board=row.board)
    dossier = DossierFactory(user=licence.user, activity=row.activity, kind="workshop", facts={"offered": AS_APPROVED | {"instructor": "Ben Lee"}})
    services.award_completion(dossier=dossier)
    services.save_activity(officer=officer, activity=row.activity, values={"instructor_name": "Ben Lee"})

    for job in Job.objects.filter(kind="credits.judge_again"):
        tasks.judge_again(None, **job.args)

    assert Award.objects.filter(board=row.board, dossier=dossier).count() == 1
    assert Claim.objects.get().state == Claim.State.AWARDED


def test_an_award_names_the_activitys_instructor_as_approved():
    row = approved()
    person = LegalNameFactory().user
    LicenceFactory(user=person, board=row.board)
    dossier = DossierFactory(user=person, activity=row.activity, kind="workshop", facts={"offered": AS_APPROVED})

    (award,) = services.award_completion(dossier=dossier)

    assert (award.instructor_name, award.instructor_credentials) == ("Ana Ruiz", "LMT")


def test_the_activitys_page_and_the_api_show_what_differs(client, officer):
    row = approved()
    offering = note(row, instructor="Ben Lee")
    ended = approved(activity=row.activity, board=BoardFactory(name="Board of Texas", code="tx"), valid_to=date(2026, 1, 1))

    page = client.get(row.activity.get_absolute_url()).content.decode()
    (answer,) = client.get(reverse("credits_api:activity-offerings", args=[row.activity.pk])).json()

    assert "it is taught by Ben Lee" in page
    assert reverse("credits_desk:change_detail", args=[offering.pk, row.pk]) in page
    assert "No approval covers its day" in page
    assert (answer["key"], answer["on"], answer["gaps"]) == ("workshop:9", "2027-05-03", [ended.board.code])
    assert [(part["code"], part["stops_credit"]) for part in answer["approvals"][0]["differences"]] == [("instructor", False)]


def test_the_page_of_a_change_has_a_letter_and_says_when_nothing_differs_any_more(client, officer):
    row = approved(approval_number="A-77")
    offering = note(row, instructor="Ben Lee")
    address = reverse("credits_desk:change_detail", args=[offering.pk, row.pk])

    page = client.get(address).content.decode()
    note(row)
    after = client.get(address).content.decode()

    assert "approval A-77" in page
    assert "- Instructor: approved “Ana Ruiz”, from now on “Ben Lee”" in page
    assert "Nothing differs any more" in after
    assert client.get(reverse("credits_desk:change_detail", args=[offering.pk, AccreditationFactory().pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_activitys_page_costs_a_constant_number_of_queries(client, officer, django_assert_num_queries, count):
    row = approved()
    for number in range(count):
        note(row, key=f"workshop:{number}", instructor="Ben Lee")
    client.get(row.activity.get_absolute_url())

    with django_assert_num_queries(10):
        client.get(row.activity.get_absolute_url())
