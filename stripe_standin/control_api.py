"""/_control: what no customer and no API key can do: move the clock, act as the bank or the dashboard, break things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, request

from stripe_standin import agenda, deliveries
from stripe_standin.billing import portal, settings
from stripe_standin.calls import Thing
from stripe_standin.errors import ApiError, InvalidRequest
from stripe_standin.knobs import Fault, WebhookKnobs
from stripe_standin.resources import disputes, refunds
from stripe_standin.resources.checkout.paying import Payer, pay
from stripe_standin.shapes import public
from stripe_standin.store import Store

blueprint = Blueprint("control", __name__, url_prefix="/_control")
DECLINED = "4000000000000002"


def stand_in() -> Any:
    return current_app.extensions["stand_in"]


def store() -> Store:
    found: Store = stand_in().store
    return found


@blueprint.before_request
def refuse_other_sites() -> Response | None:
    """A page of another site, open in the same browser, may not press these buttons."""
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin and urlsplit(origin).netloc != request.host:
        return Response("From this address only.\n", 403, content_type="text/plain")
    return None


@blueprint.get("/health")
def health() -> Response:
    return jsonify(now=store().now())


Order = Callable[[Thing], Any]
ORDERS: dict[str, Order] = {}


def order(function: Order) -> Order:
    """Answer POST /_control/<name> (JSON in, JSON out) with the function."""
    ORDERS[function.__name__] = function
    return function


@blueprint.post("/api/<name>")
def obey(name: str) -> tuple[Response, int]:
    if name not in ORDERS:
        return jsonify(error=f"No order is called {name}."), 404
    if not request.is_json:
        return jsonify(error="Orders are JSON."), 415
    try:
        return jsonify(public(ORDERS[name](request.get_json()))), 200
    except ApiError as error:
        return jsonify(error=error.message, code=error.code), 400
    except (KeyError, TypeError, ValueError) as error:
        return jsonify(error=f"{type(error).__name__}: {error}"), 400


@order
def reset(given: Thing) -> Thing:
    """Forget everything, where events are sent too."""
    stand_in().knobs.clear()
    store().webhooks = WebhookKnobs()
    store().reset()
    return {}


@order
def advance(given: Thing) -> Thing:
    done = agenda.advance(store(), store().clock.exact() + given["seconds"])
    return {"now": store().now(), "deeds": done}


@order
def set_clock(given: Thing) -> Thing:
    """Forwards: everything planned in between happens. Backwards: only the clock moves."""
    done = agenda.advance(store(), given["at"])
    with store().transaction():
        store().set_clock(given["at"])
    return {"now": store().now(), "deeds": done}


@order
def clock(given: Thing) -> Thing:
    return {"now": store().now()}


@order
def pay_session(given: Thing) -> Thing:
    session, problem = pay(store(), given["session"], Payer(**given.get("payer", {})))
    if problem:
        raise problem
    return session


@order
def decline(given: Thing) -> Thing:
    """A card that is refused: the session stays open, the decline is on record."""
    session, problem = pay(store(), given["session"], Payer(number=DECLINED, email="payer@example.com"))
    if problem is None or problem.status != 402:
        raise problem or InvalidRequest("This session asks for no payment.")
    return session


@order
def set_card(given: Thing) -> Thing:
    """The customer's card from now on, as if entered in the portal: that of their subscriptions too."""
    with store().transaction():
        customer = store().get("customer", given["customer"])
        return portal.give_card(store(), customer["id"], given["number"])


@order
def refund(given: Thing) -> Thing:
    with store().transaction():
        return refunds.refund(store(), store().get("charge", given["charge"]), given.get("amount"), reason=given.get("reason"))


@order
def open_dispute(given: Thing) -> Thing:
    with store().transaction():
        return disputes.open_dispute(store(), store().get("charge", given["charge"]))


@order
def close_dispute(given: Thing) -> Thing:
    with store().transaction():
        return disputes.close_dispute(store(), store().get("dispute", given["dispute"]), won=given["won"])


@order
def billing(given: Thing) -> Thing:
    """Change what the account has set about failed payments; the settings as they are now."""
    with store().transaction():
        return settings.change(store(), **given)


@order
def knobs(given: Thing) -> Thing:
    limits = {name: given.pop(name) for name in ("path", "method", "remembered") if name in given}
    stand_in().knobs.set([Fault(name=name, value=int(value), **limits) for name, value in given.items()])
    return {}


@order
def webhooks(given: Thing) -> Thing:
    """Set what is given, keep the rest; `release` sends what was held and ends the holding."""
    released = 0
    release = given.pop("release", False)
    if release:
        given.setdefault("hold", False)
    store().webhooks = replace(store().webhooks, **given)
    if release:
        released = deliveries.release(store())
    return {"released": released}


@order
def send_to(given: Thing) -> Thing:
    with store().transaction():
        deliveries.listen(store(), given.get("url"), given.get("secret", ""))
    return {}


@order
def resend(given: Thing) -> Thing:
    with store().transaction():
        event = store().get("event", given["event"])
    deliveries.resend(store(), event["id"])
    return {}


@order
def settle(given: Thing) -> Thing:
    """Wait until every delivery that is due has been tried."""
    return {"settled": stand_in().courier.settle(given.get("limit_s", 30))}


@order
def events(given: Thing) -> list[Thing]:
    with store().transaction():
        return store().all("event", **({"type": given["type"]} if given.get("type") else {}))


@order
def objects(given: Thing) -> list[Thing]:
    with store().transaction():
        return store().all(given["kind"])


@order
def deliveries_made(given: Thing) -> list[Thing]:
    names = ("id", "event", "url", "state", "attempts", "next_at", "answer")
    with store().transaction():
        rows = store().execute("SELECT id, event, url, state, attempts, next_at, answer FROM deliveries ORDER BY id")
    return [dict(zip(names, row, strict=True)) for row in rows]
