"""From a draft to a rule in force: two officers, or one alone with a reason and a day's delay."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from core import clock
from core.models import AuditEntry, Job
from credits.models import OfficerTask, RuleRevision, RuleTrial
from credits.revisions.drafts import DraftMoved, DraftRefused, adopt_what_if, discard_draft, save_draft, start_draft, take_new_base
from credits.revisions.loading import load_rules
from credits.revisions.signing import (
    NotReady,
    NotYours,
    Settled,
    confirm_revision,
    sign_alone,
    sign_revision,
    submit_revision,
    withdraw_revision,
)
from credits.revisions.taking_force import take_force
from credits.revisions.trials import run_trial, start_trial
from credits.rulebook import known
from credits.services.officers import NotAnOfficer, ReasonNeeded
from notifications.models import MailMessage
from tests.credits.revisions.conftest import FLORIDA, ce_officer
from tests.factories.accounts import UserFactory
from tests.factories.credits import BoardFactory
from tests.fixtures.at_once import at_once, outcomes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_of_the_site", "florida")]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LESS = FLORIDA.replace('units: "5"', 'units: "4"')
BAD = FLORIDA.replace('units: "5"', "units: 5")


@pytest.fixture
def at(monkeypatch):
    def set_clock(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(NOW)
    return set_clock


@pytest.fixture
def submit(officer, florida):
    """A change of Florida's rules, submitted by `officer` and tried."""

    def make(text=LESS, reason="64B7-28.009 as amended."):
        draft = start_draft(officer=officer, board=florida, text=text)
        revision = submit_revision(officer=officer, draft=draft, reason=reason)
        run_trial(trial=revision.trials.get().pk)
        return revision

    return make


def general():
    return known()["us_fl_massage"].rules[-1].content["minima"][5]["units"]


def mails():
    return sorted(MailMessage.objects.values_list("template", "recipient__display_name"))


def test_a_draft_begins_with_what_is_in_force(officer, florida):
    draft = start_draft(officer=officer, board=florida)

    assert (draft.number, draft.base.number, draft.text, draft.state, draft.author) == (2, 1, FLORIDA, "draft", officer)
    assert general() == "5"


def test_the_first_draft_of_a_board_keeps_its_file_as_the_first_revision(officer):
    board = BoardFactory(code="us_ga_massage")

    draft = start_draft(officer=officer, board=board)

    assert (draft.number, draft.base.number, draft.base.origin, draft.base.state) == (2, 1, "file", "approved")
    assert draft.text == draft.base.text
    assert known()["us_ga_massage"].revision.number == 1


def test_the_first_draft_of_a_board_without_a_file_begins_from_nothing(officer):
    draft = start_draft(officer=officer, board=BoardFactory(code="us_ks_massage", name="Kansas"))

    assert (draft.number, draft.base) == (1, None)
    assert "board: us_ks_massage" in draft.text


def test_only_officers_write_rules(florida):
    with pytest.raises(NotAnOfficer, match="Only a CE officer writes rules"):
        start_draft(officer=UserFactory(), board=florida)

    assert RuleRevision.objects.count() == 1


def test_a_draft_keeps_mistakes_until_it_is_submitted(officer, florida):
    draft = start_draft(officer=officer, board=florida)

    draft = save_draft(officer=officer, draft=draft, text=BAD.replace("\n", "\r\n"), reason=" as  amended ", seen_text=FLORIDA)
    assert (draft.text, draft.reason) == (BAD, "as amended")

    with pytest.raises(NotReady, match=r"Line 77: rule us_fl_massage\.waiver version 1, minima\.general\.units: 5 is a bare number"):
        submit_revision(officer=officer, draft=draft, reason="As amended.")
    assert RuleRevision.objects.get(pk=draft.pk).state == "draft"


def test_a_draft_saved_in_two_windows_loses_nothing(officer, florida):
    draft = start_draft(officer=officer, board=florida)
    save_draft(officer=officer, draft=draft, text=LESS, reason="", seen_text=FLORIDA)

    with pytest.raises(DraftMoved, match="saved from another window"):
        save_draft(officer=officer, draft=draft, text=BAD, reason="", seen_text=FLORIDA)
    save_draft(officer=officer, draft=draft, text=LESS, reason="the same again", seen_text=FLORIDA)

    assert RuleRevision.objects.get(pk=draft.pk).text == LESS


def test_a_draft_is_its_authors(officer, second, florida):
    draft = start_draft(officer=officer, board=florida)

    for act in (save_draft, discard_draft, take_new_base, adopt_what_if):
        more = {"text": LESS, "reason": ""} if act is save_draft else {}
        with pytest.raises(DraftRefused, match="another officer's"):
            act(officer=second, draft=draft, **more)
    with pytest.raises(DraftRefused, match="another officer's"):
        submit_revision(officer=second, draft=draft, reason="As amended.")


def test_a_submitted_rule_waits_for_a_second_officer(officer, second, florida, submit):
    revision = submit()

    assert (revision.state, general()) == ("waiting", "5")
    task = OfficerTask.objects.get()
    assert (task.kind, task.title, task.address) == (
        "rule_change", "Sign off a rule of Florida Board of Massage Therapy", f"/desk/credits/rules/revisions/{revision.pk}/",
    )  # fmt: skip
    assert mails() == [("credits/mail/rule_waiting", "Sam Second")]
    with pytest.raises(DraftRefused, match="no draft any more"):
        save_draft(officer=officer, draft=revision, text=FLORIDA, reason="")
    with pytest.raises(DraftRefused, match="no draft any more"):
        discard_draft(officer=officer, draft=revision)


def test_the_second_officer_puts_it_in_force_at_once(officer, second, submit):
    revision = submit()

    signed = sign_revision(officer=second, revision=revision)

    assert general() == "4"
    assert (signed.state, signed.approved_by, signed.sole_officer) == ("approved", second, False)
    assert RuleRevision.objects.get(pk=revision.pk).took_force_at is not None
    assert (known()["us_fl_massage"].revision.number, known()["us_fl_massage"].revision.sole_officer) == (2, False)
    assert OfficerTask.objects.get().note == "Signed off by Sam Second."
    assert ("credits/mail/rule_signed", "Olive Officer") in mails()
    assert AuditEntry.objects.filter(action="credits.sign_rule", actor=second).count() == 1

    assert sign_revision(officer=second, revision=revision) == signed
    assert AuditEntry.objects.filter(action="credits.sign_rule").count() == 1


def test_nobody_signs_what_they_wrote(officer, submit):
    revision = submit()

    with pytest.raises(NotYours, match="another CE officer signs it off"):
        sign_revision(officer=officer, revision=revision)

    assert general() == "5"


def test_a_signature_needs_the_dry_run(officer, second, florida):
    draft = start_draft(officer=officer, board=florida, text=LESS)
    revision = submit_revision(officer=officer, draft=draft, reason="As amended.")

    with pytest.raises(NotReady, match="Wait for the dry run"):
        sign_revision(officer=second, revision=revision)


def test_alone_it_takes_a_reason_and_a_day_and_shows(officer, second, submit, at):
    revision = submit()
    with pytest.raises(ReasonNeeded):
        sign_alone(officer=officer, revision=revision, reason=" ")

    sign_alone(officer=officer, revision=revision, reason="The second officer is on leave until March.")

    assert general() == "5"
    coming = known()["us_fl_massage"].coming
    assert (coming.number, coming.in_force_from, coming.sole_officer) == (2, NOW + timedelta(hours=24), True)
    assert ("credits/mail/rule_signed_alone", "Sam Second") in mails()
    job = Job.objects.get(kind="credits.take_rules_into_force")
    assert job.run_after == NOW + timedelta(hours=24)

    at(NOW + timedelta(hours=24))
    assert general() == "4"
    assert known()["us_fl_massage"].revision.sole_officer is True
    assert [row.pk for row in take_force()] == [revision.pk]
    assert take_force() == []


def test_a_second_officer_may_confirm_afterwards(officer, second, submit, at):
    revision = submit()
    sign_alone(officer=officer, revision=revision, reason="Nobody else is here.")
    at(NOW + timedelta(hours=25))

    with pytest.raises(NotYours, match="another CE officer confirms"):
        confirm_revision(officer=officer, revision=revision)
    confirm_revision(officer=second, revision=revision)
    confirm_revision(officer=second, revision=revision)

    assert known()["us_fl_massage"].revision.sole_officer is False
    assert AuditEntry.objects.filter(action="credits.confirm_rule").count() == 1


def test_another_officer_does_not_sign_alone(second, submit):
    with pytest.raises(NotYours, match="your signature is the second one"):
        sign_alone(officer=second, revision=submit(), reason="Why not.")


def test_what_waits_for_its_time_can_be_withdrawn(officer, second, submit, at):
    revision = submit()
    sign_alone(officer=officer, revision=revision, reason="Nobody else is here.")

    withdrawn = withdraw_revision(officer=second, revision=revision, reason="The text says 2028.")

    at(NOW + timedelta(hours=25))
    assert (general(), known()["us_fl_massage"].coming, take_force()) == ("5", None, [])
    assert (withdrawn.state, withdrawn.withdraw_reason) == ("withdrawn", "The text says 2028.")
    assert ("credits/mail/rule_withdrawn", "Olive Officer") in mails()
    assert withdraw_revision(officer=second, revision=revision, reason="Again.").withdraw_reason == "The text says 2028."


def test_what_is_in_force_is_not_withdrawn(officer, second, submit):
    revision = submit()
    sign_revision(officer=second, revision=revision)

    with pytest.raises(Settled, match="This is in force, or was"):
        withdraw_revision(officer=second, revision=revision, reason="Too late.")
    with pytest.raises(Settled, match="settled already: Signed off"):
        sign_revision(officer=ce_officer("Third"), revision=revision)

    assert general() == "4"


def test_an_earlier_revision_comes_back_as_a_new_one(officer, second, florida, submit):
    sign_revision(officer=second, revision=submit())

    draft = start_draft(officer=officer, board=florida, follows=RuleRevision.objects.get(number=1))
    revision = submit_revision(officer=officer, draft=draft, reason="The amendment was struck down.")
    run_trial(trial=revision.trials.get().pk)
    sign_revision(officer=second, revision=revision)

    assert (general(), known()["us_fl_massage"].revision.number) == ("5", 3)


def test_a_revision_that_was_outrun_is_not_signed(officer, second, florida, submit):
    slow = submit(FLORIDA.replace('units: "5"', 'units: "3"'))
    behind = start_draft(officer=officer, board=florida, text=FLORIDA.replace('units: "5"', 'units: "2"'))
    sign_revision(officer=second, revision=submit())

    with pytest.raises(NotReady, match="Another revision of this board was signed off"):
        sign_revision(officer=second, revision=slow)
    with pytest.raises(NotReady, match="Another revision of this board was signed off"):
        submit_revision(officer=officer, draft=behind, reason="As amended.")
    take_new_base(officer=officer, draft=behind)
    assert submit_revision(officer=officer, draft=behind, reason="As amended.").base.number == 4


def test_what_changes_nothing_is_not_submitted(officer, florida):
    draft = start_draft(officer=officer, board=florida, text=f"# A comment.\n{FLORIDA}")

    with pytest.raises(NotReady, match="This says what is in force already"):
        submit_revision(officer=officer, draft=draft, reason="As amended.")


def test_a_what_if_is_never_signed_off(officer, florida):
    draft = start_draft(officer=officer, board=florida, text=LESS, purpose="what_if", reason="What if?")

    with pytest.raises(NotReady, match="A what-if is never signed off"):
        submit_revision(officer=officer, draft=draft, reason="As amended.")
    adopt_what_if(officer=officer, draft=draft)

    assert submit_revision(officer=officer, draft=draft, reason="As amended.").state == "waiting"


def test_a_draft_goes_with_its_dry_runs(officer, florida):
    draft = start_draft(officer=officer, board=florida, text=LESS)
    start_trial(officer=officer, revision=draft)

    discard_draft(officer=officer, draft=draft)

    assert (RuleRevision.objects.count(), RuleTrial.objects.count()) == (1, 0)


def test_a_file_that_waits_is_signed_by_one_officer(officer, second, florida, submit, tmp_path):
    sign_revision(officer=second, revision=submit())
    path = tmp_path / "us_fl_massage.yaml"
    path.write_text(FLORIDA.replace('units: "5"', 'units: "3"'))
    (waiting,) = load_rules(paths=[path]).waiting
    run_trial(trial=start_trial(officer=officer, revision=waiting).pk)
    sign_revision(officer=officer, revision=waiting)

    assert general() == "3"


def test_an_officer_has_twenty_drafts_at_most(officer, florida):
    for _number in range(20):
        start_draft(officer=officer, board=florida)

    with pytest.raises(DraftRefused, match="You have 20 drafts"):
        start_draft(officer=officer, board=florida)


@pytest.mark.django_db(transaction=True)
def test_two_revisions_signed_at_once_are_not_both_in_force(officer, second, florida, submit):
    one, other = submit(), submit(FLORIDA.replace('units: "5"', 'units: "3"'))

    came = outcomes(*[partial(sign_revision, officer=second, revision=revision) for revision in (one, other)], refused=NotReady)

    assert set(map(type, came)) == {RuleRevision, NotReady}
    assert RuleRevision.objects.filter(state="approved", origin="desk").count() == 1


@pytest.mark.django_db(transaction=True)
def test_drafts_begun_at_once_get_numbers_of_their_own(officer, second, florida):
    at_once(*[partial(start_draft, officer=author, board=florida) for author in (officer, second)])

    assert sorted(RuleRevision.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_what_one_officer_signed_alone_is_not_brought_forward_by_the_next_change(officer, second, submit, at, florida):
    alone = sign_alone(officer=officer, revision=submit(LESS), reason="Nobody else is here this week.")
    later = submit(LESS.replace('units: "4"', 'units: "3"'))

    at(NOW + timedelta(hours=1))
    run_trial(trial=start_trial(officer=officer, revision=later).pk)
    signed = sign_revision(officer=second, revision=later)

    assert (signed.in_force_from, general()) == (alone.in_force_from, "5")
    assert Job.objects.filter(key=f"rule-force:{later.pk}").exists()
    at(NOW + timedelta(hours=24))
    take_force()
    assert general() == "3"  # and the one it was written from does not come after it


def test_what_a_signed_change_was_written_from_is_not_withdrawn_under_it(officer, second, submit, at):
    alone = sign_alone(officer=officer, revision=submit(LESS), reason="Nobody else is here this week.")
    later = sign_revision(officer=second, revision=submit(LESS.replace('units: "4"', 'units: "3"')))

    with pytest.raises(Settled, match=f"Revision {later.number} was written from this one"):
        withdraw_revision(officer=second, revision=alone, reason="The board said no.")

    withdraw_revision(officer=second, revision=later, reason="The board said no.")
    withdraw_revision(officer=second, revision=alone, reason="The board said no.")
    assert RuleRevision.objects.filter(state="withdrawn").count() == 2
