"""Seats that are paid for: held, confirmed in time or late, let go, taken back; and never sold twice."""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Role
from core.models import Job
from notifications.models import MailMessage
from payments import subjects
from payments.services import grant_access
from payments.signals import line_refunded, line_released
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PAST, SeatFactory, WorkshopFactory, workshop_with_blocks
from tests.fixtures.at_once import outcomes
from workshops import services
from workshops.errors import SeatRefused, SeatsBusy, WorkshopFull
from workshops.models import Seat, Workshop
from workshops.roster.services import mark_block


def in_minutes(minutes):
    return timezone.now() + timedelta(minutes=minutes)


def reserve(workshop, learner, reference="order:1", until=None):
    subjects.kind_of(workshop.subject).reserve(user=learner, subject=workshop.subject, reference=reference, until=until or in_minutes(40))


def confirm(workshop, learner, reference="order:1"):
    return subjects.kind_of(workshop.subject).confirm(user=learner, subject=workshop.subject, reference=reference)


def lapse(seat):
    """Let the hold be over, as if time had passed."""
    Seat.objects.filter(pk=seat.pk).update(hold_until=in_minutes(-1))


def states(workshop):
    return list(workshop.seats.order_by("pk").values_list("state", "reference"))


@pytest.fixture
def sold(db):
    """A workshop of one seat, for money."""
    return WorkshopFactory(capacity=1, is_free=False)


def test_a_hold_keeps_the_place_and_is_tidied_by_a_job_when_it_is_over(sold):
    learner, until = UserFactory(), in_minutes(40)

    reserve(sold, learner, until=until)
    reserve(sold, learner, until=until)

    seat = Seat.objects.get()
    assert (seat.state, seat.reference, seat.hold_until) == ("held", "order:1", until)
    assert Workshop.objects.with_seats_taken().get().seats_taken == 1
    assert list(Job.objects.values_list("kind", "args", "run_after")) == [("workshops.tidy_holds", {"workshop": sold.pk}, until)]
    assert not MailMessage.objects.exists()
    with pytest.raises(WorkshopFull):
        reserve(sold, UserFactory(), "order:2")


def test_a_repeat_with_a_later_end_extends_the_hold_and_an_earlier_one_does_not(sold):
    learner, later = UserFactory(), in_minutes(60)
    reserve(sold, learner)

    reserve(sold, learner, until=later)
    reserve(sold, learner, until=in_minutes(5))

    assert Seat.objects.get().hold_until == later


def test_an_expired_hold_frees_its_place_at_once(sold):
    first, second = UserFactory(), UserFactory()
    reserve(sold, first)
    lapse(Seat.objects.get())
    assert Workshop.objects.with_seats_taken().get().seats_taken == 0

    reserve(sold, second, "order:2")

    assert states(sold) == [("cancelled", "order:1"), ("held", "order:2")]


def test_the_job_tidies_expired_holds_and_nothing_else(db):
    workshop = WorkshopFactory(capacity=3)
    for n in range(2):
        reserve(workshop, UserFactory(), f"order:{n}")
    SeatFactory(workshop=workshop)
    lapse(Seat.objects.first())

    assert [services.tidy_holds(workshop=workshop) for _ in range(2)] == [1, 0]

    assert [state for state, _ in states(workshop)] == ["cancelled", "held", "confirmed"]


def test_paid_in_time_confirms_the_held_seat_once(sold):
    learner = UserFactory()
    reserve(sold, learner)

    assert [confirm(sold, learner) for _ in range(2)] == [True, True]

    seat = Seat.objects.get()
    assert (seat.state, seat.hold_until, seat.reference) == ("confirmed", None, "order:1")
    assert MailMessage.objects.get().subject == f"Your seat: {sold.title}"


def test_paid_late_takes_a_free_place(sold):
    learner = UserFactory()
    reserve(sold, learner)
    lapse(Seat.objects.get())

    assert confirm(sold, learner) is True

    assert states(sold) == [("cancelled", "order:1"), ("confirmed", "order:1")]


def test_paid_late_with_nothing_left_is_answered_no(sold):
    late, quick = UserFactory(), UserFactory()
    reserve(sold, late)
    lapse(Seat.objects.get())
    reserve(sold, quick, "order:2")

    assert [confirm(sold, late), confirm(sold, quick, "order:2")] == [False, True]

    assert list(Seat.objects.confirmed().values_list("learner", flat=True)) == [quick.pk]


@pytest.mark.parametrize("change", [{"state": Workshop.State.CANCELLED}, {"state": Workshop.State.COMPLETED}])
def test_paid_for_a_workshop_that_is_off_is_answered_no(sold, change):
    learner = UserFactory()
    reserve(sold, learner)
    Workshop.objects.update(**change)

    assert confirm(sold, learner) is False

    assert not Seat.objects.confirmed().exists()


def test_paid_after_the_start_gives_the_held_seat_but_no_new_one(sold):
    holder, late = UserFactory(), UserFactory()
    Workshop.objects.update(capacity=2)
    reserve(sold, holder)
    Workshop.objects.update(starts_at=PAST)

    assert [confirm(sold, holder), confirm(sold, late, "order:2")] == [True, False]


def test_two_orders_of_one_person_hold_one_place_and_the_one_that_is_paid_gets_it(sold):
    learner = UserFactory()
    reserve(sold, learner, "order:1")
    reserve(sold, learner, "order:2")
    assert states(sold) == [("held", "order:2")]

    answers = [confirm(sold, learner, "order:1"), confirm(sold, learner, "order:2"), confirm(sold, learner, "order:1")]

    assert (answers, states(sold)) == ([True, False, True], [("confirmed", "order:1")])


def test_letting_the_other_order_go_leaves_a_paid_seat_alone(sold):
    learner = UserFactory()
    reserve(sold, learner, "order:1")
    confirm(sold, learner, "order:1")

    line_released.send(sender=None, user=learner, subject=sold.subject, reference="order:2")
    line_released.send(sender=None, user=learner, subject=sold.subject, reference="order:1")

    assert states(sold) == [("confirmed", "order:1")]


def test_a_released_order_frees_its_place_without_a_mail(sold):
    learner = UserFactory()
    reserve(sold, learner)

    for _ in range(2):
        line_released.send(sender=None, user=learner, subject=sold.subject, reference="order:1")

    assert states(sold) == [("cancelled", "order:1")]
    assert not MailMessage.objects.exists()
    reserve(sold, UserFactory(), "order:2")


@pytest.mark.parametrize("subject", ["course:1", "workshop:x", "workshop:0", "library"])
def test_news_about_other_subjects_pass_by(sold, subject):
    for signal, more in ((line_released, {}), (line_refunded, {"closes_access": True})):
        signal.send(sender=None, user=UserFactory(), subject=subject, reference="order:1", **more)

    assert not Seat.objects.exists()


def test_a_refund_that_closes_access_takes_the_seat_back_even_after_the_start(sold):
    learner = UserFactory()
    reserve(sold, learner)
    confirm(sold, learner)
    Workshop.objects.update(starts_at=PAST)

    for _ in range(2):
        line_refunded.send(sender=None, user=learner, subject=sold.subject, reference="order:1", closes_access=True)

    seat = Seat.objects.get()
    assert (seat.state, seat.cancelled_by) == ("cancelled", None)
    assert "goes back" in MailMessage.objects.get(key=f"seat-cancelled:{seat.pk}").body_text
    assert confirm(sold, learner) is True  # a repeat of old news: it was given, and was taken back since
    assert Seat.objects.get() == seat


def test_a_refund_that_leaves_access_leaves_the_seat(sold):
    learner = UserFactory()
    reserve(sold, learner)
    confirm(sold, learner)

    line_refunded.send(sender=None, user=learner, subject=sold.subject, reference="order:1", closes_access=False)

    assert states(sold) == [("confirmed", "order:1")]


def test_a_refunded_seat_with_attendance_stays_and_the_school_is_told_once(db):
    staff = user_with_role(Role.STAFF)
    seat = SeatFactory(workshop=workshop_with_blocks(starts_at=PAST), reference="order:1")
    mark_block(seat=seat, block=seat.workshop.blocks.first(), present=True, by=staff)

    for _ in range(2):
        line_refunded.send(sender=None, user=seat.learner, subject=seat.workshop.subject, reference="order:1", closes_access=True)

    assert Seat.objects.get().state == "confirmed"
    message = MailMessage.objects.get()
    assert (message.to_address, seat.learner.email in message.body_text) == (settings.SCHOOL_EMAIL, True)


def test_somebody_who_has_a_seat_is_not_sold_another(db):
    seat = SeatFactory(workshop__capacity=5)

    with pytest.raises(SeatRefused, match="already"):
        reserve(seat.workshop, seat.learner)

    assert confirm(seat.workshop, seat.learner) is False


@pytest.mark.parametrize("fields", [{"state": Workshop.State.DRAFT}, {"state": Workshop.State.CANCELLED}, {"starts_at": PAST}])
def test_no_place_is_held_where_none_can_be_had(db, fields):
    workshop = WorkshopFactory(**fields)

    with pytest.raises(SeatRefused):
        reserve(workshop, UserFactory())

    assert not Seat.objects.exists()


def test_a_workshop_that_is_gone_is_refused_before_and_after_paying(db):
    kind = subjects.kind_of("workshop:0")

    with pytest.raises(SeatRefused):
        kind.reserve(user=UserFactory(), subject="workshop:0", reference="order:1", until=in_minutes(40))
    assert kind.confirm(user=UserFactory(), subject="workshop:0", reference="order:1") is False


def test_a_paid_seat_given_back_can_be_taken_again_by_the_same_payment(sold):
    learner = UserFactory()
    reserve(sold, learner)
    confirm(sold, learner)
    grant_access(user=learner, subject=sold.subject, source="order")

    services.cancel_seat(workshop=sold, learner=learner, by=learner)
    told = MailMessage.objects.filter(to_address=settings.SCHOOL_EMAIL).count()
    services.register_learner(workshop=sold, learner=learner)

    assert (told, states(sold)) == (1, [("cancelled", "order:1"), ("confirmed", "order:1")])


def test_a_held_seat_is_let_go_by_its_order_and_not_by_hand(sold):
    learner = UserFactory()
    reserve(sold, learner)

    with pytest.raises(SeatRefused, match="Cancel the order"):
        services.cancel_seat(workshop=sold, learner=learner, by=learner)

    assert states(sold) == [("held", "order:1")]


def test_a_seat_given_by_hand_while_an_order_is_open_is_not_the_orders(sold):
    learner, staff = UserFactory(), user_with_role(Role.STAFF)
    reserve(sold, learner)
    grant_access(user=learner, subject=sold.subject, source="staff", reason="A guest", granted_by=staff)

    services.change_seat(workshop=sold, learner=learner, to="confirmed", by=staff)
    line_released.send(sender=None, user=learner, subject=sold.subject, reference="order:1")

    assert (states(sold), confirm(sold, learner)) == ([("confirmed", "")], False)


def test_the_capacity_cannot_fall_below_seats_that_are_held(db):
    workshop = workshop_with_blocks(capacity=3)
    for n in range(2):
        reserve(workshop, UserFactory(), f"order:{n}")
    workshop.capacity = 1

    with pytest.raises(services.publishing.ScheduleRefused, match=r"2 seats \(in the room\) are taken"):
        services.save_workshop(workshop=workshop, blocks=[services.BlockInput(workshop.starts_at, workshop.ends_at)], by=workshop.instructor)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "held", "reference": "order:1"},
        {"state": "held", "hold_until": datetime(2027, 1, 1, tzinfo=UTC)},
        {"state": "confirmed", "reference": "order:1", "hold_until": datetime(2027, 1, 1, tzinfo=UTC)},
    ],
)
def test_the_database_refuses_half_a_hold(db, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatFactory(**fields)


def test_the_database_refuses_two_active_seats_of_one_person(db):
    seat = SeatFactory(state="held", reference="order:1", hold_until=in_minutes(5))

    for reference in ("order:1", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            SeatFactory(workshop=seat.workshop, learner=seat.learner, reference=reference)

    assert SeatFactory(workshop=seat.workshop, state="held", reference="order:1", hold_until=in_minutes(5)).pk  # somebody else of the same order


def test_sixty_buyers_at_once_hold_exactly_five_seats_and_half_of_them_pay(seats_seen):
    """Seen to hold more than 5 with the row lock taken out of change_seat."""
    workshop, people = WorkshopFactory(capacity=5, is_free=False), [UserFactory() for _ in range(60)]

    def buy(n):
        reserve(workshop, people[n], f"order:{n}")
        return "paid" if n % 2 and confirm(workshop, people[n], f"order:{n}") else "held"

    came = outcomes(*[partial(buy, n) for n in range(60)], refused=(WorkshopFull, SeatsBusy))

    assert came.count("held") + came.count("paid") == 5
    assert (workshop.seats.taken().count(), workshop.seats.confirmed().count(), max(seats_seen())) == (5, came.count("paid"), 5)


def test_one_place_that_lapses_while_it_is_paid_goes_to_one_of_the_two(seats_seen):
    for n in range(6):
        workshop, late, quick = WorkshopFactory(capacity=1, is_free=False), UserFactory(), UserFactory()
        reserve(workshop, late, f"late:{n}")
        lapse(Seat.objects.get(workshop=workshop))

        acts = [partial(confirm, workshop, late, f"late:{n}"), partial(reserve, workshop, quick, f"quick:{n}")]
        paid, reserved = outcomes(*acts, refused=WorkshopFull)

        assert (paid, type(reserved)) in [(True, WorkshopFull), (False, type(None))]
    assert max(seats_seen()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_workshop_that_stays_locked_answers_busy_and_decides_nothing(monkeypatch):
    workshop, learner = WorkshopFactory(is_free=False), UserFactory()
    reserve(workshop, learner)
    monkeypatch.setattr(services.locking, "LOCK_TIMEOUT", "50ms")
    locked, done = threading.Event(), threading.Event()

    def hold_the_lock():
        with transaction.atomic():
            Workshop.objects.select_for_update().get()
            locked.set()
            done.wait(60)
        connection.close()

    thread = threading.Thread(target=hold_the_lock)
    thread.start()
    locked.wait(60)
    try:
        with pytest.raises(SeatsBusy):
            confirm(workshop, learner)
    finally:
        done.set()
        thread.join()

    assert confirm(workshop, learner) is True


def test_other_database_errors_are_not_called_busy(sold, monkeypatch):
    monkeypatch.setattr(services.locking, "LOCK_TIMEOUT", "nonsense")

    with pytest.raises(DatabaseError), transaction.atomic():
        reserve(sold, UserFactory())
