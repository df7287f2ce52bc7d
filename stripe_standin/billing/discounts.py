"""Coupons on a subscription: given at its start or by an update, spent by invoices."""

from stripe_standin.billing import shapes
from stripe_standin.billing.periods import boundary
from stripe_standin.errors import InvalidRequest
from stripe_standin.resources.coupons import count_redemption, redeemable
from stripe_standin.store import Store


def asked_for(store: Store, given: list[dict], customer: str, items: list[dict]) -> list[tuple[dict, str | None]]:
    """(coupon, promotion code's id) for each discount of a request, each counted as redeemed. `items`: price and quantity."""
    subtotal = sum(entry["price"]["unit_amount"] * entry["quantity"] for entry in items)
    found = []
    for number, entry in enumerate(given):
        if "coupon" not in entry and "promotion_code" not in entry:
            raise InvalidRequest("A discount here needs a coupon or a promotion code.", param=f"discounts[{number}]")
        coupon, code = redeemable(
            store,
            coupon=entry.get("coupon"),
            code=entry.get("promotion_code"),
            customer=customer,
            subtotal=subtotal,
            currency=items[0]["price"]["currency"],
        )
        count_redemption(store, coupon["id"], code["id"] if code else None)
        found.append((coupon, code["id"] if code else None))
    return found


def give(store: Store, subscription: dict, asked: list[tuple[dict, str | None]], *, start: int, session: str | None = None) -> list[dict]:
    """Make the discounts and write them on the subscription, in place of those it had."""
    given = []
    for coupon, code in asked:
        end = boundary(start, "month", coupon["duration_in_months"]) if coupon["duration"] == "repeating" else None
        made = shapes.discount(
            id=store.new_id("di"),
            coupon=coupon,
            customer=subscription["customer"],
            start=start,
            end=end,
            subscription=subscription["id"],
            session=session,
            code=code,
        )
        given.append(store.add(made))
    subscription["discounts"] = [discount["id"] for discount in given]
    return given


def in_force(store: Store, subscription: dict, at: int) -> list[tuple[str, dict]]:
    """(discount id, coupon) for the invoice made at `at`."""
    discounts = [store.get("discount", id) for id in subscription["discounts"]]
    return [(discount["id"], store.get("coupon", discount["source"]["coupon"])) for discount in discounts if discount["end"] is None or at < discount["end"]]


def spend(store: Store, subscription: dict, invoice: dict) -> None:
    """After an invoice: a coupon for one payment that took something off is used, one whose months are over goes."""
    used = {part["discount"] for part in invoice["total_discount_amounts"] if part["amount"]}
    left = []
    for id in subscription["discounts"]:
        discount = store.get("discount", id)
        coupon = store.get("coupon", discount["source"]["coupon"])
        over = discount["end"] is not None and invoice["created"] >= discount["end"]
        if not over and not (coupon["duration"] == "once" and id in used):
            left.append(id)
    subscription["discounts"] = left
