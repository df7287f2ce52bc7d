"""What is written about refunds: to the buyer once, and to the school when somebody has to look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings

from core.money import format_money
from notifications.services import send_mail_once
from payments.models import OrderLine, Payment, Refund
from payments.subjects import title_of

if TYPE_CHECKING:
    from payments.services.refunds import RefundPart


def tell_staff(what: str, refund: Refund, payment: Payment, **more: Any) -> None:
    """A mail to the school's address; the desk shows the same."""
    context = {"refund": refund, "payment": payment, "amount": format_money(refund.amount_cents, payment.currency), **more}
    send_mail_once(key=f"refund:{refund.pk}:{what}", template=f"payments/mail/staff_refund_{what}", context=context, to_address=settings.SCHOOL_EMAIL)


def tell_buyer(refund: Refund, payment: Payment, parts: Sequence[RefundPart]) -> None:
    """Once for each refund: what goes back, what closes and what stays open."""
    closing = [part.line for part in parts if part.closes_access and part.line]
    # What completed a price later ends with its line, of which another part tells.
    keeping = [part.line for part in parts if part.line and not part.closes_access and part.line.adds_to_id is None]
    send_mail_once(
        key=f"refund:{refund.pk}:requested",
        template="payments/mail/refund_requested",
        context={
            "amount": format_money(refund.amount_cents, payment.currency),
            "parts": [{"title": part.line.named, "amount": format_money(part.amount_cents, payment.currency)} for part in parts if part.line],
            "closing": [_title(line) for line in closing if _is_own(line, payment)],
            "closing_others": [line.named_as(_title(line)) for line in closing if not _is_own(line, payment)],
            "keeping": [line.named_as(_title(line)) for line in keeping],
            "ends_membership": any(part.closes_access for part in parts if part.line is None),
            "method": payment.method,
            "order": payment.order,
        },
        recipient=payment.user,
    )


def _is_own(line: OrderLine, payment: Payment) -> bool:
    """Whether what `line` gave was the buyer's own: not a colleague's, nor for an organization's people."""
    return line.order.organization_id is None and line.person == payment.user


def _title(line: OrderLine) -> str:
    """What `line` gives by now: another date may have replaced what was bought."""
    return title_of(line.subject) if line.subject != line.item.subject else line.title
