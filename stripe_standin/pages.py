"""The hosted pages a person meets at Stripe: here plain HTML without JavaScript."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from stripe_standin import cards, money
from stripe_standin.calls import Thing
from stripe_standin.errors import ApiError, NotFound
from stripe_standin.resources.checkout.paying import Payer, pay, preview
from stripe_standin.store import Store

blueprint = Blueprint("pages", __name__)
blueprint.add_app_template_filter(money.shown, "money")


def store() -> Store:
    found: Store = current_app.extensions["stand_in"].store
    return found


@blueprint.app_errorhandler(NotFound)
def not_found(error: NotFound) -> tuple[str, int]:
    return render_template("gone.html", message=error.message), 404


def typed_payer() -> Payer:
    """What the form holds. The bank's two outcomes come in place of a card number."""
    way = request.form.get("way", "card")
    number = way if way in (cards.BANK_SUCCEEDS, cards.BANK_FAILS) else request.form.get("number", "")
    typed = {name: request.form.get(name, "").strip() for name in ("email", "name", "country", "state", "postal_code", "promotion")}
    return Payer(number=number, **typed)


@blueprint.route("/c/pay/<id>", methods=["GET", "POST"])
def pay_page(id: str) -> AnyResponse:
    """The page of a checkout session; a payment made goes to the session's success address."""
    with store().transaction():
        session = store().get("checkout.session", id)
    if session["status"] == "complete":
        return redirect(success_url(session), 303)
    if session["status"] == "expired":
        return _page("expired.html", session, status=410)
    payer = typed_payer() if request.method == "POST" else Payer()
    if request.method == "GET" or "apply" in request.form:
        with store().transaction():
            shown, problem = preview(store(), id, payer)
        return _page("pay.html", shown, payer=payer, problem=problem, status=422 if problem else 200)
    done, problem = pay(store(), id, payer)
    if problem is None:
        return redirect(success_url(done), 303)
    if done["status"] == "expired":
        return _page("expired.html", done, status=410)
    return _page("pay.html", done, payer=payer, problem=problem, status=402)


def success_url(session: Thing) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _page(template: str, session: Thing, *, status: int = 200, payer: Payer | None = None, problem: ApiError | None = None) -> Response:
    offered = [cards.CARDS[number] for number in cards.SHOWN]
    words: dict[str, Any] = {"session": session, "lines": session["_lines"], "payer": payer or Payer(), "problem": problem, "cards": offered}
    return Response(render_template(template, **words, store=store()), status=status)


@blueprint.route("/receipts/<id>")
def receipt(id: str) -> str:
    with store().transaction():
        charge = store().get("charge", id)
    return render_template("receipt.html", charge=charge)
