"""“I can't come”: the exact sum by the policy, and a seat that the waiting list takes over. Money through the stand-in for Stripe."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from accounts.models import Role
from core.errors import DomainError
from core.models import Job
from notifications.models import MailMessage
from payments.models import Payment, Refund
from payments.selectors import has_access
from payments.services import open_checkout, project_session, start_order
from payments.services.refunds import send_refund
from payments.services.settling import LineFacts, PaymentFacts, settle_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import PriceFactory
from tests.factories.workshops import PolicyFactory, SeatFactory, WorkshopFactory
from workshops.errors import SeatRefused
from workshops.leaving.quotes import percent_at, quote_leaving, share_of
from workshops.leaving.services import LeavingRefused, leave_seat, offer_seat, refund_resold_seat, withdraw_offer
from workshops.leaving.terms import policy_words, words_for
from workshops.models import Seat, WaitingEntry, Workshop
from workshops.services import cancel_seat, tidy_holds
from workshops.services.capacity import set_capacity
from workshops.waiting.services import join_list, leave_list

CENTS = 19000
TIERS = [{"days": 14, "percent": 100}, {"days": 7, "percent": 50}]


@pytest.fixture
def sold_out(db, stripe_api):
    """A workshop of one seat for $190, its price, and whoever has the seat."""
    PolicyFactory()
    workshop = WorkshopFactory(capacity=1, is_free=False)
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)
    buy(stripe_api.control, UserFactory(), price)
    return workshop, price, workshop.seats.get()


def buy(control, user, price):
    order = start_order(user=user, price=price)
    session = open_checkout(order=order).stripe_session_id
    control.pay(session)
    project_session(session_id=session)
    return order


def begin_in(workshop, **delta):
    starts_at = timezone.now() + timedelta(**delta)
    Workshop.objects.filter(pk=workshop.pk).update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=7))


def quoted(seat):
    return quote_leaving(Seat.objects.select_related("workshop__venue", "learner").get(pk=seat.pk))


def run_refunds(control):
    """Do the jobs of resold seats, ask Stripe for what is to go back, and say how much went back of each charge there."""
    for job in Job.objects.filter(kind="workshops.refund_resold_seat"):
        for _ in range(2):  # a job may run twice
            refund_resold_seat(seat=Seat.objects.select_related("workshop__venue", "learner").get(pk=job.args["seat"]))
    for refund in Refund.objects.all():
        send_refund(refund=refund)
    return [charge["amount_refunded"] for charge in control.objects("charge")]


@pytest.mark.parametrize(
    ("days", "percent"),
    [
        (timedelta(days=14), 100),
        (timedelta(days=14) - timedelta(seconds=1), 50),
        (timedelta(days=7), 50),
        (timedelta(days=7) - timedelta(seconds=1), 0),
        (timedelta(0), 0),
    ],
)
def test_a_tier_holds_to_its_last_second(days, percent):
    starts_at = datetime(2027, 3, 7, 9, 0, tzinfo=UTC)

    assert percent_at(TIERS, starts_at=starts_at, now=starts_at - days) == percent


def test_days_before_are_counted_by_the_venues_clock_over_a_change_of_time():
    from zoneinfo import ZoneInfo

    starts_at = datetime(2027, 3, 15, 9, 0, tzinfo=ZoneInfo("America/Chicago"))  # the clocks change on the 14th
    nine_before = datetime(2027, 3, 8, 9, 0, tzinfo=ZoneInfo("America/Chicago"))

    assert [percent_at(TIERS, starts_at=starts_at, now=now) for now in (nine_before, nine_before + timedelta(seconds=1))] == [50, 0]


@given(st.integers(0, 10**8), st.integers(0, 100), st.integers(0, 10**6))
def test_what_goes_back_is_never_more_than_was_paid_nor_less_than_nothing(paid, percent, fee):
    share = share_of(paid, percent=percent, fee_cents=fee)

    assert 0 <= share <= paid
    assert share <= share_of(paid, percent=100, fee_cents=fee)
    assert share == 0 or abs(share - (paid * percent / 100 - fee)) <= 0.5


def test_the_words_are_made_from_the_tiers():
    terms = {"tiers": TIERS, "fee_cents": 1000}

    assert policy_words(terms, currency="usd") == [
        "Until 14 days before it begins everything goes back.",
        "Until 7 days before it begins 50 percent goes back.",
        "After that nothing goes back.",
        "A fee of $10.00 is kept.",
        "Or offer your seat to the waiting list: when somebody takes it, everything but the fee goes back.",
    ]


def test_a_workshop_has_its_own_policy_before_the_schools_and_a_free_one_none(db):
    PolicyFactory()
    own = PolicyFactory(is_default=False, tiers=[], fee_cents=0)

    assert words_for(WorkshopFactory(is_free=False, policy=own))[0] == "Nothing goes back once you have a seat."
    assert words_for(WorkshopFactory(is_free=False))[0].startswith("Until ")
    assert words_for(WorkshopFactory(is_free=True)) == []


@pytest.mark.parametrize(("delta", "sum"), [({"days": 20}, 18000), ({"days": 10}, 8500), ({"days": 3}, 0)])
def test_leaving_refunds_to_the_cent_what_the_page_said(sold_out, stripe_api, delta, sum):
    workshop, _, seat = sold_out
    begin_in(workshop, **delta)
    quote = quoted(seat)

    for _ in range(2 if sum else 1):
        leave_seat(seat=seat, by=seat.learner, expected_cents=quote.refund_cents)

    assert (quote.refund_cents, run_refunds(stripe_api.control)) == (sum, [sum])
    assert workshop.seats.taken().count() == 0
    assert has_access(seat.learner, workshop.subject) is (sum == 0)
    assert not MailMessage.objects.filter(template="workshops/mail/paid_seat_given_back").exists()
    with pytest.raises(LeavingRefused) if not sum else _nothing():
        leave_seat(seat=seat, by=seat.learner)


class _nothing:
    def __enter__(self):
        return None

    def __exit__(self, *details):
        return False


def test_a_sum_that_changed_since_it_was_seen_refuses_and_changes_nothing(sold_out, stripe_api):
    workshop, _, seat = sold_out
    begin_in(workshop, days=10)

    with pytest.raises(LeavingRefused, match=r"\$85.00 now"):
        leave_seat(seat=seat, by=seat.learner, expected_cents=18000)

    assert (workshop.seats.confirmed().count(), run_refunds(stripe_api.control)) == (1, [0])


def test_the_seat_keeps_the_policy_it_was_taken_under(sold_out):
    _workshop, _, seat = sold_out
    PolicyFactory._meta.model.objects.update(tiers=[], fee_cents=5000)

    assert quoted(seat).refund_cents == 18000


def test_everything_goes_back_after_the_terms_changed(sold_out, stripe_api):
    workshop, _, seat = sold_out
    begin_in(workshop, hours=3)
    Workshop.objects.update(terms_changed_at=timezone.now())

    leave_seat(seat=seat, by=seat.learner, expected_cents=CENTS)

    assert run_refunds(stripe_api.control) == [CENTS]


def test_without_a_policy_the_school_decides_and_is_told(db, stripe_api):
    workshop = WorkshopFactory(capacity=1, is_free=False)
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)
    user = UserFactory()
    buy(stripe_api.control, user, price)

    assert quoted(workshop.seats.get()).code == "by_hand"
    leave_seat(seat=workshop.seats.get(), by=user)

    assert run_refunds(stripe_api.control) == [0]
    assert MailMessage.objects.filter(to_address=settings.SCHOOL_EMAIL, template="workshops/mail/paid_seat_given_back").count() == 1


def test_staff_may_give_back_another_sum_with_a_reason(sold_out, stripe_api):
    workshop, _, seat = sold_out
    begin_in(workshop, days=3)
    staff = user_with_role(Role.STAFF)
    with pytest.raises(LeavingRefused, match="Staff alone"):
        leave_seat(seat=seat, by=seat.learner, refund_cents=CENTS, reason="Please")
    with pytest.raises(LeavingRefused, match="Say why"):
        leave_seat(seat=seat, by=staff, refund_cents=CENTS)
    with pytest.raises(LeavingRefused, match="At most"):
        leave_seat(seat=seat, by=staff, refund_cents=CENTS + 1, reason="Ill")

    leave_seat(seat=seat, by=staff, refund_cents=CENTS, reason="Broke an arm")

    assert run_refunds(stripe_api.control) == [CENTS]


def test_nobody_leaves_a_workshop_that_has_begun_or_that_they_attended(sold_out):
    workshop, _, seat = sold_out
    begin_in(workshop, hours=-1)

    with pytest.raises(LeavingRefused, match="has begun"):
        leave_seat(seat=seat, by=seat.learner)
    with pytest.raises(LeavingRefused, match="has begun"):
        offer_seat(seat=seat, by=seat.learner)

    assert workshop.seats.confirmed().count() == 1


def test_a_free_seat_is_given_back_without_money(db):
    seat = SeatFactory()

    assert leave_seat(seat=seat, by=seat.learner) is None

    assert Seat.objects.get().state == "cancelled"


# Offered to the waiting list


@pytest.fixture
def offered(sold_out):
    """The one seat is offered three days before, when the policy gives nothing back any more."""
    workshop, price, seat = sold_out
    begin_in(workshop, days=3)
    offer_seat(seat=seat, by=seat.learner)
    return workshop, price, seat


def test_a_seat_that_is_offered_stays_its_holders_until_it_is_taken(offered, stripe_api):
    workshop, price, seat = offered
    entry = join_list(workshop=workshop, learner=UserFactory())

    assert entry.has_offer
    assert (workshop.seats.taken().count(), workshop.seats.confirmed().get().pk) == (1, seat.pk)

    buy(stripe_api.control, entry.learner, price)

    assert workshop.seats.confirmed().get().learner == entry.learner
    assert run_refunds(stripe_api.control) == [18000, 0]
    assert [has_access(person, workshop.subject) for person in (seat.learner, entry.learner)] == [False, True]
    told = MailMessage.objects.filter(template="workshops/leaving/mail/seat_resold").get()
    assert (told.recipient, [file.content_type for file in told.attachments.all()]) == (seat.learner, ["text/calendar; charset=utf-8; method=CANCEL"])
    assert run_refunds(stripe_api.control) == [18000, 0]


def test_an_offer_of_a_seat_that_nobody_pays_for_goes_to_the_next_and_the_seat_stays(offered):
    workshop, _, seat = offered
    first = join_list(workshop=workshop, learner=UserFactory())
    second = join_list(workshop=workshop, learner=UserFactory())

    leave_list(entry=first)

    second.refresh_from_db()
    assert (second.has_offer, workshop.seats.confirmed().get().pk, workshop.seats.taken().count()) == (True, seat.pk, 1)


def test_an_offered_seat_is_kept_after_all_unless_it_is_promised(offered):
    workshop, _, seat = offered
    entry = join_list(workshop=workshop, learner=UserFactory())
    with pytest.raises(LeavingRefused, match="promised"):
        withdraw_offer(seat=seat, by=seat.learner)
    leave_list(entry=entry)

    withdraw_offer(seat=seat, by=seat.learner)

    late = join_list(workshop=workshop, learner=UserFactory())
    assert (late.is_waiting, workshop.seats.confirmed().get().resale_at) == (True, None)


def test_a_free_place_goes_before_an_offered_seat(offered):
    workshop, _, _seat = offered
    entry = join_list(workshop=workshop, learner=UserFactory())
    other = join_list(workshop=workshop, learner=UserFactory())
    Workshop.objects.update(capacity=2)
    entry.refresh_from_db()

    leave_list(entry=entry)

    other.refresh_from_db()
    assert other.seats.held().get().replaces is None


def test_whoever_was_promised_the_seat_has_its_place_when_it_is_given_back(offered, stripe_api):
    workshop, price, seat = offered
    entry = join_list(workshop=workshop, learner=UserFactory())

    leave_seat(seat=seat, by=seat.learner, expected_cents=0)
    buy(stripe_api.control, entry.learner, price)

    assert workshop.seats.confirmed().get().learner == entry.learner
    assert run_refunds(stripe_api.control) == [0, 0]


def test_who_pays_for_an_offered_seat_after_it_was_used_has_the_money_back(offered, stripe_api):
    workshop, price, seat = offered
    entry = join_list(workshop=workshop, learner=UserFactory())
    order = start_order(user=entry.learner, price=price)
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    begin_in(workshop, hours=-1)

    project_session(session_id=session)

    assert workshop.seats.confirmed().get().pk == seat.pk
    assert run_refunds(stripe_api.control) == [0, CENTS]


def test_an_offer_that_brings_nothing_more_is_refused(sold_out):
    _workshop, _, seat = sold_out

    with pytest.raises(LeavingRefused, match="nothing more"):
        offer_seat(seat=seat, by=seat.learner)

    assert Seat.objects.get().resale_at is None


def test_the_offered_seat_cannot_be_left_after_somebody_took_it(offered, stripe_api):
    workshop, price, seat = offered
    entry = join_list(workshop=workshop, learner=UserFactory())
    buy(stripe_api.control, entry.learner, price)

    with pytest.raises(LeavingRefused, match="taken over"):
        leave_seat(seat=seat, by=seat.learner)

    assert Payment.objects.get(user=seat.learner).refunded_cents == 0


def test_staff_who_take_an_offered_seat_back_leave_the_promise_standing(offered):
    workshop, _, seat = offered
    entry = join_list(workshop=workshop, learner=UserFactory())

    cancel_seat(workshop=workshop, learner=seat.learner, by=user_with_role(Role.STAFF))

    held = workshop.seats.held().get()
    assert (held.learner, held.replaces, workshop.seats.taken().count()) == (entry.learner, None, 1)
    assert WaitingEntry.objects.get().has_offer
    with pytest.raises(SeatRefused):
        cancel_seat(workshop=workshop, learner=entry.learner, by=entry.learner)


# Over any course of events


@settings_of_hypothesis(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["buy", "leave", "offer", "keep", "wait", "answer", "decline", "lapse", "grow"]), st.integers(0, 5)), max_size=25))
def test_seats_and_money_agree_after_any_course_of_events(db, stripe_api, events):
    """Six people, two seats. Whoever paid has a seat, or has back what the policy says, once: never both, never neither."""
    with transaction.atomic():
        _live_through(events)
        transaction.set_rollback(True)


def _live_through(events):
    PolicyFactory()
    workshop = WorkshopFactory(capacity=2, is_free=False)
    begin_in(workshop, days=10)  # half goes back, less $10; everything but $10 when the list takes it
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)
    people = UserFactory.create_batch(6)
    for what, n in events:
        with suppress(DomainError):
            _do(what, workshop, price, people[n])
        workshop.refresh_from_db()
        assert workshop.seats.taken().count() <= workshop.capacity
        for job in Job.objects.filter(kind="workshops.refund_resold_seat"):
            refund_resold_seat(seat=Seat.objects.select_related("workshop__venue", "learner").get(pk=job.args["seat"]))
        _agree(workshop)


def _do(what, workshop, price, person):
    seat = workshop.seats.confirmed().filter(learner=person).select_related("workshop__venue", "learner").first()
    entry = workshop.waiting.open().filter(learner=person).first()
    if what in ("buy", "answer"):
        order = start_order(user=person, price=price)
        line = LineFacts(CENTS, 0, 0, CENTS)
        facts = PaymentFacts(
            session_id=f"cs_{order.pk}", currency="usd", subtotal_cents=CENTS, discount_cents=0, tax_cents=0, total_cents=CENTS, paid_at=timezone.now(),
            lines={order.lines.get().pk: line}, payment_intent=f"pi_{order.pk}", charge=f"ch_{order.pk}",
        )  # fmt: skip
        if what == "buy":
            workshop.seats.filter(learner=person, state="held", offer=None).update(hold_until=timezone.now() - timedelta(seconds=1))  # late, now and then
        settle_order(order=order, facts=facts)
    elif what == "leave" and seat:
        leave_seat(seat=seat, by=person)
    elif what == "offer" and seat:
        offer_seat(seat=seat, by=person)
    elif what == "keep" and seat:
        withdraw_offer(seat=seat, by=person)
    elif what == "wait":
        join_list(workshop=workshop, learner=person)
    elif what == "decline" and entry:
        leave_list(entry=entry, by=person)
    elif what == "lapse" and entry:
        workshop.seats.filter(offer=entry, state="held").update(hold_until=timezone.now() - timedelta(seconds=1))
        WaitingEntry.objects.filter(pk=entry.pk, state="offered").update(offer_until=timezone.now() - timedelta(seconds=1))
        tidy_holds(workshop=workshop)
    elif what == "grow":
        set_capacity(workshop=workshop, capacity=workshop.capacity + 1 if workshop.capacity < 4 else 2, by=person)


def _agree(workshop):
    for payment in Payment.objects.filter(order__price__product__items__subject=workshop.subject).select_related("order"):
        has_seat = workshop.seats.confirmed().filter(reference=payment.order.reference).exists()
        reasons = [refund.key.partition(":")[0] for refund in payment.refunds.all()]
        back = {"leave-seat": 8500, "resold-seat": 18000, "refund": CENTS}
        assert len(reasons) == (0 if has_seat else 1), (has_seat, reasons)
        assert payment.refunded_cents == (0 if has_seat else back[reasons[0]])
