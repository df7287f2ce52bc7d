"""A person who buys or cancels, in a process of their own that kills itself at a named arrow.

    python -m tests.payments.chaos.buyer STORY ARROW KEY

STORY is `buy` (KEY: of a price; the buyer is the first user) or `cancel` (KEY: of an order). ARROW names a function of
the product and the side on which the power goes: `before:payments.services.checkout.ensure_customer`; with `#2` at its
second call. The product has no hooks for this: the functions are wrapped here.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import signal
import sys

import django


def main(story: str, arrow: str, key: str) -> None:
    django.setup()
    from django.conf import settings

    from accounts.models import User
    from payments.models import Order, Price
    from payments.services import cancel_order, open_checkout, project_session, start_order
    from stripe_standin.control import Control

    arm(arrow)
    if story == "cancel":
        order = Order.objects.select_related("user").get(pk=key)
        cancel_order(order=order, by=order.user)
        return
    order = start_order(user=User.objects.order_by("pk")[0], price=Price.objects.get(pk=key))
    attempt = open_checkout(order=order)
    Control(settings.STRIPE_API_BASE).pay(attempt.stripe_session_id)
    project_session(session_id=attempt.stripe_session_id)


def arm(arrow: str) -> None:
    side, _, place = arrow.partition(":")
    place, _, number = place.partition("#")
    calls = itertools.count(1)
    module, _, name = place.rpartition(".")
    home = importlib.import_module(module)
    function = getattr(home, name)

    @functools.wraps(function)
    def killed(*args: object, **kwargs: object) -> object:
        if next(calls) < int(number or 1):
            return function(*args, **kwargs)
        if side == "after":
            function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    setattr(home, name, killed)


if __name__ == "__main__":
    main(*sys.argv[1:])
