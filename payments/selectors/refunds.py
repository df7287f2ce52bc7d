"""What went back of an order, and what could."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from payments import subjects
from payments.models import Dispute, Order, OrderLine, OrganizationSeat, Payment, Refund, RefundLine, Subscription
from payments.subjects import Consequence

COUNTING = [Refund.State.PENDING, Refund.State.SUCCEEDED]


@dataclass(frozen=True)
class RefundRow:
    """One thing that a payment paid for, on the page where its refund is decided. `line` is None for a membership's period."""

    key: str
    title: str
    line: OrderLine | None
    paid_cents: int
    refunded_cents: int
    left_cents: int
    policy: str
    is_open: bool  # whether there is access to close
    words_close: str
    words_keep: str
    consequences: list[Consequence] = field(default_factory=list)


def is_paid_otherwise(payment: Payment) -> bool:
    """Whether another payment of the same order stands: whoever was charged twice keeps what they bought once."""
    if not payment.order_id or payment.subscription_id:
        return False
    questioned = Dispute.objects.filter(Q(closed_at__isnull=True) | Q(status="lost"), payment=OuterRef("pk"))
    others = Payment.objects.filter(~Exists(questioned), order=payment.order_id, refunded_cents__lt=F("amount_cents"))
    return others.exclude(pk=payment.pk).exists()


def refund_rows(payment: Payment) -> list[RefundRow]:
    """What `payment` paid for, by line; a membership's payment is one row, and so is a second payment of one order."""
    if payment.subscription:
        return [_membership_row(payment, payment.subscription)]
    if payment.order and payment.order.payments.filter(pk__lt=payment.pk).exists():
        return [_second_row(payment, payment.order)]
    lines = list(payment.order.lines.select_related("grant", "order__user", "beneficiary", "pool").order_by("pk")) if payment.order else []
    gone = refunded_by_line(lines)
    return [_line_row(payment, line, gone.get(line.pk, 0)) for line in lines]


def refunded_by_line(lines: list[OrderLine]) -> dict[int, int]:
    """What went back or is on its way back of each line, by primary key. One query."""
    rows = RefundLine.objects.filter(line__in=[line.pk for line in lines], refund__state__in=COUNTING)
    return dict(rows.order_by().values_list("line").annotate(Sum("amount_cents")))


def _line_row(payment: Payment, line: OrderLine, gone_cents: int) -> RefundRow:
    return RefundRow(
        key=str(line.pk),
        title=line.named,
        line=line,
        paid_cents=line.total_cents,
        refunded_cents=gone_cents,
        left_cents=max(0, min(line.total_cents - gone_cents, payment.refundable_cents)),
        policy=line.refund_policy,
        is_open=line.outcome == OrderLine.Outcome.FULFILLED,
        words_close=_("Close it now"),
        words_keep=_("Leave it open"),
        consequences=_consequences(line),
    )


def _consequences(line: OrderLine) -> list[Consequence]:
    pool = getattr(line, "pool", None)
    if pool is None:
        return subjects.kind_of(line.subject).consequences(line.person, line.subject)
    taken = pool.seats.filter(state=OrganizationSeat.State.TAKEN).count()
    text = _("%(taken)s of %(all)s seats are taken. Closing ends the access of everybody in them; what they earned stays.")
    return [Consequence("seat", text % {"taken": taken, "all": line.quantity}, is_serious=bool(taken))]


def _second_row(payment: Payment, order: Order) -> RefundRow:
    return RefundRow(
        key="second",
        title=_("Second payment of order %(number)s") % {"number": order.number},
        line=None,
        paid_cents=payment.amount_cents,
        refunded_cents=payment.refunded_cents,
        left_cents=payment.refundable_cents,
        policy="",
        is_open=False,
        words_close="",
        words_keep="",
        consequences=[Consequence("progress", _("The order was paid before; what it gave stays."))],
    )


def _membership_row(payment: Payment, subscription: Subscription) -> RefundRow:
    grant = subscription.grant
    is_open = not subscription.is_over or bool(grant and grant.phase in ("live", "suspended"))
    found = []
    if payment.period_start and payment.period_end:
        words = {"begin": date_format(payment.period_start, "N j, Y"), "end": date_format(payment.period_end, "N j, Y")}
        found.append(Consequence("progress", _("This payment is for %(begin)s to %(end)s. What was watched and earned stays.") % words))
    return RefundRow(
        key="membership",
        title=subscription.price.product.title,
        line=None,
        paid_cents=payment.amount_cents,
        refunded_cents=payment.refunded_cents,
        left_cents=payment.refundable_cents,
        policy=_policy(payment),
        is_open=is_open,
        words_close=_("End the membership now; it is not charged again"),
        words_keep=_("Keep the membership as it is"),
        consequences=found,
    )


def _policy(payment: Payment) -> str:
    """As it was sold; the product's own for a membership that no order of ours began."""
    subscription = payment.subscription
    order = payment.order or (subscription.order if subscription else None)
    line = order.lines.order_by("pk").first() if order else None
    if line:
        return line.refund_policy
    return subscription.price.product.refund_policy if subscription else ""


def state_of(payment: Payment) -> str:
    """What a decision about a refund rests on; it differs once something about the payment has changed."""
    lines = OrderLine.objects.filter(order=payment.order_id).order_by("pk").values_list("pk", "outcome") if payment.order_id else []
    disputes = Dispute.objects.filter(payment=payment).order_by("pk").values_list("pk", "status")
    ended = payment.subscription.status if payment.subscription else ""
    return repr((payment.refunded_cents, list(lines), list(disputes), ended))


def is_questioned(payment: Payment) -> bool:
    """Whether a bank decides about the money: nothing can be refunded beside that."""
    return any(dispute.is_open or dispute.status == "lost" for dispute in Dispute.objects.filter(payment=payment))
