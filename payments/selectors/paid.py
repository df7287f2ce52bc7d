"""What was paid for one line by now, and what of it can still go back: its own price and what completed it later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import F, Q

from payments.models import Dispute, OrderLine, Payment
from payments.selectors.refunds import refunded_by_line


@dataclass(frozen=True)
class PaidPart:
    """One line's share of one payment. `left_cents` can still go back; nothing can while a bank decides about it."""

    line: OrderLine
    payment: Payment
    left_cents: int
    is_questioned: bool


@dataclass
class LineMoney:
    line: OrderLine
    currency: str
    parts: list[PaidPart] = field(default_factory=list)  # its own price first, then what was added

    @property
    def paid_cents(self) -> int:
        return sum(part.line.total_cents for part in self.parts)

    @property
    def listed_cents(self) -> int:
        """The prices without discount and tax; its own also where a code took off all of it."""
        return self.line.subtotal_cents + sum(part.line.subtotal_cents for part in self.parts if part.line.pk != self.line.pk)

    @property
    def left_cents(self) -> int:
        """What a refund of everything gives back now."""
        return sum(part.left_cents for part in self.parts if not part.is_questioned)

    @property
    def questioned_cents(self) -> int:
        return sum(part.left_cents for part in self.parts if part.is_questioned)


def money_of(lines: Collection[OrderLine]) -> dict[int, LineMoney]:
    """By primary key of each of `lines` (with their orders loaded). A constant number of queries."""
    wanted = [line.pk for line in lines]
    rows = list(
        OrderLine.objects.filter(Q(pk__in=wanted) | Q(adds_to__in=wanted, order__state="paid"))
        .select_related("order")
        .order_by(F("adds_to").asc(nulls_first=True), "pk")
    )
    payments: dict[int, Payment] = {}
    for payment in Payment.objects.filter(order__in={row.order_id for row in rows}).order_by("-pk"):
        payments[payment.order_id or 0] = payment  # the first one; a second payment of one order goes back by itself
    bad = Dispute.objects.filter(Q(closed_at__isnull=True) | Q(status="lost"), payment__in=payments.values())
    questioned = set(bad.values_list("payment", flat=True))
    gone, left_of = refunded_by_line(rows), defaultdict(int, {payment.pk: payment.refundable_cents for payment in payments.values()})
    found = {line.pk: LineMoney(line, line.order.currency) for line in lines}
    for row in rows:
        if row.order_id not in payments:  # it cost nothing
            continue
        payment = payments[row.order_id]
        # A part that was refunded at Stripe's own pages is of no line: what is left is shared in this sequence.
        left = max(0, min(row.total_cents - gone.get(row.pk, 0), left_of[payment.pk]))
        left_of[payment.pk] -= left
        found[row.adds_to_id or row.pk].parts.append(PaidPart(row, payment, left, payment.pk in questioned))
    return found
