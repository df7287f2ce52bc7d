"""What an invoice's lines come to: discounts spread over lines, tax per line. Money is integer minor units."""

from collections.abc import Callable
from fractions import Fraction

from stripe_standin.resources.coupons import discount_on


def rounded(value: Fraction) -> int:
    """To the nearest unit, halves away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def discount_lines(lines: list[dict], discounts: list[tuple[str, dict]]) -> None:
    """Fill `discount_amounts` of `lines` from (discount id, coupon) pairs, one after another, each on what is left."""
    left = [max(0, line["amount"]) if line["discountable"] else 0 for line in lines]
    products = [line["pricing"]["price_details"]["product"] for line in lines]
    for line in lines:
        line["discount_amounts"] = []
        line["discounts"] = [discount for discount, _ in discounts] if line["discountable"] else []
    for discount, coupon in discounts:
        taken = discount_on(coupon, list(zip(products, left, strict=True)))
        for index, (line, amount) in enumerate(zip(lines, taken, strict=True)):
            left[index] -= amount
            if line["discountable"]:
                line["discount_amounts"].append({"amount": amount, "discount": discount})


def discounted(line: dict) -> int:
    return line["amount"] - sum(part["amount"] for part in line["discount_amounts"])


def totals(lines: list[dict], *, tax: Callable[[dict, int], list[dict]]) -> dict:
    """The invoice's sums. `tax(line, taxable)` gives the line's taxes in Stripe's shape; they are added when exclusive."""
    by_discount: dict[str, int] = {}
    by_tax: dict[tuple, dict] = {}
    added = included = 0
    for line in lines:
        for part in line["discount_amounts"]:
            by_discount[part["discount"]] = by_discount.get(part["discount"], 0) + part["amount"]
        line["taxes"] = tax(line, discounted(line))
        for entry in line["taxes"]:
            key = (entry["tax_behavior"], (entry["tax_rate_details"] or {}).get("tax_rate"), entry["taxability_reason"])
            sums = by_tax.setdefault(key, {**entry, "amount": 0, "taxable_amount": 0})
            sums["amount"] += entry["amount"]
            sums["taxable_amount"] += entry["taxable_amount"] or 0
            if entry["tax_behavior"] == "inclusive":
                included += entry["amount"]
            else:
                added += entry["amount"]
    subtotal = sum(line["amount"] for line in lines)
    total = subtotal - sum(by_discount.values()) + added
    return {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - included,
        "total": total,
        "total_excluding_tax": total - added - included,
        "total_discount_amounts": [{"amount": amount, "discount": discount} for discount, amount in by_discount.items()],
        "total_taxes": list(by_tax.values()),
        "total_pretax_credit_amounts": [{"amount": amount, "discount": discount, "type": "discount"} for discount, amount in by_discount.items()],
    }


def tax(amount: int, taxable: int, *, behavior: str, rate: str) -> dict:
    """One tax of a line, in Stripe's shape. `rate` names the tax rate; `taxable` is what is left of the line after discounts."""
    return {
        "amount": amount,
        "tax_behavior": behavior,
        "tax_rate_details": {"tax_rate": f"txr_standin_{rate}"},
        "taxability_reason": "standard_rated" if amount else "not_subject_to_tax",
        "taxable_amount": taxable - amount if behavior == "inclusive" else taxable,
        "type": "tax_rate_details",
    }
