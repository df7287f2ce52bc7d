"""One of two who decide about rests at the same instant: `python -m tests.workshops.chaos.rests payer|ender [unlocked]`.

Reads one balance a line, `{"balance": 4, "how": "late", "order": 9, "session": "cs_…", "at": 1790000000.0}`, waits for that
moment, does its side, and writes what came of it as a line of JSON. The payer pays the rest at the stand-in and brings the
news; the ender does what the hourly job does. `unlocked` leaves out the row locks: the control.
"""

import json
import sys
import time
from functools import partial

import django

PAUSE_S = 0.02  # what passes between a read without a lock and the write that follows


def read_only(model, related, key):
    """`locked_balance` and `lock_line` without their locks."""
    row = model.objects.select_related(*related).get(pk=getattr(key, "pk", key))
    time.sleep(PAUSE_S)
    return row


def main(role, *, is_locked):
    django.setup()
    from django.conf import settings

    from accounts.models import User
    from core.errors import DomainError
    from payments.models import Balance, Order, OrderLine
    from payments.services import balances, check_order, open_checkout, pay_balance, project_session
    from stripe_standin.control import Control, ControlError

    if not is_locked:
        balances.locked_balance = partial(read_only, Balance, ["line__order__user", "line__beneficiary", "line__grant"])
        balances.lock_line = partial(read_only, OrderLine, ["order__user", "order__price__product", "item", "beneficiary", "grant"])
    control = Control(settings.STRIPE_API_BASE)

    def pay(told):
        session = told["session"]
        if told["how"] == "begin":
            balance = Balance.objects.select_related("line__order__user").get(pk=told["balance"])
            order = pay_balance(balance=balance, by=User.objects.get(pk=balance.line.order.user_id))
            session = open_checkout(order=order).stripe_session_id
        if told["how"] in ("begin", "last"):
            control.pay(session)
        return project_session(session_id=session).state

    def end(told):
        if told["how"] == "last":
            check_order(order=Order.objects.get(pk=told["order"]))
        return balances.tend_balance(pk=told["balance"]).state

    act = {"payer": pay, "ender": end}[role]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        told = json.loads(line)
        time.sleep(max(0.0, told["at"] - time.time()))
        try:
            said = act(told)
        except (DomainError, ControlError) as refusal:
            said = f"refused: {refusal.code}"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], is_locked="unlocked" not in sys.argv)
