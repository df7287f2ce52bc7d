"""Dry runs: whose standing would change, in chunks that bear being killed, and what-ifs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core import clock
from core.jobs import run
from core.models import Job
from credits.models import RuleTrial, RuleTrialRow
from credits.revisions import trials
from credits.revisions.drafts import save_draft, start_draft
from credits.revisions.selectors import standing_words
from credits.revisions.trials import TrialRefused, fail_trial, purge_trial_rows, run_trial, start_trial, trial_for
from credits.rulebook import known
from credits.services.officers import NotAnOfficer
from tests.credits.revisions.conftest import FLORIDA
from tests.factories.accounts import UserFactory
from tests.factories.credits import LicenceFactory, RuleRevisionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STANDARD = '    when: {}\n    required: {units: "24"}'
MORE = FLORIDA.replace(STANDARD, STANDARD.replace("24", "26"))  # for everybody but the first renewal


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def licences(florida):
    """Five in a later cycle, and one whose first renewal the change does not touch."""
    old = [LicenceFactory(board=florida, issued_on=date(2015, 3, 1)) for _number in range(5)]
    return [*old, LicenceFactory(board=florida, issued_on=date(2026, 3, 1))]


@pytest.fixture
def trial(officer, florida, licences):
    draft = start_draft(officer=officer, board=florida, text=MORE, purpose="what_if", reason="26 hours?")
    return start_trial(officer=officer, revision=draft)


def rows(trial):
    return list(trial.rows.order_by("licence_id").values_list("licence_id", "effect", "is_undone", "needed_before", "needed_after"))


def test_it_lists_exactly_those_who_would_stand_otherwise(trial, licences):
    assert (trial.total, trial.as_of, trial.is_finished) == (6, date(2026, 11, 23), False)

    run_trial(trial=trial.pk)

    trial.refresh_from_db()
    assert (trial.examined, trial.changed, trial.is_finished, trial.percent) == (6, 5, True, 100)
    assert rows(trial) == [(licence.pk, "more", False, Decimal(24), Decimal(26)) for licence in licences[:5]]
    assert trial.effects == {"more": 5, "undone": 0}


def test_a_run_in_chunks_that_is_killed_goes_on_where_it_was(trial, licences, monkeypatch):
    monkeypatch.setattr(trials, "CHUNK", 2)
    told = []

    def kill(percent):
        told.append(percent)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_trial(trial=trial.pk, report=kill)
    trial.refresh_from_db()
    assert (trial.examined, trial.changed, trial.is_finished, told) == (4, 4, False, [33, 66])

    run_trial(trial=trial.pk)
    run_trial(trial=trial.pk)  # and once more, when all is done

    trial.refresh_from_db()
    assert (trial.examined, trial.changed, trial.is_finished) == (6, 5, True)
    assert [row[0] for row in rows(trial)] == [licence.pk for licence in licences[:5]]


def test_what_would_be_undone_is_marked(officer, florida):
    LicenceFactory(board=florida, issued_on=date(2015, 3, 1))
    without_minima = FLORIDA[: FLORIDA.index("    minima:\n", FLORIDA.index("id: us_fl_massage.standard"))]
    nothing = without_minima.replace(STANDARD, STANDARD.replace("24", "0"))
    RuleRevisionFactory(board=florida, number=5, text=nothing, approved_at=NOW - timedelta(days=1))
    draft = start_draft(officer=officer, board=florida, text=FLORIDA)

    run_trial(trial=start_trial(officer=officer, revision=draft).pk)

    assert [row[1:] for row in rows(RuleTrial.objects.get())] == [("more", True, Decimal(0), Decimal(24))]
    assert RuleTrial.objects.get().effects == {"more": 1, "undone": 1}


def test_a_calendar_that_goes_away_leaves_nothing_to_say(officer, florida):
    LicenceFactory(board=florida, issued_on=date(2015, 3, 1))
    start = FLORIDA.index("calendar:\n")
    text = FLORIDA[:start] + "unknown:\n  calendar: Not read.\n\ncalendar: null\n\n" + FLORIDA[FLORIDA.index("hour_definitions:") :]
    draft = start_draft(officer=officer, board=florida, text=text)

    run_trial(trial=start_trial(officer=officer, revision=draft).pk)

    row = RuleTrialRow.objects.get()
    assert (row.effect, row.needed_after, row.deadline) == ("unknown", None, date(2027, 8, 31))
    before = standing_words(row.before, known()["us_fl_massage"])
    assert before.startswith("24 hours by Aug. 31, 2027, of which 2 prevention of medical errors, 2 laws")
    assert before.endswith("and 5 of any kind")
    assert standing_words(row.after, None) == "Nothing can be said: when a cycle ends is not established"


def test_the_same_text_is_tried_once_and_another_text_again(officer, trial):
    draft = trial.revision
    assert start_trial(officer=officer, revision=draft) == trial
    run_trial(trial=trial.pk)
    assert start_trial(officer=officer, revision=draft) == trial

    save_draft(officer=officer, draft=draft, text=FLORIDA.replace('units: "5"', 'units: "4"'), reason="")
    draft.refresh_from_db()

    assert trial_for(draft) is None
    assert start_trial(officer=officer, revision=draft) != trial


def test_what_has_mistakes_is_not_tried(officer, florida):
    draft = start_draft(officer=officer, board=florida, text="board: nothing")

    with pytest.raises(TrialRefused, match="Correct the mistakes first"):
        start_trial(officer=officer, revision=draft)
    with pytest.raises(NotAnOfficer):
        start_trial(officer=UserFactory(), revision=draft)

    assert (RuleTrial.objects.count(), Job.objects.count()) == (0, 0)


def test_the_job_runs_it_and_a_dead_one_says_so(officer, trial):
    job = Job.objects.get(kind="credits.try_rule")
    assert job.args == {"trial": trial.pk}

    fail_trial(trial=trial.pk)
    trial.refresh_from_db()
    assert trial.error.startswith("The dry run stopped.")
    assert start_trial(officer=officer, revision=trial.revision) != trial  # it can be started again


@pytest.mark.django_db(transaction=True)
def test_the_job_itself(officer, florida):
    LicenceFactory(board=florida, issued_on=date(2015, 3, 1))
    draft = start_draft(officer=officer, board=florida, text=MORE)
    trial = start_trial(officer=officer, revision=draft)

    assert run(Job.objects.get(kind="credits.try_rule").pk)

    trial.refresh_from_db()
    assert (trial.changed, trial.is_finished) == (1, True)


def test_a_draft_that_was_thrown_away_is_not_tried(trial):
    pk = trial.pk
    trial.delete()

    run_trial(trial=pk)

    assert not RuleTrialRow.objects.exists()


def test_after_ninety_days_only_the_numbers_stay(trial, monkeypatch):
    run_trial(trial=trial.pk)
    RuleTrial.objects.update(created_at=NOW - timedelta(days=91))

    assert (purge_trial_rows(), purge_trial_rows()) == (1, 0)

    trial.refresh_from_db()
    assert (trial.rows.count(), trial.changed, trial.effects["more"]) == (0, 5, 5)


def test_a_licence_that_is_removed_stays_counted(trial, licences):
    run_trial(trial=trial.pk)

    licences[0].delete()

    assert trial.rows.filter(licence__isnull=True).count() == 1


def test_more_licences_cost_no_more_queries(officer, florida, django_assert_max_num_queries):
    for count in (1, 3):
        for _number in range(count):
            LicenceFactory(board=florida, issued_on=date(2015, 3, 1))
        draft = start_draft(officer=officer, board=florida, text=MORE)
        trial = start_trial(officer=officer, revision=draft)
        with django_assert_max_num_queries(32):
            run_trial(trial=trial.pk)
