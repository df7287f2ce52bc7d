"""A seat goes to another date: the old one is let go of only when the new one is theirs, and the money fits to the cent."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import AuditEntry
from notifications.models import MailMessage
from payments.models import Order, OrderLine, Refund
from payments.selectors import has_access, line_of, money_of
from payments.services import cancel_order, open_checkout, project_charge, project_dispute, project_session, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import PromotionCodeFactory
from tests.factories.workshops import PolicyFactory, SeatFactory, WorkshopFactory
from tests.fixtures.at_once import at_once
from tests.workshops.money import charges, on_sale, pay, seat_of
from workshops.booking.errors import DetailsMissing
from workshops.cancelling.services import call_off, work_off
from workshops.errors import SeatRefused
from workshops.leaving.quotes import quote_leaving
from workshops.leaving.services import leave_seat
from workshops.models import FirstBooking, Question, Seat, SeatMove, Workshop
from workshops.moving.quotes import other_dates, quote_move, quotes_for
from workshops.moving.services import start_move
from workshops.services import change_seat, register_learner
from workshops.transferring.services import accept_transfer, offer_seat


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def first(db):
    return on_sale(19000, capacity=2)


@pytest.fixture
def seat(stripe_api, first, ada):
    return seat_of(stripe_api.control, *first, ada)


def second(first, cents, **fields):
    """Another date of the same kind."""
    return on_sale(cents, activity=first[0].activity, **{"days": 60, "capacity": 2, **fields})


def states(user):
    return list(Seat.objects.filter(learner=user).order_by("pk").values_list("workshop", "state"))


def test_a_date_of_the_same_price_is_had_at_once_by_the_same_payment(stripe_api, first, seat, ada):
    to, _price = second(first, 19000)

    move = start_move(seat=seat, to=to, by=ada)

    line = OrderLine.objects.get()
    assert states(ada) == [(first[0].pk, "cancelled"), (to.pk, "confirmed")]
    assert (move.state, move.new_seat.reference, line.subject, line.grant.subject) == ("done", line.order.reference, to.subject, to.subject)
    assert (has_access(ada, to.subject), has_access(ada, first[0].subject)) == (True, False)
    assert charges(stripe_api.control) == [(19000, 0)]
    told = MailMessage.objects.filter(recipient=ada).values_list("template", flat=True)
    assert "workshops/mail/seat_moved" in told
    assert "workshops/mail/seat_cancelled" not in told
    assert AuditEntry.objects.filter(action="workshops.move_seat").count() == 1


def test_a_repeat_moves_once(stripe_api, first, seat, ada):
    to, _price = second(first, 15000)

    moves = {start_move(seat=seat, to=to, by=ada) for _time in range(2)}

    assert (len(moves), Refund.objects.count(), to.seats.confirmed().count()) == (1, 1, 1)


def test_what_a_cheaper_date_costs_less_goes_back(stripe_api, first, seat, ada):
    to, _price = second(first, 15000)

    start_move(seat=seat, to=to, by=ada, expected_cents=-4000)

    assert charges(stripe_api.control) == [(19000, 4000)]
    assert to.seats.confirmed().get().learner == ada
    assert has_access(ada, to.subject)


def test_a_dearer_date_is_had_when_the_difference_is_paid(stripe_api, first, seat, ada):
    to, _price = second(first, 25000)

    move = start_move(seat=seat, to=to, by=ada, expected_cents=6000)
    waiting = states(ada)
    pay(stripe_api.control, move.order)

    assert waiting == [(first[0].pk, "confirmed"), (to.pk, "held")]
    assert states(ada) == [(first[0].pk, "cancelled"), (to.pk, "confirmed")]
    assert charges(stripe_api.control) == [(6000, 0), (19000, 0)]
    line = line_of(seat.reference, to.subject, ada)
    assert (money_of([line])[line.pk].paid_cents, money_of([line])[line.pk].left_cents) == (25000, 25000)
    assert move.order.lines.get().outcome == "fulfilled"
    assert not has_access(ada, move.subject)


def test_a_difference_that_is_not_paid_leaves_everything_as_it_was(stripe_api, first, seat, ada):
    to, _price = second(first, 25000)
    move = start_move(seat=seat, to=to, by=ada)

    cancel_order(order=move.order, by=ada)

    move.refresh_from_db()
    assert (move.state, states(ada)) == ("dropped", [(first[0].pk, "confirmed"), (to.pk, "cancelled")])
    assert start_move(seat=seat, to=to, by=ada).order != move.order


@pytest.mark.parametrize("capacity", [1, 5])
def test_who_comes_back_before_paying_goes_on_with_the_same_order(stripe_api, first, seat, ada, capacity):
    to, _price = second(first, 25000, capacity=capacity)
    move = start_move(seat=seat, to=to, by=ada)

    again = start_move(seat=seat, to=to, by=ada, expected_cents=6000)

    assert (again, again.order, move.order.is_open) == (move, move.order, True)
    assert states(ada) == [(first[0].pk, "confirmed"), (to.pk, "held")]


def test_a_page_that_can_no_longer_be_paid_is_let_go_of_and_another_one_opened(stripe_api, first, seat, ada):
    to, _price = second(first, 25000, capacity=1)
    move = start_move(seat=seat, to=to, by=ada)
    Order.objects.filter(pk=move.order_id).update(hold_until=timezone.now() + timedelta(minutes=5))  # too little for a page

    again = start_move(seat=seat, to=to, by=ada)

    move.refresh_from_db()
    assert (move.state, again.state, Order.objects.get(pk=move.order_id).state) == ("dropped", "paying", "closed")
    pay(stripe_api.control, again.order)
    assert states(ada) == [(first[0].pk, "cancelled"), (to.pk, "cancelled"), (to.pk, "confirmed")]


def test_another_date_chosen_while_one_waits_lets_go_of_the_first(stripe_api, first, seat, ada):
    (dear, _one), (other, _two) = second(first, 25000), second(first, 19000, days=90)
    waiting = start_move(seat=seat, to=dear, by=ada)

    start_move(seat=seat, to=other, by=ada)

    waiting.refresh_from_db()
    assert (waiting.state, Order.objects.get(pk=waiting.order_id).state) == ("dropped", "closed")
    assert not dear.seats.held().exists()
    assert other.seats.confirmed().get().learner == ada


def test_the_difference_paid_when_the_date_is_full_goes_back_and_the_seat_stays(stripe_api, first, seat, ada):
    to, _price = second(first, 25000, capacity=1)
    move = start_move(seat=seat, to=to, by=ada)
    session = open_checkout(order=move.order).stripe_session_id
    stripe_api.control.pay(session)
    to.seats.update(state="cancelled")  # the hold ran out
    SeatFactory(workshop=to)

    for _time in range(2):
        project_session(session_id=session)

    move.refresh_from_db()
    assert (move.state, first[0].seats.confirmed().get().learner) == ("dropped", ada)
    assert charges(stripe_api.control) == [(6000, 6000), (19000, 0)]
    assert OrderLine.objects.get(adds_to=None).subject == first[0].subject


def test_the_difference_paid_when_the_seat_was_given_back_goes_back(stripe_api, first, seat, ada):
    to, _price = second(first, 25000)
    move = start_move(seat=seat, to=to, by=ada)
    change_seat(workshop=first[0], learner=ada, to="cancelled", by=ada)

    pay(stripe_api.control, move.order)

    assert not Seat.objects.confirmed().exists()
    assert (6000, 6000) in charges(stripe_api.control)


def test_there_and_back_again(stripe_api, first, seat, ada):
    to, _price = second(first, 15000)
    start_move(seat=seat, to=to, by=ada)

    back = start_move(seat=to.seats.confirmed().get(), to=first[0], by=ada)
    pay(stripe_api.control, back.order)

    assert first[0].seats.confirmed().get().learner == ada
    line = line_of(seat.reference, first[0].subject, ada)
    assert (line.subject, money_of([line])[line.pk].left_cents) == (first[0].subject, 19000)


def test_with_a_discount_the_same_share_of_what_was_paid_goes_back(stripe_api, first, ada):
    PromotionCodeFactory(code="HALF-OFF", percent_off=50)
    seat = seat_of(stripe_api.control, *first, ada, promotion="HALF-OFF")
    to, _price = second(first, 9500)

    start_move(seat=seat, to=to, by=ada)

    assert charges(stripe_api.control) == [(9500, 4750)]


def test_a_refund_of_a_moved_seat_takes_the_new_one_back(stripe_api, first, seat, ada):
    to, _price = second(first, 19000)
    start_move(seat=seat, to=to, by=ada)

    stripe_api.control.dashboard_refund(Order.objects.get().payments.get().stripe_charge_id)
    project_charge(charge_id=Order.objects.get().payments.get().stripe_charge_id)

    assert (Seat.objects.confirmed().count(), has_access(ada, to.subject)) == (0, False)


@pytest.mark.parametrize(("of_difference", "won"), [(True, False), (True, True), (False, False)])
def test_a_dispute_of_either_payment_suspends_and_ends_the_one_seat(stripe_api, first, seat, ada, of_difference, won):
    to, _price = second(first, 25000)
    move = start_move(seat=seat, to=to, by=ada)
    pay(stripe_api.control, move.order)
    order = move.order if of_difference else Order.objects.exclude(pk=move.order_id).get()

    dispute = stripe_api.control.open_dispute(order.payments.get().stripe_charge_id)
    project_dispute(dispute_id=dispute["id"])
    while_open = has_access(ada, to.subject)
    stripe_api.control.close_dispute(dispute["id"], won=won)
    project_dispute(dispute_id=dispute["id"])

    assert (while_open, has_access(ada, to.subject), to.seats.confirmed().exists()) == (False, won, won)


def test_a_free_seat_moves_to_a_free_date_only(db, ada):
    free, other, sold = WorkshopFactory(), WorkshopFactory(), on_sale(9000)[0]
    seat = change_seat(workshop=free, learner=ada, to="confirmed", by=ada)

    with pytest.raises(SeatRefused):
        start_move(seat=seat, to=sold, by=ada)
    start_move(seat=seat, to=other, by=ada)

    assert states(ada) == [(free.pk, "cancelled"), (other.pk, "confirmed")]


def test_staff_move_a_seat_that_was_given_and_the_school_bears_the_difference(stripe_api, first, seat, ada):
    to, _price = second(first, 25000)
    staff = user_with_role("staff")
    Workshop.objects.filter(pk=first[0].pk).update(starts_at=timezone.now() + timezone.timedelta(days=1))

    with pytest.raises(SeatRefused) as refusal:
        start_move(seat=seat, to=to, by=ada)
    move = start_move(seat=seat, to=to, by=staff, is_waived=True, reason="Ill")

    assert (refusal.value.code, move.state, move.difference_cents) == ("too_late_to_move", "done", 0)
    assert charges(stripe_api.control) == [(19000, 0)]


def test_a_date_whose_terms_changed_may_be_left_until_it_begins(stripe_api, first, seat, ada):
    to, _price = second(first, 19000)
    Workshop.objects.filter(pk=first[0].pk).update(starts_at=timezone.now() + timezone.timedelta(days=1), terms_changed_at=timezone.now())

    assert start_move(seat=seat, to=to, by=ada).state == "done"


@pytest.mark.parametrize("code", ["full", "already_seated", "same_date", "not_open", "difference_changed", "no_price", "attended", "payment_disputed"])
def test_what_cannot_be_moved_changes_nothing(stripe_api, first, seat, ada, code):
    from core.errors import DomainError
    from tests.factories.workshops import workshop_with_blocks
    from workshops.models import Attendance

    to, price = second(first, 19000, capacity=1)
    expected = None
    if code == "full":
        SeatFactory(workshop=to)
    elif code == "already_seated":
        SeatFactory(workshop=to, learner=ada)
    elif code == "same_date":
        to = first[0]
    elif code == "not_open":
        Workshop.objects.filter(pk=to.pk).update(state="draft")
    elif code == "difference_changed":
        expected = -100
    elif code == "no_price":
        price.is_active = False
        price.save()
    elif code == "attended":
        block = workshop_with_blocks().blocks.first()
        Attendance.objects.create(seat=seat, block=block, kind="in", at=timezone.now(), recorded_by=ada)
    else:
        project_dispute(dispute_id=stripe_api.control.open_dispute(Order.objects.get().payments.get().stripe_charge_id)["id"])
    before = states(ada)

    with pytest.raises(DomainError) as refusal:
        start_move(seat=seat, to=to, by=ada, expected_cents=expected)

    assert refusal.value.code == code
    assert states(ada) == before
    assert not SeatMove.objects.filter(state="done").exists()
    assert OrderLine.objects.get().subject == first[0].subject


def test_quotes_ask_the_same_number_of_questions_for_one_date_and_three(stripe_api, first, seat, django_assert_max_num_queries):
    for _date in range(3):
        second(first, 19000)
    with django_assert_max_num_queries(16):
        assert len(quotes_for(seat, list(other_dates(first[0])))) == 3


@pytest.mark.django_db(transaction=True)
def test_two_seats_that_change_places_do_not_block_each_other(stripe_api):
    one = on_sale(10000, capacity=2)
    two = on_sale(10000, days=60, capacity=2, activity=one[0].activity)
    people = [UserFactory(), UserFactory()]
    seats = [seat_of(stripe_api.control, *one, people[0]), seat_of(stripe_api.control, *two, people[1])]

    moves = at_once(*[partial(start_move, seat=seat, to=to, by=seat.learner) for seat, to in zip(seats, (two[0], one[0]), strict=True)])

    assert [move.state for move in moves] == ["done", "done"]
    assert [one[0].seats.confirmed().get().learner, two[0].seats.confirmed().get().learner] == [people[1], people[0]]


# Pages


def test_a_person_moves_their_seat_on_the_pages(client, stripe_api, first, seat, ada):
    to, _price = second(first, 15000)
    client.force_login(ada)

    listed = client.get(reverse("workshops:seat_move", args=[first[0].slug])).content.decode()
    address = reverse("workshops:seat_move_confirm", args=[first[0].slug, to.pk])
    asked = client.get(address).content.decode()
    done = client.post(address, {"difference": "-4000"})

    assert ("$40.00 goes back" in listed, "$40.00 goes back" in asked) == (True, True)
    assert (done.status_code, done["Location"]) == (302, to.get_absolute_url())
    assert client.post(address, {"difference": "-4000"})["Location"] == to.get_absolute_url()  # a double click
    assert Refund.objects.count() == 1


def test_a_dearer_date_leads_to_the_payment_page_and_back_to_the_dates(client, stripe_api, first, seat, ada):
    to, _price = second(first, 25000)
    client.force_login(ada)

    answer = client.post(reverse("workshops:seat_move_confirm", args=[first[0].slug, to.pk]), {"difference": "6000"})

    order = SeatMove.objects.get().order
    assert answer["Location"] == order.attempts.get().url
    assert "Another date" in client.get(order.get_absolute_url()).content.decode()
    cancel_order(order=order, by=ada)
    assert reverse("workshops:seat_move", args=[first[0].slug]) in client.get(order.get_absolute_url()).content.decode()


def test_the_difference_is_agreed_to_anew_when_it_changed(client, stripe_api, first, seat, ada):
    to, _price = second(first, 25000)
    client.force_login(ada)

    answer = client.post(reverse("workshops:seat_move_confirm", args=[first[0].slug, to.pk]), {"difference": "100"})

    assert (answer.status_code, "has changed while you looked" in answer.content.decode()) == (409, True)
    assert not SeatMove.objects.exists()


@pytest.mark.parametrize("days", [30, 3])
def test_staff_move_somebody_from_the_roster(client, stripe_api, first, seat, ada, days):
    to, _price = second(first, 25000)
    begins = timezone.now() + timezone.timedelta(days=days)
    Workshop.objects.filter(pk=first[0].pk).update(starts_at=begins, ends_at=begins + timezone.timedelta(hours=7))
    client.force_login(user_with_role("staff"))

    listed = client.get(reverse("workshops_desk:seat_move", args=[first[0].pk, seat.pk])).content.decode()
    done = client.post(reverse("workshops_desk:seat_move_confirm", args=[first[0].pk, seat.pk, to.pk]), {"reason": "Ill"})

    assert "which the school bears" in listed
    assert done["Location"] == reverse("workshops_desk:workshop_roster", args=[to.pk])
    assert to.seats.confirmed().get().learner == ada


def test_what_the_other_date_asks_for_is_done_first(client, stripe_api, first, seat, ada):
    to, _price = second(first, 19000)
    Question.objects.create(workshop=to, text="Which shoes?", kind="text", is_required=True)
    client.force_login(ada)

    page = client.get(reverse("workshops:seat_move_confirm", args=[first[0].slug, to.pk])).content.decode()
    with pytest.raises(DetailsMissing):
        start_move(seat=seat, to=to, by=ada)

    assert ("Which shoes?" in page, "Move my seat" in page) == (True, False)

    asks = f"{reverse('workshops:registration_details', args=[to.slug])}?from={first[0].slug}"
    assert asks in page
    (question,) = Question.objects.all()
    answered = client.post(asks, {f"question_{question.pk}": "Soft ones"})
    assert answered["Location"] == reverse("workshops:seat_move_confirm", args=[first[0].slug, to.pk])
    assert "Move my seat" in client.get(answered["Location"]).content.decode()
    assert not to.seats.exists()  # answering took no second seat


def test_staff_move_somebody_who_has_not_answered_yet(stripe_api, first, seat, ada):
    to, _price = second(first, 19000)
    Question.objects.create(workshop=to, text="Which shoes?", kind="text", is_required=True)

    assert start_move(seat=seat, to=to, by=user_with_role("staff"), is_waived=True).state == "done"


def test_giving_a_moved_seat_back_refunds_both_payments_by_the_policy(stripe_api, ada):
    PolicyFactory(tiers=[{"days": 7, "percent": 50}], fee_cents=0)
    first = on_sale(19000)
    seat = seat_of(stripe_api.control, *first, ada)
    to, _price = second(first, 25000)
    pay(stripe_api.control, start_move(seat=seat, to=to, by=ada).order)
    moved = to.seats.confirmed().get()

    for _time in range(2):
        leave_seat(seat=moved, by=ada, expected_cents=12500)

    assert charges(stripe_api.control) == [(6000, 0), (19000, 12500)]
    assert (Seat.objects.confirmed().count(), has_access(ada, to.subject)) == (0, False)
    assert set(OrderLine.objects.values_list("outcome", flat=True)) == {"taken_back"}


@pytest.mark.parametrize(("by_the_school", "percent"), [(False, 50), (True, 100)])
def test_a_move_to_a_far_date_buys_no_better_refund(stripe_api, ada, by_the_school, percent):
    PolicyFactory(tiers=[{"days": 50, "percent": 100}, {"days": 7, "percent": 50}], fee_cents=0)
    first = on_sale(19000, days=30)
    seat = seat_of(stripe_api.control, *first, ada)
    to, _price = second(first, 19000, days=90)
    start_move(seat=seat, to=to, by=user_with_role("staff") if by_the_school else ada)

    quote = quote_leaving(to.seats.confirmed().get())

    assert (quote.percent, quote.refund_cents) == (percent, 190 * percent)
    assert ("You moved from a date of which 50 percent" in quote.sentence) is not by_the_school


def passed_on(seat, to):
    """`seat` is given to somebody else, who takes it."""
    offer_seat(seat=seat, email=to.email, name="Bo", by=seat.learner)
    return accept_transfer(transfer=seat.transfers.get())


def taken_anew(seat, _to):
    """The school decides by hand about a seat that is given back: no money moves, and the access takes another one."""
    leave_seat(seat=seat, by=seat.learner)
    return register_learner(workshop=seat.workshop, learner=seat.learner)


@pytest.mark.parametrize("change", [passed_on, taken_anew])
def test_a_seat_that_changed_hands_or_was_taken_anew_counts_for_what_is_left_of_it(stripe_api, first, seat, ada, change):
    to, _price = second(first, 4000)
    start_move(seat=seat, to=to, by=ada)

    new = change(to.seats.confirmed().get(), UserFactory())

    assert quote_move(new, first[0]).difference_cents == 15000
    assert start_move(seat=new, to=first[0], by=new.learner).state == "paying"


@pytest.mark.parametrize("change", [passed_on, taken_anew])
def test_no_new_seat_forgets_that_its_money_was_moved_away_from_a_date_too_near(stripe_api, ada, change):
    PolicyFactory(tiers=[{"days": 50, "percent": 100}], fee_cents=0)
    first = on_sale(19000, days=30)
    to, _price = second(first, 19000, days=90)
    start_move(seat=seat_of(stripe_api.control, *first, ada), to=to, by=ada)

    new = change(to.seats.confirmed().get(), UserFactory())

    assert (quote_leaving(new).percent, quote_leaving(new).refund_cents) == (0, 0)


@pytest.mark.parametrize(("percent", "fee", "back", "kept"), [(0, 0, 0, 19000), (50, 0, 0, 19000), (100, 0, 19000, 0), (100, 2000, 17000, 2000)])
def test_a_move_to_a_free_date_is_no_way_round_the_policy(stripe_api, ada, percent, fee, back, kept):
    PolicyFactory(tiers=[{"days": 7, "percent": percent}], fee_cents=fee)
    first = on_sale(19000)
    seat = seat_of(stripe_api.control, *first, ada)
    free = WorkshopFactory(activity=first[0].activity)

    quote = quote_move(seat, free, by=ada)
    start_move(seat=seat, to=free, by=ada, expected_cents=-back)

    assert (quote.difference_cents, quote.kept_cents) == (-back, kept)
    assert charges(stripe_api.control) == [(19000, back)]
    assert free.seats.confirmed().get().learner == ada


def test_what_a_move_did_not_give_back_counts_when_the_seat_is_given_back(client, stripe_api, ada):
    PolicyFactory(tiers=[{"days": 7, "percent": 50}], fee_cents=0)
    first = on_sale(19000)
    seat = seat_of(stripe_api.control, *first, ada)
    to, _price = second(first, 15000)
    client.force_login(ada)

    page = client.get(reverse("workshops:seat_move_confirm", args=[first[0].slug, to.pk])).content.decode()
    start_move(seat=seat, to=to, by=ada, expected_cents=0)
    leave_seat(seat=to.seats.confirmed().get(), by=ada, expected_cents=9500)

    assert "It costs $40.00 less, which does not go back" in page
    assert charges(stripe_api.control) == [(19000, 9500)]  # as if it had been given back without a move


@pytest.mark.parametrize(("cents", "difference"), [(19000, 0), (15000, 0), (25000, 6000)])
def test_a_seat_by_a_code_for_all_of_it_moves_as_any_other(stripe_api, ada, cents, difference):
    PromotionCodeFactory(code="ALL-OFF", percent_off=100)
    first = on_sale(19000)
    start_order(user=ada, price=first[1], promotion="ALL-OFF")
    seat = first[0].seats.confirmed().get()
    to, _price = second(first, cents)

    assert start_move(seat=seat, to=to, by=ada, expected_cents=difference).state == ("paying" if difference else "done")
    assert not Refund.objects.exists()


def test_what_was_paid_on_top_of_a_free_code_goes_back_too(stripe_api, ada):
    PolicyFactory(tiers=[{"days": 7, "percent": 100}], fee_cents=0)
    PromotionCodeFactory(code="ALL-OFF", percent_off=100)
    first = on_sale(19000)
    start_order(user=ada, price=first[1], promotion="ALL-OFF")
    seat = first[0].seats.confirmed().get()
    to, _price = second(first, 25000)
    pay(stripe_api.control, start_move(seat=seat, to=to, by=ada).order)
    moved = to.seats.confirmed().get()

    leave_seat(seat=moved, by=ada)

    assert [back for _taken, back in charges(stripe_api.control)] == [taken for taken, _back in charges(stripe_api.control)]
    assert (charges(stripe_api.control) != [], has_access(ada, to.subject), Seat.objects.confirmed().count()) == (True, False, 0)


def test_staff_give_the_whole_difference_back_whatever_the_policy_says(stripe_api, ada):
    PolicyFactory(tiers=[], fee_cents=0)
    first = on_sale(19000)
    seat = seat_of(stripe_api.control, *first, ada)
    to, _price = second(first, 15000)

    start_move(seat=seat, to=to, by=user_with_role("staff"), is_waived=True)

    assert charges(stripe_api.control) == [(19000, 4000)]


def test_the_api_tells_what_a_move_costs_and_moves_once(stripe_api, first, seat, ada):
    to, _price = second(first, 15000)
    client = APIClient()
    client.force_authenticate(ada)
    address = reverse("workshops_api:seat-move", args=[first[0].slug])

    quotes = client.get(address).json()
    answers = [client.post(address, {"to": to.slug, "difference_cents": -4000}, format="json") for _time in range(2)]

    assert [(quote["to"], quote["difference_cents"], quote["why_not"]) for quote in quotes] == [(to.slug, -4000, "")]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "done"), (200, "done")]
    assert client.post(address, {"to": 5}, format="json").status_code in (400, 404)
    assert Refund.objects.count() == 1


def in_first_booking(workshop):
    """Its seats are for those who asked, for a day to come."""
    now = timezone.now()
    return FirstBooking.objects.create(workshop=workshop, hours=24, begins_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=23))


def test_a_date_in_first_booking_is_closed_to_its_person_and_open_to_staff_who_are_told(client, stripe_api, first, seat, ada):
    (to, _price), staff = second(first, 19000), user_with_role("staff")
    in_first_booking(to)

    assert quote_move(seat, to, by=ada).code == "first_booking"
    with pytest.raises(SeatRefused):
        start_move(seat=seat, to=to, by=ada)
    quote = quote_move(seat, to, by=staff)
    assert (quote.why_not, quote.notice.startswith("This date is in first booking. Until ")) == ("", True)
    client.force_login(staff)
    pages = [reverse("workshops_desk:seat_move", args=[first[0].pk, seat.pk]), reverse("workshops_desk:seat_move_confirm", args=[first[0].pk, seat.pk, to.pk])]
    assert [quote.notice in client.get(page).content.decode() for page in pages] == [True, True]
    assert client.post(pages[1], {"reason": "She asked by telephone."}).status_code == 302

    assert states(ada) == [(first[0].pk, "cancelled"), (to.pk, "confirmed")]


def test_a_workshop_called_off_moves_people_into_a_date_in_first_booking(stripe_api, first, seat, ada):
    (to, _price), staff = second(first, 19000), user_with_role("staff")
    in_first_booking(to)

    work_off(call_off=call_off(workshop=first[0], by=staff, reason="The roof leaks.", default="move", to=to))

    assert states(ada) == [(first[0].pk, "cancelled"), (to.pk, "confirmed")]


def test_the_api_tells_staff_of_first_booking(stripe_api, first, seat):
    (to, _price), api = second(first, 19000), APIClient()
    booking = in_first_booking(to)
    api.force_authenticate(user_with_role("staff"))
    page = reverse("workshops_api:roster-move", args=[first[0].pk, seat.pk])

    [quote] = api.get(page).json()

    assert (quote["why_not"], quote["notice"] != "", booking.workshop) == ("", True, to)
