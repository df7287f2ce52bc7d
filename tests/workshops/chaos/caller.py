"""Staff who call a workshop off, or a person who moves their seat, in a process of their own that kills itself at a named arrow.

    python -m tests.workshops.chaos.caller STORY ARROW JSON

STORY is `call_off` or `move`, JSON what it needs. ARROW is as in `tests.payments.chaos.buyer`; "" lets everything happen.
Every job is run as soon as it is queued, in the same process: a worker that dies with it. `late` is for the controls: the work
of calling off is queued, or the old seat of a move let go of, after the commit in place of with it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def main(story: str, arrow: str, told: dict[str, Any]) -> None:
    django.setup()
    from django.db import transaction

    from core import jobs
    from smrt_platform.celery import app
    from tests.payments.chaos.buyer import arm
    from workshops.cancelling import services
    from workshops.moving import services as moving

    app.loader.import_default_modules()  # every job kind, as a worker has them
    jobs.wake = lambda row: jobs.run(row.pk)
    if arrow:
        arm(arrow)
    if told.pop("late", False):
        enqueue, change_seat = services.enqueue, moving.change_seat

        def change_late(**given: Any) -> Any:
            return transaction.on_commit(lambda: change_seat(**given)) if given["to"] == "cancelled" else change_seat(**given)

        services.enqueue = lambda kind, **given: transaction.on_commit(lambda: enqueue(kind, **given))
        moving.change_seat = change_late
    {"call_off": call_off, "move": move}[story](**told)


def call_off(*, workshop: int, to: int, by: int, choices: dict[str, str]) -> None:
    from accounts.models import User
    from workshops.cancelling import services
    from workshops.models import Workshop

    wishes = {int(seat): wish for seat, wish in choices.items()}
    date, staff = Workshop.objects.select_related("venue").get(pk=to), User.objects.get(pk=by)
    services.call_off(workshop=Workshop.objects.get(pk=workshop), by=staff, reason="Ill", default="move", to=date, choices=wishes)


def move(*, seat: int, to: int) -> None:
    from django.conf import settings

    from payments.services import open_checkout, project_session
    from stripe_standin.control import Control
    from workshops.models import Seat, Workshop
    from workshops.moving import services

    mine = Seat.objects.select_related("learner").get(pk=seat)
    begun = services.start_move(seat=mine, to=Workshop.objects.get(pk=to), by=mine.learner)
    if begun.order:
        session = open_checkout(order=begun.order).stripe_session_id
        Control(settings.STRIPE_API_BASE).pay(session)
        project_session(session_id=session)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
