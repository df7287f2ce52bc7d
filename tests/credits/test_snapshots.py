"""Snapshots of standings: true after every event, safe to make twice, and no older than the school's day."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from core import jobs
from core.models import Job
from credits import services
from credits.batch import snapshots, standings_of
from credits.models import EvaluatedRules, Licence, StandingMark, StandingSnapshot
from credits.revisions import in_force
from credits.selectors import school_today
from credits.services.overrides import OverrideMistake
from tests.credits.test_standings import award_for
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.core import JobFactory
from tests.factories.credits import BoardFactory, LicenceFactory, RuleRevisionFactory
from tests.fixtures.at_once import at_once, begin

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    def set_clock(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_clock(MORNING)
    return set_clock


@pytest.fixture
def officer():
    return user_with_role("ce_officer")


def florida(**values):
    return LicenceFactory(board=BoardFactory(code="us_fl_massage"), **({"issued_on": date(2022, 3, 1)} | values))


def run_jobs():
    """Run what is queued of standings, and what that queues."""
    kinds = ["credits.refresh_person", "credits.begin_day", "credits.refresh_slice", "credits.watch_rules", "credits.refresh_board"]
    while row := Job.objects.filter(kind__in=kinds, state=Job.State.QUEUED).first():
        assert jobs.run(row.pk), Job.objects.get(pk=row.pk).error


def told():
    """What the snapshots say, by licence, and what the batch says of the same licences."""
    rows = StandingSnapshot.objects.order_by("licence_id")
    batch = standings_of(Licence.objects.filter(snapshot__isnull=False).order_by("pk"), school_today())
    kept = [(row.licence_id, row.status, row.needed, row.deadline, tuple(row.missing_units), tuple(row.blocked_by), row.as_of) for row in rows]
    made = [(one.licence_id, one.status, one.needed, one.deadline, one.missing, one.blocked_by, school_today()) for one in batch]
    return kept, made


def test_the_day_begins_once_for_every_licence_on_file(at):
    florida()
    florida(issued_on=None)
    florida(archived_at=MORNING)
    award_for(florida(), units="6")

    snapshots.begin_day()
    snapshots.begin_day()
    run_jobs()

    kept, made = told()
    assert kept == made
    assert [row[1] for row in kept] == ["open", "unknown", "open"]
    assert Job.objects.filter(kind="credits.refresh_slice").count() == 1


def test_a_new_day_is_worked_out_anew_and_the_school_says_when_it_begins(at):
    licence = florida()
    snapshots.begin_day()
    run_jobs()

    at(datetime(2026, 11, 24, 3, tzinfo=UTC))  # still the evening of the 23rd at the school
    snapshots.begin_day()
    run_jobs()
    assert StandingSnapshot.objects.get().as_of == date(2026, 11, 23)

    at(datetime(2026, 11, 24, 6, tzinfo=UTC))
    snapshots.begin_day()
    run_jobs()
    assert (StandingSnapshot.objects.get().as_of, StandingSnapshot.objects.get().licence) == (date(2026, 11, 24), licence)


def test_a_slice_that_was_cut_short_goes_on_where_it_was(at, monkeypatch):
    licences = [florida() for _ in range(5)]
    monkeypatch.setattr(snapshots, "CHUNK", 2)
    job = jobs.RunningJob(JobFactory(running=True))
    work, done = snapshots._refresh, []

    def killed_at_the_second_chunk(keys):
        if done:
            raise KeyboardInterrupt
        done.append(work(keys))

    monkeypatch.setattr(snapshots, "_refresh", killed_at_the_second_chunk)
    with pytest.raises((KeyboardInterrupt, TypeError)):
        snapshots.refresh_slice(job=job, first=0, day=date(2026, 11, 23))
    monkeypatch.setattr(snapshots, "_refresh", work)

    assert snapshots.refresh_slice(job=job, first=licences[0].pk // snapshots.SLICE * snapshots.SLICE, day=date(2026, 11, 23)) == 3
    assert StandingSnapshot.objects.count() == 5


def test_every_event_that_changes_a_standing_marks_the_person_and_a_job_follows(at, officer):
    licence = florida(issued_on=None)
    person = licence.user

    def after(event):
        event()
        stale = StandingSnapshot.objects.with_staleness().filter(is_stale=True).exists() or not StandingSnapshot.objects.exists()
        run_jobs()
        snapshot = StandingSnapshot.objects.with_staleness().get(licence=licence)
        return stale, snapshot.is_stale, snapshot.status, snapshot.needed

    given = {"licence": licence, "actor": person, "number": licence.number}
    assert after(lambda: services.change_licence(**given, issued_on=date(2022, 3, 1))) == (True, False, "open", Decimal(24))
    decided = after(lambda: services.override_cycle(officer=officer, licence=licence, cycle_end=date(2027, 8, 31), required=Decimal(36), reason="A waiver"))
    assert decided == (True, False, "open", Decimal(36))
    assert not StandingMark.objects.exists()
    assert person.standing_marks.count() == 0


def test_a_revocation_is_seen_by_the_snapshot(at, officer):
    licence = florida()
    award = award_for(licence, units="6")
    snapshots.begin_day()
    run_jobs()
    assert StandingSnapshot.objects.get().applied == 5  # of six, as general hours

    services.revoke_award(officer=officer, award=award, reason_class="duplicate", reason="Twice")
    run_jobs()

    assert StandingSnapshot.objects.get().applied == 0


def test_a_refused_change_marks_nothing(at, officer):
    licence = florida()

    with pytest.raises(OverrideMistake):
        services.override_cycle(officer=officer, licence=licence, cycle_end=date(2027, 8, 31), reason="Nothing said")

    assert not StandingMark.objects.exists()
    assert not Job.objects.exists()


def test_a_mark_made_while_standings_are_worked_out_is_kept_for_the_next_run(at, monkeypatch):
    licence = florida()
    snapshots.mark_stale(person_id=licence.user_id)
    work = snapshots._refresh

    def something_happens_meanwhile(keys):
        worked_out = work(keys)
        snapshots.mark_stale(person_id=licence.user_id)
        return worked_out

    monkeypatch.setattr(snapshots, "_refresh", something_happens_meanwhile)
    snapshots.refresh_person(person_id=licence.user_id)

    assert StandingMark.objects.count() == 1
    assert StandingSnapshot.objects.with_staleness().get().is_stale


def test_a_person_without_licences_is_done_with_at_once(at):
    person = UserFactory()
    snapshots.mark_stale(person_id=person.pk)

    assert snapshots.refresh_person(person_id=person.pk) == 0
    assert not StandingMark.objects.exists()


def test_a_licence_that_is_removed_takes_its_snapshot_with_it(at):
    licence = florida()
    snapshots.begin_day()
    run_jobs()

    services.remove_licence(licence=licence, actor=licence.user)

    assert not StandingSnapshot.objects.exists()


def test_other_rules_are_noticed_and_their_board_is_worked_out(at, rules_of_the_site):
    florida()
    other = LicenceFactory(board=BoardFactory(code="us_ne_massage"), issued_on=date(2022, 3, 1))
    snapshots.begin_day()
    run_jobs()
    assert snapshots.watch_rules() == []
    StandingSnapshot.objects.filter(licence=other).update(needed=Decimal(99))

    text = RuleRevisionFactory.build(board=BoardFactory(code="us_fl_massage")).text
    RuleRevisionFactory(board=BoardFactory(code="us_fl_massage"), text=text.replace('units: "12"', 'units: "14"'), number=2)
    in_force.forget()
    changed = snapshots.watch_rules()
    run_jobs()

    assert (changed, snapshots.watch_rules()) == (["us_fl_massage"], [])
    assert ("technique", Decimal(14)) in StandingSnapshot.objects.get(licence__board__code="us_fl_massage").missing_units
    assert StandingSnapshot.objects.get(licence=other).needed == 99
    assert EvaluatedRules.objects.get(board="us_fl_massage").number == 2


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_leave_one_true_snapshot(at):
    licence = florida()
    award_for(licence, units="6")
    snapshots.mark_stale(person_id=licence.user_id)

    at_once(*[lambda: snapshots.refresh_person(person_id=licence.user_id)] * 2)

    kept, made = told()
    assert kept == made


@pytest.mark.django_db(transaction=True)
def test_whoever_records_something_does_not_wait_for_a_run(at):
    licence = florida()
    snapshots.mark_stale(person_id=licence.user_id)
    snapshots.refresh_person(person_id=licence.user_id)

    with transaction.atomic():
        list(StandingSnapshot.objects.select_for_update())  # a run holds the snapshots
        end = begin(lambda: services.record_status(licence=licence, actor=licence.user, begins_on=date(2024, 1, 1), status="inactive"))

        assert StandingMark.objects.count() == 1
    end()
