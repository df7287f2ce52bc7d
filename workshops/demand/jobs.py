"""Counting towns, telling those who asked, and the end of a pin's year."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic


@job("workshops.count_demand", forget_done=True)
def count_demand(job: RunningJob) -> None:
    from workshops.demand.counting import count_demand

    count_demand()


@job("workshops.tell_pins")
def tell_pins(job: RunningJob, *, workshop: int) -> None:
    from workshops.demand.first_booking import tell_pins
    from workshops.models import Workshop

    tell_pins(workshop=Workshop.objects.select_related("venue").get(pk=workshop))


@job("workshops.look_after_pins", forget_done=True)
def look_after_pins(job: RunningJob) -> None:
    """Once a day: ask who runs out soon, close what ran out, delete what is over, count what was set aside."""
    from workshops.asking.services import ASKED_AGAIN_BEFORE, forget_old, today
    from workshops.demand.counting import count_demand
    from workshops.demand.pins import ask_again, expire_pins
    from workshops.models import Pin

    for pin in Pin.objects.filter(state=Pin.State.ACTIVE, expires_on__lte=today() + ASKED_AGAIN_BEFORE).order_by("pk").iterator():
        ask_again(pin=pin)
    expire_pins()
    forget_old(Pin)
    count_demand()


periodic("workshops.look_after_pins", every=timedelta(days=1))
