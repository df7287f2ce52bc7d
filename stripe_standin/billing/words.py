"""Days and prices as people read them."""

from datetime import UTC, datetime

from stripe_standin.money import shown


def day(moment: int, *, year: bool = True) -> str:
    """`6 Dec 2026`, in UTC."""
    date = datetime.fromtimestamp(moment, UTC)
    return f"{date.day} {date:%b}{f' {date.year}' if year else ''}"


def every(price: dict) -> str:
    """`month`, or `3 months`."""
    recurring = price["recurring"]
    return recurring["interval"] if recurring["interval_count"] == 1 else f"{recurring['interval_count']} {recurring['interval']}s"


def at_price(price: dict) -> str:
    """`at $19.00 / month`, the way Stripe writes a price into a line."""
    return f"at {shown(price['unit_amount'], price['currency'])} / {every(price)}"


def every_time(price: dict, quantity: int = 1) -> str:
    """`$19.00 every month`."""
    return f"{shown(price['unit_amount'] * quantity, price['currency'])} every {every(price)}"
