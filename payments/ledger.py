"""Every movement of money as a row, and what it comes to by month: for the desk, the plots and the accountant."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from core import clock
from payments.models import Dispute, Payment, Price, Product, Refund, Subscription

BATCH = 500
# Money of a dispute is gone from its opening until it is won.
WON = ("won", "warning_closed")


@dataclass(frozen=True)
class Movement:
    """One line of the accountant's file. Amounts are signed: what leaves the school is negative."""

    at: datetime
    kind: str  # "payment", "refund", "dispute", "dispute won"
    payment: Payment
    amount_cents: int
    tax_cents: int = 0
    fee_cents: int = 0
    note: str = ""
    stripe_id: str = ""

    @property
    def net_cents(self) -> int:
        return self.amount_cents - self.fee_cents


def school_zone() -> ZoneInfo:
    return ZoneInfo(settings.SCHOOL_TIME_ZONE)


def instant(seconds: int) -> datetime:
    """Stripe's whole seconds as an aware time."""
    return datetime.fromtimestamp(seconds, UTC)


def day_bounds(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """The instants at which `first` begins and the day after `last` begins, where the school is."""
    zone = school_zone()
    begin = datetime.combine(first, time(), zone) if first else None
    end = datetime.combine(last + timedelta(days=1), time(), zone) if last else None
    return begin, end


def within(rows: QuerySet[Any], field: str, first: date | None, last: date | None) -> QuerySet[Any]:
    """`rows` whose `field` lies between the two days, both included."""
    begin, end = day_bounds(first, last)
    if begin:
        rows = rows.filter(**{f"{field}__gte": begin})
    return rows.filter(**{f"{field}__lt": end}) if end else rows


def movements(*, environment: str, first: date | None = None, last: date | None = None) -> Iterator[Movement]:
    """Every movement between the two days in order of time, read in batches: a year of them needs no more memory than a day."""
    people = ("payment__user", "payment__order__price__product", "payment__subscription__price__product")
    payments = within(Payment.objects.filter(environment=environment), "paid_at", first, last)
    payments = payments.select_related(*(path.removeprefix("payment__") for path in people)).order_by("paid_at", "pk")
    refunds = within(Refund.objects.filter(payment__environment=environment, state=Refund.State.SUCCEEDED), "settled_at", first, last)
    refunds = refunds.select_related(*people).order_by("settled_at", "pk")
    disputes = Dispute.objects.filter(payment__environment=environment).select_related(*people)
    opened = within(disputes, "opened_at", first, last).order_by("opened_at", "pk")
    won = within(disputes.filter(status__in=WON), "closed_at", first, last).order_by("closed_at", "pk")
    return heapq.merge(
        (
            Movement(row.paid_at, "payment", row, row.amount_cents, row.tax_cents, row.fee_cents or 0, row.method, row.stripe_charge_id)
            for row in _read(payments)
        ),
        (Movement(row.settled_at, "refund", row.payment, -row.amount_cents, note=row.reason, stripe_id=row.stripe_refund_id) for row in _read(refunds)),
        (Movement(row.opened_at, "dispute", row.payment, -row.amount_cents, note=row.reason, stripe_id=row.stripe_dispute_id) for row in _read(opened)),
        (Movement(row.closed_at, "dispute won", row.payment, row.amount_cents, note=row.reason, stripe_id=row.stripe_dispute_id) for row in _read(won)),
        key=lambda movement: movement.at,
    )


def _read(rows: QuerySet[Any]) -> Iterator[Any]:
    return rows.iterator(chunk_size=BATCH)


def product_of(payment: Payment) -> Product:
    """What a payment was for."""
    source = payment.order or payment.subscription
    if source is None:  # a constraint of the table
        raise AssertionError("A payment is for something.")
    return source.price.product


@dataclass(frozen=True)
class Month:
    """One month of one currency: what came in by kind of product, what went back, and Stripe's fees."""

    begins_on: date
    by_kind: dict[str, int]
    refunded_cents: int
    fee_cents: int

    @property
    def gross_cents(self) -> int:
        return sum(self.by_kind.values())

    @property
    def net_cents(self) -> int:
        return self.gross_cents - self.refunded_cents - self.fee_cents


def currencies_of(*, environment: str) -> list[str]:
    """Currencies in which money has come, the most used first."""
    counted = Payment.objects.filter(environment=environment).order_by().values_list("currency").annotate(uses=Count("pk"))
    return [currency for currency, _ in counted.order_by("-uses", "currency")]


def revenue_by_month(*, environment: str, currency: str, months: int = 12) -> list[Month]:
    """The last `months` months where the school is, the present one last; four queries whatever there is."""
    first = _months_back(clock.civil_date(clock.now(), settings.SCHOOL_TIME_ZONE), months - 1)
    zone, mine = school_zone(), {"environment": environment, "currency": currency}
    payments = within(Payment.objects.filter(**mine), "paid_at", first, None).order_by()
    kind = Coalesce("order__price__product__kind", "subscription__price__product__kind")
    taken = payments.annotate(month=TruncMonth("paid_at", tzinfo=zone), what=kind).values("month", "what").annotate(cents=Sum("amount_cents"))
    fees = payments.annotate(month=TruncMonth("paid_at", tzinfo=zone)).values("month").annotate(cents=Sum("fee_cents"))
    theirs = {f"payment__{name}": value for name, value in mine.items()}
    refunds = within(Refund.objects.filter(**theirs, state=Refund.State.SUCCEEDED), "settled_at", first, None).order_by()
    back = refunds.annotate(month=TruncMonth("settled_at", tzinfo=zone)).values("month").annotate(cents=Sum("amount_cents"))
    lost = within(Dispute.objects.filter(**theirs).exclude(status__in=WON), "opened_at", first, None).order_by()
    gone = lost.annotate(month=TruncMonth("opened_at", tzinfo=zone)).values("month").annotate(cents=Sum("amount_cents"))

    kinds: dict[date, dict[str, int]] = {}
    for row in taken:
        kinds.setdefault(row["month"].date(), {})[row["what"]] = row["cents"]
    returned: dict[date, int] = {}
    for row in chain(back, gone):
        month = row["month"].date()
        returned[month] = returned.get(month, 0) + row["cents"]
    charged = {row["month"].date(): row["cents"] or 0 for row in fees}
    begins = [_months_back(first, -n) for n in range(months)]
    return [Month(month, kinds.get(month, {}), returned.get(month, 0), charged.get(month, 0)) for month in begins]


def _months_back(day: date, months: int) -> date:
    """The first of the month `months` before that of `day` (after it, when negative)."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Members:
    """Memberships that are paid for now, and what they bring in a month (a yearly one counts a twelfth)."""

    count: int
    trials: int
    late: int
    monthly_cents: int


def members(*, environment: str, currency: str) -> Members:
    status = Subscription.Status
    rows = Subscription.objects.filter(environment=environment, price__currency=currency).order_by()
    paying = Q(status__in=[status.ACTIVE, status.PAST_DUE], paused_at__isnull=True)
    interval = Case(When(price__interval=Price.Interval.YEAR, then=Value("year")), default=Value("month"), output_field=CharField())
    found = rows.aggregate(
        count=Count("pk", filter=paying),
        trials=Count("pk", filter=Q(status=status.TRIALING)),
        late=Count("pk", filter=Q(status=status.PAST_DUE)),
    )
    sums = dict(rows.filter(paying).annotate(every=interval).values_list("every").annotate(cents=Sum(F("price__amount_cents"))))
    return Members(**found, monthly_cents=sums.get("month", 0) + sums.get("year", 0) // 12)
