"""A person's orders, and the true state of one of them in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from payments import subjects
from payments.models import AccessGrant, Order, OrderLine, Payment, Refund


@dataclass(frozen=True)
class Given:
    """Something the order opened, and the page to go on with; `url` is "" when there is none."""

    title: str
    url: str


def orders_of(user: User) -> QuerySet[Order]:
    """The latest first, with what a list shows of them; `refunded_cents` is what went back."""
    return (
        Order.objects.filter(user=user)
        .select_related("price__product")
        .annotate(refunded_cents=Sum("payments__refunded_cents", default=0))
        .order_by("-created_at", "-pk")
    )


def given_by(order: Order, lines: list[OrderLine], *, now: Mapping[str, str] | None = None) -> list[Given]:
    """What the order has opened, and where to begin; what several people have a part in, once.

    `now` are the titles of what was moved since it was bought, by subject.
    """
    product = order.price.product.title
    fulfilled = [line for line in lines if line.outcome == OrderLine.Outcome.FULFILLED]
    urls = {line.subject: _url(order, line) for line in {line.subject: line for line in fulfilled}.values()}  # looked up once for all people
    titles = [
        # A rest and what another date costs more lead to the thing itself; of a bundle the page has said the name.
        (now or {}).get(line.subject) or (line.title.removeprefix(f"{product}: ") if subjects.kind_of(line.subject).is_granted else product)
        for line in fulfilled
    ]
    return list(dict.fromkeys(Given(title, urls[line.subject]) for title, line in zip(titles, fulfilled, strict=True)))


def _url(order: Order, line: OrderLine) -> str:
    if order.organization_id:
        pool = getattr(line, "pool", None)
        return pool.get_absolute_url() if pool else ""
    return subjects.kind_of(line.subject).url(line.subject)


def payments_for(order: Order) -> list[Payment]:
    """What was paid for `order`: by itself, or by the membership it began."""
    return list(Payment.objects.filter(Q(order=order) | Q(subscription__order=order)).order_by("paid_at", "pk"))


def refunds_for(order: Order) -> list[Refund]:
    return list(Refund.objects.filter(Q(payment__order=order) | Q(payment__subscription__order=order)).select_related("payment").order_by("created_at", "pk"))


def is_questioned(order: Order) -> bool:
    """Whether something it opened is suspended, because a bank disputes the payment."""
    opened = Q(order_line__order=order) | Q(organization_seat__pool__line__order=order) | Q(subscriptions__order=order)
    return AccessGrant.objects.filter(opened, suspended_at__isnull=False, revoked_at=None).exists()


def phase_of(order: Order, lines: list[OrderLine], *, is_payable: bool, is_certain: bool) -> str:
    """What a buyer should be told: "paid", "too_late" (paid, and nothing could be given), "taken_back" (nothing of it is open
    any more), "processing" (a bank works on it),
    "confirming" (back from the payment page, and Stripe could not be asked yet), "cancelling", "open", "over" or "closed".
    """
    if order.is_paid:
        outcomes = {line.outcome for line in lines}
        if outcomes == {OrderLine.Outcome.UNAVAILABLE}:
            return "too_late"
        return "taken_back" if outcomes and outcomes <= {OrderLine.Outcome.UNAVAILABLE, OrderLine.Outcome.TAKEN_BACK} else "paid"
    if not order.is_open:
        return "closed"
    if order.processing_at:
        return "processing"
    if order.cancel_requested_at:
        return "cancelling"
    if not is_certain:
        return "confirming"
    return "open" if is_payable else "over"
