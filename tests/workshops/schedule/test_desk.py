"""Planning workshops at the desk: their schedule, and whom a change concerns."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import Role
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.credits import ActivityFactory
from tests.factories.workshops import PAST, SeatFactory, VenueFactory, WorkshopFactory, workshop_with_blocks
from workshops.models import Block, Workshop


@pytest.fixture
def staff(client, db):
    person = user_with_role(Role.STAFF)
    client.force_login(person)
    return person


def form_data(*lines, **changes):
    """The form of a new workshop; each line is (day, begins, ends) with more after them as `field=value` in a dict."""
    data = {
        "title": "Hips that wake up",
        "summary": "Dormant butt syndrome, hands on.",
        "capacity": "8",
        "is_free": "on",
        "instructor_name": "Ada Rivera, LMT",
        "cancellation_policy": "Free until seven days before.",
        "blocks-TOTAL_FORMS": str(len(lines)),
        "blocks-INITIAL_FORMS": "0",
    }
    for number, (day, begins, ends, *more) in enumerate(lines):
        line = {"day": day, "begins": begins, "ends": ends, "kind": "instruction", "mode": "in_person_hands_on", **(more[0] if more else {})}
        data |= {f"blocks-{number}-{name}": value for name, value in line.items()}
    return data | changes


def new(client, *lines, **changes):
    instructor = user_with_role(Role.INSTRUCTOR)
    rest = {"activity": ActivityFactory().pk, "venue": VenueFactory().pk, "instructor": instructor.pk}
    return client.post(reverse("workshops_desk:workshop_create"), form_data(*lines, **{**rest, **changes}))


def of(workshop, hours=0, **changes):
    """The form of `workshop` as it stands, every block `hours` later."""
    lines = []
    for block in workshop.blocks.all():
        start, end = ((moment + timedelta(hours=hours)).astimezone(workshop.zone) for moment in (block.starts_at, block.ends_at))
        lines.append((start.date().isoformat(), f"{start:%H:%M}", f"{end:%H:%M}", {"kind": block.kind, "mode": block.mode}))
    rest = {"title": workshop.title, "summary": workshop.summary, "activity": workshop.activity_id, "venue": workshop.venue_id, "capacity": workshop.capacity}
    return form_data(*lines, **{**rest, "instructor": workshop.instructor_id, **changes})


@pytest.fixture
def taken(staff):
    """An announced workshop with one seat taken."""
    return SeatFactory(workshop=workshop_with_blocks(instructor=user_with_role(Role.INSTRUCTOR))).workshop


def test_another_hour_is_shown_before_it_is_saved(client, taken):
    page = reverse("workshops_desk:workshop_edit", args=[taken.pk])
    before = taken.starts_at

    response = client.post(page, of(taken, hours=1))

    taken.refresh_from_db()
    assert (response.status_code, taken.starts_at, MailMessage.objects.count()) == (200, before, 0)
    assert ("Nothing is saved yet: 1 person will be told" in response.content.decode(), taken.seats.get().learner.email in response.content.decode()) == (
        True,
        True,
    )


def test_a_change_that_was_looked_at_is_saved_and_told(client, taken):
    page = reverse("workshops_desk:workshop_edit", args=[taken.pk])
    token = client.post(page, of(taken, hours=1)).context["change"].token

    client.post(page, of(taken, hours=1, confirm=token, note="The room is taken at nine."))

    assert Workshop.objects.get().starts_at == taken.starts_at + timedelta(hours=1)
    assert "The room is taken at nine." in MailMessage.objects.get().body_text


def test_a_change_looked_at_before_somebody_else_took_a_seat_is_shown_again(client, taken):
    page = reverse("workshops_desk:workshop_edit", args=[taken.pk])
    token = client.post(page, of(taken, hours=1)).context["change"].token
    SeatFactory(workshop=taken)

    response = client.post(page, of(taken, hours=1, confirm=token))

    assert ("2 people will be told" in response.content.decode(), MailMessage.objects.count()) == (True, 0)


def test_words_alone_are_saved_at_once(client, taken):
    response = client.post(reverse("workshops_desk:workshop_edit", args=[taken.pk]), of(taken, summary="Other words."))
    assert (response.status_code, Workshop.objects.get().summary, MailMessage.objects.count()) == (302, "Other words.", 0)


def test_a_night_of_two_hours_is_asked_about_and_then_stored(client, staff):
    asked = new(client, ("2027-11-06", "22:00", "01:30"))
    assert (asked.status_code, "1:30 a.m. comes twice" in asked.content.decode(), "Which of the two, at the end" in asked.content.decode()) == (422, True, True)

    new(client, ("2027-11-06", "22:00", "01:30", {"ends_which": "second"}))

    block = Block.objects.get()
    assert (block.ends_at, block.minutes) == (datetime(2027, 11, 7, 7, 30, tzinfo=UTC), 270)


def test_a_time_that_does_not_exist_is_refused(client, staff):
    response = new(client, ("2027-03-14", "02:30", "06:00"))

    assert (response.status_code, "there is no 2:30 a.m." in response.content.decode(), Workshop.objects.exists()) == (422, True, False)


def test_a_block_across_midnight_ends_on_the_next_day(client, staff):
    new(client, ("2027-06-05", "22:00", "02:00"))

    assert Block.objects.get().minutes == 240


def test_a_block_of_a_whole_day_is_a_slip(client, staff):
    response = new(client, ("2027-06-05", "09:00", "08:00"))

    assert (response.status_code, "That would last 23.0 hours" in response.content.decode(), Workshop.objects.exists()) == (422, True, False)


def test_an_online_workshop_is_taught_online_whatever_its_lines_say(client, staff):
    new(client, ("2027-06-05", "09:00", "12:00"), format="online", join_url="https://meet.example.org/hips")

    assert (Block.objects.get().mode, Workshop.objects.get().join_url) == ("live_remote", "https://meet.example.org/hips")


@pytest.mark.parametrize(
    ("changes", "line", "sentence"),
    [
        ({"format": "hybrid"}, {}, "Say how many may join online"),
        ({}, {"mode": "live_remote"}, "is online, but the workshop is in person"),
        ({"format": "hybrid", "remote_capacity": "-1"}, {}, "greater than or equal to 0"),
    ],
)
def test_a_format_that_does_not_fit_is_refused(client, staff, changes, line, sentence):
    response = new(client, ("2027-06-05", "09:00", "12:00", line), **changes)

    assert (response.status_code, sentence in response.content.decode(), Workshop.objects.exists()) == (422, True, False)


def test_people_with_remote_seats_keep_the_workshop_hybrid(client, staff):
    workshop = workshop_with_blocks(format="hybrid", remote_capacity=3, instructor=user_with_role(Role.INSTRUCTOR))
    SeatFactory(workshop=workshop, place="remote")
    page = reverse("workshops_desk:workshop_edit", args=[workshop.pk])
    token = client.post(page, of(workshop, format="in_person")).context["change"].token

    response = client.post(page, of(workshop, format="in_person", confirm=token))

    assert (response.status_code, "1 person has a remote seat" in response.content.decode(), Workshop.objects.get().format) == (422, True, "hybrid")


def test_more_lines_keep_what_was_typed_and_save_nothing(client, staff):
    response = new(client, ("2027-06-05", "09:00", "12:00", {"topic": "Hips"}), more="lines")

    assert (len(response.context["blocks"].forms), 'value="Hips"' in response.content.decode(), Workshop.objects.exists()) == (4, True, False)


def test_the_steps_of_the_policy_are_enough(client, staff):
    response = new(client, ("2027-05-01", "09:00", "12:00"), cancellation_policy="")

    assert (response.status_code, Workshop.objects.get().cancellation_policy) == (302, "")
    assert "<h2>Cancellation</h2>" not in client.get(Workshop.objects.get().get_absolute_url()).content.decode()


def test_the_list_leads_with_what_is_next_and_what_is_to_be_decided(client, staff):
    late, soon = (workshop_with_blocks(title=title, starts_at=datetime.now(UTC) + timedelta(days=days)) for title, days in (("Late", 60), ("Soon", 5)))
    undecided, missed = workshop_with_blocks(title="Undecided", starts_at=PAST), workshop_with_blocks(title="Missed", starts_at=PAST)
    SeatFactory(workshop=undecided)
    off = workshop_with_blocks(title="Off", state=Workshop.State.CANCELLED, starts_at=datetime.now(UTC) + timedelta(days=9))
    undated = WorkshopFactory(title="Undated", state=Workshop.State.DRAFT, starts_at=None, ends_at=None)
    address = reverse("workshops_desk:workshop_list")

    ahead, over = client.get(address), client.get(address, {"show": "over"})

    assert list(ahead.context["page_obj"]) == [undecided, soon, late, undated]
    assert list(over.context["page_obj"]) == [off, missed]
    assert "Attendance to decide" in ahead.content.decode()
