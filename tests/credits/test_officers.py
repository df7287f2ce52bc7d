"""Issuing by hand, correcting, revoking."""

from datetime import date

import pytest

from accounts.models import Role
from core.models import AuditEntry, Job
from credits import services
from credits.models import Award, AwardEntry, Dossier
from credits.services.officers import AwardEnded, NotAnOfficer, NotCovered, NothingToCorrect, ReasonNeeded
from notifications.models import MailMessage
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return user_with_role(Role.CE_OFFICER)


def issue(officer, **changes):
    values = {
        "officer": officer,
        "user": LegalNameFactory().user if "user" not in changes else changes["user"],
        "completed_on": date(2026, 5, 3),
        "zone": "America/Chicago",
        "reason": "The sign-in sheet was on paper.",
        "facts": {"evidence": "sign-in sheet"},
    }
    return services.issue_award_by_hand(**values | changes)


def test_by_hand_awards_under_the_approval_and_tells_the_learner(officer):
    accreditation = AccreditationFactory()

    award = issue(officer, activity=accreditation.activity, accreditation=accreditation)

    entry = award.entries.get()
    assert (award.origin, award.status, award.completed_on, award.board) == ("by_hand", "active", date(2026, 5, 3), accreditation.board)
    assert (entry.actor, entry.reason) == (officer, "The sign-in sheet was on paper.")
    assert AuditEntry.objects.filter(action="credits.issue_award_by_hand", actor=officer).count() == 1
    assert MailMessage.objects.get().template == "credits/mail/award_issued"
    assert Job.objects.filter(kind="credits.issue_certificate", args={"award": award.pk}).exists()


def test_by_hand_twice_is_one_award(officer):
    accreditation = AccreditationFactory()
    first = issue(officer, activity=accreditation.activity, accreditation=accreditation)

    again = issue(officer, activity=accreditation.activity, accreditation=accreditation, user=first.dossier.user)

    assert (again, Award.objects.count(), Dossier.objects.count()) == (first, 1, 1)


def test_after_a_revocation_the_completion_may_be_credited_anew_once(officer):
    accreditation = AccreditationFactory()
    first = issue(officer, activity=accreditation.activity, accreditation=accreditation)
    services.revoke_award(officer=officer, award=first, reason_class="issued_in_error", reason="Wrong roster")
    again = {"activity": accreditation.activity, "accreditation": accreditation, "user": first.dossier.user}

    second, third = issue(officer, **again), issue(officer, **again)

    assert (second == third, second != first, second.status, Award.objects.count()) == (True, True, "active", 2)


def test_by_hand_without_an_approval_is_the_plain_certificate(officer):
    award = issue(officer, activity=AccreditationFactory().activity, accreditation=None)

    assert (award.is_plain, award.board, award.units) == (True, None, None)


def test_by_hand_for_a_board_that_accepts_the_approval(officer):
    accreditation, state, user = AccreditationFactory(), BoardFactory(), LegalNameFactory().user
    state.accepts_approvals_of.add(accreditation.board)
    licence = LicenceFactory(user=user, board=state)

    award = issue(officer, user=user, activity=accreditation.activity, accreditation=accreditation, licence=licence)

    assert (award.board, award.licence, award.accreditation) == (state, licence, accreditation)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda row: {"completed_on": date(2019, 12, 31)},
        lambda row: {"activity": AccreditationFactory().activity},
        lambda row: {"licence": LicenceFactory()},
    ],
)
def test_by_hand_is_refused_where_the_approval_does_not_cover_it(officer, mistake):
    accreditation = AccreditationFactory()

    with pytest.raises(NotCovered):
        issue(officer, **{"activity": accreditation.activity, "accreditation": accreditation} | mistake(accreditation))

    assert not Award.objects.exists()
    assert not Dossier.objects.exists()


def test_a_reason_is_needed(officer):
    with pytest.raises(ReasonNeeded):
        issue(officer, activity=AccreditationFactory().activity, accreditation=None, reason=" ")


@pytest.mark.parametrize("role", [None, Role.INSTRUCTOR, Role.STAFF])
def test_only_an_officer_may(role):
    person = user_with_role(role) if role else UserFactory()
    award = AwardFactory()

    with pytest.raises(NotAnOfficer):
        issue(person, activity=award.dossier.activity, accreditation=None)
    with pytest.raises(NotAnOfficer):
        services.correct_award(officer=person, award=award, reason="x", changes={"legal_name": "Z"})
    with pytest.raises(NotAnOfficer):
        services.revoke_award(officer=person, award=award, reason_class="duplicate", reason="x")

    assert AwardEntry.objects.count() == 1


def test_a_correction_is_a_new_version_that_keeps_the_rest(officer):
    award = AwardFactory()

    new = services.correct_award(officer=officer, award=award, reason="Misspelt", changes={"legal_name": " Zoë  Dang "})

    old = Award.objects.get(pk=award.pk)
    assert (old.status, new.status, new.version, new.supersedes, new.key) == ("superseded", "active", 2, old, old.key)
    assert (old.holder.legal_name_printed, new.holder.legal_name_printed) == ("Zoë Đặng", "Zoë Dang")
    assert (new.units, new.title, new.approval_number, new.completed_on) == (old.units, old.title, old.approval_number, old.completed_on)
    assert MailMessage.objects.get().template == "credits/mail/award_corrected"
    assert Job.objects.filter(kind="credits.issue_certificate", args={"award": new.pk}).count() == 1


def test_the_same_correction_twice_is_one_version(officer):
    award = AwardFactory()
    first = services.correct_award(officer=officer, award=award, reason="Misspelt", changes={"legal_name": "Zoë Dang"})

    assert services.correct_award(officer=officer, award=award, reason="Misspelt", changes={"legal_name": "Zoë Dang"}) == first
    with pytest.raises(AwardEnded):
        services.correct_award(officer=officer, award=award, reason="Again", changes={"legal_name": "Zoe Dang"})

    assert Award.objects.count() == 2


def test_a_correction_that_changes_nothing_is_refused(officer):
    award = AwardFactory()

    with pytest.raises(NothingToCorrect):
        services.correct_award(officer=officer, award=award, reason="x", changes={"legal_name": "Zoë Đặng", "completed_on": award.completed_on})

    assert award.entries.count() == 1


def test_a_correction_to_another_approval_takes_its_facts(officer):
    award = AwardFactory()
    right = AccreditationFactory(activity=award.dossier.activity, board=award.board, units="7.5", valid_from=date(2021, 1, 1))

    new = services.correct_award(officer=officer, award=award, reason="Wrong approval", changes={"accreditation": right})

    new.refresh_from_db()
    assert (str(new.units), new.approval_number, new.accreditation) == ("7.50", right.approval_number, right)


@pytest.mark.parametrize(
    "changes", [lambda a: {"completed_on": date(2019, 1, 1)}, lambda a: {"accreditation": AccreditationFactory()}, lambda a: {"accreditation": None}]
)
def test_a_correction_beyond_the_approval_is_refused(officer, changes):
    award = AwardFactory()

    with pytest.raises(NotCovered):
        services.correct_award(officer=officer, award=award, reason="x", changes=changes(award))

    assert (Award.objects.count(), award.entries.count()) == (1, 1)


def test_a_held_award_is_released_by_a_correction_that_gives_the_number(officer):
    board = BoardFactory(certificate_fields=["licence_number"])
    accreditation = AccreditationFactory(board=board)
    held = issue(officer, activity=accreditation.activity, accreditation=accreditation)

    new = services.correct_award(officer=officer, award=held, reason="Told by phone", changes={"licence_number": "MA1"})

    assert (held.status, new.status) == ("superseded", "active")


def test_revoking_is_final_public_and_told(officer):
    award = AwardFactory()

    services.revoke_award(officer=officer, award=award, reason_class="issued_in_error", reason="Wrong person on the roster.")
    services.revoke_award(officer=officer, award=award, reason_class="duplicate", reason="Again")

    award = Award.objects.get()
    assert (award.status, award.revoked_because, award.entries.count()) == ("revoked", "Issued in error", 2)
    mail = MailMessage.objects.get()
    assert "Issued in error" in mail.body_text
    assert "Wrong person" not in mail.body_text
    with pytest.raises(AwardEnded):
        services.correct_award(officer=officer, award=award, reason="x", changes={"legal_name": "Z"})


def test_a_revoked_award_is_not_claimed_again():
    officer, user = user_with_role(Role.CE_OFFICER), LegalNameFactory().user
    award = AwardFactory(dossier__user=user)
    services.revoke_award(officer=officer, award=award, reason_class="duplicate", reason="x")

    claim = services.claim_completion(dossier=award.dossier, licence=LicenceFactory(user=user, board=award.board))

    assert (claim.state, claim.code) == ("refused", "already_awarded")
    assert "revoked" in claim.explanation
