"""A rest is paid at the instant at which its seat is given back for it: two real processes, one outcome, no cent lost.

`fate()` says what became of one balance, in words; whatever is neither whole fate is named. The control takes the locks away.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import MailMessage
from payments.models import Balance, Order, OrderLine, Payment
from payments.selectors import has_access
from payments.services import close_order, open_checkout, pay_balance, project_session, reconcile, set_deposit, start_order, tend_balances
from payments.services.refunds import heal_refunds
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PolicyFactory
from tests.fixtures.site_processes import ROOT
from tests.workshops.money import on_sale
from workshops.models import Seat

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

PROMISE = "A rest is paid and its seat kept, or the seat is given back by the stated rule: never both, never neither"
SOLD, DEPOSIT, FEE = 19000, 6000, 1000
HOW = {  # how the payer and the end meet
    "begin": "somebody begins to pay",
    "last": "the payment page runs out as it is paid",
    "late": "the news of a payment come when its order is closed",
}

GAPS_S = {"begin": (-0.04, 0.1), "last": (-0.12, 0.04), "late": (-0.03, 0.02)}  # how long the end waits, or (below zero) the payer


@pytest.fixture
def two(site_environment, stripe_api):
    """Begin both processes; each answers a line with a line."""
    running = []

    def begin(*flags):
        environment = site_environment | {"STRIPE_SECRET_KEY": "sk_test_standin", "STRIPE_API_BASE": stripe_api.url}
        for role in ("payer", "ender"):
            command = [sys.executable, "-W", "ignore", "-m", "tests.workshops.chaos.rests", role, *flags]
            running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1))
        for process in running:
            assert process.stdout.readline() == "ready\n"
        return running

    yield begin
    for process in running:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


@pytest.fixture
def owed(stripe_api):
    """Call it for `count` seats by a deposit whose grace is over; half of them give back by the cancellation policy."""
    staff = user_with_role("staff")
    PolicyFactory(fee_cents=FEE)

    def make(count):
        found = []
        for rule in ("kept", "policy"):
            _workshop, price = on_sale(SOLD, days=60, capacity=count)
            set_deposit(product=price.product, currency="usd", amount_cents=DEPOSIT, balance_days=14, grace_days=3, rule=rule, by=staff)
            for person in UserFactory.create_batch((count + (rule == "kept")) // 2):
                order = start_order(user=person, price=price, with_deposit=True)
                pay_at_once(stripe_api, order)
                found.append(Balance.objects.get(line__order=order))
        now = timezone.now()
        Balance.objects.update(due_on=(now - timedelta(days=10)).date(), warned_at=now - timedelta(days=2))
        random.Random(7).shuffle(found)
        return found

    return make


def pay_at_once(stripe_api, order):
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    return project_session(session_id=session)


def prepared(stripe_api, balance, how):
    """What is there when the instant comes."""
    if how == "begin":
        return {"order": 0, "session": ""}
    order = pay_balance(balance=balance, by=balance.line.order.user)
    session = open_checkout(order=order).stripe_session_id
    if how == "last":
        Order.objects.filter(pk=order.pk).update(hold_until=timezone.now() - timedelta(seconds=1))
    else:  # paid there, and closed here before the news: as when an order was let go of under other keys
        stripe_api.control.pay(session)
        close_order(order=order, closing="expired")
    return {"order": order.pk, "session": session}


def meet(stripe_api, two, balances, flags=()):
    """Both sides of every balance, one after the other, each pair at one instant. What they answered, counted."""
    payer, ender = two(*flags)
    chance, answers = random.Random(11), Counter()
    for n, balance in enumerate(balances):
        how = "late" if flags else ("begin", "last", "late", "late")[n % 4]
        told = {"balance": balance.pk, "how": how, **prepared(stripe_api, balance, how)}
        at, gap = time.time() + 0.03, chance.uniform(*GAPS_S[how])
        for process, wait in ((payer, max(0.0, -gap)), (ender, max(0.0, gap))):
            process.stdin.write(json.dumps(told | {"at": at + wait}) + "\n")
        answers[how, *(json.loads(process.stdout.readline()) for process in (payer, ender))] += 1
    return answers


def fate(balance):
    """ "paid", "given back", or what is wrong."""
    balance.refresh_from_db()
    line = OrderLine.objects.select_related("order", "beneficiary").get(pk=balance.line_id)
    seats = Seat.objects.confirmed().filter(learner=line.beneficiary).count()
    rests = Payment.objects.filter(order__lines__subject=balance.subject)
    deposit = line.order.payments.get().refunded_cents
    owed_back = DEPOSIT - FEE if balance.rule == "policy" else 0
    letters = Counter(MailMessage.objects.filter(recipient=line.beneficiary).values_list("template", flat=True))
    facts = {
        "state": balance.state,
        "seats": seats,
        "line": line.outcome,
        "open": has_access(line.beneficiary, line.subject),
        "kept": [payment.amount_cents - payment.refunded_cents for payment in rests if payment.refunded_cents < payment.amount_cents],
        "deposit back": deposit,
        "letters of the end": letters["payments/mail/balance_forfeited"],
    }
    paid = {"state": "paid", "seats": 1, "line": "fulfilled", "open": True, "kept": [SOLD - DEPOSIT], "deposit back": 0, "letters of the end": 0}
    ended = {"state": "forfeited", "seats": 0, "line": "taken_back", "open": False, "kept": [], "deposit back": owed_back, "letters of the end": 1}
    if facts == paid:
        return "paid"
    if facts == ended:
        return "given back with a late payment refunded" if rests else "given back"
    return f"wrong: {facts}"


def money_agrees(stripe_api):
    there = sorted((charge["amount_captured"], charge["amount_refunded"]) for charge in stripe_api.control.objects("charge") if charge["paid"])
    return there == sorted(Payment.objects.values_list("amount_cents", "refunded_cents"))


def test_a_rest_is_paid_or_its_seat_given_back(two, owed, stripe_api, held):
    balances = owed(60)

    answers = meet(stripe_api, two, balances)
    reconcile()
    tend_balances()
    heal_refunds()

    fates = Counter(fate(balance) for balance in balances)
    assert not [said for _how, *pair in answers for said in pair if ": " in said and not said.startswith("refused")], answers
    assert set(fates) == {"paid", "given back", "given back with a late payment refunded"}, (fates, answers)
    assert money_agrees(stripe_api)
    words = ", ".join(f"{count} {what}" for what, count in sorted(fates.items()))
    held(
        PROMISE, done=f"{len(balances)} rests paid and ended at one instant by two processes ({'; '.join(HOW.values())})", outcome=f"{words}; 0 both, 0 neither"
    )


def test_without_the_locks_somebody_pays_for_a_seat_that_is_gone(two, owed, stripe_api, held):
    """The control: the same, the rows read without their locks."""
    balances = owed(16)

    meet(stripe_api, two, balances, flags=("unlocked",))
    reconcile()
    heal_refunds()

    wrong = [found for balance in balances if (found := fate(balance)).startswith("wrong")]
    assert wrong
    held(
        PROMISE,
        done="control: the balance's and the orders' rows read without locks, written a moment later",
        outcome=f"{len(wrong)} of {len(balances)} both or neither",
    )
