"""A seat for a deposit: what is still owed is one row that is paid, let off, or ends with the seat; the money fits to the cent."""

from datetime import UTC, datetime, time, timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.models import AuditEntry
from notifications.models import MailMessage
from payments.models import Balance, Order, OrderLine, Refund
from payments.selectors import has_access, money_of
from payments.selectors.receipts import receipt_of_order
from payments.services import (
    balances,
    cancel_order,
    deposit_for,
    extend_balance,
    give_back,
    open_checkout,
    pay_balance,
    project_dispute,
    project_session,
    request_refund,
    set_deposit,
    start_order,
    tend_balances,
    waive_balance,
)
from payments.services.balances import BalanceRefused, tend_balance
from payments.services.deposits import DepositRefused
from payments.services.refunds import RefundPart
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PolicyFactory, VenueFactory, WorkshopFactory
from tests.workshops.money import charges, on_sale, pay
from workshops.cancelling.plans import plan_call_off
from workshops.cancelling.services import call_off, work_off
from workshops.errors import SeatRefused
from workshops.leaving.quotes import quote_leaving
from workshops.leaving.services import leave_seat, offer_seat
from workshops.models import Seat
from workshops.moving.quotes import quote_move
from workshops.moving.services import start_move
from workshops.services import cancel_seat, register_learner
from workshops.transferring.services import accept_transfer
from workshops.transferring.services import offer_seat as offer_to_colleague
from workshops.waiting.services import join_list

SOLD, DEPOSIT = 19000, 6000
REST = SOLD - DEPOSIT


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def staff(db):
    return user_with_role("staff")


def for_deposit(staff, cents=SOLD, *, rule="kept", **fields):
    workshop, price = on_sale(cents, **{"days": 60, "capacity": 2, **fields})
    set_deposit(product=price.product, currency="usd", amount_cents=DEPOSIT, balance_days=14, grace_days=3, rule=rule, by=staff)
    return workshop, price


@pytest.fixture
def sold(staff):
    return for_deposit(staff)


def begin(control, workshop, price, user, **options):
    """A seat of `user` by a paid deposit, and what is still owed for it."""
    order = pay(control, start_order(user=user, price=price, with_deposit=True, **options))
    return workshop.seats.confirmed().get(learner=options.get("people", [user])[0]), Balance.objects.get(line__order=order)


def on(balance, days):
    """The clock at noon of so many days after the day the rest is due."""
    moment = datetime.combine(balance.due_on + timedelta(days=days), time(17), UTC)
    return patch.object(clock, "now", lambda: moment)


def run_out(balance):
    """The rest is not paid: warned the day after, tended when the grace is over."""
    with on(balance, 1):
        tend_balances()
    with on(balance, 4):
        tend_balances()
    balance.refresh_from_db()
    return balance


def told(user):
    return [name.rpartition("/")[2] for name in MailMessage.objects.filter(recipient=user).order_by("pk").values_list("template", flat=True)]


def test_a_deposit_gives_the_seat_and_leaves_a_balance_in_the_words_that_were_read(stripe_api, sold, ada):
    words = deposit_for(sold[1]).words

    seat, balance = begin(stripe_api.control, *sold, ada)

    assert charges(stripe_api.control) == [(DEPOSIT, 0)]
    assert (seat.state, balance.amount_cents, balance.state, balance.terms) == ("confirmed", REST, "due", words)
    assert balance.due_on == (sold[0].starts_at.astimezone(sold[0].zone).date() - timedelta(days=14))
    confirmation = MailMessage.objects.get(recipient=ada, template="payments/mail/order_paid").body_text
    assert "Still to pay: $130.00 by" in confirmation
    assert words in confirmation
    assert receipt_of_order(balance.line.order).lines[0].title.endswith("(deposit)")
    assert "$130.00" in words
    assert "The deposit of $60.00 is kept then." in words


def test_the_rest_is_paid_through_the_same_checkout(stripe_api, sold, ada):
    _seat, balance = begin(stripe_api.control, *sold, ada)

    order = pay_balance(balance=balance, by=ada)
    assert pay_balance(balance=balance, by=ada) == order
    pay(stripe_api.control, order)

    balance.refresh_from_db()
    assert (balance.state, money_of([balance.line])[balance.line_id].paid_cents) == ("paid", SOLD)
    assert charges(stripe_api.control) == [(DEPOSIT, 0), (REST, 0)]
    with pytest.raises(BalanceRefused):
        pay_balance(balance=balance, by=ada)


@pytest.mark.parametrize("code", ["rest_changed", "paid_by_another"])
def test_what_changes_between_looking_and_paying_is_seen(stripe_api, sold, ada, monkeypatch, code):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    OrderLine.objects.filter(balance=balance).update(beneficiary=UserFactory())  # two may pay it
    Seat.objects.update(learner=OrderLine.objects.get(balance=balance).beneficiary)
    balance.line.refresh_from_db()
    began = balances.start_addition

    def meanwhile(**given):
        monkeypatch.setattr(balances, "start_addition", began)
        if code == "rest_changed":
            Balance.objects.update(amount_cents=REST - 1000)
        else:
            pay_balance(balance=balance, by=balance.line.beneficiary)
        return began(**given)

    monkeypatch.setattr(balances, "start_addition", meanwhile)
    with pytest.raises(BalanceRefused) as refusal:
        pay_balance(balance=balance, by=ada)

    assert refusal.value.code == code
    assert not Order.objects.open().filter(user=ada).exists()


def test_all_now_leaves_no_balance_and_choosing_again_lets_go_of_the_first_order(stripe_api, sold, ada):
    first = start_order(user=ada, price=sold[1], with_deposit=True)
    assert start_order(user=ada, price=sold[1], with_deposit=True) == first

    whole = start_order(user=ada, price=sold[1])

    first.refresh_from_db()
    assert (first.state, whole.total_cents, Balance.objects.owed().count()) == ("closed", SOLD, 0)
    assert not Balance.objects.filter(line__order=whole).exists()


def test_each_of_several_people_has_a_balance(stripe_api, sold, ada):
    bob = UserFactory()

    order = pay(stripe_api.control, start_order(user=ada, price=sold[1], people=[ada, bob], with_deposit=True))

    assert (order.total_cents, charges(stripe_api.control)) == (2 * DEPOSIT, [(2 * DEPOSIT, 0)])
    assert sorted(Balance.objects.owed().values_list("amount_cents", "line__beneficiary__email")) == sorted([(REST, ada.email), (REST, bob.email)])


@pytest.fixture
def three(stripe_api, staff, ada):
    """Deposits of Ada's for herself and two others, with rests of different sums."""
    workshop, price = for_deposit(staff, capacity=3)
    pay(stripe_api.control, start_order(user=ada, price=price, people=[ada, UserFactory(), UserFactory()], with_deposit=True))
    rests = list(Balance.objects.order_by("pk"))
    Balance.objects.filter(pk=rests[1].pk).update(amount_cents=REST - 1001)
    return workshop, list(Balance.objects.with_lines().order_by("pk"))


def test_who_paid_the_deposits_pays_all_rests_at_once(stripe_api, three, ada):
    _workshop, rests = three

    order = pay_balance(balance=rests[2], by=ada, for_everybody=True)
    assert pay_balance(balance=rests[0], by=ada, for_everybody=True) == order
    pay(stripe_api.control, order)

    assert charges(stripe_api.control) == [(3 * DEPOSIT, 0), (3 * REST - 1001, 0)]
    assert list(order.lines.order_by("pk").values_list("total_cents", flat=True)) == [REST, REST - 1001, REST]
    assert {balance.state for balance in Balance.objects.all()} == {"paid"}
    money = money_of([balance.line for balance in rests])
    assert [money[balance.line_id].paid_cents for balance in rests] == [SOLD, SOLD - 1001, SOLD]
    assert told(ada).count("order_paid") == 2


def test_of_all_rests_only_that_goes_back_whose_seat_ended_meanwhile(stripe_api, three, ada, staff):
    workshop, rests = three
    order = pay_balance(balance=rests[0], by=ada, for_everybody=True)
    cancel_seat(workshop=workshop, learner=rests[1].line.beneficiary, by=staff)
    tend_balance(pk=rests[1].pk)

    pay(stripe_api.control, order)

    assert list(Balance.objects.order_by("pk").values_list("state", flat=True)) == ["paid", "forfeited", "paid"]
    assert charges(stripe_api.control) == [(3 * DEPOSIT, 0), (3 * REST - 1001, REST - 1001)]
    assert workshop.seats.confirmed().count() == 2


def test_what_was_paid_at_once_is_given_back_for_one(stripe_api, three, ada, staff):
    workshop, rests = three
    pay(stripe_api.control, pay_balance(balance=rests[0], by=ada, for_everybody=True))

    give_back(line=rests[1].line, by=staff, reason="Ill", reason_class="school", key="one-of-three")

    assert charges(stripe_api.control) == [(3 * DEPOSIT, DEPOSIT), (3 * REST - 1001, REST - 1001)]
    assert set(workshop.seats.confirmed().values_list("learner", flat=True)) == {rests[0].line.beneficiary_id, rests[2].line.beneficiary_id}


@pytest.mark.parametrize("code", ["not_yours", "paid_by_another"])
def test_all_rests_are_for_who_paid_the_deposits_and_none_is_paid_twice(stripe_api, three, ada, code):
    _workshop, rests = three
    holder = rests[1].line.beneficiary
    if code == "paid_by_another":
        pay_balance(balance=rests[1], by=holder)

    with pytest.raises(BalanceRefused) as refusal:
        pay_balance(balance=rests[1], by=holder if code == "not_yours" else ada, for_everybody=True)

    assert refusal.value.code == code
    assert not Order.objects.open().filter(user=ada).exists()


def test_no_deposit_is_offered_once_the_day_has_passed_nor_with_a_code(stripe_api, staff, ada):
    _workshop, price = for_deposit(staff, days=10)

    assert deposit_for(price) is None
    with pytest.raises(DepositRefused):
        start_order(user=ada, price=price, with_deposit=True)
    _workshop, price = for_deposit(staff)
    with pytest.raises(DepositRefused) as refused:
        start_order(user=ada, price=price, promotion="SPRING", with_deposit=True)
    assert refused.value.code == "code_with_deposit"
    assert not Order.objects.exists()


@pytest.mark.parametrize(("amount", "days", "grace"), [(19000, 14, 3), (18990, 14, 3), (10, 14, 3), (6000, 3, 3), (6000, 14, 0)])
def test_a_deposit_that_cannot_work_is_refused(staff, amount, days, grace):
    _workshop, price = on_sale(19000)

    with pytest.raises(DepositRefused):
        set_deposit(product=price.product, currency="usd", amount_cents=amount, balance_days=days, grace_days=grace, rule="kept", by=staff)
    assert not price.product.deposits.exists()


def test_each_letter_is_written_once_and_a_rest_that_stays_out_ends_the_seat(stripe_api, sold, ada):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    before = len(told(ada))

    for day in (-8, -7, -3, 0, 0, 1, 2, 3):
        with on(balance, day):
            tend_balances()
    assert told(ada)[before:] == ["balance_soon", "balance_due", "balance_late"]
    assert sold[0].seats.confirmed().count() == 1

    for _time in range(2):
        with on(balance, 4):
            tend_balances()

    balance.refresh_from_db()
    assert (balance.state, sold[0].seats.confirmed().count(), has_access(ada, sold[0].subject)) == ("forfeited", 0, False)
    assert told(ada)[before + 3 :] == ["balance_forfeited"]
    assert (Refund.objects.count(), charges(stripe_api.control)) == (0, [(DEPOSIT, 0)])


def test_what_the_policy_gives_back_goes_back_where_the_rule_says_so(stripe_api, staff, ada):
    policy = PolicyFactory(tiers=[{"days": 30, "percent": 100}, {"days": 5, "percent": 50}], fee_cents=0)
    sold = for_deposit(staff, rule="policy", policy=policy)
    _seat, balance = begin(stripe_api.control, *sold, ada)

    assert run_out(balance).state == "forfeited"

    assert charges(stripe_api.control) == [(DEPOSIT, DEPOSIT // 2)]


def test_nobody_loses_a_seat_without_a_letter_a_day_before(stripe_api, sold, ada):
    _seat, balance = begin(stripe_api.control, *sold, ada)

    with on(balance, 5):  # nothing ran for days
        tend_balances()
        tend_balances()
        assert sold[0].seats.confirmed().exists()
    with on(balance, 6):
        tend_balances()

    assert not sold[0].seats.confirmed().exists()


def test_the_seat_stays_while_the_rest_is_being_paid_and_the_payment_counts(stripe_api, sold, ada):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    with on(balance, 1):
        tend_balances()
    order = pay_balance(balance=balance, by=ada)
    with on(balance, 4):
        tend_balances()
        assert sold[0].seats.confirmed().exists()
    Order.objects.filter(pk=order.pk).update(processing_at=timezone.now())  # a bank takes days
    with on(balance, 9):
        tend_balances()
        assert sold[0].seats.confirmed().exists()
    Order.objects.filter(pk=order.pk).update(processing_at=None)

    pay(stripe_api.control, order)

    balance.refresh_from_db()
    assert (balance.state, sold[0].seats.confirmed().count()) == ("paid", 1)


def test_the_freed_seat_goes_to_the_list(stripe_api, staff, ada):
    sold, bob = for_deposit(staff, capacity=1), UserFactory()
    _seat, balance = begin(stripe_api.control, *sold, ada)
    join_list(workshop=sold[0], learner=bob)

    run_out(balance)

    assert sold[0].seats.get(state="held").learner == bob


def test_staff_let_it_off_or_set_another_day(stripe_api, sold, ada, staff):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    with pytest.raises(BalanceRefused):
        waive_balance(balance=balance, by=ada, reason="please")
    with pytest.raises(BalanceRefused):
        extend_balance(balance=balance, by=staff, until=sold[0].starts_at.date() + timedelta(days=1), reason="late")
    later = balance.due_on + timedelta(days=7)

    extend_balance(balance=balance, by=staff, until=later, reason="Her pay comes later.")
    with on(balance, 4):
        tend_balances()
    balance.refresh_from_db()
    assert (balance.state, balance.due_on) == ("due", later)
    for _time in range(2):
        waive_balance(balance=balance, by=staff, reason="Helped us.")

    assert run_out(balance).state == "waived"
    assert AuditEntry.objects.filter(action="payments.waive_balance").count() == 1
    assert told(ada).count("balance_changed") == 2


def test_leaving_is_reckoned_on_what_was_paid_and_the_rest_dies_with_the_seat(stripe_api, staff, ada):
    sold = for_deposit(staff, policy=PolicyFactory(tiers=[{"days": 5, "percent": 50}], fee_cents=0))
    seat, balance = begin(stripe_api.control, *sold, ada)
    assert quote_leaving(seat).refund_cents == DEPOSIT // 2

    leave_seat(seat=seat, by=ada)

    balance.refresh_from_db()
    assert (balance.state, charges(stripe_api.control)) == ("forfeited", [(DEPOSIT, DEPOSIT // 2)])


def test_leaving_after_the_rest_was_paid_gives_back_of_both(stripe_api, staff, ada):
    sold = for_deposit(staff, policy=PolicyFactory(tiers=[{"days": 5, "percent": 100}], fee_cents=1000))
    seat, balance = begin(stripe_api.control, *sold, ada)
    pay(stripe_api.control, pay_balance(balance=balance, by=ada))

    leave_seat(seat=seat, by=ada)

    assert charges(stripe_api.control) == [(DEPOSIT, DEPOSIT), (REST, REST - 1000)]
    balance.refresh_from_db()
    assert balance.state == "paid"


def test_a_deposit_alone_gives_no_other_seat_after_one_was_given_back_for_nothing(stripe_api, sold, ada, staff):
    _seat, balance = begin(stripe_api.control, *sold, ada)

    cancel_seat(workshop=sold[0], learner=ada, by=staff)
    tend_balance(pk=balance.pk)

    balance.refresh_from_db()
    assert (balance.state, has_access(ada, sold[0].subject)) == ("forfeited", False)
    with pytest.raises(BalanceRefused):
        pay_balance(balance=balance, by=ada)


def test_a_rest_that_is_paid_after_the_seat_is_gone_goes_back_in_full(stripe_api, sold, ada, staff):
    seat, balance = begin(stripe_api.control, *sold, ada)
    order = pay_balance(balance=balance, by=ada)
    session = open_checkout(order=order).stripe_session_id
    leave_seat(seat=seat, by=staff, refund_cents=DEPOSIT, reason="Ill.")

    stripe_api.control.pay(session)
    project_session(session_id=session)

    assert charges(stripe_api.control) == [(DEPOSIT, DEPOSIT), (REST, REST)]


@pytest.mark.parametrize("which", ["deposit", "rest"])
def test_a_refund_of_either_part_that_closes_ends_the_one_seat(stripe_api, sold, ada, staff, which):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    pay(stripe_api.control, pay_balance(balance=balance, by=ada))
    line = balance.line if which == "deposit" else OrderLine.objects.get(adds_to=balance.line)

    request_refund(
        payment=line.order.payments.get(),
        by=staff,
        parts=[RefundPart(line, line.total_cents, closes_access=True)],
        reason="x",
        reason_class=Refund.ReasonClass.REQUESTED,
    )

    assert not sold[0].seats.confirmed().exists()


def test_while_a_bank_questions_the_deposit_nothing_is_taken_and_nothing_asked(stripe_api, sold, ada):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    (charge,) = stripe_api.control.objects("charge")
    with on(balance, 1):
        tend_balances()
    project_dispute(dispute_id=stripe_api.control.open_dispute(charge["id"])["id"])

    with pytest.raises(BalanceRefused) as refused:
        pay_balance(balance=balance, by=ada)
    with on(balance, 4):
        tend_balances()

    balance.refresh_from_db()
    assert (refused.value.code, balance.state, sold[0].seats.confirmed().count()) == ("payment_disputed", "due", 1)


def second(sold, cents, **fields):
    return on_sale(cents, activity=sold[0].activity, **{"days": 90, "capacity": 2, **fields})


def test_a_move_takes_the_rest_along_to_the_other_day(stripe_api, sold, ada):
    seat, balance = begin(stripe_api.control, *sold, ada)
    to, _price = second(sold, SOLD, venue=VenueFactory(time_zone="Europe/Berlin"))

    start_move(seat=seat, to=to, by=ada, expected_cents=0)

    balance.refresh_from_db()
    assert balance.time_zone == "Europe/Berlin"
    assert (balance.state, balance.amount_cents, balance.due_on) == ("due", REST, to.starts_at.astimezone(to.zone).date() - timedelta(days=14))
    pay(stripe_api.control, pay_balance(balance=balance, by=ada))
    assert charges(stripe_api.control) == [(DEPOSIT, 0), (REST, 0)]


@pytest.mark.parametrize(("cents", "left", "back", "state"), [(15000, 9000, 0, "due"), (5000, 0, 1000, "waived"), (6000, 0, 0, "waived")])
def test_a_cheaper_date_lowers_the_rest_before_money_goes_back(stripe_api, sold, ada, cents, left, back, state):
    seat, balance = begin(stripe_api.control, *sold, ada)
    to, _price = second(sold, cents)

    assert quote_move(seat, to).difference_cents == -back
    start_move(seat=seat, to=to, by=ada)

    balance.refresh_from_db()
    assert (balance.amount_cents, balance.state, charges(stripe_api.control)) == (left, state, [(DEPOSIT, back)])


def test_a_dearer_date_asks_for_the_difference_alone(stripe_api, sold, ada):
    seat, balance = begin(stripe_api.control, *sold, ada)
    to, _price = second(sold, 21000)

    pay(stripe_api.control, start_move(seat=seat, to=to, by=ada).order)

    balance.refresh_from_db()
    assert (balance.amount_cents, balance.state, charges(stripe_api.control)) == (REST, "due", [(2000, 0), (DEPOSIT, 0)])
    assert Seat.objects.confirmed().get().workshop == to


def test_a_move_to_a_near_date_does_not_outrun_the_rest(client, stripe_api, sold, ada, staff):
    seat, balance = begin(stripe_api.control, *sold, ada)
    near, _price = second(sold, SOLD, days=5)  # it begins before the rest's own days and grace are over
    client.force_login(ada)

    page = client.get(reverse("workshops:seat_move_confirm", args=[sold[0].slug, near.pk])).content.decode()
    with pytest.raises(SeatRefused) as refused:
        start_move(seat=seat, to=near, by=ada)
    before = Seat.objects.confirmed().get().workshop
    pay(stripe_api.control, pay_balance(balance=balance, by=ada))
    start_move(seat=seat, to=near, by=ada, expected_cents=0)

    assert (refused.value.code, before, Seat.objects.confirmed().get().workshop) == ("rest_first", sold[0], near)
    assert ("Pay what is left first, then move." in page, f'href="{balance.get_absolute_url()}"' in page, "goes along" in page) == (True, True, False)


def test_staff_may_move_a_rest_to_a_near_date(stripe_api, sold, ada, staff):
    seat, _balance = begin(stripe_api.control, *sold, ada)
    near, _price = second(sold, SOLD, days=5)

    assert start_move(seat=seat, to=near, by=staff, is_waived=True).state == "done"


def test_a_deposit_gives_no_move_back_what_it_keeps(stripe_api, staff, ada):
    PolicyFactory(tiers=[], fee_cents=0)
    seat, balance = begin(stripe_api.control, *for_deposit(staff), ada)
    free = WorkshopFactory()

    start_move(seat=seat, to=free, by=ada, expected_cents=0)

    balance.refresh_from_db()
    assert (balance.state, charges(stripe_api.control)) == ("waived", [(DEPOSIT, 0)])


def test_a_rest_that_is_being_paid_is_not_changed_by_a_move(stripe_api, sold, ada):
    seat, balance = begin(stripe_api.control, *sold, ada)
    order = pay_balance(balance=balance, by=ada)
    to, _price = second(sold, 15000)

    with pytest.raises(BalanceRefused):
        start_move(seat=seat, to=to, by=ada)
    assert Seat.objects.confirmed().get().workshop == sold[0]
    cancel_order(order=order, by=ada)
    start_move(seat=seat, to=to, by=ada)

    assert Seat.objects.confirmed().get().workshop == to


def test_a_seat_that_is_passed_on_is_still_to_be_paid_by_either(stripe_api, sold, ada):
    bob, eve = UserFactory(email="bob@example.com"), UserFactory()
    seat, balance = begin(stripe_api.control, *sold, ada)
    accept_transfer(transfer=offer_to_colleague(seat=seat, email=bob.email, name="Bob", by=ada))

    with pytest.raises(BalanceRefused):
        pay_balance(balance=balance, by=eve)
    with on(balance, 0):
        tend_balances()
    assert "balance_due" in told(ada)
    assert "balance_due" in told(bob)
    pay(stripe_api.control, pay_balance(balance=balance, by=bob))

    balance.refresh_from_db()
    assert (balance.state, sold[0].seats.confirmed().get().learner) == ("paid", bob)


def test_a_seat_that_somebody_passes_on_for_money_is_paid_at_once(stripe_api, staff, ada):
    PolicyFactory(tiers=[], fee_cents=0)  # nothing goes back any more, but for a seat that the list takes
    workshop, price = for_deposit(staff, capacity=1)
    pay(stripe_api.control, start_order(user=ada, price=price))
    offer_seat(seat=workshop.seats.get(), by=ada)
    friend = UserFactory()
    entry = join_list(workshop=workshop, learner=friend)

    with pytest.raises(SeatRefused) as refused:
        start_order(user=friend, price=price, with_deposit=True)
    before = (entry.has_offer, Order.objects.filter(user=friend).count(), charges(stripe_api.control))
    pay(stripe_api.control, start_order(user=friend, price=price))

    assert (refused.value.code, before) == ("paid_at_once", (True, 0, [(SOLD, 0)]))
    assert workshop.seats.confirmed().get().learner == friend


def test_a_workshop_that_is_called_off_gives_back_what_was_paid_and_asks_for_nothing(stripe_api, sold, ada, staff):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    assert plan_call_off(sold[0]).rows[0].back_cents == DEPOSIT

    work_off(call_off=call_off(workshop=sold[0], by=staff, reason="Flood."))

    balance.refresh_from_db()
    assert (balance.state, charges(stripe_api.control)) == ("forfeited", [(DEPOSIT, DEPOSIT)])


def test_calling_off_moves_the_rest_along(stripe_api, sold, ada, staff):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    to, _price = second(sold, 15000)

    work_off(call_off=call_off(workshop=sold[0], by=staff, reason="Flood.", default="move", to=to))

    balance.refresh_from_db()
    assert (balance.state, balance.amount_cents, to.seats.confirmed().count()) == ("due", 9000, 1)


def test_a_free_seat_in_the_same_workshop_is_not_had_by_an_ended_deposit(stripe_api, sold, ada):
    _seat, balance = begin(stripe_api.control, *sold, ada)
    run_out(balance)

    with pytest.raises(Exception, match="has to be paid"):
        register_learner(workshop=sold[0], learner=ada)
