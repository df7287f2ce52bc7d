"""Calendar files and letters, read by a parser that shares no code with what writes them."""

from datetime import UTC, datetime, timedelta

import pytest
import vobject
from django.urls import reverse

from accounts.models import Role
from notifications.models import MailAttachment, MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, WorkshopFactory, workshop_with_blocks
from workshops import services
from workshops.calendars.files import calendar_of
from workshops.cancelling.services import call_off, work_off
from workshops.models import Block, Workshop
from workshops.moving.services import start_move
from workshops.services import BlockInput


def read(content):
    calendar = vobject.readOne(bytes(content).decode())
    calendar.validate(raiseException=True)
    return calendar


def letters(user):
    """Method, UID, SEQUENCE and beginning of every calendar letter to `user`, in the order they were written."""
    found = []
    for attachment in MailAttachment.objects.filter(message__recipient=user, content_type__startswith="text/calendar").order_by("pk"):
        calendar = read(attachment.content)
        event = calendar.vevent
        assert f"method={calendar.method.value}" in attachment.content_type
        assert len(calendar.contents["vevent"]) == 1  # RFC 5546: a letter is about one UID
        found.append((calendar.method.value, event.uid.value, int(event.sequence.value), event.dtstart.value))
    return found


def clocks_forward():
    """The day clocks in Chicago are set forward next, at least a month away: a second Sunday of March."""
    soon = datetime.now(UTC) + timedelta(days=31)
    eighths = [datetime(year, 3, 8, tzinfo=UTC) for year in (soon.year, soon.year + 1)]
    return next(day for day in (eighth + timedelta(days=6 - eighth.weekday()) for eighth in eighths) if day > soon)


def two_days(**fields):
    """Two days in Chicago, nine to five, the second on the day clocks are set forward."""
    first, second = clocks_forward() - timedelta(hours=9), clocks_forward() + timedelta(hours=14)
    workshop = WorkshopFactory(starts_at=first, ends_at=second + timedelta(hours=8), **fields)
    for begins in (first, second):
        Block.objects.create(workshop=workshop, starts_at=begins, ends_at=begins + timedelta(hours=8))
    return workshop


def inputs(workshop):
    return [BlockInput(b.starts_at, b.ends_at, b.kind, b.mode, b.topic) for b in Block.objects.filter(workshop=workshop)]


def test_each_day_is_an_entry_with_the_clock_of_the_venue_across_a_change_of_clocks(db):
    workshop = two_days()

    calendar = read(calendar_of(workshop))

    first, second = calendar.contents["vevent"]
    assert (first.dtstart.value.hour, second.dtstart.value.hour) == (9, 9)
    assert (first.dtstart.value.utcoffset(), second.dtstart.value.utcoffset()) == (timedelta(hours=-6), timedelta(hours=-5))
    assert (first.dtstart.value, second.dtend.value) == (workshop.starts_at, workshop.ends_at)
    assert [event.uid.value for event in (first, second)] == [f"workshop-{workshop.pk}-day-{n}@testserver" for n in (1, 2)]
    assert (calendar.method.value, first.status.value, first.summary.value) == ("PUBLISH", "CONFIRMED", "The Knee, Hands On (day 1 of 2)")
    assert "Bayfront Studio" in first.location.value


def test_a_block_across_midnight_is_one_entry(db):
    workshop = WorkshopFactory()
    start = datetime(2027, 5, 1, 3, tzinfo=UTC)  # 22:00 in Chicago
    Block.objects.create(workshop=workshop, starts_at=start, ends_at=start + timedelta(hours=4))

    event = read(calendar_of(workshop)).vevent

    assert (event.dtstart.value.hour, event.dtend.value.hour, event.dtend.value - event.dtstart.value) == (22, 2, timedelta(hours=4))


def test_a_seat_is_confirmed_with_an_invitation_and_a_repeat_sends_nothing(db):
    workshop, learner = two_days(), UserFactory()

    for _ in range(2):
        services.register_learner(workshop=workshop, learner=learner)

    assert [(method, sequence) for method, _uid, sequence, _at in letters(learner)] == [("REQUEST", 0), ("REQUEST", 0)]
    event = read(MailAttachment.objects.filter(content_type__startswith="text/calendar").first().content).vevent
    assert (event.attendee.value, event.attendee.params["PARTSTAT"], event.organizer.value[:7]) == (f"mailto:{learner.email}", ["ACCEPTED"], "mailto:")


def test_a_seat_given_back_and_taken_again_goes_and_comes_with_higher_sequences(db):
    workshop, learner = workshop_with_blocks(), UserFactory()
    services.register_learner(workshop=workshop, learner=learner)
    services.cancel_seat(workshop=workshop, learner=learner, by=learner)

    services.register_learner(workshop=workshop, learner=learner)

    assert [(method, sequence) for method, _uid, sequence, _at in letters(learner)] == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]
    assert len({uid for _method, uid, _sequence, _at in letters(learner)}) == 1


def test_a_seat_that_goes_to_another_date_leaves_the_first_day_of_calendars(db):
    learner, first = UserFactory(), workshop_with_blocks()
    other = workshop_with_blocks(activity=first.activity, starts_at=first.starts_at + timedelta(days=7))
    seat = services.register_learner(workshop=first, learner=learner)

    for _ in range(2):
        start_move(seat=seat, to=other, by=learner)

    began = [(method, at) for method, _uid, _sequence, at in letters(learner)]
    assert began == [("REQUEST", first.starts_at), ("REQUEST", other.starts_at), ("CANCEL", first.starts_at)]
    moved = MailMessage.objects.get(template="workshops/mail/seat_moved")
    assert list(moved.attachments.values_list("filename", flat=True)) == ["day-1.ics", "day-1-cancelled.ics", "ticket.png"]
    assert MailMessage.objects.filter(recipient=learner).count() == 2


def test_a_seat_that_goes_there_and_back_is_there_again(db):
    """Every file of a day supersedes those before it, also the one that called it off."""
    learner, first = UserFactory(), workshop_with_blocks()
    other = workshop_with_blocks(activity=first.activity, starts_at=first.starts_at + timedelta(days=7))
    seat = services.register_learner(workshop=first, learner=learner)

    back = start_move(seat=start_move(seat=seat, to=other, by=learner).new_seat, to=first, by=learner)

    assert back.state == "done"
    told = [(method, sequence) for method, uid, sequence, _at in letters(learner) if uid.startswith(f"workshop-{first.pk}-")]
    assert (told[0], [method for method, _sequence in told], told[-1][1] > told[1][1]) == (("REQUEST", 0), ["REQUEST", "CANCEL", "REQUEST"], True)


def test_days_that_were_called_off_are_not_called_off_again_by_the_move(db):
    learner, first, staff = UserFactory(), workshop_with_blocks(), user_with_role("staff")
    other = workshop_with_blocks(activity=first.activity, starts_at=first.starts_at + timedelta(days=7))
    services.register_learner(workshop=first, learner=learner)

    work_off(call_off=call_off(workshop=first, by=staff, reason="The roof leaks.", default="move", to=other))

    assert [(method, at) for method, _uid, _sequence, at in letters(learner)] == [
        ("REQUEST", first.starts_at),
        ("CANCEL", first.starts_at),
        ("REQUEST", other.starts_at),
    ]
    assert "take the old ones out" not in MailMessage.objects.get(template="workshops/mail/seat_moved").body_text


def test_a_moved_workshop_moves_the_entries_once_and_says_old_and_new(db):
    workshop, staff = two_days(), user_with_role(Role.STAFF)
    learner = SeatFactory(workshop=workshop).learner
    moved = [BlockInput(b.starts_at + timedelta(days=7), b.ends_at + timedelta(days=7)) for b in inputs(workshop)]

    for _ in range(2):
        services.save_workshop(workshop=Workshop.objects.get(pk=workshop.pk), blocks=moved, by=staff, note="The roof leaks.")

    assert [(method, sequence, at) for method, _uid, sequence, at in letters(learner)] == [
        ("REQUEST", 1, moved[0].starts_at),
        ("REQUEST", 1, moved[1].starts_at),
    ]
    text = MailMessage.objects.get(recipient=learner).body_text
    old, new = (f"Sat, March {day.day}, {day.year}" for day in (clocks_forward() - timedelta(days=1), clocks_forward() + timedelta(days=6)))
    assert (old in text, new in text, "The roof leaks." in text) == (True, True, True)


def test_a_day_that_goes_away_is_called_off_in_calendars(db):
    workshop = two_days()
    learner = SeatFactory(workshop=workshop).learner

    services.save_workshop(workshop=workshop, blocks=inputs(workshop)[1:], by=user_with_role(Role.STAFF))

    told = letters(learner)
    assert [(method, uid.split("@")[0][-5:]) for method, uid, _sequence, _at in told] == [("REQUEST", "day-1"), ("CANCEL", "day-2")]
    assert told[0][3] == clocks_forward() + timedelta(hours=14)


def test_a_workshop_called_off_calls_its_entries_off(client, db):
    workshop = workshop_with_blocks()
    learner = SeatFactory(workshop=workshop).learner

    call_off(workshop=workshop, by=user_with_role(Role.STAFF), reason="Flood")

    assert [(method, sequence) for method, _uid, sequence, _at in letters(learner)] == [("CANCEL", 1)]
    event = read(client.get(reverse("workshops:workshop_calendar", args=[workshop.slug])).content).vevent
    assert (event.status.value, event.sequence.value) == ("CANCELLED", "1")


def test_another_title_raises_the_sequence_and_writes_to_nobody(db):
    workshop = workshop_with_blocks()
    SeatFactory(workshop=workshop)
    workshop.title = "The Knee and the Hip"

    services.save_workshop(workshop=workshop, blocks=inputs(workshop), by=user_with_role(Role.STAFF))

    assert (workshop.calendar_sequence, workshop.terms_changed_at, MailMessage.objects.count()) == (1, None, 0)


@pytest.mark.parametrize("text", ["Knees; hips, and\nmore \\ more", "Knie für alle " * 12])
def test_what_people_type_survives_escaping_and_folding(db, text):
    workshop = workshop_with_blocks(title=text[:200].replace("\n", " "))

    assert read(calendar_of(workshop)).vevent.summary.value == text[:200].replace("\n", " ")
