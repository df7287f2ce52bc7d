"""Charges as Stripe has them: what a payment cost us, and everything that happened to its money there."""

from __future__ import annotations

from django.db import transaction

from payments.gateway import refunds as gateway
from payments.models import Payment
from payments.services.disputes import project_dispute
from payments.services.refunds import id_of, lock_payment, payment_of, write_refund


def project_charge(*, charge_id: str) -> Payment | None:
    """Bring a payment up to date with its charge: Stripe's fee, the receipt, every refund made there and every dispute."""
    charge = gateway.fetch_charge(charge_id)
    payment = payment_of(charge_id=charge["id"], intent=id_of(charge.get("payment_intent")))
    if payment is None:
        return None
    disputes = gateway.list_disputes(charge=charge["id"]) if charge.get("disputed") else []
    refunds = gateway.list_refunds(intent="", charge=charge["id"]) if charge.get("amount_refunded") or charge.get("refunded") else []
    with transaction.atomic():
        payment = lock_payment(payment.pk)
        balance = charge.get("balance_transaction")
        payment.stripe_charge_id = charge["id"]
        payment.receipt_url = charge.get("receipt_url") or payment.receipt_url
        payment.fee_cents = balance["fee"] if isinstance(balance, dict) else payment.fee_cents
        payment.save(update_fields=["stripe_charge_id", "receipt_url", "fee_cents", "updated_at"])
    for facts in refunds:
        write_refund(facts)
    for facts in disputes:
        project_dispute(dispute_id=facts["id"])
    return Payment.objects.get(pk=payment.pk)
