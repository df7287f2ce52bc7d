"""Kill -9 at each arrow of moving a seat to a dearer and to a cheaper date: one seat, the right money, one letter.

`found()` is everything that came of it; after every kill it ends as it does when nothing is killed.
"""

import pytest

from core.models import Job
from notifications.models import MailMessage
from payments.models import Order, Refund
from payments.selectors import has_access
from payments.services import open_checkout, project_session, reconcile
from tests.factories.accounts import UserFactory
from tests.workshops.money import on_sale, seat_of
from workshops.models import Seat, SeatMove
from workshops.moving.services import start_move

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

PROMISE = "A seat that is moved is one seat, at the right price, whatever is cut off"
MOVING, CHECKOUT, GATEWAY = "workshops.moving.services", "payments.services.checkout", "payments.gateway"
SOLD, DEARER, CHEAPER = 19000, 25000, 15000
UNPAID = [
    f"after:{MOVING}._waiting_move",
    f"after:{MOVING}.start_addition",
    f"before:{GATEWAY}.checkout.create_session",
    f"after:{GATEWAY}.checkout.create_session",
]
PAID = [
    f"before:{CHECKOUT}.settle_order",
    f"after:{MOVING}.move_line",
    f"after:{MOVING}.change_seat",
    f"after:{MOVING}.change_seat#2",
    f"after:{MOVING}._swap",
    f"before:{CHECKOUT}._follow_money",
]
BACK = [
    f"after:{MOVING}.move_line",
    f"after:{MOVING}.change_seat",
    f"after:{MOVING}.change_seat#2",
    f"after:{MOVING}.give_back",
    f"before:{GATEWAY}.refunds.create_refund",
    f"after:{GATEWAY}.refunds.create_refund",
]


@pytest.fixture
def scene(stripe_api):
    """Call it with what the other date costs: a paid seat of Ada's, and that date."""

    def make(cents):
        ada = UserFactory(email="ada@example.com")
        here, price = on_sale(SOLD, days=60)
        there, _price = on_sale(cents, days=90, activity=here.activity)
        seat = seat_of(stripe_api.control, here, price, ada)
        Job.objects.all().delete()
        MailMessage.objects.all().delete()
        return seat, there

    return make


def found(stripe_api, seat, there):
    """Everything that came of it."""
    names = {seat.workshop_id: "here", there.pk: "there"}
    return {
        "seats": sorted((names[workshop], state) for workshop, state in Seat.objects.values_list("workshop", "state")),
        "open": [name for name, date in (("here", seat.workshop), ("there", there)) if has_access(seat.learner, date.subject)],
        "charges": sorted((charge["amount_captured"], charge["amount_refunded"]) for charge in stripe_api.control.objects("charge") if charge["paid"]),
        "refunds on their way": Refund.objects.filter(state="pending").count(),
        "open orders": Order.objects.open().count(),
        "moves": sorted(SeatMove.objects.exclude(state="dropped").values_list("state", flat=True)),
        "letters": sorted(name.rpartition("/")[2] for name in MailMessage.objects.values_list("template", flat=True)),
        "dead jobs": list(Job.objects.filter(state=Job.State.DEAD).values_list("kind", flat=True)),
    }


def ended(charges, *letters):
    seats = [("here", "cancelled"), ("there", "confirmed")]
    settled = {"refunds on their way": 0, "open orders": 0, "moves": ["done"], "dead jobs": []}
    return {"seats": seats, "open": ["there"], "charges": charges, "letters": sorted(letters), **settled}


DEAR = ended([(DEARER - SOLD, 0), (SOLD, 0)], "order_paid", "seat_moved")
CHEAP = ended([(SOLD, SOLD - CHEAPER)], "refund_requested", "seat_moved")


@pytest.mark.parametrize("arrow", UNPAID)
def test_who_was_cut_off_before_paying_begins_again_and_moves_once(arrow, run, sweep, scene, stripe_api, held):
    seat, there = scene(DEARER)
    run("move", arrow, seat=seat.pk, to=there.pk)
    left = [state for state in found(stripe_api, seat, there)["seats"] if state[1] == "confirmed"]

    move = start_move(seat=seat, to=there, by=seat.learner)
    session = open_checkout(order=move.order).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)
    sweep()

    assert left == [("here", "confirmed")]
    assert found(stripe_api, seat, there) == DEAR
    held(PROMISE, done=f"kill -9 at each of {len(UNPAID)} arrows before a dearer date is paid, then begun again", outcome="the old seat stands, then one move")


@pytest.mark.parametrize("arrow", PAID)
def test_a_dearer_date_that_was_paid_is_given_once(arrow, run, sweep, scene, stripe_api, held):
    seat, there = scene(DEARER)
    run("move", arrow, seat=seat.pk, to=there.pk)
    before = found(stripe_api, seat, there)

    reconcile()
    sweep()
    after = found(stripe_api, seat, there)
    again = start_move(seat=seat, to=there, by=seat.learner)

    assert (after, again.state, found(stripe_api, seat, there)) == (DEAR, "done", DEAR)
    assert (before == DEAR) == (arrow == PAID[-1])  # the control: without that run it stays so
    held(
        PROMISE,
        done=f"kill -9 at each of {len(PAID)} arrows after a dearer date is paid",
        outcome="one run of reconciling moves it, once, with one letter; without that run it is paid and not moved (control)",
    )


@pytest.mark.parametrize("arrow", BACK)
def test_what_a_cheaper_date_costs_less_goes_back_once(arrow, run, sweep, scene, stripe_api, held):
    seat, there = scene(CHEAPER)
    run("move", arrow, seat=seat.pk, to=there.pk)
    sweep()
    left = found(stripe_api, seat, there)

    start_move(seat=seat, to=there, by=seat.learner)  # who saw no answer asks again
    sweep()

    assert found(stripe_api, seat, there) == CHEAP
    untouched = {"seats": [("here", "confirmed")], "charges": [(SOLD, 0)], "moves": [], "letters": []}
    assert left == (CHEAP if "refunds" in arrow else left | untouched)
    held(
        PROMISE, done=f"kill -9 at each of {len(BACK)} arrows of moving to a cheaper date, then asked again", outcome="untouched or moved; one seat, one refund"
    )


def test_the_control_a_seat_let_go_of_after_the_commit_stays_beside_the_new_one(run, sweep, scene, stripe_api, held):
    seat, there = scene(DEARER)
    run("move", f"before:{MOVING}.change_seat#2", seat=seat.pk, to=there.pk, late=True)

    reconcile()
    sweep()

    assert found(stripe_api, seat, there)["seats"] == [("here", "confirmed"), ("there", "confirmed")]
    held(PROMISE, done="control: the old seat let go of after the commit, not with it; killed in between", outcome="two seats for one price")
