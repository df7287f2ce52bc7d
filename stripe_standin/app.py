"""The Flask application: the API under /v1, the hosted pages, and /_control."""

from __future__ import annotations

import importlib
import json
import pkgutil
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

import stripe_standin.billing
import stripe_standin.resources
from stripe_standin import events, pages
from stripe_standin.calls import ROUTES, Call, Route, expand
from stripe_standin.deliveries import Courier
from stripe_standin.errors import ApiError, InvalidRequest, NotAuthenticated, NotFound, TooManyRequests
from stripe_standin.idempotency import Keys, Remembered, fingerprint
from stripe_standin.knobs import Knobs
from stripe_standin.parameters import decode, validate
from stripe_standin.server import CUT
from stripe_standin.shapes import public
from stripe_standin.store import Store

LARGEST_BODY = 1_000_000
OUR_FAULT = "An unknown error occurred. (The stand-in was asked to fail here.)"


class StandIn:
    """What one running stand-in consists of."""

    def __init__(self, data: Path) -> None:
        self.store = Store(data / "state.sqlite3")
        self.knobs = Knobs()
        self.keys = Keys(self.store)
        self.courier = Courier(self.store)


def load(package: Any) -> None:
    """Import every module of the package, so that its routes and deeds register themselves."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def create_app(data: Path) -> Flask:
    load(stripe_standin.resources)
    load(stripe_standin.billing)
    from stripe_standin import control_pages  # these modules reach into the resources loaded above
    from stripe_standin.billing import invoice_page, looks, portal_page

    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.secret_key = secrets.token_bytes(32)  # signs nothing but the note after a button of /_control/
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    stand_in = StandIn(data)
    app.extensions["stand_in"] = stand_in
    for number, route in enumerate(ROUTES):
        app.add_url_rule(route.path, f"api-{number}", _view(stand_in, route), methods=[route.method])
    app.jinja_env.filters.update(looks.FILTERS, promise=looks.promise(stand_in.store))
    for blueprint in (pages.blueprint, portal_page.blueprint, invoice_page.blueprint, control_pages.blueprint):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _answer_in_kind)
    return app


def _answer_in_kind(error: HTTPException) -> Response:
    """Plain text to people, JSON under /v1: an address or method nobody knows, a body too large, a mistake of ours."""
    if not request.path.startswith("/v1/"):
        return Response(f"{error.code} {error.name}\n", status=error.code, content_type="text/plain")
    if error.code == 500:  # its traceback is in the log
        return _answer(500, json.dumps(ApiError("The stand-in made a mistake; its log has the traceback.").body()), _request_id())
    if error.code == 413:
        return _answer(400, json.dumps(InvalidRequest("The request is too large.").body()), _request_id())
    if error.code == 500:
        return _refusal(ApiError("The stand-in itself broke here; its log has the traceback."), _request_id())
    words = f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    return _answer(404, json.dumps(NotFound(words).body()), _request_id())


def _request_id() -> str:
    return "req_" + secrets.token_hex(7)


def _answer(status: int, body: str, request_id: str, **headers: str) -> Response:
    answer = Response(body, status=status, content_type="application/json")
    answer.headers["Request-Id"] = request_id
    answer.headers["Stripe-Version"] = events.API_VERSION
    for name, value in headers.items():
        answer.headers[name.replace("_", "-")] = value
    return answer


def _refusal(error: ApiError, request_id: str, **headers: str) -> Response:
    return _answer(error.status, json.dumps(error.body()), request_id, **headers)


def _view(stand_in: StandIn, route: Route) -> Callable[..., Response]:
    def answer(**arguments: str) -> Response:
        request_id = _request_id()
        try:
            return _handle(stand_in, route, arguments, request_id)
        except ApiError as error:
            return _refusal(error, request_id)

    return answer


def _handle(stand_in: StandIn, route: Route, arguments: dict[str, str], request_id: str) -> Response:
    knobs, method, path = stand_in.knobs, request.method, request.path
    if pause := knobs.latency_s(method, path):
        time.sleep(pause)
    _authenticate()
    if knobs.take("rate_limit", method, path):
        limited = TooManyRequests("Too many requests hit the API too quickly. We recommend an exponential backoff of your requests.", code="rate_limit")
        return _refusal(limited, request_id, Retry_After="1", Stripe_Should_Retry="true")
    if knobs.take("fail_before", method, path):
        return _refusal(ApiError(OUR_FAULT), request_id)
    raw = decode((request.form if method == "POST" else request.args).items(multi=True))
    parameters = validate(raw, route.spec) if route.spec else _none_allowed(raw)
    call = Call(stand_in.store, path, arguments, parameters, base=request.host_url.rstrip("/"))
    key = request.headers.get("Idempotency-Key", "") if method == "POST" else ""
    if not key:
        return _execute(stand_in, route, call, request_id, None, "")
    with stand_in.keys.hold(key):
        return _execute(stand_in, route, call, request_id, key, fingerprint(method, path, raw))


def _authenticate() -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise NotAuthenticated(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: "
            "Bearer YOUR_SECRET_KEY')."
        )
    if not key.startswith(("sk_test_", "rk_test_")):
        raise NotAuthenticated(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")
    version = request.headers.get("Stripe-Version", events.API_VERSION)
    if version != events.API_VERSION:
        raise InvalidRequest(f"Invalid Stripe API version: {version}. The stand-in speaks {events.API_VERSION}.")


def _none_allowed(given: dict[str, Any]) -> dict[str, Any]:
    if given:
        raise InvalidRequest(f"Received unknown parameter: {next(iter(given))}", code="parameter_unknown", param=next(iter(given)))
    return {}


def _execute(stand_in: StandIn, route: Route, call: Call, request_id: str, key: str | None, mark: str) -> Response:
    store, knobs = stand_in.store, stand_in.knobs
    with store.transaction():
        if key and (remembered := stand_in.keys.recall(key, mark)):
            retry = {"Stripe_Should_Retry": "false"} if remembered.status >= 500 else {}
            return _answer(
                remembered.status, remembered.body, request_id, Idempotency_Key=key, Idempotent_Replayed="true", Original_Request=remembered.request_id, **retry
            )
        store.request = {"id": request_id, "idempotency_key": key}
        try:
            status, body = _outcome(store, route, call)
        finally:
            store.request = {"id": None, "idempotency_key": None}
        fault = knobs.take("fail_after", request.method, request.path) if status < 400 else None
        if fault:
            status, body = 500, json.dumps(ApiError(OUR_FAULT).body())
        if key and (fault is None or fault.remembered):
            stand_in.keys.remember(key, mark, Remembered(status, body, request_id))
    if status < 400 and knobs.take("drop_after", request.method, request.path):
        request.environ[CUT] = True  # the effect stands and the caller hears nothing
    extra = {"Idempotency_Key": key, "Original_Request": request_id} if key else {}
    if fault and fault.remembered and key:
        extra["Stripe_Should_Retry"] = "false"
    return _answer(status, body, request_id, **extra)


def _outcome(store: Store, route: Route, call: Call) -> tuple[int, str]:
    try:
        with store.savepoint():
            answer = route.answer(call)
            answer = expand(store, answer, call.get("expand") or [])
    except ApiError as error:
        return error.status, json.dumps(error.body())
    return 200, json.dumps(public(answer))
