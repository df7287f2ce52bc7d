"""The waiting list: whose turn it is, offers that hold the seat, and nobody who passes the list by."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from core.models import Job
from notifications.models import MailMessage
from payments.services import grant_access
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, WorkshopFactory
from workshops import services
from workshops.cancelling.services import call_off
from workshops.errors import SeatRefused, WorkshopFull
from workshops.models import Seat, WaitingEntry, Workshop
from workshops.waiting.selectors import position_of
from workshops.waiting.services import ListRefused, accept_offer, join_list, leave_list, set_priority, tidy_lists
from workshops.waiting.turns import turns_of


@pytest.fixture
def full(db):
    """A free workshop of two seats, both taken."""
    workshop = WorkshopFactory(capacity=2)
    SeatFactory.create_batch(2, workshop=workshop)
    return workshop


def wait(workshop, **values):
    return join_list(workshop=workshop, learner=UserFactory(), **values)


def free_one(workshop):
    seat = workshop.seats.confirmed().order_by("pk").first()
    services.cancel_seat(workshop=workshop, learner=seat.learner, by=seat.learner)
    return seat.learner


def lapse_offers(workshop):
    past = timezone.now() - timedelta(seconds=1)
    workshop.seats.filter(state="held").update(hold_until=past)
    workshop.waiting.filter(state="offered").update(offer_until=past)


def states(workshop):
    return list(workshop.waiting.order_by("pk").values_list("state", "closing"))


def test_who_joins_is_at_the_end_and_is_told_once(full):
    first, second = wait(full), wait(full)

    again = join_list(workshop=full, learner=second.learner)

    assert (again.pk, [position_of(entry) for entry in (first, second)]) == (second.pk, [1, 2])
    assert [mail.body_text.count("Your position today: 2.") for mail in MailMessage.objects.filter(recipient=second.learner)] == [1]


def test_a_seat_given_back_is_held_for_who_is_next(full):
    first, _second = wait(full), wait(full)

    free_one(full)

    first.refresh_from_db()
    seat = Seat.objects.get(offer=first)
    assert states(full) == [("offered", ""), ("waiting", "")]
    assert (seat.state, seat.reference, seat.hold_until, seat.learner) == ("held", f"offer:{first.pk}", first.offer_until, first.learner)
    assert timedelta(hours=23) < first.offer_until - timezone.now() <= timedelta(hours=24)
    assert full.seats.taken().count() == 2
    assert MailMessage.objects.filter(template="workshops/waiting/mail/offer").count() == 1
    assert Job.objects.filter(kind="workshops.tidy_holds", run_after=first.offer_until).count() == 1


def test_nobody_outside_the_list_takes_a_seat_that_the_list_can_be_served_with(full):
    entry = wait(full)
    free_one(full)

    for person, by in ((UserFactory(), None), (UserFactory(), user_with_role(Role.STAFF))):
        with pytest.raises(WorkshopFull):
            services.change_seat(workshop=full, learner=person, to="confirmed", by=by or person)

    assert accept_offer(entry=entry).learner == entry.learner


def test_a_hold_that_ran_out_unseen_goes_to_the_list_before_the_stranger_who_finds_it(db):
    workshop = WorkshopFactory(capacity=1, is_free=False)
    payer, stranger = UserFactory(), UserFactory()
    for person in (payer, stranger):
        grant_access(user=person, subject=workshop.subject, source="staff", reason="Paid in cash", granted_by=user_with_role(Role.STAFF))
    services.change_seat(workshop=workshop, learner=payer, to="held", by=payer, reference="order:1", until=timezone.now() + timedelta(minutes=40))
    entry = wait(workshop)
    Seat.objects.update(hold_until=timezone.now() - timedelta(seconds=1))

    with pytest.raises(WorkshopFull):
        services.register_learner(workshop=workshop, learner=stranger)
    services.tidy_holds(workshop=workshop)

    entry.refresh_from_db()
    assert entry.has_offer


def test_an_offer_that_runs_out_goes_to_the_next_and_says_so(full):
    first, second = wait(full), wait(full)
    free_one(full)
    lapse_offers(full)

    assert [services.tidy_holds(workshop=full) for _ in range(2)] == [2, 0]

    assert states(full) == [("passed", "expired"), ("offered", "")]
    assert MailMessage.objects.get(template="workshops/waiting/mail/closed").recipient == first.learner
    with pytest.raises(SeatRefused, match="over"):
        accept_offer(entry=first)
    assert accept_offer(entry=second).state == "confirmed"


def test_taking_an_offer_twice_is_one_seat(full):
    entry = wait(full)
    free_one(full)

    assert accept_offer(entry=entry) == accept_offer(entry=entry)

    assert states(full) == [("taken", "seated")]
    assert full.seats.taken().count() == 2


def test_who_declines_lets_the_next_have_it_at_once(full):
    first, second = wait(full), wait(full)
    free_one(full)

    leave_list(entry=first)
    leave_list(entry=first)

    assert states(full) == [("left", "declined"), ("offered", "")]
    assert list(full.seats.held().values_list("learner", flat=True)) == [second.learner_id]


def test_priority_comes_first_and_needs_a_reason(full):
    staff = user_with_role(Role.STAFF)
    first, second = wait(full), wait(full)
    with pytest.raises(ListRefused, match="Say why"):
        set_priority(entry=second, priority=1, by=staff, reason=" ")

    set_priority(entry=second, priority=1, by=staff, reason="Was cancelled by us last month")
    free_one(full)

    assert states(full) == [("waiting", ""), ("offered", "")]
    assert position_of(first) == 1


def test_a_group_is_offered_all_its_seats_or_none_and_keeps_its_place_meanwhile(db):
    workshop = WorkshopFactory(capacity=3)
    SeatFactory.create_batch(3, workshop=workshop)
    group, single = wait(workshop, party=2), wait(workshop)

    free_one(workshop)
    assert states(workshop) == [("waiting", ""), ("offered", "")]
    assert [turn.code for turn in turns_of(workshop)] == ["full"]
    free_one(workshop)
    assert [turn.code for turn in turns_of(workshop)] == ["too_few"]
    leave_list(entry=single)

    group.refresh_from_db()
    assert group.has_offer
    assert list(group.seats.held().order_by("guest").values_list("learner", "guest")) == [(group.learner_id, 0), (group.learner_id, 1)]
    assert workshop.seats.taken().count() == 3


def test_the_places_of_a_group_are_for_whom_its_leader_brings(db):
    workshop = WorkshopFactory(capacity=2)
    SeatFactory.create_batch(2, workshop=workshop)
    group = wait(workshop, party=2)
    free_one(workshop)
    free_one(workshop)
    friend = UserFactory()

    accept_offer(entry=group)
    with pytest.raises(WorkshopFull):
        services.register_learner(workshop=workshop, learner=UserFactory())
    services.change_seat(workshop=workshop, learner=friend, to="confirmed", by=group.learner)

    assert set(workshop.seats.confirmed().values_list("learner", "guest")) == {(group.learner_id, 0), (friend.pk, 0)}


def test_places_nobody_of_the_group_took_go_on_when_the_offer_ends(db):
    workshop = WorkshopFactory(capacity=2)
    SeatFactory.create_batch(2, workshop=workshop)
    group, single = wait(workshop, party=2), wait(workshop)
    free_one(workshop)
    leave_list(entry=single)
    free_one(workshop)
    group.refresh_from_db()
    accept_offer(entry=group)
    single = wait(workshop)
    lapse_offers(workshop)

    services.tidy_holds(workshop=workshop)

    single.refresh_from_db()
    assert (single.state, workshop.seats.taken().count()) == ("offered", 2)


def test_an_order_takes_the_offer_over_and_gives_it_back_when_it_is_let_go(db):
    workshop = WorkshopFactory(capacity=1, is_free=False)
    seat = SeatFactory(workshop=workshop)
    entry = wait(workshop)
    services.cancel_seat(workshop=workshop, learner=seat.learner, by=None)
    entry.refresh_from_db()

    held = services.change_seat(
        workshop=workshop, learner=entry.learner, to="held", by=entry.learner, reference="order:9", until=timezone.now() + timedelta(minutes=40)
    )
    assert (held.reference, held.hold_until) == ("order:9", entry.offer_until)
    services.change_seat(workshop=workshop, learner=entry.learner, to="cancelled", by=None, reference="order:9")
    held.refresh_from_db()
    assert (held.state, held.reference, held.hold_until) == ("held", entry.reference, entry.offer_until)

    services.change_seat(workshop=workshop, learner=entry.learner, to="confirmed", by=None, reference="order:10")
    assert states(workshop) == [("taken", "seated")]


def test_an_order_begun_in_the_last_minutes_keeps_the_seat_until_it_is_paid_or_let_go(db):
    workshop = WorkshopFactory(capacity=1, is_free=False)
    seat = SeatFactory(workshop=workshop)
    entry, following = wait(workshop), wait(workshop)
    services.cancel_seat(workshop=workshop, learner=seat.learner, by=None)
    soon = timezone.now() + timedelta(minutes=40)
    services.change_seat(workshop=workshop, learner=entry.learner, to="held", by=entry.learner, reference="order:9", until=soon)
    workshop.seats.filter(reference="order:9").update(hold_until=soon)
    workshop.waiting.filter(pk=entry.pk).update(offer_until=timezone.now() - timedelta(seconds=1))

    services.tidy_holds(workshop=workshop)
    entry.refresh_from_db()
    assert entry.has_offer
    with pytest.raises(ListRefused, match="paying"):
        leave_list(entry=entry)
    services.change_seat(workshop=workshop, learner=entry.learner, to="cancelled", by=None, reference="order:9")

    assert states(workshop) == [("passed", "expired"), ("offered", "")]
    assert workshop.seats.held().get().learner == following.learner


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": Workshop.State.CANCELLED}, "not_open"),
        ({"capacity": 5}, "not_full"),
        ({"starts_at": timezone.now() + timedelta(minutes=90)}, "too_late"),
    ],
)
def test_nobody_joins_a_list_that_leads_nowhere(full, change, code):
    Workshop.objects.update(**change)

    with pytest.raises(ListRefused) as refusal:
        wait(full)

    assert refusal.value.code == code
    assert not WaitingEntry.objects.exists()


def test_who_has_a_seat_or_asks_for_too_many_does_not_wait(full):
    with pytest.raises(ListRefused, match="already"):
        join_list(workshop=full, learner=full.seats.first().learner)
    for party in (0, 3):
        with pytest.raises(ListRefused) as refusal:
            wait(full, party=party)
        assert refusal.value.code == "party_too_large"


def test_the_list_of_each_place_is_its_own(db):
    workshop = WorkshopFactory(capacity=1, format="hybrid", remote_capacity=1)
    SeatFactory(workshop=workshop)
    SeatFactory(workshop=workshop, place="remote")
    room, remote = wait(workshop), wait(workshop, place="remote")

    services.cancel_seat(workshop=workshop, learner=workshop.seats.get(place="remote", state="confirmed").learner, by=None)

    room.refresh_from_db(), remote.refresh_from_db()
    assert (room.state, remote.state, position_of(room)) == ("waiting", "offered", 1)
    assert remote.seats.get().place == "remote"


def test_each_place_of_a_hybrid_workshop_has_its_own_capacity(db):
    workshop = WorkshopFactory(capacity=1, format="hybrid", remote_capacity=1)
    services.register_learner(workshop=workshop, learner=UserFactory())

    with pytest.raises(WorkshopFull):
        services.register_learner(workshop=workshop, learner=UserFactory())
    services.register_learner(workshop=workshop, learner=UserFactory(), place="remote")

    counted = Workshop.objects.with_seats_taken().get()
    assert (counted.seats_taken, counted.free_in("room"), counted.free_in("remote"), counted.seats_free) == (2, 0, 0, 0)


@pytest.mark.parametrize(("format", "place"), [("in_person", "room"), ("online", "remote")])
def test_a_workshop_of_one_place_asks_nobody_where(db, format, place):
    workshop = WorkshopFactory(capacity=1, format=format)

    seat = services.register_learner(workshop=workshop, learner=UserFactory(), place="room")

    assert (seat.place, Workshop.objects.with_seats_taken().get().seats_free) == (place, 0)


def test_calling_a_workshop_off_closes_its_list_and_tells_everybody(full):
    waiting, offered = wait(full), wait(full)
    free_one(full)

    call_off(workshop=full, by=user_with_role(Role.STAFF), reason="Flood")

    assert states(full) == [("passed", "called_off"), ("passed", "called_off")]
    assert not full.seats.held().exists()
    assert MailMessage.objects.filter(template="workshops/waiting/mail/closed", recipient__in=[waiting.learner, offered.learner]).count() == 2


def test_the_periodic_look_offers_what_a_lost_job_left_and_closes_the_lists_of_workshops_that_began(full):
    entry = wait(full)
    Seat.objects.filter(pk=full.seats.first().pk).update(state="cancelled")
    begun = WorkshopFactory(capacity=1)
    SeatFactory(workshop=begun)
    late = wait(begun)
    Workshop.objects.filter(pk=begun.pk).update(starts_at=timezone.now() - timedelta(hours=1))

    assert tidy_lists() == 2

    entry.refresh_from_db(), late.refresh_from_db()
    assert (entry.state, late.state, late.closing) == ("offered", "passed", "begun")
