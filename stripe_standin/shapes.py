"""Objects with every field the library's classes declare, so that code reading a field Stripe would send finds it."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from stripe import StripeObject

# Present on Stripe's answers only when asked for with `expand`.
ONLY_EXPANDED = {
    "checkout.session": {"line_items"},
    "charge": {"refunds"},
    "invoice": {"payments", "confirmation_secret"},
    "customer": {"sources", "subscriptions", "tax_ids", "cash_balance", "invoice_credit_balance"},
    "product": {"tax_details"},
    "price": {"currency_options", "tiers"},
    "coupon": {"applies_to", "currency_options"},
}


@cache
def _blank(cls: type[StripeObject], kind: str) -> tuple[tuple[str, Any], ...]:
    fields: list[tuple[str, Any]] = []
    left_out = ONLY_EXPANDED.get(kind, set())
    for name, hint in cls.__annotations__.items():
        if name not in left_out and name != "deleted" and type(None) in get_args(hint):
            fields.append((name, None))
    return tuple(fields)


def shaped(cls: type[StripeObject], **values: Any) -> dict[str, Any]:
    """`values`, and null for every other optional field of the library's class for this object."""
    kind = values["object"]
    blank = _blank(cls, kind)  # type: ignore[arg-type]  # classes are hashable; mypy judges by their instances
    live = {"livemode": False} if "livemode" in cls.__annotations__ else {}
    return {**dict(blank), **live, **values}


def public(thing: Any) -> Any:
    """As the API shows it: our own notes, whose names begin with an underscore, stay inside."""
    if isinstance(thing, dict):
        return {key: public(value) for key, value in thing.items() if not key.startswith("_")}
    if isinstance(thing, list):
        return [public(item) for item in thing]
    return thing
