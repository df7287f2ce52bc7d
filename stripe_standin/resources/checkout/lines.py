"""The lines of a session and their sums: discount, then tax."""

from __future__ import annotations

from decimal import Decimal

import stripe

from stripe_standin.calls import Thing
from stripe_standin.errors import InvalidRequest
from stripe_standin.money import tax_on, tax_percent
from stripe_standin.parameters import missing
from stripe_standin.resources.coupons import discount_on
from stripe_standin.resources.products import new_price
from stripe_standin.shapes import shaped
from stripe_standin.store import Store


def new_lines(store: Store, given: list[Thing], mode: str) -> list[Thing]:
    """Line items without their sums yet."""
    lines = [_line(store, item, f"line_items[{number}]") for number, item in enumerate(given)]
    currencies = {line["currency"] for line in lines}
    if len(currencies) > 1:
        raise InvalidRequest("All line items must use the same currency.", param="line_items")
    recurring = [line["price"]["type"] == "recurring" for line in lines]
    if mode == "payment" and any(recurring):
        raise InvalidRequest("You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")
    if mode == "subscription" and not any(recurring):
        raise InvalidRequest("You must provide at least one recurring price in `subscription` mode when using prices.")
    return lines


def _line(store: Store, item: Thing, where: str) -> Thing:
    if bool(item.get("price")) == bool(item.get("price_data")):
        raise InvalidRequest("You must specify either `price` or `price_data` for each line item.", param=where)
    if item.get("price"):
        price = store.get("price", item["price"], param=f"{where}[price]")
        if not price["active"]:
            raise InvalidRequest("The price specified is inactive. This field only accepts active prices.", code="resource_missing", param=f"{where}[price]")
    else:
        price = new_price(store, item["price_data"], active=False, where=f"{where}[price_data]")
    if item.get("quantity") is None:
        raise missing(f"{where}[quantity]")
    if item["quantity"] < 1:
        raise InvalidRequest("Invalid positive integer", code="parameter_invalid_integer", param=f"{where}[quantity]")
    return shaped(
        stripe.LineItem,
        id=store.new_id("li_1"),
        object="item",
        amount_discount=0,
        amount_subtotal=price["unit_amount"] * item["quantity"],
        amount_tax=0,
        amount_total=price["unit_amount"] * item["quantity"],
        currency=price["currency"],
        description=store.get("product", price["product"])["name"],
        price=price,
        quantity=item["quantity"],
    ) | {"metadata": item.get("metadata", {})}


def priced(store: Store, session: Thing) -> Thing:
    """The session with every sum worked out from its lines, its discount, and where the tax is due."""
    free_today = _is_trial(session)
    lines = []
    for line in session["_lines"]:
        due = 0 if free_today and line["price"]["type"] == "recurring" else line["price"]["unit_amount"] * line["quantity"]
        lines.append({**line, "amount_subtotal": due, "amount_discount": 0, "amount_tax": 0, "amount_total": due})
    coupon = store.find(session["_coupon"]) if session["_coupon"] else None
    if coupon:
        discounts = discount_on(coupon, [(line["price"]["product"], line["amount_subtotal"]) for line in lines])
        lines = [{**line, "amount_discount": off, "amount_total": line["amount_subtotal"] - off} for line, off in zip(lines, discounts, strict=True)]
    complete = True
    if session["automatic_tax"]["enabled"]:
        percents = [tax_of(store, line, session) for line in lines]
        complete = None not in percents
        lines = [_taxed(line, percent or Decimal(0)) for line, percent in zip(lines, percents, strict=True)]

    def sum_of(name: str) -> int:
        return sum(line[name] for line in lines)

    status = ("complete" if complete else "requires_location_inputs") if session["automatic_tax"]["enabled"] else None
    return {
        **session,
        "_lines": lines,
        "amount_subtotal": sum_of("amount_subtotal"),
        "amount_total": sum_of("amount_total"),
        "automatic_tax": {**session["automatic_tax"], "status": status},
        "total_details": {"amount_discount": sum_of("amount_discount"), "amount_shipping": 0, "amount_tax": sum_of("amount_tax")},
    }


def tax_of(store: Store, line: Thing, session: Thing) -> Decimal | None:
    """The rate of where the thing happens, else of where the customer is; None while neither is known."""
    product = store.find(line["price"]["product"]) or {}
    details = product.get("tax_details") or {}
    if place := store.find(details.get("performance_location")):
        return tax_percent(place["address"]["country"], place["address"]["state"])
    customer = store.find(session["customer"]) or {}
    address = (session["customer_details"] or {}).get("address") or customer.get("address")
    return tax_percent(address["country"], address["state"]) if address and address.get("country") else None


def _taxed(line: Thing, percent: Decimal) -> Thing:
    inclusive = line["price"]["tax_behavior"] == "inclusive"
    tax = tax_on(line["amount_total"], percent, inclusive=inclusive)
    return {**line, "amount_tax": tax, "amount_total": line["amount_total"] + (0 if inclusive else tax)}


def _is_trial(session: Thing) -> bool:
    data = session["_subscription_data"]
    return bool(data.get("trial_period_days") or data.get("trial_end"))
