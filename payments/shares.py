"""How an amount is divided over the parts of what is bought. Nothing is lost and nothing is made by rounding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.money import decimals_of
from payments.models import OrderLine, Price, ProductItem


def least_charge(currency: str) -> int:
    """The smallest amount that Stripe charges, near enough: half of a dollar, euro or pound (docs.stripe.com/currencies)."""
    return 50 if decimals_of(currency) else 1


def split_amount(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in whole units in proportion to `weights`; what rounding leaves goes to the largest remainders, first come first.

    Weights that are all nothing count as equal.
    """
    if not weights:
        raise ValueError("Nothing to split the amount over.")
    if not any(weights):
        weights = [1] * len(weights)
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % total), place))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def has_own_amount(line: OrderLine) -> bool:
    """Whether no price of ours stands for what `line` (with its balance loaded) costs: a deposit, a rest, a difference."""
    return line.adds_to_id is not None or hasattr(line, "balance")


def charged_as_one(lines: Iterable[OrderLine]) -> list[list[OrderLine]]:
    """The lines of an order as Stripe is told them: one for each price, or amount of its own, however many people it is for."""
    found: dict[tuple[int, int | None], list[OrderLine]] = {}
    for line in lines:
        found.setdefault((line.item_id, line.unit_cents if has_own_amount(line) else None), []).append(line)
    return list(found.values())


def parts_of(price: Price, items: Sequence[ProductItem]) -> dict[int, int]:
    """What each of the product's `items` (all of them, in order) costs by itself within `price`, by primary key."""
    return dict(zip((item.pk for item in items), split_amount(price.amount_cents, [item.share for item in items]), strict=True))
