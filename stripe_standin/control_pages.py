"""/_control/ for people: move the clock, refund or dispute as the dashboard and the banks would, see what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from flask import flash, render_template, request, url_for
from flask import redirect as lead
from werkzeug.wrappers import Response

from stripe_standin.calls import Thing
from stripe_standin.control_api import ORDERS, blueprint, store
from stripe_standin.errors import ApiError
from stripe_standin.money import ZERO_DECIMAL

SHOWN = 25
STEPS = ((3600, "1 hour"), (86_400, "1 day"), (7 * 86_400, "1 week"), (31 * 86_400, "31 days"))
STATES = {
    "pending": "waiting",
    "held": "held back",
    "delivered": "delivered",
    "dropped": "lost on purpose",
    "given_up": "given up",
}


@blueprint.app_template_filter("moment")
def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@blueprint.app_template_filter("major")
def major(amount: int, currency: str) -> str:
    """For a number field: 20.00 of 2000 cents."""
    return str(amount) if currency in ZERO_DECIMAL else f"{amount / 100:.2f}"


@blueprint.get("/")
def overview() -> str:
    with store().transaction():
        charges, _ = store().page("charge", limit=SHOWN, paid=True)
        sessions, _ = store().page("checkout.session", limit=SHOWN, status="open")
        open_disputes = [dispute for dispute in store().all("dispute") if dispute["status"] not in ("won", "lost")]
        events, _ = store().page("event", limit=SHOWN)
        sent = {event["id"]: _deliveries(event["id"]) for event in events}
    things = {"charges": charges, "sessions": sessions, "disputes": open_disputes, "events": events, "sent": sent}
    return render_template("control.html", now=store().now(), steps=STEPS, states=STATES, **things)


def _deliveries(event: str) -> list[Thing]:
    rows = store().execute("SELECT state, attempts, answer FROM deliveries WHERE event = ? ORDER BY id", (event,))
    return [{"state": state, "attempts": attempts, "answer": answer} for state, attempts, answer in rows]


def _refund(form: Thing) -> str:
    with store().transaction():
        charge = store().get("charge", form["charge"])
    amount = round(float(form["amount"]) * (1 if charge["currency"] in ZERO_DECIMAL else 100))
    ORDERS["refund"]({"charge": charge["id"], "amount": amount})
    return "Refunded."


def _dispute(form: Thing) -> str:
    ORDERS["open_dispute"]({"charge": form["charge"]})
    return "The cardholder's bank has opened a dispute."


def _close(form: Thing) -> str:
    ORDERS["close_dispute"]({"dispute": form["dispute"], "won": form["won"] == "1"})
    return "The dispute is over."


def _advance(form: Thing) -> str:
    said = ORDERS["advance"]({"seconds": float(form["seconds"])})
    return f"The stand-in's clock shows {moment(said['now'])}; {said['deeds']} things happened on the way."


def _now(_form: Thing) -> str:
    said = ORDERS["set_clock"]({"at": time.time()})
    return f"The stand-in's clock shows {moment(said['now'])}, as everybody's."


def _resend(form: Thing) -> str:
    ORDERS["resend"]({"event": form["event"]})
    return "Sent again."


ACTIONS: dict[str, Callable[[Thing], str]] = {"refund": _refund, "dispute": _dispute, "close": _close, "advance": _advance, "now": _now, "resend": _resend}


@blueprint.post("/do/<action>")
def act(action: str) -> Response | tuple[str, int]:
    if action not in ACTIONS:
        return "No such action.\n", 404
    try:
        flash(ACTIONS[action](request.form.to_dict()))
    except (ApiError, ValueError, KeyError) as error:
        flash(f"Not done: {getattr(error, 'message', error)}")
    return lead(url_for("control.overview"), 303)
