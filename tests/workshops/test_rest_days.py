"""The day of a rest after a deposit follows the workshop to another date, and everybody who pays reads so."""

from datetime import datetime, time, timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format

from core import clock
from core.models import AuditEntry
from notifications.models import MailMessage
from payments.models import Balance
from payments.services import cancel_order, extend_balance, lock_rests, moved_days, start_order, tend_balances, waive_balance
from payments.services.balances import BalanceRefused
from tests.factories.accounts import UserFactory, user_with_role
from tests.fixtures.at_once import at_once, begin
from tests.workshops.money import pay
from tests.workshops.schedule.test_desk import of
from tests.workshops.test_deposits import begin as by_deposit
from tests.workshops.test_deposits import for_deposit
from workshops.errors import SeatsBusy
from workshops.models import Block, Seat, Workshop
from workshops.moving.services import start_move
from workshops.schedule.venues import save_venue
from workshops.services import BlockInput, save_workshop

LEAD = timedelta(days=14)


@pytest.fixture
def staff(db):
    return user_with_role("staff")


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com", display_name="Ada")


@pytest.fixture
def sold(staff):
    return with_block(for_deposit(staff, instructor=user_with_role("instructor")))


def with_block(sold):
    workshop, price = sold
    Block.objects.create(workshop=workshop, starts_at=workshop.starts_at, ends_at=workshop.ends_at)
    return workshop, price


def move_to(workshop, day, by, *, hour=9):
    """Save `workshop` with its one block on `day`."""
    workshop = Workshop.objects.get(pk=workshop.pk)
    start = datetime.combine(day, time(hour), workshop.zone)
    return save_workshop(workshop=workshop, blocks=[BlockInput(start, start + timedelta(hours=7))], by=by)


def begins(workshop):
    return clock.civil_date(workshop.starts_at, workshop.venue.time_zone)


def letters(template="workshops/mail/workshop_moved"):
    return dict(MailMessage.objects.filter(template=template).values_list("to_address", "body_text"))


def short(day):
    return date_format(day, "N j, Y")


# Which day


@pytest.mark.parametrize("days", [-20, 20])
def test_the_rest_stays_due_so_many_days_before_it_begins(stripe_api, sold, ada, staff, days):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    will = begins(workshop) + timedelta(days=days)

    move_to(workshop, will, staff)

    balance.refresh_from_db()
    assert balance.due_on == will - LEAD


@pytest.mark.parametrize(("ahead", "due"), [(15, 7), (9, 7), (8, 7), (7, 6), (2, 1), (1, 0)])
def test_nobody_has_to_pay_sooner_than_a_week_from_the_change_nor_after_it_begins(stripe_api, sold, ada, staff, ahead, due):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    now = clock.now()
    day = clock.civil_date(now, workshop.venue.time_zone)

    with patch.object(clock, "now", lambda: now):
        move_to(workshop, day + timedelta(days=ahead), staff)

    balance.refresh_from_db()
    assert balance.due_on == day + timedelta(days=due)


def test_a_day_that_staff_set_keeps_its_distance(stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    was = begins(workshop)
    extend_balance(balance=balance, by=staff, until=was - timedelta(days=4), reason="Paid at the end of the month.")

    move_to(workshop, was + timedelta(days=10), staff)

    balance.refresh_from_db()
    assert balance.due_on == was + timedelta(days=6)


def test_a_day_that_was_left_behind_by_an_earlier_change_is_set_as_agreed(stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    Balance.objects.update(due_on=begins(workshop) + timedelta(days=3))

    move_to(workshop, begins(workshop) + timedelta(days=10), staff)

    balance.refresh_from_db()
    assert balance.due_on == begins(workshop) + timedelta(days=10) - LEAD


def test_another_hour_of_the_day_changes_no_day_and_says_nothing_of_it(stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)

    move_to(workshop, begins(workshop), staff, hour=11)

    assert Balance.objects.get().due_on == balance.due_on
    assert "The rest after the deposit" not in letters()["ada@example.com"]


def test_what_is_paid_or_let_off_keeps_its_day(stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    waive_balance(balance=balance, by=staff, reason="A hard year.")

    move_to(workshop, begins(workshop) + timedelta(days=20), staff)

    assert Balance.objects.get().due_on == balance.due_on


def test_a_rest_that_was_late_is_written_of_anew_and_its_seat_kept(stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    later = datetime.combine(balance.due_on + timedelta(days=2), time(12), workshop.zone)
    with patch.object(clock, "now", lambda: later):
        tend_balances()
        moved = move_to(workshop, begins(workshop) + timedelta(days=30), staff)
    balance.refresh_from_db()
    assert (balance.warned_at, balance.due_on) == (None, begins(moved) - LEAD)

    with patch.object(clock, "now", lambda: later + timedelta(days=5)):
        tend_balances()

    assert (Seat.objects.get().state, Balance.objects.get().state) == ("confirmed", "due")


def test_an_order_that_is_not_paid_yet_has_its_rest_moved_too(stripe_api, sold, ada, staff):
    workshop, price = sold
    start_order(user=ada, price=price, with_deposit=True)

    move_to(workshop, begins(workshop) + timedelta(days=20), staff)

    assert Balance.objects.get().due_on == begins(workshop) + timedelta(days=20) - LEAD
    assert "The rest after the deposit, $130.00, goes along:" in letters()["ada@example.com"]


def test_the_rest_of_an_order_that_is_over_follows_unsaid(stripe_api, sold, ada, staff):
    """A late payment brings it along."""
    workshop, price = sold
    cancel_order(order=start_order(user=ada, price=price, with_deposit=True), by=ada)

    move_to(workshop, begins(workshop) + timedelta(days=20), staff)

    assert Balance.objects.get().due_on == begins(workshop) + timedelta(days=20) - LEAD
    assert "The rest after" not in "".join(letters().values())


def test_days_count_by_the_calendar_of_the_other_venue(stripe_api, sold, ada, staff):
    workshop, _price = sold
    by_deposit(stripe_api.control, *sold, ada)
    venue = workshop.venue
    venue.time_zone = "America/New_York"

    save_venue(venue=venue, by=staff)

    balance = Balance.objects.get()
    assert (balance.time_zone, balance.due_on) == ("America/New_York", begins(workshop) - LEAD)


# Who reads it, and what is kept


def test_holder_and_payer_are_told_once_each(client, stripe_api, sold, ada, staff):
    workshop, price = sold
    ben = UserFactory(email="ben@example.com", display_name="Ben Guest")
    _seat, balance = by_deposit(stripe_api.control, workshop, price, ada, people=[ben])
    before, after = balance.due_on, begins(workshop) + timedelta(days=20) - LEAD

    move_to(workshop, begins(workshop) + timedelta(days=20), staff)

    told = letters()
    assert sorted(told) == ["ada@example.com", "ben@example.com"]
    days = f"  until now: due by {short(before)}\n  from now on: due by {short(after)}\n"
    assert f"The rest after the deposit for the seat of ben@example.com, $130.00, goes along:\n{days}" in told["ada@example.com"]
    assert f"The rest after the deposit, $130.00, goes along:\n{days}" in told["ben@example.com"]
    assert ("in which you paid the deposit for somebody’s seat" in told["ada@example.com"], "Ben Guest" in told["ada@example.com"]) == (True, False)
    assert "everything that was paid goes back to you" in told["ada@example.com"]
    assert not MailMessage.objects.get(to_address="ada@example.com", template="workshops/mail/workshop_moved").attachments.exists()
    for person in (ada, ben):
        client.force_login(person)
        assert client.get(balance.get_absolute_url()).status_code == 200
        assert balance.get_absolute_url() in told[person.email]


def test_who_has_a_seat_and_paid_for_another_reads_all_in_one_letter(stripe_api, sold, ada, staff):
    workshop, price = sold
    ben = UserFactory(email="ben@example.com")
    pay(stripe_api.control, start_order(user=ada, price=price, with_deposit=True, people=[ada, ben]))

    move_to(workshop, begins(workshop) + timedelta(days=20), staff)

    assert MailMessage.objects.filter(template="workshops/mail/workshop_moved", recipient=ada).count() == 1
    assert letters()["ada@example.com"].count("goes along:") == 2
    assert letters()["ben@example.com"].count("goes along:") == 1


def test_what_was_agreed_stays_and_the_change_is_on_record(client, stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)

    move_to(workshop, begins(workshop) + timedelta(days=20), staff)

    after = Balance.objects.get()
    assert (after.terms, after.amount_cents, after.balance_days) == (balance.terms, balance.amount_cents, balance.balance_days)
    entry = AuditEntry.objects.get(action="payments.move_balance_day")
    assert (entry.actor, entry.details["before"], entry.details["after"]) == (staff, balance.due_on.isoformat(), after.due_on.isoformat())
    client.force_login(ada)
    page = client.get(after.get_absolute_url()).content.decode()
    assert (f"still to pay by {short(after.due_on)}" in page, "the day above counts" in page) == (True, True)


def test_staff_see_the_new_day_before_they_save(client, stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    client.force_login(staff)

    page = client.post(reverse("workshops_desk:workshop_edit", args=[workshop.pk]), of(workshop, hours=24 * 20, is_free="", capacity="2"))

    after = begins(workshop) + timedelta(days=20) - LEAD
    assert f"Ada: $130.00, due by {short(balance.due_on)} until now, by {short(after)} from now on" in page.content.decode()
    assert (Balance.objects.get().due_on, MailMessage.objects.filter(template="workshops/mail/workshop_moved").count()) == (balance.due_on, 0)


def test_a_day_that_became_another_since_is_shown_again(client, stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    client.force_login(staff)
    address, form = reverse("workshops_desk:workshop_edit", args=[workshop.pk]), of(workshop, hours=24 * 20, is_free="", capacity="2")
    token = client.post(address, form).context["change"].token
    extend_balance(balance=balance, by=staff, until=balance.due_on + timedelta(days=2), reason="Asked.")

    response = client.post(address, form | {"confirm": token})

    assert (response.status_code, Workshop.objects.get().starts_at) == (200, workshop.starts_at)


def test_programs_see_the_new_day_before_they_save(client, stripe_api, sold, ada, staff):
    workshop, _price = sold
    _seat, balance = by_deposit(stripe_api.control, *sold, ada)
    client.force_login(staff)
    start = workshop.starts_at + timedelta(days=20)
    blocks = [{"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=7)).isoformat()}]

    answers = [
        client.post(reverse("workshops_api:workshop-schedule", args=[workshop.slug]), {"blocks": blocks}, content_type="application/json"),
        client.patch(reverse("workshops_api:workshop-plan", args=[workshop.slug]), {"blocks": blocks}, content_type="application/json"),
    ]

    after = begins(workshop) + timedelta(days=20) - LEAD
    expected = {"balance": balance.pk, "person": "Ada", "amount": "$130.00", "before": balance.due_on.isoformat(), "after": after.isoformat()}
    assert [(answer.status_code, answer.json()["rests"]) for answer in answers] == [(409, [expected])] * 2


def test_what_becomes_of_the_days_is_one_query(stripe_api, staff, django_assert_num_queries):
    workshop, price = with_block(for_deposit(staff, capacity=5))
    day = begins(workshop)
    for count in (1, 3):
        for _person in range(count):
            by_deposit(stripe_api.control, workshop, price, UserFactory())
        with django_assert_num_queries(1):
            found = moved_days(subject=workshop.subject, before=day, after=day + timedelta(days=40), zone="America/Chicago")
            assert [one.amount for one in found if one.is_told and one.line.person] == ["$130.00"] * len(found)


# At once


@pytest.mark.django_db(transaction=True)
def test_while_a_rest_is_decided_the_change_waits_and_then_sees_it(stripe_api):
    """Somebody lets the rest off, holding order and rest; the change comes after."""
    staff, ada = user_with_role("staff"), UserFactory(email="ada@example.com")
    workshop, price = with_block(for_deposit(staff))
    _seat, balance = by_deposit(stripe_api.control, workshop, price, ada)

    with transaction.atomic():
        lock_rests(subjects=[workshop.subject], waits=True)
        end = begin(lambda: move_to(workshop, begins(workshop) + timedelta(days=20), staff))
        Balance.objects.update(state=Balance.State.WAIVED, decided_at=clock.now())
    end()

    assert Balance.objects.get().due_on == balance.due_on
    assert "goes along" not in letters()["ada@example.com"]


@pytest.mark.django_db(transaction=True)
def test_a_rest_that_somebody_has_is_not_waited_for_under_the_lock_of_the_workshop(stripe_api):
    """Who has it waits for the workshop: waiting for them would be for ever."""
    staff, ada = user_with_role("staff"), UserFactory()
    workshop, price = with_block(for_deposit(staff))
    by_deposit(stripe_api.control, workshop, price, ada)

    def ask():
        with transaction.atomic(), pytest.raises(BalanceRefused) as refused:
            lock_rests(subjects=[workshop.subject], waits=False)
        return refused.value.code

    with transaction.atomic():
        lock_rests(subjects=[workshop.subject], waits=True)
        assert begin(ask)() == "being_paid"


@pytest.mark.django_db(transaction=True)
def test_a_change_of_date_and_a_seat_that_moves_away_take_turns(stripe_api):
    """Both lock order, rest and workshop in one sequence: neither waits for the other for ever, and the rest has the day of where its seat is."""
    staff, ada = user_with_role("staff"), UserFactory(email="ada@example.com")
    workshop, price = with_block(for_deposit(staff))
    other, _price = with_block(for_deposit(staff, days=90, activity=workshop.activity))
    seat, _balance = by_deposit(stripe_api.control, workshop, price, ada)
    was = begins(workshop)

    def move_away():
        while True:
            try:
                return start_move(seat=seat, to=other, by=staff)
            except SeatsBusy:  # the machine was slow: as a person does, try again
                continue

    at_once(move_away, lambda: move_to(workshop, was + timedelta(days=5), staff))

    assert Balance.objects.get().due_on == begins(other) - LEAD
    assert Seat.objects.confirmed().get().workshop == other
