"""Kill -9 at each arrow of calling a workshop off; then the sweeper, and everybody has what they are owed, once.

One is moved to a cheaper date, one finds no place there and gets the money, one gets a deposit back, one is paying at that
moment, two wait. `found()` is everything that came of it; after every kill it ends as it does when nothing is killed.
"""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail

from accounts.models import User
from core.models import Job
from notifications.models import MailMessage
from payments.models import Balance, Refund
from payments.services import open_checkout, set_deposit, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.workshops.money import on_sale, pay, seat_of
from workshops.cancelling.services import call_off, work_off
from workshops.models import CallOff, Seat, Workshop
from workshops.waiting.services import join_list

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

PROMISE = "A workshop that is called off ends with everybody refunded or moved, and told, once"
SERVICES, GATEWAY = "workshops.cancelling.services", "payments.gateway"
SOLD, CHEAPER, DEPOSIT = 19000, 15000, 6000
BEFORE_IT_STANDS = [f"after:{SERVICES}.close_list", f"after:{SERVICES}._begin"]
AT_WORK = [
    f"before:{SERVICES}.work_off",
    f"after:{SERVICES}.move_now",
    f"after:{SERVICES}._settle",
    f"before:{GATEWAY}.refunds.create_refund",
    f"after:{GATEWAY}.refunds.create_refund",
    f"after:{SERVICES}.change_seat",
    f"after:{SERVICES}.give_back",
    f"after:{GATEWAY}.refunds.create_refund#2",
    f"after:{SERVICES}.give_back#2",
    f"before:{SERVICES}.cancel_order",
    f"after:{GATEWAY}.checkout.expire_session",
    f"after:{SERVICES}.cancel_order",
    f"before:{SERVICES}._finish",
    f"after:{SERVICES}.send_mail_once",
    f"after:{SERVICES}._finish",
]


@pytest.fixture
def scene(stripe_api):
    """The workshop, the other date, and who has, pays or waits for a seat."""
    staff = user_with_role("staff")
    User.objects.filter(pk=staff.pk).update(email="staff@example.com")
    people = {name: UserFactory(email=f"{name}@example.com") for name in ("mover", "refunded", "deposit", "paying", "waits", "waits-too")}
    workshop, price = on_sale(SOLD, days=60, capacity=4)
    other, _price = on_sale(CHEAPER, days=90, capacity=1, activity=workshop.activity)
    set_deposit(product=price.product, currency="usd", amount_cents=DEPOSIT, balance_days=14, grace_days=3, rule="kept", by=staff)
    for name in ("mover", "refunded"):
        seat_of(stripe_api.control, workshop, price, people[name])
    pay(stripe_api.control, start_order(user=people["deposit"], price=price, with_deposit=True))
    open_checkout(order=start_order(user=people["paying"], price=price))
    for name in ("waits", "waits-too"):
        join_list(workshop=workshop, learner=people[name])
    Job.objects.all().delete()
    MailMessage.objects.all().delete()
    shutil.rmtree(outgoing(), ignore_errors=True)
    deposit = workshop.seats.get(learner=people["deposit"])
    return {"workshop": workshop.pk, "to": other.pk, "by": staff.pk, "choices": {str(deposit.pk): "refund"}}


def found(stripe_api, scene):
    """Everything that came of it."""
    names = {scene["workshop"]: "here", scene["to"]: "there"}
    seats = Seat.objects.order_by("workshop", "learner").values_list("workshop", "learner__email", "state")
    made = CallOff.objects.first()
    refunds = [refund["amount"] for refund in stripe_api.control.objects("refund") if refund["status"] == "succeeded"]
    return {
        "seats": sorted((names[workshop], email.partition("@")[0], state) for workshop, email, state in seats),
        "charges": sorted((charge["amount_captured"], charge["amount_refunded"]) for charge in stripe_api.control.objects("charge")),
        "refunds there": sorted(refunds),
        "refunds here": sorted(Refund.objects.filter(state="succeeded").values_list("amount_cents", flat=True)),
        "refunds on their way": Refund.objects.filter(state="pending").count(),
        "pages": sorted(session["status"] for session in stripe_api.control.objects("checkout.session")),
        "rests": list(Balance.objects.values_list("state", flat=True)),
        "waiting": sorted(Workshop.objects.get(pk=scene["workshop"]).waiting.values_list("state", flat=True)),
        "entries": sorted(made.entries.values_list("action", "outcome")) if made else [],
        "is finished": bool(made and made.finished_at),
        "letters": letters(),
        "delivered": len(mail.outbox) + sum(path.read_text().count("Message-ID:") for path in outgoing().glob("*")),
        "dead jobs": list(Job.objects.filter(state=Job.State.DEAD).values_list("kind", flat=True)),
    }


def outgoing():
    """Where a process of its own leaves what it delivers."""
    return Path(settings.MEDIA_ROOT) / "outgoing-mail"


def letters():
    rows = MailMessage.objects.order_by("pk").values_list("template", "to_address")
    return Counter((template.rpartition("/")[2], address.partition("@")[0]) for template, address in rows)


END = {
    "seats": [
        ("here", "deposit", "cancelled"),
        ("here", "mover", "cancelled"),
        ("here", "paying", "cancelled"),
        ("here", "refunded", "cancelled"),
        ("there", "mover", "confirmed"),
    ],
    "charges": [(DEPOSIT, DEPOSIT), (SOLD, SOLD - CHEAPER), (SOLD, SOLD)],
    "refunds there": [SOLD - CHEAPER, DEPOSIT, SOLD],
    "refunds here": [SOLD - CHEAPER, DEPOSIT, SOLD],
    "refunds on their way": 0,
    "pages": ["complete", "complete", "complete", "expired"],
    "rests": ["forfeited"],
    "waiting": ["passed", "passed"],
    "entries": [("move", "done"), ("refund", "done"), ("refund", "done"), ("release", "done")],
    "is finished": True,
    "letters": Counter(
        [
            *(("workshop_cancelled", name) for name in ("mover", "refunded", "deposit", "paying")),
            *(("closed", name) for name in ("waits", "waits-too")),
            *(("refund_requested", name) for name in ("mover", "refunded", "deposit")),
            *(("seat_moved", "mover"), ("call_off_done", "staff")),
        ]
    ),
    "delivered": 11,
    "dead jobs": [],
}


def again(scene):
    """Staff press the button once more."""
    to = Workshop.objects.select_related("venue").get(pk=scene["to"])
    choices = {int(seat): wish for seat, wish in scene["choices"].items()}
    staff = User.objects.get(pk=scene["by"])
    return call_off(workshop=Workshop.objects.get(pk=scene["workshop"]), by=staff, reason="Ill", default="move", to=to, choices=choices)


@pytest.mark.parametrize("arrow", BEFORE_IT_STANDS)
def test_killed_before_it_stands_nothing_happened_and_it_is_done_again(arrow, run, sweep, scene, stripe_api, held):
    run("call_off", arrow, **scene)
    sweep()
    left = CallOff.objects.exists(), letters(), Workshop.objects.get(pk=scene["workshop"]).state

    again(scene)
    sweep()

    assert left == (False, Counter(), "published")
    assert found(stripe_api, scene) == END
    held(PROMISE, done=f"kill -9 at each of {len(BEFORE_IT_STANDS)} arrows before it stands, then done again", outcome="nothing before, all of it once after")


@pytest.mark.parametrize("arrow", AT_WORK)
def test_killed_at_work_the_sweeper_has_it_finished(arrow, run, sweep, scene, stripe_api, held):
    run("call_off", arrow, **scene)
    before = found(stripe_api, scene)

    sweep()
    after = found(stripe_api, scene)
    work_off(call_off=again(scene))  # a second click, a second worker
    sweep()

    assert after == END
    assert found(stripe_api, scene) == END
    assert (before == END) == (arrow == AT_WORK[-1])  # the control: without the sweeper it stays so
    held(
        PROMISE,
        done=f"kill -9 at each of {len(AT_WORK)} arrows of its work: seat by seat, at the payment provider, at the end",
        outcome="the sweeper has it finished: moved, refunded and let go once, each letter once; without it somebody waits (control)",
    )


def test_the_control_work_that_is_queued_after_the_commit_is_lost(run, sweep, scene, stripe_api, held):
    run("call_off", f"before:{SERVICES}.enqueue", **scene, late=True)

    sweep()
    again(scene)
    sweep()

    left = found(stripe_api, scene)
    assert (left["is finished"], left["refunds there"], CallOff.objects.count()) == (False, [], 1)
    held(PROMISE, done="control: the work queued after the commit, not with it; killed in between", outcome="called off, and nobody ever gets their money")
