"""Stripe's events: what a webhook carries, and the list of what it may have missed."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext as _
from stripe.params import EventListParams

from core.errors import DomainError
from payments.gateway.client import answers, client, environment

MAX_BODY = 256 * 1024
TOLERANCE_S = 300
PAGE = 100

_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,76}", re.ASCII)
_NAME = re.compile(r"[a-z0-9_.]{1,60}", re.ASCII)
_OBJECT_ID = re.compile(r"[A-Za-z0-9_-]{0,120}", re.ASCII)  # products have ids of our own making, with hyphens


class EventRefused(DomainError):
    """This is no event of ours: it is neither stored nor believed."""

    code = "event_refused"


class ClockSuspected(EventRefused):
    """The signature is right but its time is `skew_s` seconds from ours (above 0: ahead): a replay, or one clock is wrong."""

    code = "event_out_of_time"

    def __init__(self, message: str, *, skew_s: int):
        super().__init__(message)
        self.skew_s = skew_s


@dataclass(frozen=True)
class Notice:
    """What is kept of an event. `object_id` is empty for things without one, such as the balance."""

    event_id: str
    type: str
    object_type: str
    object_id: str
    occurred_at: datetime


def read_webhook(payload: bytes, signature: str) -> Notice:
    """The event in a webhook's raw body. Raises EventRefused unless it is signed with one of our secrets, in time, and for us."""
    _check_signature(payload, signature)
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise EventRefused(_("The body is not JSON.")) from error
    return notice_of(event)


def _check_signature(payload: bytes, signature: str) -> None:
    """The library's own check with each secret in turn (two stand while one is rotated out).

    The library refuses what is too old and accepts any time to come, and says the same of a forged and of an old
    signature; so its tolerance is off and the time is judged here, both ways.
    """
    if not signature.isascii():  # compared as text, which must be ASCII
        raise EventRefused(_("The signature is malformed."))
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(payload, signature, secret, tolerance=None)
        except stripe.SignatureVerificationError:
            continue
        except UnicodeDecodeError as error:
            raise EventRefused(_("The body is not UTF-8.")) from error
        return _check_time(signature)
    raise EventRefused(_("The signature does not match."))


def _check_time(signature: str) -> None:
    """`signature` was verified, so its first `t` is the number that was signed."""
    signed_at = next(int(part[1]) for part in (part.split("=", 2) for part in signature.split(",")) if part[0] == "t")
    skew_s = signed_at - int(time.time())
    if abs(skew_s) > TOLERANCE_S:
        raise ClockSuspected(_("The signature's time is more than five minutes from ours."), skew_s=max(-(2**31), min(2**31 - 1, skew_s)))


def notice_of(event: Any) -> Notice:
    """What is kept of `event`. Raises EventRefused when it is not a v1 event of this account and environment."""
    if not isinstance(event, dict) or event.get("object") != "event":
        raise EventRefused(_("This is not an event."))
    if event.get("account"):
        raise EventRefused(_("This event is of another account."))
    if event.get("livemode") is not (environment() == "live"):
        raise EventRefused(_("This event is of another mode: test and live are kept apart."))
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if not isinstance(subject, dict):
        raise EventRefused(_("This event is about nothing."))
    return Notice(
        event_id=_matching(_EVENT_ID, event.get("id")),
        type=_matching(_NAME, event.get("type")),
        object_type=_matching(_NAME, subject.get("object")),
        object_id=_matching(_OBJECT_ID, subject.get("id") or ""),
        occurred_at=instant_of(event),
    )


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise EventRefused(_("A field of this event is missing or malformed."))
    return value


def instant_of(event: dict[str, Any]) -> datetime:
    seconds = event.get("created")
    if type(seconds) is not int or not 0 < seconds < 2**33:
        raise EventRefused(_("A field of this event is missing or malformed."))
    return datetime.fromtimestamp(seconds, tz=UTC)


@dataclass(frozen=True)
class Page:
    """Events, newest first. `answered_at` is Stripe's own time of the answer."""

    events: list[dict[str, Any]]
    has_more: bool
    answered_at: datetime | None


def list_events(*, since: datetime, after: str = "") -> Page:
    """The events since then, a page at a time; `after` is the last id of the page before."""
    params: EventListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    if after:
        params["starting_after"] = after
    with answers():
        page = client().events.list(params)
    headers = page.last_response.headers if page.last_response else {}
    return Page([event.to_dict() for event in page.data], page.has_more, _http_date(headers.get("Date")))


def _http_date(value: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
