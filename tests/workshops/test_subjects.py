"""Workshops as payments knows them, and what refunds and disputes mean for attendance."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from credits.models import CompletionFlag
from payments.services import grant_access, resume_access, suspend_access
from payments.signals import dispute_changed, line_refunded
from payments.subjects import Place, Progress
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.workshops import PAST, SeatFactory, WorkshopFactory, workshop_with_blocks
from workshops.models import Workshop
from workshops.roster.services import complete_seat, mark_block
from workshops.subjects import WorkshopKind

KIND = WorkshopKind()


def attended(*, is_decided=True, **fields):
    """A paid seat in a workshop that is over, with everything attended."""
    staff = user_with_role(Role.STAFF)
    seat = SeatFactory(workshop=workshop_with_blocks(starts_at=PAST, is_free=False), learner=LegalNameFactory().user, **({"reference": "order:1"} | fields))
    for block in seat.workshop.blocks.filter(kind="instruction"):
        mark_block(seat=seat, block=block, present=True, by=staff)
    if is_decided:
        complete_seat(seat=seat, by=staff)
    return seat


def dispute(seat, **news):
    values = {"is_open": False, "is_lost": False, "reason": "dp_1", "since": None, "until": None} | news
    dispute_changed.send(sender=None, user=seat.learner, subject=seat.workshop.subject, **values)


def test_a_workshop_says_where_it_is(db):
    workshop = WorkshopFactory()

    assert KIND.url(workshop.subject) == workshop.get_absolute_url()
    assert KIND.place(workshop.subject) == Place("1 Palafox Street", "Pensacola", "FL", "32501", "US")
    assert (KIND.url("workshop:0"), KIND.place("workshop:0"), KIND.notice(UserFactory(), "workshop:0")) == ("", None, "")


def test_the_notice_says_what_a_buyer_should_know_first(db, rf):
    workshop, seat = WorkshopFactory(capacity=1), SeatFactory()
    buyer = UserFactory()

    assert KIND.notice(buyer, workshop.subject) == ""
    assert "a seat in this workshop already" in KIND.notice(seat.learner, seat.workshop.subject)
    assert f"a seat in “{seat.workshop}” already" in KIND.notice(seat.learner, workshop.subject)
    held = SeatFactory(workshop=workshop, state="held", reference="order:1", hold_until=timezone.now() + timedelta(minutes=5))
    assert "taken or held" in KIND.notice(buyer, workshop.subject)
    assert KIND.notice(held.learner, workshop.subject) == ""
    Workshop.objects.update(starts_at=PAST)
    assert "has begun" in KIND.notice(buyer, workshop.subject)
    Workshop.objects.update(state=Workshop.State.CANCELLED)
    assert "closed" in KIND.notice(buyer, workshop.subject)


def test_a_seat_is_started_once_the_workshop_has_begun(db):
    coming, over = SeatFactory(), attended(is_decided=False)

    assert [KIND.is_started(seat.learner, seat.workshop.subject) for seat in (coming, over)] == [False, True]
    assert KIND.is_started(UserFactory(), coming.workshop.subject) is False


def test_the_consequences_of_a_refund_name_seat_credit_and_certificate(db):
    coming, over = SeatFactory(), attended()

    assert [(item.kind, item.is_serious) for item in KIND.consequences(coming.learner, coming.workshop.subject)] == [("seat", False)]
    serious = {item.kind for item in KIND.consequences(over.learner, over.workshop.subject) if item.is_serious}
    assert {"seat", "credit"} <= serious
    assert KIND.consequences(UserFactory(), coming.workshop.subject) == []


@pytest.mark.parametrize("count", [1, 3])
def test_progress_costs_the_same_for_any_number_of_people(db, django_assert_num_queries, count):
    workshop = WorkshopFactory()
    people = [SeatFactory(workshop=workshop).learner_id for _ in range(count)]

    with django_assert_num_queries(1):
        found = KIND.progress(people, workshop.subject)

    assert found == dict.fromkeys(people, Progress("Has a seat"))


def test_progress_names_the_day_of_attendance(db):
    seat = attended()

    assert KIND.progress([seat.learner_id], seat.workshop.subject) == {seat.learner_id: Progress("Attended on March 7, 2026", completed_on=PAST.date())}


def test_a_dispute_flags_paid_attendance_until_it_is_won(db):
    seat = attended()
    dispute(seat, is_open=True)
    dispute(seat, is_open=True)
    assert CompletionFlag.objects.standing().get().suspends

    dispute(seat)

    assert not CompletionFlag.objects.standing().exists()


def test_a_dispute_flags_nothing_of_seats_that_nobody_paid(db):
    seat = attended(reference="")

    dispute(seat, is_open=True)

    assert not CompletionFlag.objects.exists()


def test_attendance_that_is_decided_while_the_payment_is_disputed_is_flagged_at_once(db):
    seat = attended(is_decided=False)
    grant = grant_access(user=seat.learner, subject=seat.workshop.subject, source="order")
    suspend_access(grant=grant, reason="dp_1")

    complete_seat(seat=seat, by=user_with_role(Role.STAFF))

    assert CompletionFlag.objects.standing().get().dossier.key == seat.key
    resume_access(grant=grant, reason="won")
    dispute(seat)
    assert not CompletionFlag.objects.standing().exists()


def test_a_full_refund_tells_the_officer_and_suspends_nothing(db):
    seat = attended()

    line_refunded.send(sender=None, user=seat.learner, subject=seat.workshop.subject, reference="order:1", closes_access=True, is_full=True)

    assert not CompletionFlag.objects.standing().get().suspends
    seat.refresh_from_db()
    assert seat.state == "confirmed"
