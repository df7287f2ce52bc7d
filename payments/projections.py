"""Which function asks Stripe about an object and writes down how it stands: the inbox, and reconciling, call these alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payments.gateway.refunds import fetch_charge, fetch_dispute, fetch_refund
from payments.gateway.sums import invoice_of, session_of
from payments.services.charges import project_charge
from payments.services.checkout import project_session
from payments.services.disputes import project_dispute
from payments.services.refunds import project_refund
from payments.services.subscriptions import project_invoice, project_subscription

Project = Callable[[str], object]


def _after_its_payment(project: Project, fetch: Callable[[str], dict[str, Any]]) -> Project:
    """News of a charge may be read before the news of what it paid for: then that is read first, and the charge again."""

    def read(object_id: str) -> object:
        row = project(object_id)
        if row is None and (intent := fetch(object_id).get("payment_intent")) and _project_intent(intent if isinstance(intent, str) else intent["id"]):
            row = project(object_id)
        return row

    return read


def _project_intent(intent: str) -> object:
    """What an intent to pay is for: an order, or a period of a membership."""
    if session := session_of(intent):
        return project_session(session_id=session)
    if invoice := invoice_of(intent):
        return project_invoice(invoice_id=invoice)
    return None


# By the `object` of what an event is about. Each takes the object's id and returns the row it wrote, or None when the object
# is of no order or membership of ours. Each bears being called at any time, any number of times, from several places at once.
PROJECTIONS: dict[str, Project] = {
    "checkout.session": lambda session: project_session(session_id=session),
    "subscription": lambda subscription: project_subscription(subscription_id=subscription),
    "invoice": lambda invoice: project_invoice(invoice_id=invoice),
    "payment_intent": _project_intent,
    "charge": _after_its_payment(lambda charge: project_charge(charge_id=charge), fetch_charge),
    "refund": _after_its_payment(lambda refund: project_refund(refund_id=refund), fetch_refund),
    "dispute": _after_its_payment(lambda dispute: project_dispute(dispute_id=dispute), fetch_dispute),
}
