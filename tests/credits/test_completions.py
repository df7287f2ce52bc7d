"""Taking over a completion and awarding it."""

from datetime import UTC, date, datetime

import pytest

from core.models import Job
from credits.models import Award, AwardEntry, Claim, Dossier, DossierFile
from credits.selectors import hours_by_board, strictest_policy
from credits.services import award_completion, record_completion
from credits.services.completions import DossierConflict
from notifications.models import MailMessage
from tests.factories.accounts import LegalNameFactory
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db

LATE_EVENING = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)  # 1 March, half past ten in New York


def complete(user, activity, **changes):
    values = {
        "key": "course-attempt:81",
        "user": user,
        "activity": activity,
        "kind": activity.kind,
        "completed_at": LATE_EVENING,
        "zone": "America/New_York",
        "facts": {"course": {"title": activity.title}},
        "trace": {"code": "completed", "met": True, "title": "Completed", "why": "", "todo": "", "children": []},
        "files": [("roster.txt", b"signed")],
    }
    return record_completion(**values | changes)


def learner():
    return LegalNameFactory().user


def test_record_completion_keeps_the_civil_date_and_the_files_and_queues_the_awards():
    dossier = complete(learner(), ActivityFactory())

    assert (dossier.completed_on, list(dossier.files.values_list("name", "size_bytes"))) == (date(2026, 3, 1), [("roster.txt", 6)])
    assert Job.objects.get().args == {"dossier": dossier.pk}


def test_record_completion_again_returns_the_dossier():
    user, activity = learner(), ActivityFactory()
    first = complete(user, activity)

    assert complete(user, activity) == first
    assert (Dossier.objects.count(), DossierFile.objects.count(), Job.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("change", [{"facts": {"score": 80}}, {"zone": "UTC"}, {"files": []}, {"trace": {}}])
def test_record_completion_with_a_used_key_and_other_content_is_refused(change):
    user, activity = learner(), ActivityFactory()
    complete(user, activity)

    with pytest.raises(DossierConflict):
        complete(user, activity, **change)

    assert Dossier.objects.count() == 1


def test_a_licence_on_file_picks_the_approval_in_force_on_the_civil_date():
    user = learner()
    old = AccreditationFactory(valid_to=date(2026, 3, 1), units="5.5", category_split=[{"category": "technique", "units": "5.5"}])
    AccreditationFactory(activity=old.activity, board=old.board, valid_from=date(2026, 3, 2), units="6")
    licence = LicenceFactory(user=user, board=old.board)
    dossier = complete(user, old.activity)

    [award] = award_completion(dossier=dossier)

    assert award.key == f"dossier:{dossier.pk}:accreditation:{old.pk}:licence:{licence.pk}"
    award.refresh_from_db()
    assert (str(award.units), award.unit_printed, award.title, award.approval_number) == ("5.50", "hours", old.approved_title, old.approval_number)
    assert (award.status, award.board, award.licence, award.holder.legal_name_printed) == ("active", old.board, licence, "Zoë Đặng")
    assert Job.objects.filter(kind="credits.issue_certificate", args={"award": award.pk}).count() == 1


def test_awarding_again_makes_nothing_twice():
    user = learner()
    accreditation = AccreditationFactory()
    LicenceFactory(user=user, board=accreditation.board)
    dossier = complete(user, accreditation.activity)

    first = award_completion(dossier=dossier)

    assert award_completion(dossier=dossier) == first
    assert (Award.objects.count(), AwardEntry.objects.count(), Claim.objects.count()) == (1, 1, 1)


def test_no_claim_gives_the_plain_certificate():
    dossier = complete(learner(), AccreditationFactory().activity)

    [award] = award_completion(dossier=dossier)

    assert (award.key, award.is_plain, award.units, award.title, award.contact_minutes) == (
        f"dossier:{dossier.pk}:plain",
        True,
        None,
        dossier.activity.title,
        360,
    )


def test_a_board_that_accepts_another_bodys_approval_credits_under_it():
    user, body, state = learner(), BoardFactory(kind="course_approval_body", unit_printed="CE hours"), BoardFactory()
    state.accepts_approvals_of.add(body)
    accreditation = AccreditationFactory(board=body)
    licence = LicenceFactory(user=user, board=state)

    [award] = award_completion(dossier=complete(user, accreditation.activity))

    assert (award.board, award.accreditation, award.licence) == (state, accreditation, licence)
    assert (award.board_name, award.approval_board_name, award.unit_printed) == (state.name, body.name, "CE hours")


def test_the_boards_own_approval_comes_before_one_it_accepts():
    user, body, state = learner(), BoardFactory(), BoardFactory()
    state.accepts_approvals_of.add(body)
    own = AccreditationFactory(board=state)
    AccreditationFactory(board=body, activity=own.activity, valid_from=date(2025, 1, 1))
    LicenceFactory(user=user, board=state)

    [award] = award_completion(dossier=complete(user, own.activity))

    assert award.accreditation == own


def test_a_gap_between_approvals_awards_nothing_there_and_says_why():
    user = learner()
    before = AccreditationFactory(valid_to=date(2026, 2, 27))
    AccreditationFactory(activity=before.activity, board=before.board, valid_from=date(2026, 3, 10))
    LicenceFactory(user=user, board=before.board)

    [award] = award_completion(dossier=complete(user, before.activity))

    claim = Claim.objects.get()
    assert (award.is_plain, claim.state, claim.code) == (True, "refused", "approval_gap")
    assert "1 March 2026" in claim.explanation
    mail = MailMessage.objects.get(template="credits/mail/claims_refused")
    assert claim.explanation in mail.body_text


def test_a_missing_licence_number_holds_the_award_and_asks_for_it():
    user, board = learner(), BoardFactory(certificate_fields=["licence_number"])
    accreditation = AccreditationFactory(board=board)
    LicenceFactory(user=user, board=board, number="")

    [award] = award_completion(dossier=complete(user, accreditation.activity))

    assert (award.status, award.entries.get(kind="held").data) == ("held", {"missing": ["licence_number_missing"]})
    assert "licence number" in MailMessage.objects.get().body_text
    assert not Job.objects.filter(kind="credits.issue_certificate").exists()


def test_strictest_policy_is_the_schools_own_without_approvals():
    policy = strictest_policy(ActivityFactory())

    assert (str(policy.coverage), str(policy.rate_cap), policy.passing_score) == ("0.95", "2.0", None)


def test_strictest_policy_satisfies_every_approval():
    one = AccreditationFactory(coverage_required="0.9", rate_cap="1.5", passing_score=70)
    AccreditationFactory(activity=one.activity, coverage_required="1", rate_cap="2", passing_score=80)
    AccreditationFactory(activity=one.activity, status="draft", passing_score=99)

    policy = strictest_policy(one.activity)

    assert (str(policy.coverage), str(policy.rate_cap), policy.passing_score) == ("1.000", "1.50", 80)


@pytest.mark.parametrize("number", [1, 3])
def test_hours_by_board_costs_one_query(django_assert_num_queries, number):
    rows = [AccreditationFactory() for _ in range(number)]

    with django_assert_num_queries(1):
        found = hours_by_board([row.activity for row in rows])

    assert [found[row.activity_id][0]["board"] for row in rows] == [row.board.name for row in rows]
