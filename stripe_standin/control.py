"""A client of /_control for tests and benches. Needs nothing but the standard library."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

Thing = dict[str, Any]
PAYS = "4242424242424242"


class ControlError(RuntimeError):
    """The stand-in refused; `code` is Stripe's, where it has one ("card_declined")."""

    def __init__(self, message: str, code: str | None) -> None:
        super().__init__(message)
        self.code = code


class Control:
    def __init__(self, url: str) -> None:
        self.url = url

    # time

    def reset(self) -> None:
        """Forget every object, event, knob and address; the clock shows the wall's time again."""
        self._order("reset")

    def advance(self, seconds: float) -> int:
        """Let the stand-in's clock run on; what falls due on the way happens at its own moment. The new time, in Unix seconds."""
        return int(self._order("advance", seconds=seconds)["now"])

    def set_clock(self, at: datetime | float) -> int:
        return int(self._order("set_clock", at=at.timestamp() if isinstance(at, datetime) else at)["now"])

    def now(self) -> int:
        return int(self._order("clock")["now"])

    # people and banks

    def pay(
        self, session_id: str, card: str = PAYS, promotion: str | None = None, *, email: str = "payer@example.com", name: str = "Pat Payer", **typed: str
    ) -> Thing:
        """Pay as a person would on the page. `card`: a test card's number, "bank_succeeds" or "bank_fails". The session, or ControlError.

        `typed`: country, state, postal_code.
        """
        payer = {"number": card, "email": email, "name": name, "promotion": promotion or "", **typed}
        return dict(self._order("pay_session", session=session_id, payer=payer))

    def decline(self, session_id: str) -> Thing:
        """Try with a card that is declined; the session stays open."""
        return dict(self._order("decline", session=session_id))

    def set_card(self, customer: str, number: str) -> Thing:
        """The customer's default card from now on; the payment method."""
        return dict(self._order("set_card", customer=customer, number=number))

    def dashboard_refund(self, charge: str, amount: int | None = None) -> Thing:
        return dict(self._order("refund", charge=charge, amount=amount))

    def open_dispute(self, charge: str) -> Thing:
        return dict(self._order("open_dispute", charge=charge))

    def close_dispute(self, id: str, *, won: bool) -> Thing:
        return dict(self._order("close_dispute", dispute=id, won=won))

    def billing(self, **settings: Any) -> Thing:
        """What the account has set about failed payments and renewals; without arguments, read it.

        `retry_days` ([3, 5, 7]), `after_retries` ("canceled", "unpaid", "past_due"), `finalize_after_s` (3600), `portal_cancels_with`
        ("billing_mode": subscriptions in flexible mode, the usual one, get `cancel_at` and not the flag; or "cancel_at", "cancel_at_period_end").
        """
        return dict(self._order("billing", **settings))

    # faults

    def knobs(self, *, path: str = "", method: str = "", remembered: bool = True, **faults: int) -> None:
        """`latency_ms`, `rate_limit`, `fail_before`, `fail_after`, `drop_after`: the next n requests whose path begins so.

        As at Stripe, a 500 after the effect is replayed to its idempotency key; `remembered=False` lets a retry hear the real answer.
        """
        self._order("knobs", path=path, method=method, remembered=remembered, **faults)

    def webhooks(self, **knobs: Any) -> int:
        """`hold`, `release`, `shuffle`, `duplicate`, `drop`, `delay_s`, `wrong_secret`, `timestamp_offset_s`, `types`.

        Kept until changed or reset; `release=True` lets what was held go, and says how much that was.
        """
        return int(self._order("webhooks", **knobs)["released"])

    def send_to(self, url: str | None, secret: str = "") -> None:
        self._order("send_to", url=url, secret=secret)

    def resend(self, event: str) -> None:
        self._order("resend", event=event)

    def settle(self, limit_s: float = 100) -> bool:
        """Wait until every delivery that is due has been tried once."""
        return bool(self._order("settle", limit_s=limit_s)["settled"])

    # what there is

    def events(self, type: str | None = None) -> list[Thing]:
        """Oldest first."""
        return list(self._order("events", type=type))

    def objects(self, kind: str) -> list[Thing]:
        """Every object whose `object` is `kind`, oldest first."""
        return list(self._order("objects", kind=kind))

    def deliveries(self) -> list[Thing]:
        """Of webhooks: event, url, state (pending, held, delivered, dropped, given_up), attempts, answer."""
        return list(self._order("deliveries_made"))

    def _order(self, name: str, **given: Any) -> Any:
        parts = urlsplit(self.url)
        with closing(http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=120)) as connection:
            connection.request("POST", f"/_control/api/{name}", json.dumps(given), {"Content-Type": "application/json", "Connection": "close"})
            answer = connection.getresponse()
            said = json.loads(answer.read())
        if answer.status != 200:
            raise ControlError(said.get("error", ""), said.get("code"))
        return said
