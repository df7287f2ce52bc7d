"""Which function asks Stripe about an object and writes down how it stands: the inbox, and reconciling, call these alone."""

from __future__ import annotations

from collections.abc import Callable

from payments.services.charges import project_charge
from payments.services.checkout import project_session
from payments.services.disputes import project_dispute
from payments.services.refunds import project_refund

# By the `object` of what an event is about. Each takes the object's id and returns the row it wrote, or None when the object
# is of no order or membership of ours. Each bears being called at any time, any number of times, from several places at once.
PROJECTIONS: dict[str, Callable[[str], object]] = {
    "checkout.session": lambda session: project_session(session_id=session),
    "charge": lambda charge: project_charge(charge_id=charge),
    "refund": lambda refund: project_refund(refund_id=refund),
    "dispute": lambda dispute: project_dispute(dispute_id=dispute),
}
