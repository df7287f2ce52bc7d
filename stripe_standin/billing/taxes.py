"""Tax on the lines of an invoice whose subscription asked for it, at the made-up rates of `money`."""

from collections.abc import Callable
from decimal import Decimal

from stripe_standin.billing import amounts
from stripe_standin.money import tax_on, tax_percent
from stripe_standin.store import Store


def of_line(store: Store, subscription: dict, customer: dict) -> Callable[[dict, int], list[dict]]:
    """For `amounts.totals`: the taxes of one line on what is left of it after discounts, by where the thing happens or the customer is."""
    if not subscription["automatic_tax"]["enabled"] or customer["tax_exempt"] != "none":
        return lambda line, taxable: []
    home = customer["address"] or subscription.get("_tax_address")

    def taxes(line: dict, taxable: int) -> list[dict]:
        named = line["pricing"]["price_details"]
        percent = _percent(store, named["product"], home)
        inclusive = store.get("price", named["price"])["tax_behavior"] == "inclusive"
        amount = tax_on(taxable, percent, inclusive=inclusive)
        return [amounts.tax(amount, taxable, behavior="inclusive" if inclusive else "exclusive", rate=str(percent).replace(".", "_"))]

    return taxes


def _percent(store: Store, product: str, home: dict | None) -> Decimal:
    details = store.get("product", product).get("tax_details") or {}
    place = store.find(details.get("performance_location"))
    address = place["address"] if place else home
    return tax_percent(address["country"], address["state"]) if address and address.get("country") else Decimal(0)
