"""Whether the money here is the money at Stripe, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core import clock
from core.money import format_money
from payments.gateway import sums as gateway
from payments.gateway.client import environment
from payments.models import Payment, Refund

DAYS = 3  # complete days that are compared, by Stripe's day (UTC)
MARGIN = timedelta(days=1)  # our row and Stripe's may say another second, and so another day
NAMED = 5

Sums = dict[tuple[date, str], int]


def compare_sums() -> list[dict[str, Any]]:
    """For each complete day on which captured or refunded money differs: both sums, and the first ids that one side lacks.

    The same money is compared by Stripe's ids, so that a minute before midnight here and after it there is no difference.
    """
    today = datetime.combine(clock.now().astimezone(UTC).date(), datetime.min.time(), tzinfo=UTC)
    since = today - timedelta(days=DAYS)
    charged = [charge for charge in gateway.charges_since(since - MARGIN) if charge["status"] == "succeeded" and charge["amount_captured"]]
    refunded = [refund for refund in gateway.refunds_since(since - MARGIN) if refund["status"] in ("succeeded", "pending", "requires_action")]
    payments = Payment.objects.filter(environment=environment())
    refunds = Refund.objects.filter(payment__environment=environment(), state__in=[Refund.State.PENDING, Refund.State.SUCCEEDED]).exclude(stripe_refund_id="")
    here = {row.stripe_charge_id: row for row in payments.filter(stripe_charge_id__in=[charge["id"] for charge in charged])}
    back = {row.stripe_refund_id: row for row in refunds.filter(stripe_refund_id__in=[refund["id"] for refund in refunded]).select_related("payment")}
    recent = payments.filter(paid_at__gte=since, paid_at__lt=today).exclude(stripe_charge_id="").exclude(stripe_charge_id__in=here)
    lately = refunds.filter(created_at__gte=since, created_at__lt=today).exclude(stripe_refund_id__in=back).select_related("payment")
    found = _differences(
        "captured",
        [(_day(c["created"]), c["currency"], c["amount_captured"], here[c["id"]].amount_cents if c["id"] in here else 0, c["id"]) for c in charged]
        + [(row.paid_at.astimezone(UTC).date(), row.currency, 0, row.amount_cents, row.stripe_charge_id) for row in recent],
    )
    found += _differences(
        "refunded",
        [(_day(r["created"]), r["currency"], r["amount"], back[r["id"]].amount_cents if r["id"] in back else 0, r["id"]) for r in refunded]
        + [(row.created_at.astimezone(UTC).date(), row.payment.currency, 0, row.amount_cents, row.stripe_refund_id) for row in lately],
    )
    return [row for row in found if since.date().isoformat() <= row["day"] < today.date().isoformat()]


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, tz=UTC).date()


def _differences(kind: str, facts: Iterable[tuple[date, str, int, int, str]]) -> list[dict[str, Any]]:
    theirs: Sums = defaultdict(int)
    ours: Sums = defaultdict(int)
    apart: dict[tuple[date, str], list[str]] = defaultdict(list)
    for day, currency, at_stripe, here, name in facts:
        theirs[day, currency] += at_stripe
        ours[day, currency] += here
        if at_stripe != here:
            apart[day, currency].append(name)
    return [
        {
            "day": day.isoformat(),
            "kind": kind,
            "here": format_money(ours[day, currency], currency),
            "at_stripe": format_money(theirs[day, currency], currency),
            "ids": names[:NAMED],
        }
        for (day, currency), names in sorted(apart.items())
    ]
