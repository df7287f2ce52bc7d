"""Filters of the hosted pages: days, prices, card numbers, and what a subscription will cost and when."""

from collections.abc import Callable
from typing import Any

from stripe_standin import cards
from stripe_standin.billing.periods import boundary
from stripe_standin.billing.words import day, every, every_time
from stripe_standin.clock import DAY_S
from stripe_standin.money import shown
from stripe_standin.resources.coupons import discount_on
from stripe_standin.store import Store


def digits(number: str) -> str:
    """`4242 4242 4242 4242`."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def offered_cards() -> list[cards.Card]:
    return [cards.CARDS[number] for number in cards.SHOWN]


def promise(store: Store) -> Callable[[dict, int], str]:
    """The filter for sessions in subscription mode: `$0.00 today, then $19.00 every month from 6 Dec 2026`."""

    def say(session: dict, now: int) -> str:
        lines = [line for line in session["_lines"] if line["price"]["recurring"]]
        price, currency = lines[0]["price"], session["currency"]
        trial_end = _trial_end(session["_subscription_data"], now)
        recurring = price["recurring"]
        first = trial_end or boundary(now, recurring["interval"], recurring["interval_count"])
        full = sum(line["price"]["unit_amount"] * line["quantity"] for line in lines)
        coupon = store.find(session["_coupon"])
        reduced = full
        if coupon and (trial_end or coupon["duration"] != "once"):
            reduced -= sum(discount_on(coupon, [(line["price"]["product"], line["price"]["unit_amount"] * line["quantity"]) for line in lines]))
        words = f"{shown(session['amount_total'], currency)} today, then {shown(reduced, currency)} every {every(price)} from {day(first)}"
        if reduced != full and coupon and coupon["duration"] != "forever":
            until = "after that" if coupon["duration"] == "once" else f"after {coupon['duration_in_months']} months"
            words += f", and {shown(full, currency)} {until}"
        return words + (", plus tax" if session["automatic_tax"]["enabled"] else "")

    return say


def _trial_end(data: dict[str, Any], now: int) -> int | None:
    if data.get("trial_period_days"):
        return now + int(data["trial_period_days"]) * DAY_S
    return int(data["trial_end"]) if data.get("trial_end") else None


FILTERS: dict[str, Callable[..., str]] = {"day": day, "every_time": every_time, "digits": digits, "sentence": sentence}
