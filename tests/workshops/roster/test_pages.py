"""The roster's pages on the desk, and a learner's own attendance."""

import csv
import io
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from core import jobs
from core.models import Job
from credits.models import Dossier
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, BoardFactory
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from workshops.models import Attendance, AttendanceCorrection, AttendeeMessage, SeatOutcome, WaitingEntry, Workshop
from workshops.roster.selectors import people_for
from workshops.roster.services import ask_for_correction, mark_block, record_attendance


@pytest.fixture
def staff(db):
    return user_with_role(Role.STAFF)


@pytest.fixture
def past(db):
    return workshop_with_blocks(starts_at=PAST, instructor=user_with_role(Role.INSTRUCTOR))


@pytest.fixture
def running(db):
    """The first block began an hour ago and lasts three."""
    start = (timezone.now() - timedelta(hours=1)).replace(microsecond=0)
    workshop = workshop_with_blocks(starts_at=start, instructor=user_with_role(Role.INSTRUCTOR))
    approve(workshop)
    return workshop


def approve(workshop, code="ncbtmb_ap", name="NCBTMB", **fields):
    workshop.activity.components = [{"mode": "in_person_hands_on", "minutes": 360}]
    workshop.activity.save()
    return AccreditationFactory(activity=workshop.activity, mode="in_person_hands_on", board=BoardFactory(code=code, name=name), **fields)


def roster(workshop):
    return reverse("workshops_desk:workshop_roster", args=[workshop.pk])


def attend(seat, *, blocks=2):
    for block in list(seat.workshop.blocks.filter(kind="instruction"))[:blocks]:
        mark_block(seat=seat, block=block, present=True, by=seat.workshop.instructor)


def test_times_of_a_late_arrival_are_noted_and_taken_back(client, db):
    seat = SeatFactory(workshop=workshop_with_blocks(starts_at=PAST))
    block = seat.workshop.blocks.first()
    client.force_login(user_with_role(Role.STAFF))
    page = reverse("workshops_desk:attendance_edit", args=[seat.workshop.pk, seat.pk, block.pk])
    client.post(page, {"arrived": "08:30", "left": "11:00", "note": "Flat tyre"})
    roster = client.get(reverse("workshops_desk:workshop_roster", args=[seat.workshop.pk])).content.decode()
    assert "150 / 180 min" in roster

    entry = Attendance.objects.first()
    client.post(reverse("workshops_desk:attendance_annul", args=[seat.workshop.pk, entry.pk]), {"note": "Wrong person"})

    assert Attendance.objects.filter(annuls=entry).count() == 1


def test_everyone_else_is_marked_and_what_was_noted_stays(client, staff, past):
    late, other = SeatFactory.create_batch(2, workshop=past)
    block = past.blocks.first()
    record_attendance(seat=late, block=block, kind="in", at=block.starts_at + timedelta(minutes=30), by=staff)
    client.force_login(staff)

    client.post(reverse("workshops_desk:attendance_mark_all", args=[past.pk, block.pk]))

    assert (late.attendance.count(), other.attendance.count()) == (1, 2)


def test_staff_look_through_it_and_a_job_decides(client, staff, past):
    full, part, away = (SeatFactory(workshop=past) for _ in range(3))
    attend(full)
    attend(part, blocks=1)
    client.force_login(staff)
    address = reverse("workshops_desk:workshop_complete", args=[past.pk])
    preview = client.get(address)

    response = client.post(address, {"seen": preview.context["form"].initial["seen"], "note": "All on the list."})

    assert response.url == reverse("workshops_desk:completion_progress", args=[past.pk])
    assert jobs.run(Job.objects.get(kind="workshops.complete_attendance").pk)
    assert dict(SeatOutcome.objects.values_list("seat", "state")) == {full.pk: "full", part.pk: "partial", away.pk: "no_show"}
    assert [dossier.user for dossier in Dossier.objects.all()] == [full.learner]
    page = client.get(response.url).content.decode()
    assert ("There for all of it" in page, "Did not come" in page, "No credit. They were told by e-mail." in page) == (True, True, True)


def test_what_changed_since_the_preview_is_shown_again_and_nothing_is_decided(client, staff, past):
    seat = SeatFactory(workshop=past)
    client.force_login(staff)
    address = reverse("workshops_desk:workshop_complete", args=[past.pk])
    seen = client.get(address).context["form"].initial["seen"]
    attend(seat)

    response = client.post(address, {"seen": seen})

    assert (response.status_code, Job.objects.filter(kind="workshops.complete_attendance").count()) == (422, 0)
    assert "Attendance changed since you looked." in response.content.decode()


def test_two_clicks_are_one_job(client, staff, past):
    SeatFactory(workshop=past)
    client.force_login(staff)
    address = reverse("workshops_desk:workshop_complete", args=[past.pk])
    seen = client.get(address).context["form"].initial["seen"]

    for _ in range(2):
        client.post(address, {"seen": seen})

    assert Job.objects.filter(kind="workshops.complete_attendance").count() == 1


def test_a_workshop_that_runs_is_not_decided(client, staff, running):
    SeatFactory(workshop=running)
    client.force_login(staff)
    address = reverse("workshops_desk:workshop_complete", args=[running.pk])

    page, posted = client.get(address), client.post(address, {"seen": "x"})

    assert ("has not ended yet" in page.content.decode(), posted.status_code, SeatOutcome.objects.count()) == (True, 422, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_the_roster_costs_the_same_for_any_number(client, staff, past, django_assert_num_queries, count):
    AccreditationFactory(activity=past.activity, board=BoardFactory(code="ncbtmb_ap"))
    for seat in SeatFactory.create_batch(count, workshop=past):
        attend(seat)
    client.force_login(staff)
    client.get(roster(past))

    with django_assert_num_queries(ROSTER_QUERIES):
        client.get(roster(past))


ROSTER_QUERIES = 21  # with what is still owed after deposits, one, who signs, two, and notes from the door, two


def test_who_left_is_flagged_before_people_leave(client, staff, running):
    here, gone, never = (SeatFactory(workshop=running, learner=UserFactory(display_name=name)) for name in ("Ana", "Bo", "Cy"))
    block = running.blocks.first()
    for seat in (here, gone):
        record_attendance(seat=seat, block=block, kind="in", at=running.starts_at, by=staff)
    record_attendance(seat=gone, block=block, kind="out", at=running.starts_at + timedelta(minutes=20), by=staff)
    client.force_login(staff)

    fragment = client.get(roster(running), HTTP_HX_REQUEST="true")

    found = fragment.context["roster"]
    assert (found.here, [row.seat for row in found.alarms]) == (1, [gone, never])
    assert "not back yet" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    hours = {str(row.seat.learner): (row.hours[0].units_shown, row.possible[0].units_shown) for row in found.rows}
    assert hours == {"Ana": ("0", "6"), "Bo": ("0", "0"), "Cy": ("0", "0")}
    assert "all 6 hours or nothing" in fragment.content.decode()


def test_a_seat_that_is_not_decided_says_so(client, staff, past):
    seat = SeatFactory(workshop=past)
    client.force_login(staff)

    empty = client.get(reverse("workshops_desk:outcome_list", args=[past.pk, seat.pk])).content.decode()

    assert "Not decided yet" in empty


def test_a_learner_sees_when_they_were_signed_in(client, running):
    seat = SeatFactory(workshop=running)
    record_attendance(seat=seat, block=running.blocks.first(), kind="in", at=running.starts_at, by=running.instructor)
    client.force_login(seat.learner)

    page = client.get(reverse("workshops:attendance", args=[running.slug]))

    assert page.context["own"].here_since == running.starts_at
    assert "you are signed in" in page.content.decode()


def test_a_learner_without_a_seat_finds_no_attendance(client, running):
    client.force_login(UserFactory())

    assert client.get(reverse("workshops:attendance", args=[running.slug])).status_code == 404


def test_a_learner_says_it_is_wrong_and_the_instructor_answers(client, past):
    seat = SeatFactory(workshop=past)
    client.force_login(seat.learner)
    own = reverse("workshops:attendance", args=[past.slug])
    client.post(own, {"words": "I was there all day."})
    asked = AttendanceCorrection.objects.get()
    client.force_login(past.instructor)
    assert "I was there all day." in client.get(roster(past)).content.decode()

    client.post(reverse("workshops_desk:correction_answer", args=[past.pk, asked.pk]), {"became": "mended", "answer": "Right, I added it."})

    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("mended", past.instructor)
    assert [mail.to_address for mail in MailMessage.objects.order_by("pk")] == [past.instructor.email, seat.learner.email]
    client.force_login(seat.learner)
    assert "Right, I added it." in client.get(own).content.decode()


@pytest.mark.parametrize("data", [{}, {"words": ""}, {"words": "x" * 501}, {"words": "Hm", "block": "0"}])
def test_a_correction_that_says_nothing_changes_nothing(client, past, data):
    seat = SeatFactory(workshop=past)
    client.force_login(seat.learner)

    response = client.post(reverse("workshops:attendance", args=[past.slug]), data)

    assert (response.status_code, AttendanceCorrection.objects.count()) == (422, 0)


def test_an_answer_without_words_changes_nothing(client, past):
    asked = ask_for_correction(seat=SeatFactory(workshop=past), words="I was there.")
    client.force_login(past.instructor)

    response = client.post(reverse("workshops_desk:correction_answer", args=[past.pk, asked.pk]), {"became": "mended", "answer": ""})

    asked.refresh_from_db()
    assert (response.status_code, asked.state) == (422, "open")


def test_a_message_is_looked_through_and_goes_to_each_once(client, past):
    seats = SeatFactory.create_batch(2, workshop=past)
    SeatFactory(workshop=past, state="cancelled", cancelled_at=timezone.now())
    client.force_login(past.instructor)
    address = reverse("workshops_desk:message_list", args=[past.pk])
    data = {"audience": "seated", "subject": "Bring socks", "body": "The floor is cold.", "nonce": str(uuid.uuid4())}

    preview = client.post(address, data)
    assert (preview.status_code, len(preview.context["people"]), MailMessage.objects.count()) == (200, 2, 0)
    for _ in range(2):
        client.post(address, data | {"send": "yes"})

    assert sorted(MailMessage.objects.values_list("to_address", "subject")) == sorted((seat.learner.email, "Bring socks") for seat in seats)
    message = AttendeeMessage.objects.get()
    detail = client.get(reverse("workshops_desk:message_detail", args=[past.pk, message.pk])).content.decode()
    assert all(seat.learner.email in detail for seat in seats)


def test_a_message_reaches_those_who_have_not_signed_in(client, past):
    present, absent = SeatFactory.create_batch(2, workshop=past)
    attend(present, blocks=1)
    client.force_login(past.instructor)

    page = client.post(
        reverse("workshops_desk:message_list", args=[past.pk]),
        {"audience": "absent", "subject": "Where are you?", "body": "We began.", "nonce": str(uuid.uuid4())},
    )

    assert page.context["people"] == [absent.learner]


@pytest.mark.parametrize(("audience", "expected"), [("seated", ["room", "remote"]), ("room", ["room"]), ("remote", ["remote"]), ("waiting", ["waits"])])
def test_a_message_reaches_its_audience_alone(past, audience, expected):
    Workshop.objects.filter(pk=past.pk).update(format="hybrid", remote_capacity=5)
    people = {name: UserFactory(display_name=name) for name in ("room", "remote", "waits")}
    SeatFactory(workshop=past, learner=people["room"])
    SeatFactory(workshop=past, learner=people["remote"], place="remote")
    WaitingEntry.objects.create(workshop=past, learner=people["waits"])
    SeatFactory(workshop=past, learner=UserFactory(is_active=False))

    assert sorted(str(person) for person in people_for(past, audience)) == sorted(expected)


@pytest.mark.parametrize("change", [{"subject": ""}, {"body": ""}, {"audience": "everyone"}, {"audience": "chosen"}, {"nonce": "1"}])
def test_a_message_that_lacks_something_is_not_sent(client, past, change):
    SeatFactory(workshop=past)
    client.force_login(past.instructor)
    data = {"audience": "seated", "subject": "Hm", "body": "Hm", "nonce": str(uuid.uuid4()), "send": "yes"}

    response = client.post(reverse("workshops_desk:message_list", args=[past.pk]), data | change)

    assert (response.status_code, AttendeeMessage.objects.count(), MailMessage.objects.count()) == (422, 0, 0)


def test_the_roster_as_a_csv_file_runs_nothing(client, staff, past):
    approve(past)
    seat = SeatFactory(workshop=past, learner=UserFactory(display_name="=cmd()"))
    attend(seat)
    client.force_login(staff)

    response = client.get(reverse("workshops_desk:roster_csv", args=[past.pk]))

    (row,) = csv.DictReader(io.StringIO(response.content.decode()))
    assert (row["name"], row["email"], row["minutes"], row["NCBTMB"]) == ("'=cmd()", seat.learner.email, "360", "6 hours")


def test_the_csv_of_nobody_is_its_head(client, staff, past):
    client.force_login(staff)

    assert client.get(reverse("workshops_desk:roster_csv", args=[past.pk])).content.decode().startswith("name,legal_name,email")


def test_attendance_is_not_seen_by_another_instructor(client, past):
    client.force_login(user_with_role(Role.INSTRUCTOR))

    assert client.get(roster(past)).status_code == 404


def test_staff_give_a_remote_seat_and_the_roster_counts_both_places(client, staff):
    workshop, person = workshop_with_blocks(format="hybrid", capacity=3, remote_capacity=5), UserFactory()
    client.force_login(staff)

    client.post(reverse("workshops_desk:seat_add", args=[workshop.pk]), {"email": person.email, "place": "remote"})

    assert workshop.seats.get().place == "remote"
    assert "1 / 8 seats" in client.get(roster(workshop)).content.decode()


@pytest.mark.parametrize(("is_free", "says"), [(True, False), (False, True)])
def test_the_roster_says_that_seats_are_not_on_sale(client, staff, is_free, says):
    workshop = workshop_with_blocks(is_free=is_free)
    client.force_login(staff)

    assert ("not on sale" in client.get(roster(workshop)).content.decode()) is says
