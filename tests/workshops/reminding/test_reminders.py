"""The mail before a workshop: who gets it, when, once, and what it says."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format

from core import clock, jobs
from core.models import Job
from notifications.models import MailMessage
from payments.models import Balance
from payments.services import set_deposit, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.booking import QuestionFactory, RequirementFactory, WaiverVersionFactory
from tests.factories.workshops import PolicyFactory, SeatFactory, VenueFactory, WorkshopFactory, workshop_with_blocks
from tests.fixtures.at_once import at_once, begin
from tests.workshops.money import on_sale, pay
from workshops.booking.services import Guest, keep_booking, take_seats
from workshops.booking.tickets import ticket_url
from workshops.models import Registration, Seat, Workshop
from workshops.moving.services import start_move
from workshops.reminding.due import letters_due
from workshops.reminding.services import queue_reminders, remind
from workshops.services import BlockInput, cancel_seat, register_learner, save_workshop

REMINDER, TO_TEACHER = "workshops/mail/workshop_reminder", "workshops/mail/workshop_reminder_instructor"


@pytest.fixture
def staff(db):
    return user_with_role("staff")


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com", display_name="Ada")


@pytest.fixture
def workshop(db):
    return workshop_with_blocks(instructor=user_with_role("instructor"))


def before(workshop, *, days=0, hours=0):
    """The clock so long before `workshop` begins."""
    moment = workshop.starts_at - timedelta(days=days, hours=hours)
    return patch.object(clock, "now", lambda: moment)


def readers(template=REMINDER):
    return sorted(MailMessage.objects.filter(template=template).values_list("to_address", flat=True))


def letter(template=REMINDER):
    mail = MailMessage.objects.get(template=template)
    return f"{mail.subject}\n{mail.body_text}"


def move(workshop, by, **delta):
    """Save `workshop` with every block so much later."""
    workshop = Workshop.objects.get(pk=workshop.pk)
    later = timedelta(**delta)
    blocks = [BlockInput(block.starts_at + later, block.ends_at + later, block.kind, block.mode, block.topic) for block in workshop.blocks.all()]
    return save_workshop(workshop=workshop, blocks=blocks, by=by)


# Who, and when


def test_everybody_with_a_seat_is_reminded_three_days_before_and_once(workshop, ada):
    register_learner(workshop=workshop, learner=ada)

    with before(workshop, days=3, hours=1):
        assert (queue_reminders(), remind(workshop=workshop)) == (0, 0)
    with before(workshop, days=3):
        assert queue_reminders() == 1
        jobs.run(Job.objects.get(kind="workshops.remind").pk)
    for hours in (71, 40, 1):
        with before(workshop, hours=hours):
            assert (queue_reminders(), remind(workshop=workshop)) == (0, 0)

    assert readers() == ["ada@example.com"]
    assert readers(TO_TEACHER) == [workshop.instructor.email]


def test_two_beats_at_once_queue_and_write_once(workshop, ada):
    register_learner(workshop=workshop, learner=ada)

    with before(workshop, days=2):
        queue_reminders()
        queue_reminders()
        assert [remind(workshop=workshop) for _ in range(2)] == [2, 0]

    assert (Job.objects.filter(kind="workshops.remind").count(), readers()) == (1, ["ada@example.com"])


@pytest.mark.parametrize("days", [0, -1])
def test_a_school_that_reminds_nobody(workshop, ada, settings, days):
    settings.WORKSHOP_REMINDER_DAYS = days
    register_learner(workshop=workshop, learner=ada)

    with before(workshop, hours=1):
        assert (queue_reminders(), remind(workshop=workshop)) == (0, 0)


def test_a_school_may_remind_earlier(workshop, ada, settings):
    settings.WORKSHOP_REMINDER_DAYS = 7
    register_learner(workshop=workshop, learner=ada)

    with before(workshop, days=7):
        remind(workshop=workshop)

    assert readers() == ["ada@example.com"]


@pytest.mark.parametrize("days", [0, -1])
def test_nobody_is_reminded_of_what_has_begun(workshop, ada, days):
    register_learner(workshop=workshop, learner=ada)

    with before(workshop, days=days):
        assert (queue_reminders(), remind(workshop=workshop)) == (0, 0)


@pytest.mark.parametrize("state", [Workshop.State.DRAFT, Workshop.State.CANCELLED, Workshop.State.COMPLETED])
def test_nobody_is_reminded_of_what_does_not_take_place(workshop, ada, state):
    register_learner(workshop=workshop, learner=ada)
    Workshop.objects.update(state=state)

    with before(workshop, days=1):
        assert (queue_reminders(), remind(workshop=workshop)) == (0, 0)


def test_a_seat_that_does_not_stand_is_not_written_of(workshop, ada):
    register_learner(workshop=workshop, learner=ada)
    cancel_seat(workshop=workshop, learner=ada, by=ada)
    SeatFactory(workshop=workshop, state=Seat.State.HELD, reference="order:1", hold_until=workshop.starts_at)
    SeatFactory(workshop=workshop, learner=UserFactory(is_active=False))

    with before(workshop, days=1):
        remind(workshop=workshop)

    assert readers() == []


def test_who_took_a_seat_after_the_moment_has_all_of_it_from_the_confirmation(ada):
    workshop = workshop_with_blocks(starts_at=datetime.now(UTC) + timedelta(days=2), instructor=user_with_role("instructor"))
    register_learner(workshop=workshop, learner=ada)

    assert remind(workshop=workshop) == 1
    assert (readers(), readers(TO_TEACHER)) == ([], [workshop.instructor.email])


def test_a_seat_that_was_held_before_the_moment_and_paid_after_it_needs_no_reminder(ada):
    """The hold is old; what counts is when its holder was told that it is theirs."""
    workshop = workshop_with_blocks(starts_at=datetime.now(UTC) + timedelta(days=2))
    seat = register_learner(workshop=workshop, learner=ada)
    Seat.objects.filter(pk=seat.pk).update(created_at=workshop.starts_at - timedelta(days=10))

    remind(workshop=workshop)

    assert readers() == []


def test_another_date_is_reminded_of_anew_and_once(workshop, ada, staff):
    register_learner(workshop=workshop, learner=ada)
    with before(workshop, days=2):
        remind(workshop=workshop)

    moved = move(workshop, staff, days=10)

    with before(moved, days=5):
        assert remind(workshop=moved) == 0
    with before(moved, days=3):
        assert [remind(workshop=moved) for _ in range(2)] == [2, 0]
    assert readers() == ["ada@example.com"] * 2
    assert len(set(MailMessage.objects.filter(template=REMINDER).values_list("subject", flat=True))) == 2


def test_another_hour_of_the_same_day_is_not_another_date(workshop, ada, staff):
    register_learner(workshop=workshop, learner=ada)
    with before(workshop, days=2):
        remind(workshop=workshop)

    moved = move(workshop, staff, hours=1)

    with before(moved, days=1):
        assert remind(workshop=moved) == 0


def test_a_workshop_that_moves_to_the_day_after_tomorrow_is_reminded_of(ada, staff):
    """Who took the seat yesterday was told of another day; the moment for this one is over."""
    workshop = workshop_with_blocks(starts_at=datetime.now(UTC) + timedelta(days=20))
    register_learner(workshop=workshop, learner=ada)

    remind(workshop=move(workshop, staff, days=-18))

    assert readers() == ["ada@example.com"]


def test_a_seat_that_moved_away_is_reminded_of_where_it_is(workshop, ada, staff):
    other = workshop_with_blocks(starts_at=workshop.starts_at + timedelta(days=1), activity=workshop.activity, title="The other date")
    seat = register_learner(workshop=workshop, learner=ada)
    start_move(seat=seat, to=other, by=staff)

    with before(workshop, hours=2):
        remind(workshop=workshop)
        remind(workshop=other)

    assert "“The other date” begins soon" in letter()


# Joining online


def test_who_joins_online_is_written_to_again_the_day_before(workshop, ada):
    Workshop.objects.update(format="hybrid", remote_capacity=5, join_url="https://meet.example.org/secret")
    register_learner(workshop=workshop, learner=ada, place="remote")
    register_learner(workshop=workshop, learner=UserFactory(email="room@example.com"))

    with before(workshop, days=3):
        remind(workshop=workshop)
    assert readers() == ["ada@example.com", "room@example.com"]
    for hours in (24, 12):
        with before(workshop, hours=hours):
            remind(workshop=workshop)

    assert readers() == ["ada@example.com", "ada@example.com", "room@example.com"]
    words = MailMessage.objects.filter(recipient=ada, template=REMINDER).latest("pk")
    assert words.subject.startswith("How to join on ")
    assert f"{workshop.get_absolute_url()}#joining" in words.body_text
    assert "meet.example.org" not in "".join(MailMessage.objects.values_list("body_text", flat=True)), "mails are passed on"


def test_a_beat_that_comes_late_writes_to_who_joins_online_once(workshop, ada):
    Workshop.objects.update(format="online")
    register_learner(workshop=workshop, learner=ada)

    with before(workshop, hours=20):
        assert [remind(workshop=workshop) for _ in range(2)] == [2, 0]

    assert "How to join on" in letter()


def test_who_joins_from_elsewhere_reads_their_own_clock_too(workshop):
    ada = UserFactory(time_zone="Europe/Berlin")
    Workshop.objects.update(format="hybrid", remote_capacity=5)
    register_learner(workshop=workshop, learner=ada, place="remote")
    register_learner(workshop=workshop, learner=UserFactory(time_zone="Europe/Berlin"))

    with before(workshop, days=2):
        remind(workshop=workshop)

    yours, room = (MailMessage.objects.filter(template=REMINDER).get(recipient__seats__place=place).body_text for place in ("remote", "room"))
    assert f"on your clock: {workshop.starts_at.astimezone(ZoneInfo('Europe/Berlin')):%a}" in yours
    assert "on your clock" not in room, "who stands in the room reads the clock on its wall"


# What it says


def test_the_letter_says_when_where_what_and_how_out(client, ada):
    venue = VenueFactory(access_notes="Blue door, two steps.", parking="Garden St deck, $5.")
    workshop = workshop_with_blocks(venue=venue, what_to_bring="A sheet & oil")
    seat = register_learner(workshop=workshop, learner=ada)

    with before(workshop, days=2):
        remind(workshop=workshop)

    words = letter()
    local = workshop.starts_at.astimezone(workshop.zone)
    assert words.startswith(f"Your workshop on {date_format(local, 'l, N j')}: {workshop.title}\nHello Ada,\n")
    for said in ("1 Palafox Street", "Blue door, two steps.", "Garden St deck, $5.", "A sheet & oil", local.tzname(), "If you can’t come"):
        assert said in words
    pages = [workshop.get_absolute_url() + "#where", reverse("workshops:workshop_calendar", args=[workshop.slug])]
    pages.append(reverse("workshops:seat_cancel", args=[workshop.slug]))
    for page in pages:
        assert f"{settings.SITE_URL}{page}\n" in words
        client.force_login(ada)
        assert client.get(page).status_code == 200
    assert (f"at the door: {ticket_url(seat)}\n" in words, "Still open" in words) == (True, False)


def test_the_letter_says_what_is_open_for_this_reader(workshop, ada):
    QuestionFactory(workshop=workshop, text="Any injury?")
    RequirementFactory(workshop=workshop)
    Workshop.objects.update(waiver=WaiverVersionFactory().waiver)
    SeatFactory(workshop=workshop, learner=ada)

    with before(workshop, days=2):
        remind(workshop=workshop)

    words = letter()
    for said in ("Answer: Any injury?", "You hold a licence or certification", "Read the waiver and accept it."):
        assert f"- {said}" in words or f"- Needed: {said}" in words
    assert f"{settings.SITE_URL}{reverse('workshops:registration_details', args=[workshop.slug])}" in words


def test_the_letter_of_a_deposit_asks_for_the_rest_and_says_what_goes_back(stripe_api, ada, staff):
    PolicyFactory()
    workshop, price = on_sale(19000, days=60)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="kept", by=staff)
    pay(stripe_api.control, start_order(user=ada, price=price, with_deposit=True))

    with before(workshop, days=2):
        remind(workshop=workshop)

    words = letter()
    assert "The rest after the deposit, $130.00, due by" in words
    assert Balance.objects.get().get_absolute_url() in words
    assert "By the policy of your seat nothing goes back so shortly before it begins." in words
    assert "Or offer it to the waiting list: $50.00 goes back when somebody takes it." in words


def test_the_letter_says_until_when_how_much_goes_back_and_to_whom(stripe_api, settings, ada):
    settings.WORKSHOP_REMINDER_DAYS = 10
    PolicyFactory()
    workshop, price = on_sale(19000)
    ben = UserFactory(email="ben@example.com")
    pay(stripe_api.control, start_order(user=ada, price=price, people=[ada, ben]))

    with before(workshop, days=9):
        remind(workshop=workshop)

    own, paid_for = (MailMessage.objects.get(template=REMINDER, recipient=person).body_text for person in (ada, ben))
    assert "Give your seat back now, and $85.00 of $190.00 goes back to you. By the policy of your seat 50 percent goes back until" in own
    assert "$85.00 of $190.00 goes back to whoever paid." in paid_for


def test_whom_somebody_registered_gets_their_own_with_the_links_that_let_them_in(client, workshop, ada):
    take_seats(booking=keep_booking(workshop=workshop, buyer=ada, is_coming=True, guests=[Guest("ben@example.com", "Benny")]))

    with before(workshop, days=2):
        remind(workshop=workshop)

    assert readers() == ["ada@example.com", "ben@example.com"]
    mail = MailMessage.objects.get(template=REMINDER, to_address="ben@example.com")
    registration = Registration.objects.get(learner__email="ben@example.com")
    assert (mail.is_confidential, registration.is_unanswered, "Hello Benny," in mail.body_text) == (True, True, True)
    links = [word for word in mail.body_text.split() if "/invitations/" in word]
    assert len(links) == 2
    for link in links:
        assert client.get(link.removeprefix(settings.SITE_URL)).status_code == 200
    assert not MailMessage.objects.get(template=REMINDER, recipient=ada).is_confidential


def test_who_teaches_reads_who_comes_and_what_is_open(client, workshop):
    Workshop.objects.update(format="hybrid", remote_capacity=6)
    QuestionFactory(workshop=workshop)
    SeatFactory.create_batch(2, workshop=workshop)
    SeatFactory(workshop=workshop, place="remote")

    with before(workshop, days=2):
        remind(workshop=workshop)

    words = letter(TO_TEACHER)
    for said in (", 3 people: ", "In the room: 2 of 10", "Online: 1 of 6", "3 people have not answered or signed", "the address is missing"):
        assert said in words
    client.force_login(workshop.instructor)
    for link in [word for word in words.split() if word.startswith(settings.SITE_URL)]:
        assert client.get(link.removeprefix(settings.SITE_URL)).status_code == 200, link


# Reading, races


def test_what_is_due_is_read_in_a_constant_number_of_queries(workshop, django_assert_num_queries):
    for people in (1, 3):
        SeatFactory.create_batch(people, workshop=workshop)
        with before(workshop, days=2), django_assert_num_queries(3):
            letters_due(workshop)


@pytest.mark.django_db(transaction=True)
def test_reminding_twice_at_the_same_instant_writes_once():
    workshop = workshop_with_blocks(instructor=user_with_role("instructor"))
    seats = SeatFactory.create_batch(4, workshop=workshop)

    with before(workshop, days=2):
        written = at_once(*[lambda: remind(workshop=workshop)] * 3)

    assert sum(written) == 5
    assert readers() == sorted(seat.learner.email for seat in seats)


@pytest.mark.django_db(transaction=True)
def test_a_seat_that_is_given_back_while_its_letter_waits_is_not_written_of():
    """Reminding has looked, and waits for the lock under which the seat ends."""
    workshop = workshop_with_blocks()
    seat = SeatFactory(workshop=workshop)

    with before(workshop, days=2):
        with transaction.atomic():
            Workshop.objects.select_for_update().get(pk=workshop.pk)
            end = begin(lambda: remind(workshop=workshop))
            Seat.objects.filter(pk=seat.pk).update(state=Seat.State.CANCELLED, cancelled_at=clock.now())
        end()

    assert readers() == []


@pytest.mark.django_db(transaction=True)
def test_a_workshop_that_moves_while_its_letter_waits_is_not_written_of():
    workshop = workshop_with_blocks()
    SeatFactory(workshop=workshop)

    with before(workshop, days=2):
        with transaction.atomic():
            Workshop.objects.select_for_update().get(pk=workshop.pk)
            end = begin(lambda: remind(workshop=workshop))
            Workshop.objects.filter(pk=workshop.pk).update(starts_at=workshop.starts_at + timedelta(days=9), ends_at=workshop.ends_at + timedelta(days=9))
        end()

    assert (readers(), readers(TO_TEACHER)) == ([], [])


def test_a_letter_that_fails_is_written_by_the_next_run(workshop, ada):
    """The run is killed after the first letter: what stands stands, the rest is written later, and nothing twice."""
    register_learner(workshop=workshop, learner=ada)
    SeatFactory(workshop=workshop, learner=UserFactory(email="ben@example.com"))
    with before(workshop, days=2):
        with patch("workshops.reminding.services._write_to_instructor", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            remind(workshop=workshop)
        assert remind(workshop=workshop) == 1

    assert (readers(), readers(TO_TEACHER)) == (["ada@example.com", "ben@example.com"], [workshop.instructor.email])


def test_a_workshop_without_blocks_is_one_stretch(ada):
    workshop = WorkshopFactory()
    SeatFactory(workshop=workshop, learner=ada)

    with before(workshop, days=2):
        remind(workshop=workshop)

    assert f"{workshop.starts_at.astimezone(workshop.zone):%a}, " in letter()
