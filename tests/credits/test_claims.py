"""Claims made later, holds and their release, preflight, and two at once."""

from datetime import UTC, date, datetime

import pytest

from accounts.services import confirm_legal_name
from core.models import Job
from credits import services
from credits.models import Accreditation, Award, AwardEntry, Claim, Dossier
from credits.selectors import school_today
from credits.services.claims import NotYourCompletion
from credits.services.licences import LicenceInUse, LicenceOnFile
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, DossierFactory, LicenceFactory
from tests.fixtures.at_once import at_once

pytestmark = pytest.mark.django_db


def test_a_claim_made_later_is_judged_on_the_completion_date():
    accreditation = AccreditationFactory(valid_to=date(2026, 1, 31))
    dossier = DossierFactory(activity=accreditation.activity, user=LegalNameFactory().user, completed_on=date(2026, 1, 31))
    services.award_completion(dossier=dossier)
    licence = services.add_licence(user=dossier.user, board=accreditation.board, number="MA 1")

    claim = services.claim_completion(dossier=dossier, licence=licence)

    assert (claim.state, claim.award.accreditation, claim.award.holder.licence_number) == ("awarded", accreditation, "MA 1")
    assert Award.objects.count() == 2


def test_a_licence_added_after_completion_is_not_a_claim_by_itself():
    accreditation = AccreditationFactory()
    dossier = DossierFactory(activity=accreditation.activity, user=LegalNameFactory().user)
    LicenceFactory(user=dossier.user, board=accreditation.board)

    [award] = services.award_completion(dossier=dossier)

    assert award.is_plain


def test_a_refused_claim_is_judged_anew_when_an_approval_was_filed_since():
    licence, activity = LicenceFactory(), ActivityFactory()
    dossier = DossierFactory(activity=activity, user=licence.user)
    first = services.claim_completion(dossier=dossier, licence=licence)
    AccreditationFactory(activity=activity, board=licence.board)

    again = services.claim_completion(dossier=dossier, licence=licence)

    assert (first.code, again.code, Claim.objects.count()) == ("no_approval", "awarded", 1)


def test_nobody_claims_what_another_completed():
    with pytest.raises(NotYourCompletion):
        services.claim_completion(dossier=DossierFactory(), licence=LicenceFactory())

    assert not Claim.objects.exists()


def test_one_completion_is_credited_once_for_a_board():
    accreditation = AccreditationFactory()
    one = LicenceFactory(board=accreditation.board)
    two = LicenceFactory(board=accreditation.board, user=one.user)
    dossier = DossierFactory(activity=accreditation.activity, user=one.user)
    services.claim_completion(dossier=dossier, licence=one)

    claim = services.claim_completion(dossier=dossier, licence=two)

    assert (claim.code, Award.objects.count()) == ("already_awarded", 1)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"offered": {"title": "SMRT knees"}}, "approved the title"),
        ({"offered": {"minutes": {"self_paced": 300}}}, "360 minutes"),
        ({"offered": {"coverage": "0.949"}}, "0.949 was watched"),
        ({"offered": {"score": 69}}, "score of 70"),
    ],
)
def test_what_differs_from_the_approval_is_not_awarded(facts, sentence):
    board = BoardFactory(title_must_match=True)
    accreditation = AccreditationFactory(board=board, passing_score=70)
    licence = LicenceFactory(board=board)
    dossier = DossierFactory(activity=accreditation.activity, user=licence.user, facts=facts)

    claim = services.claim_completion(dossier=dossier, licence=licence)

    assert (claim.code, claim.state) == ("differs_from_approval", "refused")
    assert sentence in claim.explanation


def test_what_agrees_with_the_approval_is_awarded():
    board = BoardFactory(title_must_match=True)
    accreditation = AccreditationFactory(board=board, passing_score=70)
    licence = LicenceFactory(board=board)
    offered = {"title": accreditation.approved_title, "minutes": {"self_paced": 365}, "coverage": "0.95", "score": 70}
    dossier = DossierFactory(activity=accreditation.activity, user=licence.user, facts={"offered": offered})

    assert services.claim_completion(dossier=dossier, licence=licence).state == "awarded"


def test_an_approval_for_a_classroom_does_not_credit_home_study():
    accreditation = AccreditationFactory(mode="in_person_hands_on")
    licence = LicenceFactory(board=accreditation.board)
    dossier = DossierFactory(activity=accreditation.activity, user=licence.user)

    assert services.claim_completion(dossier=dossier, licence=licence).code == "differs_from_approval"


def test_a_withdrawn_approval_covers_the_days_before_only():
    accreditation = AccreditationFactory(status="withdrawn", withdrawn_on=date(2026, 4, 1))

    days = [date(2026, 3, 31), date(2026, 4, 1)]

    assert [accreditation.covers(day) for day in days] == [True, False]
    assert [Accreditation.objects.in_force_on(day).exists() for day in days] == [True, False]


def held_award(number=""):
    board = BoardFactory(certificate_fields=["licence_number"])
    accreditation = AccreditationFactory(board=board)
    licence = LicenceFactory(board=board, number=number)
    dossier = DossierFactory(activity=accreditation.activity, user=licence.user)
    return services.claim_completion(dossier=dossier, licence=licence).award, licence


def test_filling_in_what_is_missing_releases_the_award_once():
    award, licence = held_award()
    assert (award.status, award.missing) == ("held", ["legal_name_missing", "licence_number_missing"])

    services.change_licence(licence=licence, actor=licence.user, number="MA 7")
    assert (award.status, award.missing) == ("held", ["legal_name_missing"])
    confirm_legal_name(user=licence.user, given_names="Zoë", family_name="Đặng", confirmed_by=licence.user)
    services.settle_holds_of(user=licence.user)

    award = Award.objects.get()
    assert (award.status, list(award.entries.values_list("kind", flat=True))) == ("active", ["issued", "held", "held", "released"])
    assert (award.holder.licence_number, award.holder.legal_name_printed) == ("MA 7", "Zoë Đặng")
    assert Job.objects.filter(kind="credits.issue_certificate").count() == 1


def test_a_licence_with_awards_stays_on_file():
    award, licence = held_award("MA 1")

    with pytest.raises(LicenceInUse):
        services.remove_licence(licence=licence, actor=licence.user)

    licence.refresh_from_db()
    assert award.licence == licence


def test_a_licence_with_refused_claims_only_can_go():
    licence = LicenceFactory()
    services.claim_completion(dossier=DossierFactory(user=licence.user), licence=licence)

    services.remove_licence(licence=licence, actor=licence.user)

    assert not Claim.objects.exists()


def test_a_number_is_on_file_once_with_a_board():
    user, board = UserFactory(), BoardFactory()
    first = services.add_licence(user=user, board=board, number="MA 1")
    second = services.add_licence(user=user, board=board, number="MA 2")

    assert services.add_licence(user=user, board=board, number=" MA  1 ") == first
    with pytest.raises(LicenceOnFile):
        services.change_licence(licence=second, actor=user, number="MA 1")


@pytest.mark.django_db(transaction=True)
def test_awarding_and_claiming_at_once_make_one_award():
    accreditation = AccreditationFactory()
    licence = LicenceFactory(board=accreditation.board, user=LegalNameFactory().user)
    dossier = DossierFactory(activity=accreditation.activity, user=licence.user)

    at_once(*[lambda: services.award_completion(dossier=dossier)] * 3, *[lambda: services.claim_completion(dossier=dossier, licence=licence)] * 3)

    assert (Award.objects.count(), AwardEntry.objects.count(), Claim.objects.count(), Dossier.objects.count()) == (1, 1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_completion_reported_three_times_at_once_is_one_dossier():
    activity, user, at = ActivityFactory(), UserFactory(), datetime(2026, 3, 1, tzinfo=UTC)
    values = {"key": "course-attempt:81", "user": user, "activity": activity, "kind": "home_study", "completed_at": at, "zone": "UTC"}

    at_once(*[lambda: services.record_completion(**values, facts={}, trace={}, files=[("a.txt", b"a")])] * 3)

    assert (Dossier.objects.count(), Job.objects.filter(kind="credits.award_completion").count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_are_one():
    award, licence = held_award("MA 1")
    LegalNameFactory(user=licence.user)

    at_once(*[lambda: services.settle_holds_of(user=licence.user)] * 4)

    assert list(award.entries.values_list("kind", flat=True)) == ["issued", "held", "released"]
    assert Job.objects.filter(kind="credits.issue_certificate").count() == 1


@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.django_db(transaction=True)
def test_a_name_confirmed_while_the_award_is_written_is_not_missed(attempt):
    dossier = DossierFactory()

    at_once(
        lambda: services.award_completion(dossier=dossier),
        lambda: confirm_legal_name(user=dossier.user, given_names="Zoë", family_name="Đặng", confirmed_by=dossier.user),
    )

    assert Award.objects.get().status == "active"
    assert Job.objects.filter(kind="credits.issue_certificate").count() == 1


@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.django_db(transaction=True)
def test_a_licence_number_given_while_the_award_is_written_is_not_missed(attempt):
    board = BoardFactory(certificate_fields=["licence_number"])
    accreditation = AccreditationFactory(board=board)
    licence = LicenceFactory(board=board, number="", user=LegalNameFactory().user)
    dossier = DossierFactory(activity=accreditation.activity, user=licence.user)

    at_once(lambda: services.award_completion(dossier=dossier), lambda: services.change_licence(licence=licence, actor=licence.user, number="MA 7"))

    assert Award.objects.get().status == "active"


def test_what_an_officer_took_back_is_not_claimed_with_another_board():
    officer, accreditation = user_with_role("ce_officer"), AccreditationFactory()
    licence = LicenceFactory(board=accreditation.board)
    other = LicenceFactory(user=licence.user)
    AccreditationFactory(activity=accreditation.activity, board=other.board)
    values = {"zone": "America/New_York", "reason": "On paper.", "facts": {}, "licence": licence, "completed_on": school_today()}
    award = services.issue_award_by_hand(officer=officer, user=licence.user, activity=accreditation.activity, accreditation=accreditation, **values)
    services.revoke_award(officer=officer, award=award, reason_class="entered_by_mistake", reason="It was somebody else.")

    claim = services.claim_completion(dossier=award.dossier, licence=other)

    assert (claim.state, claim.code, Award.objects.count()) == ("refused", "not_claimable", 1)
