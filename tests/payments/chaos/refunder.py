"""Somebody who refunds, in a process of their own that kills itself at a named arrow.

    python -m tests.payments.chaos.refunder ARROW PAYMENT CENTS KEY

Asks for a refund of CENTS under KEY and hands it to Stripe. ARROW is as in `tests.payments.chaos.buyer`.
"""

from __future__ import annotations

import sys

import django


def main(arrow: str, payment_pk: str, cents: str, key: str) -> None:
    django.setup()
    from payments.models import Payment
    from payments.services import RefundPart, request_refund
    from payments.services.refunds import send_refund
    from tests.payments.chaos.buyer import arm

    payment = Payment.objects.get(pk=payment_pk)
    line = payment.order.lines.select_related("grant", "order__user").get()
    arm(arrow)
    parts = [RefundPart(line=line, amount_cents=int(cents), closes_access=True)]
    send_refund(refund=request_refund(payment=payment, by=None, parts=parts, reason="", reason_class="school", key=key))


if __name__ == "__main__":
    main(*sys.argv[1:])
