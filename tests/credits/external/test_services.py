"""Typing in credit earned elsewhere, deciding about it, and what each leaves behind."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role
from core.errors import DomainError
from core.jobs import RunningJob
from core.models import AuditEntry, Job
from credits.external import services
from credits.external.doubles import note_doubles
from credits.external.selectors import hints_for
from credits.external.services import Facts, correct_external, purge_proof, review_external, submit_external, withdraw_external
from credits.models import ExternalCredit, ExternalEntry, ExternalProof, Licence, OfficerTask
from credits.retention.holds import UnderHold, lift_hold, place_hold
from credits.selectors import school_today
from credits.services import issue_award_by_hand
from credits.stored_files import delete_stored_file
from notifications.models import MailMessage
from tests.credits.external.pictures import pdf, picture
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import (
    AccreditationFactory,
    ActivityFactory,
    AwardFactory,
    BoardFactory,
    ExternalCreditFactory,
    ExternalProofFactory,
    LicenceFactory,
    LicenceRenewalFactory,
)
from tests.fixtures.at_once import at_once

pytestmark = pytest.mark.django_db


def facts(**values):
    return Facts(
        **{"title": "Lymph drainage", "provider_name": "Riverside Institute", "completed_on": date(2026, 5, 9), "units": Decimal("4"), "mode": "live_remote"}
        | values
    )


@pytest.fixture
def licence():
    return LicenceFactory(board=BoardFactory(code="us_fl_massage", name="Florida Board", unit_printed="hours"))


@pytest.fixture
def officer():
    return user_with_role(Role.CE_OFFICER)


def submitted(licence, *, proofs=None, **values):
    return submit_external(user=licence.user, board=licence.board, facts=facts(**values), proofs=[pdf()] if proofs is None else proofs)


def test_it_waits_for_review_with_its_proof_and_a_task(licence):
    credit = submitted(licence, category_split=[{"category": "ethics", "units": "1"}])

    task, proof = OfficerTask.objects.get(), ExternalProof.objects.get()
    assert (credit.status, credit.version, credit.unit_printed, credit.units_shown) == ("waiting", 1, "hours", "4")
    assert [entry.kind for entry in credit.entries.all()] == ["submitted"]
    assert list(credit.proofs.all()) == [proof]
    with proof.file.open() as kept:
        assert (kept.read(), proof.user) == (pdf().read(), licence.user)
    assert (task.kind, task.title, task.address) == ("external_review", "Lymph drainage, for Florida Board", f"/desk/credits/external/{credit.pk}/")
    assert task.due_on == school_today() + timedelta(days=7)


def test_the_same_again_is_the_same(licence):
    first = submitted(licence)
    second = submitted(licence, title=" lymph  DRAINAGE", provider_name="riverside institute")

    assert first == second
    assert (ExternalCredit.objects.count(), ExternalProof.objects.count(), OfficerTask.objects.count()) == (1, 1, 1)


def test_what_is_not_used_of_the_files_does_not_stay_in_storage(licence, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    submitted(licence)
    with pytest.raises(services.ExternalMistake):
        submitted(licence, title="Another", completed_on=school_today() + timedelta(days=2), proofs=[picture()])
    submitted(licence, title="A third", proofs=[pdf("again.pdf")])

    assert (len(default_storage.listdir("external-proofs")[1]), ExternalProof.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"completed_on": date(2099, 1, 1)}, "can not be later than today"),
        ({"completed_on": date(202, 1, 1)}, "Give the day you completed it"),
        ({"units": Decimal("0")}, "Give how much it earned"),
        ({"mode": "asleep"}, "how it was taught"),
        ({"category_split": [{"category": "ethics", "units": "5"}]}, "add up to more than the whole"),
        ({"category_split": [{"category": "ethics", "units": "-1"}]}, "add up to more than the whole"),
        ({"category_split": [{"category": "cooking", "units": "1"}]}, "Choose the topics"),
        ({"category_split": [{"category": "activity:teaching", "units": "1"}]}, "Choose the topics"),
        ({"labels": ["ethics"]}, "Choose what holds for it"),
        ({"labels": ["approval:ncbtmb_ap"]}, "Choose what holds for it"),
        ({"proofs": []}, "Send the proof"),
        ({"proofs": [pdf(f"{number}.pdf") for number in range(6)]}, "at most 5 files"),
        ({"proofs": [SimpleUploadedFile("a.pdf", b"MZ")]}, "neither a PDF"),
    ],
)
def test_what_can_not_be_is_refused_and_leaves_nothing(licence, values, sentence):
    with pytest.raises(DomainError, match=sentence):
        submitted(licence, **values)

    assert [model.objects.count() for model in (ExternalCredit, ExternalProof, OfficerTask)] == [0, 0, 0]


def test_it_is_for_a_board_whose_licence_is_on_file(licence):
    with pytest.raises(services.ExternalMistake, match="Put the licence on file first"):
        submit_external(user=licence.user, board=BoardFactory(), facts=facts(), proofs=[pdf()])

    assert not ExternalCredit.objects.exists()


def test_what_was_completed_here_is_not_typed_in_as_well(licence):
    AwardFactory(dossier__user=licence.user, dossier__activity__title="Lymph Drainage", dossier__completed_on=date(2026, 5, 9), board=licence.board)

    with pytest.raises(services.ExternalOnFile, match="on your record by itself"):
        submitted(licence)


def test_nobody_piles_up_more_than_can_be_reviewed(licence, monkeypatch):
    monkeypatch.setattr(services, "MAX_OPEN", 1)
    submitted(licence)

    with pytest.raises(services.TooManyOpen):
        submitted(licence, title="Another")

    assert ExternalCredit.objects.count() == 1


def test_somebody_else_s_proof_is_no_proof(licence):
    other = ExternalProofFactory()

    with pytest.raises(services.ExternalMistake, match="Send the proof"):
        submit_external(user=licence.user, board=licence.board, facts=facts(), keep=[other])


@pytest.mark.parametrize(
    ("decision", "note", "status", "subject"),
    [
        ("accepted", "", "accepted", "Lymph drainage counts now"),
        ("asked", "Please send page two.", "asked", "A question about Lymph drainage"),
        ("refused", "The name on it is not yours.", "refused", "Lymph drainage was not accepted"),
    ],
)
def test_a_decision_is_on_record_and_told_by_mail_once(licence, officer, decision, note, status, subject):
    credit = submitted(licence)

    for _again in range(2):
        decided = review_external(credit=credit, reviewer=officer, decision=decision, note=note)

    mail = MailMessage.objects.get()
    assert (decided.status, decided.last_entry.actor, decided.last_entry.note) == (status, officer, note)
    assert (mail.subject, mail.recipient) == (subject, licence.user)
    assert note in mail.body_text
    assert credit.get_absolute_url() in mail.body_text
    assert not OfficerTask.objects.open().exists()


def test_a_decision_can_be_taken_back(licence, officer):
    credit = submitted(licence)
    review_external(credit=credit, reviewer=officer, decision="accepted")

    credit = review_external(credit=credit, reviewer=officer, decision="refused", note="It was another person's after all.")

    assert (credit.status, [entry.kind for entry in credit.entries.all()]) == ("refused", ["submitted", "accepted", "refused"])
    assert MailMessage.objects.count() == 2


def test_who_may_decide(licence, officer):
    credit = submitted(licence)
    own = ExternalCreditFactory(user=officer)

    for who, which in ((UserFactory(), credit), (user_with_role(Role.INSTRUCTOR), credit), (officer, own)):
        with pytest.raises(services.NotAReviewer):
            review_external(credit=which, reviewer=who, decision="accepted")
    with pytest.raises(services.NoteNeeded):
        review_external(credit=credit, reviewer=officer, decision="refused", note="  ")
    with pytest.raises(services.ExternalMistake):
        review_external(credit=credit, reviewer=officer, decision="withdrawn", note="x")

    assert set(ExternalEntry.objects.values_list("kind", flat=True)) == {"submitted"}
    assert review_external(credit=credit, reviewer=user_with_role(Role.STAFF), decision="accepted").status == "accepted"


def test_a_correction_is_a_new_version_that_waits_again(licence, officer):
    old = submitted(licence)
    review_external(credit=old, reviewer=officer, decision="asked", note="Which day?")

    new = correct_external(credit=old, actor=licence.user, facts=facts(completed_on=date(2026, 5, 10)), proofs=[picture()], note="The tenth.")

    old.refresh_from_db()
    assert (new.version, new.supersedes, new.key, new.status) == (2, old, old.key, "waiting")
    assert (old.status, new.proofs.count(), old.proofs.count()) == ("superseded", 2, 1)
    assert [task.title for task in OfficerTask.objects.open()] == ["Lymph drainage, for Florida Board"]
    with pytest.raises(services.ExternalEnded, match="newer version"):
        review_external(credit=old, reviewer=officer, decision="accepted")
    with pytest.raises(services.ExternalEnded, match="newer version"):
        correct_external(credit=old, actor=licence.user, facts=facts(units=Decimal("5")))


def test_a_correction_that_says_nothing_new_is_none(licence):
    credit = submitted(licence)

    assert correct_external(credit=credit, actor=licence.user, facts=facts()) == credit
    assert ExternalCredit.objects.count() == 1


def test_a_correction_may_not_become_another_one_on_record(licence):
    credit, other = submitted(licence), submitted(licence, title="Another")

    with pytest.raises(services.ExternalOnFile):
        correct_external(credit=other, actor=licence.user, facts=facts())

    assert (credit.status, ExternalCredit.objects.latest().count()) == ("waiting", 2)


def test_a_proof_left_out_of_a_correction_stays_with_the_old_version(licence):
    credit = submitted(licence, proofs=[pdf(), picture()])
    kept = credit.proofs.last()

    new = correct_external(credit=credit, actor=licence.user, facts=facts(), keep=[kept])

    assert (list(new.proofs.all()), credit.proofs.count()) == ([kept], 2)


def test_withdrawing_deletes_a_proof_that_nobody_accepted(licence):
    credit = submitted(licence)
    stored = credit.proofs.get().file.name

    for _again in range(2):
        credit = withdraw_external(credit=credit, actor=licence.user)
    for job in Job.objects.filter(kind="credits.delete_stored_file"):
        delete_stored_file(RunningJob(job), **job.args)

    proof = ExternalProof.objects.get()
    assert (credit.status, bool(proof.file), proof.name, bool(proof.purged_at), default_storage.exists(stored)) == ("withdrawn", False, "", True, False)
    assert not OfficerTask.objects.open().exists()
    with pytest.raises(services.ExternalEnded, match="withdrawn"):
        correct_external(credit=credit, actor=licence.user, facts=facts(units=Decimal("5")), proofs=[pdf()])


def test_withdrawing_keeps_a_proof_that_was_accepted_or_proves_something_else(licence, officer):
    accepted, one, two = submitted(licence), submitted(licence, title="One", proofs=[picture()]), submitted(licence, title="Two", proofs=[picture()])
    review_external(credit=accepted, reviewer=officer, decision="accepted")

    withdraw_external(credit=accepted, actor=licence.user)
    withdraw_external(credit=one, actor=licence.user)

    assert ExternalProof.objects.filter(purged_at__isnull=True).count() == 2
    withdraw_external(credit=two, actor=licence.user)
    assert ExternalProof.objects.filter(purged_at__isnull=True).count() == 1


def test_what_is_under_a_legal_hold_stays(licence, officer):
    one, other = submitted(licence), submitted(licence, title="Another", proofs=[picture()])
    hold = place_hold(officer=officer, reason="Subpoena 12", board=licence.board)
    withdraw_external(credit=one, actor=licence.user)
    lift_hold(officer=officer, hold=hold, reason="Over.")
    place_hold(officer=officer, reason="Subpoena 13", person=licence.user)

    with pytest.raises(UnderHold):
        purge_proof(proof=other.proofs.get(), actor=officer, reason="Tidy up.")
    withdraw_external(credit=other, actor=licence.user)

    assert ExternalProof.objects.filter(purged_at__isnull=True).count() == 2
    assert set(ExternalCredit.objects.with_status().values_list("last_kind", flat=True)) == {"withdrawn"}


@pytest.mark.parametrize("how", ["refuse", "withdraw", "correct"])
def test_taking_back_what_counted_in_a_renewed_cycle_is_brought_before_a_person(licence, officer, how):
    Licence.objects.update(issued_on=date(2020, 3, 1))
    LicenceRenewalFactory(licence=licence, cycle_end=date(2025, 8, 31), renewed_on=date(2025, 8, 20))
    credit = submitted(licence, completed_on=date(2025, 5, 9))
    review_external(credit=credit, reviewer=officer, decision="accepted")
    assert not OfficerTask.objects.open().exists()

    if how == "refuse":
        review_external(credit=credit, reviewer=officer, decision="refused", note="It was another person's.")
    elif how == "withdraw":
        withdraw_external(credit=credit, actor=licence.user)
    else:
        correct_external(credit=credit, actor=licence.user, facts=facts(completed_on=date(2025, 5, 9), units=Decimal("3")))

    task = OfficerTask.objects.open().get(kind="closed_cycle")
    assert task.title == "Florida Board: a change reaches the cycle that ended on 31 August 2025"
    assert "Counted before: 4, without it: 0 of 24 hours" in task.detail


@pytest.mark.parametrize("end", ["refuse", "withdraw"])
def test_what_the_ledger_learns_later_is_held_against_what_was_typed_in(licence, officer, end):
    """Such as a certificate from before this system: brought in after its holder typed it in, it would count twice."""
    credit = submitted(licence)
    review_external(credit=credit, reviewer=officer, decision="accepted")
    submitted(licence, title="Long before", completed_on=date(2024, 5, 9))
    ExternalCreditFactory(board=licence.board, completed_on=date(2026, 5, 9))
    award = AwardFactory(dossier__user=licence.user, board=licence.board, title="Lymph, old certificate", completed_on=date(2026, 5, 10))

    for _again in range(2):
        raised = note_doubles(award=award)

    assert [task.title for task in raised] == ["Counted twice? Lymph drainage, for Florida Board"]
    if end == "refuse":
        review_external(credit=credit, reviewer=officer, decision="refused", note="It is on our own ledger now.")
    else:
        withdraw_external(credit=credit, actor=licence.user)
    assert not OfficerTask.objects.open().filter(title__startswith="Counted twice").exists()
    assert note_doubles(award=award) == []


def test_a_purge_is_noted_and_happens_once(officer):
    proof = ExternalProofFactory()

    for _again in range(2):
        purge_proof(proof=proof, actor=officer, reason="Retention ended.")

    assert AuditEntry.objects.filter(action="credits.purge_external_proof").count() == 1


def test_a_reviewer_is_told_what_to_look_at_twice(licence, settings, officer):
    AwardFactory(dossier__user=licence.user, board=licence.board, title="Lymph, here", dossier__completed_on=date(2026, 5, 10))
    licence.board.approval_required = True
    licence.board.save()
    licence.issued_on = date(2026, 6, 1)
    licence.save()
    first = submitted(licence, title="Another")
    ExternalProofFactory(sha256=first.proofs.get().sha256)
    credit = submitted(licence, units=Decimal("30"), provider_name=f"The {settings.SCHOOL_NAME} school")

    hints = hints_for(ExternalCredit.objects.for_lists().get(pk=credit.pk))

    assert [hint.split(".")[0] for hint in hints] == [
        "Another person sent the very same file",
        "The same file proves another credit for the same board",
        "We awarded credit for “Lymph, here” on May 10, 2026 ourselves",
        "“Another” is on record for the same days too",
        "It names our own school",
        "This board counts approved courses alone, and no approval is named",
        "30 hours are much for one course",
        "It was completed before the licence was issued",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_put_one_on_record(licence):
    found = at_once(*[lambda: submitted(licence, proofs=[picture()])] * 2)

    assert (found, ExternalProof.objects.count()) == ([ExternalCredit.objects.get()] * 2, 1)


def test_a_refusal_taken_back_does_not_count_twice_what_was_sent_in_again(licence, officer):
    first = submitted(licence)
    review_external(credit=first, reviewer=officer, decision="refused", note="Nobody can read this.")
    second = submitted(licence, title="LYMPH drainage", proofs=[picture()])
    review_external(credit=second, reviewer=officer, decision="accepted")

    with pytest.raises(services.ExternalOnFile, match="accepted already"):
        review_external(credit=first, reviewer=officer, decision="accepted")

    assert [credit.status for credit in ExternalCredit.objects.with_status().order_by("pk")] == ["refused", "accepted"]
    review_external(credit=second, reviewer=officer, decision="refused", note="It was the first that is right.")
    assert review_external(credit=first, reviewer=officer, decision="accepted").status == "accepted"


def test_credit_of_ours_that_comes_later_is_held_against_what_was_typed_in(licence, officer):
    """Typed in before we had the completion on record, accepted, and then awarded by ourselves: it would count twice."""
    credit = submitted(licence)
    review_external(credit=credit, reviewer=officer, decision="accepted")
    approval = AccreditationFactory(board=licence.board, activity=ActivityFactory(title="Lymph drainage I"), valid_from=date(2020, 1, 1))

    values = {"zone": "America/New_York", "reason": "Found in the old folder.", "facts": {}, "licence": licence}
    issue_award_by_hand(officer=officer, user=licence.user, activity=approval.activity, accreditation=approval, completed_on=date(2026, 5, 9), **values)

    assert OfficerTask.objects.open().get().title == "Counted twice? Lymph drainage, for Florida Board"
