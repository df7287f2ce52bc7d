"""From the log to the decision and the award: all of it, a part, nothing, and the same decision again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Role
from core import jobs
from core.models import Job
from credits.models import Award, Claim, Dossier
from credits.prospects.attendance import approvals_of, hours_of
from credits.services import award_completion
from notifications.models import MailMessage
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, LicenceFactory
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from workshops.errors import AttendanceRefused, NotComplete
from workshops.models import SeatOutcome, Workshop, WorkshopCompletion
from workshops.roster import services
from workshops.roster.selectors import fingerprint, roster
from workshops.services import forget_attendance


@pytest.fixture
def workshop(db):
    """Two blocks of three hours, approved for 6 hours by a board that pays actual time and by one that wants it all."""
    activity = ActivityFactory(kind="workshop", title="The Knee, Hands On", instructor_name="Ada Rivera")
    for code, name in (("us_id_massage", "Idaho"), ("ncbtmb_ap", "NCBTMB")):
        AccreditationFactory(activity=activity, board=BoardFactory(code=code, name=name), units=Decimal("6"), mode="in_person_hands_on")
    return workshop_with_blocks(starts_at=PAST, instructor=user_with_role(Role.INSTRUCTOR), activity=activity)


def blocks(workshop):
    return list(workshop.blocks.filter(kind="instruction"))


def attend(seat, *, first=True, second=True, second_minutes=180):
    one, two = blocks(seat.workshop)
    by = seat.workshop.instructor
    if first:
        services.mark_block(seat=seat, block=one, present=True, by=by)
    if second:
        for kind, at in (("in", two.starts_at), ("out", two.starts_at + timedelta(minutes=second_minutes))):
            services.record_attendance(seat=seat, block=two, kind=kind, at=at, by=by)


def seat_with(workshop, *codes, **fields):
    learner = LegalNameFactory().user
    for code in codes:
        LicenceFactory(user=learner, board=BoardFactory(code=code))
    return SeatFactory(workshop=workshop, learner=learner, **fields)


def awarded(seat):
    award_completion(dossier=Dossier.objects.get(key=seat.key))
    return {award.board.code if award.board else "": award.units for award in Award.objects.filter(dossier__key=seat.key)}


def test_a_part_is_awarded_by_the_board_that_pays_it_and_refused_with_why_by_the_other(workshop):
    seat = seat_with(workshop, "us_id_massage", "ncbtmb_ap")
    attend(seat, second_minutes=150)

    outcome = services.decide_seat(seat=seat, by=workshop.instructor)

    assert (outcome.state, outcome.minutes, outcome.of_minutes) == ("partial", 330, 360)
    assert {row["board"]: row["units"] for row in outcome.hours} == {"Idaho": "5", "NCBTMB": "0"}
    assert awarded(seat) == {"us_id_massage": Decimal("5")}
    assert Claim.objects.get(state="refused").explanation == "NCBTMB credits it only when all of it was attended: all 6 hours or nothing."
    mail = MailMessage.objects.get(template="workshops/mail/attendance_decided")
    assert ("330 of 360 minutes" in mail.body_text, "NCBTMB: 0 of 6 hours" in mail.body_text) == (True, True)


def test_what_the_roster_shows_is_what_is_awarded(workshop):
    seat = seat_with(workshop, "us_id_massage")
    attend(seat, second_minutes=150)
    shown = {line.board_code: line.units for line in roster(workshop).rows[0].hours}

    services.decide_seat(seat=seat, by=workshop.instructor)

    assert awarded(seat) == {"us_id_massage": shown["us_id_massage"]}


def test_all_of_it_is_completed_and_nobody_is_written_to_about_it(workshop):
    seat = seat_with(workshop, "ncbtmb_ap")
    attend(seat)

    outcome = services.decide_seat(seat=seat, by=workshop.instructor)

    assert (outcome.state, awarded(seat)) == ("full", {"ncbtmb_ap": Decimal("6")})
    assert not MailMessage.objects.filter(template="workshops/mail/attendance_decided").exists()


def test_a_part_that_no_approval_credits_completes_nothing(workshop):
    workshop.activity.accreditations.update(partial_credit="none")
    seat = seat_with(workshop, "us_id_massage")
    attend(seat, second=False)

    outcome = services.decide_seat(seat=seat, by=workshop.instructor)

    assert (outcome.state, WorkshopCompletion.objects.count(), Dossier.objects.count()) == ("partial", 0, 0)
    assert "all 6 hours or nothing" in MailMessage.objects.get().body_text


def test_who_did_not_come_is_told_and_can_be_decided_anew(workshop):
    seat = seat_with(workshop, "ncbtmb_ap")
    first = services.decide_seat(seat=seat, by=workshop.instructor)
    attend(seat)

    again = services.decide_seat(seat=seat, by=workshop.instructor, note="The sheet was in the other bag.")

    assert (first.state, again.state, again.supersedes, again.note) == ("no_show", "full", first, "The sheet was in the other bag.")
    assert list(SeatOutcome.objects.current()) == [again]
    assert awarded(seat) == {"ncbtmb_ap": Decimal("6")}


def test_the_same_decision_again_is_the_one_that_stands(workshop):
    seat = seat_with(workshop)

    first, second = (services.decide_seat(seat=seat, by=workshop.instructor) for _ in range(2))

    assert (first, SeatOutcome.objects.count(), MailMessage.objects.count()) == (second, 1, 1)


@pytest.mark.parametrize("sql", ["UPDATE workshops_seatoutcome SET note = 'x'", "DELETE FROM workshops_seatoutcome"])
def test_decisions_are_append_only_in_the_database(workshop, sql):
    services.decide_seat(seat=seat_with(workshop), by=workshop.instructor)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert SeatOutcome.objects.count() == 1


def test_online_is_live_remote_and_needs_an_approval_for_it(workshop):
    Workshop.objects.filter(pk=workshop.pk).update(format="hybrid", remote_capacity=5)
    remote = AccreditationFactory(activity=workshop.activity, board=BoardFactory(code="ncbtmb_ap"), mode="live_remote", units=Decimal("5"))
    seat = seat_with(workshop, "us_id_massage", "ncbtmb_ap", place="remote")
    attend(seat)

    services.decide_seat(seat=seat, by=workshop.instructor)

    assert Dossier.objects.get().facts["offered"]["minutes"] == {"live_remote": 360}
    assert awarded(seat) == {"ncbtmb_ap": Decimal("5")}
    award = Award.objects.get()
    assert (award.mode, award.accreditation) == ("live_remote", remote)


def test_a_cancelled_seat_and_a_day_to_come_are_not_decided(workshop):
    by = workshop.instructor
    with pytest.raises(NotComplete, match="cancelled"):
        services.decide_seat(seat=SeatFactory(workshop=workshop, state="cancelled"), by=by)
    with pytest.raises(NotComplete, match="not ended"):
        services.decide_seat(seat=SeatFactory(workshop=workshop_with_blocks()), by=by)

    assert not SeatOutcome.objects.exists()


def test_a_job_that_is_killed_goes_on_where_it_was(workshop, monkeypatch):
    first, second = seat_with(workshop), seat_with(workshop)
    attend(first)
    job = services.start_completion(workshop=workshop, by=workshop.instructor, seen=fingerprint(roster(workshop)))
    real, calls = services.deciding.decide_seat, []

    def dies(*, seat, **rest):
        if seat == second and not calls:
            calls.append(seat)
            raise RuntimeError("The power went.")
        return real(seat=seat, **rest)

    monkeypatch.setattr(services.deciding, "decide_seat", dies)
    assert not jobs.run(job.pk)
    assert SeatOutcome.objects.get().seat == first
    Job.objects.filter(pk=job.pk).update(run_after=PAST)

    assert jobs.run(job.pk)

    assert sorted(SeatOutcome.objects.values_list("seat", "state")) == [(first.pk, "full"), (second.pk, "no_show")]
    assert (Workshop.objects.get().state, Dossier.objects.count(), MailMessage.objects.count()) == ("completed", 1, 1)


def test_a_decision_is_refused_when_the_log_changed_meanwhile(workshop):
    seat = seat_with(workshop)
    seen = fingerprint(roster(workshop))
    attend(seat)

    with pytest.raises(AttendanceRefused, match="changed since you looked"):
        services.start_completion(workshop=workshop, by=workshop.instructor, seen=seen)

    assert not Job.objects.filter(kind="workshops.complete_attendance").exists()


def test_what_the_ledger_forgets_is_forgotten_here(workshop):
    seat = seat_with(workshop, "ncbtmb_ap")
    services.ask_for_correction(seat=seat, words="I was there all day.")
    attend(seat)
    services.decide_seat(seat=seat, by=workshop.instructor)
    completion = seat.completion
    as_if_purged = "ALTER TABLE credits_dossier DISABLE TRIGGER USER; UPDATE credits_dossier SET purged_at = now();"
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {as_if_purged} ALTER TABLE credits_dossier ENABLE TRIGGER USER")

    forget_attendance(completion=completion)

    assert (seat.outcomes.count(), seat.corrections.count(), seat.attendance.count()) == (0, 0, 0)


def test_hours_name_the_approval_for_the_other_place_when_there_is_no_own(workshop):
    facts = {"offered": {"minutes": {"live_remote": 360}, "title": workshop.title}, "attended": {"is_full": True, "segments": []}}

    found = hours_of(facts, approvals_of(workshop.activity, day=PAST.date()))

    assert [(row.board, row.units, row.code) for row in found] == [
        ("Idaho", Decimal(0), "differs_from_approval"),
        ("NCBTMB", Decimal(0), "differs_from_approval"),
    ]


def test_a_correction_waits_alone(workshop):
    seat = SeatFactory(workshop=workshop, learner=UserFactory())
    first = services.ask_for_correction(seat=seat, words="I was there.")

    assert services.ask_for_correction(seat=seat, words="I was  there.") == first
    with pytest.raises(AttendanceRefused, match="still waits"):
        services.ask_for_correction(seat=seat, words="All day!")
    assert MailMessage.objects.count() == 1


def test_nobody_decides_about_their_own_attendance(client, workshop):
    """An instructor with a seat would credit themselves: take it, mark it, decide it."""
    seat, other = SeatFactory(workshop=workshop, learner=workshop.instructor), seat_with(workshop)
    attend(seat)
    attend(other)
    client.force_login(workshop.instructor)

    page = client.get(f"/desk/workshops/{workshop.pk}/complete/").content.decode()
    with pytest.raises(NotComplete) as refused:
        services.decide_seat(seat=seat, by=workshop.instructor)
    services.complete_workshop(workshop=workshop, by=workshop.instructor)
    before = list(SeatOutcome.objects.values_list("seat", flat=True))
    staff = user_with_role(Role.STAFF)
    job = services.start_completion(workshop=workshop, by=staff, seen=fingerprint(roster(workshop)))
    services.complete_workshop(workshop=workshop, by=staff)

    assert ("somebody else of the school decides about it" in page, refused.value.code) == (True, "own_attendance")
    assert (before, job.args["by"], SeatOutcome.objects.get(seat=seat).state) == ([other.pk], staff.pk, "full")
