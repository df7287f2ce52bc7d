"""Paying an order at Stripe: opening the page, learning what came of it, letting go of it.

Each function here may be repeated and may run beside itself: what Stripe says is fetched first and written under the
order's row lock afterwards, and no network call is made while a lock is held.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from stripe.params.checkout import SessionCreateParams

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from payments import subjects
from payments.gateway import checkout as remote
from payments.gateway.client import GatewayRefused, GatewayUnavailable, environment
from payments.models import CheckoutAttempt, Customer, Order
from payments.services.charges import project_charge
from payments.services.customers import ensure_customer
from payments.services.facts import facts_of
from payments.services.holds import BANK_TIME, may_be_asked_until
from payments.services.prices import ensure_stripe_price, ensure_stripe_promotion
from payments.services.settling import close_order, lock_order, settle_order
from payments.services.subscriptions import project_subscription
from payments.shares import charged_as_one, has_own_amount

logger = logging.getLogger(__name__)

# Stripe keeps keys for 24 hours; within this time the same key is certain to give the same session.
KEY_LIFE = timedelta(hours=23)
# A call lasts a minute at most (three tries of 20 seconds). After that, a key without a session will never have one.
CALL_TIME = timedelta(seconds=90)
MISSING = "resource_missing"
FAREWELL = timedelta(days=1)  # the longest that Stripe keeps a session open
TRIES = 2  # under keys of their own: another database that shares the account may have used the first one


def open_checkout(*, order: Order) -> CheckoutAttempt:
    """The attempt whose `url` is the page where `order` is paid now. Safe to repeat: it is the same one until that expires.

    Calls the network; not inside a transaction. Raises DomainError (with what to do) when the order cannot be paid.
    """
    for _try in range(TRIES):
        attempt = order.attempts.filter(state=CheckoutAttempt.State.OPEN).first()
        if attempt and attempt.stripe_session_id and attempt.expires_at <= clock.now():
            project_session(session_id=attempt.stripe_session_id)  # its end has not been heard of here yet
            attempt = None
        order.refresh_from_db()
        _check_payable(order, has_page=attempt is not None)
        attempt = _ask(attempt or _begin_attempt(order))
        if attempt.state == CheckoutAttempt.State.OPEN:
            return attempt
    raise DomainError(_("The payment page could not be opened. Nothing was charged. Write to the school."), code="checkout_refused")


def project_session(*, session_id: str) -> Order | None:
    """Bring the order of a Checkout Session to what Stripe says of it now; None when the session is none of ours.

    Calls the network; not inside a transaction.
    """
    session = remote.fetch_session(session_id)
    order = _order_of(session)
    if order is None:
        return None
    with transaction.atomic():
        order = lock_order(order)
        _save_session(order, session)
        if session["status"] == "complete" and session["payment_status"] != "unpaid":
            order = settle_order(order=order, facts=facts_of(session, order))
        elif session["status"] == "complete":
            order = close_order(order=order, closing=Order.Closing.FAILED) if _has_failed(session) else _wait_for_bank(order)
        elif session["status"] == "expired":
            order = _close_if_over(order)
    if order.is_paid:
        _follow_money(session)
    return order


def cancel_order(*, order: Order, by: User) -> Order:
    """Let go of an open order, once Stripe lets nobody pay it any more; if Stripe says that it is paid, it is paid.

    Calls the network; not inside a transaction. Refused while a bank works on the payment. What a crash leaves half
    done, `heal_orders` finishes.
    """
    with transaction.atomic():
        order = lock_order(order)
        if not order.is_open:
            return order
        _check_no_bank(order)
        if order.cancel_requested_at is None:
            order.cancel_requested_at = clock.now()
            order.save(update_fields=["cancel_requested_at", "updated_at"])
            if by != order.user:
                record_audit(actor=by, action="payments.cancel_order", record=order)
    order = _let_go(order)
    _check_no_bank(order)
    return order


def check_order(*, order: Order) -> Order:
    """Fetch what Stripe says of an open order, and close it when its time is over and nobody can pay it any more.

    Calls the network; not inside a transaction.
    """
    if not order.is_open or order.environment != environment():
        return order
    for attempt in order.attempts.exclude(state=CheckoutAttempt.State.EXPIRED):
        if session_id := _ask(attempt).stripe_session_id:
            with _gone_means_expired(attempt):
                project_session(session_id=session_id)
    order.refresh_from_db()
    over = order.cancel_requested_at or order.hold_until <= clock.now()
    return _let_go(order) if order.is_open and not order.processing_at and over else order


def heal_orders() -> int:
    """Finish what a crash or an outage left: attempts without a session, orders past their time; how many were looked at.

    One order that fails is logged and does not stop the others.
    """
    now = clock.now()
    unanswered = CheckoutAttempt.objects.filter(state=CheckoutAttempt.State.OPEN, stripe_session_id="", created_at__lt=now - CALL_TIME)
    due = Q(pk__in=unanswered.values("order")) | Q(hold_until__lt=now) | Q(processing_at__isnull=False) | Q(cancel_requested_at__lt=now - CALL_TIME)
    orders = list(Order.objects.open().filter(due, environment=environment()).order_by("pk"))
    for order in orders:
        try:
            check_order(order=order)
        except (GatewayRefused, DomainError) as failure:
            logger.warning("Order %s could not be checked (%s); the next run looks again.", order.pk, failure)
    # What was ordered in another environment can be asked about no more once the settings have changed.
    strangers = list(Order.objects.open().filter(hold_until__lt=now - FAREWELL).exclude(environment=environment()).order_by("pk"))
    for order in strangers:
        close_order(order=order, closing=Order.Closing.CANCELLED)
    return len(orders) + len(strangers)


def _begin_attempt(order: Order) -> CheckoutAttempt:
    """Commit a new attempt with its key and parameters before Stripe is asked; or the one that was begun meanwhile."""
    _check_payable(order)
    customer = ensure_customer(user=order.user)
    items = _line_items(order)
    code = order.promotion_code
    promotion = ensure_stripe_promotion(code=code, environment=order.environment) if code and order.discount_cents else ""
    with transaction.atomic():
        order = lock_order(order)
        _check_payable(order)
        if standing := order.attempts.filter(state=CheckoutAttempt.State.OPEN).first():
            return standing
        number = order.attempts.count() + 1
        params = _session_params(order, number, customer, items, promotion)
        made = CheckoutAttempt.objects.create(
            order=order, number=number, key=f"order:{order.pk}:attempt:{number}", params=params, expires_at=order.hold_until.replace(microsecond=0)
        )
    # Read back, so that the first call sends the parameters exactly as every repeat will.
    return CheckoutAttempt.objects.get(pk=made.pk)


def _check_payable(order: Order, *, has_page: bool = False) -> None:
    """With a page open the order may be paid until its hold ends; a new page needs half an hour more."""
    if order.is_paid:
        raise DomainError(_("This order is paid already."), code="already_paid")
    _check_no_bank(order)
    until = order.hold_until if has_page else may_be_asked_until(order)
    if not order.is_open or order.cancel_requested_at or order.environment != environment() or clock.now() > until:
        raise DomainError(_("This order can no longer be paid, and nothing was charged. Begin again from the product."), code="order_over")


def _check_no_bank(order: Order) -> None:
    if order.is_open and order.processing_at:
        raise DomainError(
            _("A bank is working on the payment of this order, which can take days. We write to you when it has come."), code="payment_processing"
        )


def _line_items(order: Order) -> list[dict[str, Any]]:
    """What Stripe is told to charge; `facts_of` divides the answer."""
    found = []
    for lines in charged_as_one(order.lines.select_related("item", "balance").order_by("pk")):
        copy = ensure_stripe_price(price=order.price, item=lines[0].item, environment=order.environment)
        quantity = sum(line.quantity for line in lines)
        charged: dict[str, Any] = {"price": copy.stripe_price_id}
        if has_own_amount(lines[0]):
            data = {"currency": order.currency, "unit_amount": lines[0].unit_cents, "tax_behavior": order.price.tax_behavior}
            charged = {"price_data": data | {"product": copy.stripe_product_id}}
        found.append(charged | {"quantity": quantity, "metadata": {"line": str(lines[0].pk)}})
    return found


def _session_params(order: Order, number: int, customer: str, items: list[dict[str, Any]], promotion: str) -> dict[str, Any]:
    """As they are stored and sent, at every repeat the same. The times and addresses of this moment are in them."""
    page = f"{settings.SITE_URL}{order.get_absolute_url()}"
    marks = {"order": str(order.pk), "attempt": str(number), "environment": order.environment}
    told = {"description": f"{order.price.product.title} ({order.number})"[:500], "metadata": marks}
    params: dict[str, Any] = {
        "mode": "subscription" if order.price.is_recurring else "payment",
        "customer": customer,
        "client_reference_id": str(order.pk),
        "metadata": marks,
        "line_items": items,
        "expires_at": int(order.hold_until.timestamp()),
        "success_url": f"{page}?from=checkout",
        "cancel_url": f"{page}?from=left",
    }
    if promotion:
        params["discounts"] = [{"promotion_code": promotion}]
    if settings.STRIPE_TAX:
        params |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}, "billing_address_collection": "required"}
    if order.price.is_recurring:
        params["subscription_data"] = told | ({"trial_period_days": order.price.trial_days} if order.has_trial else {})
    else:
        params |= {"payment_intent_data": told, "invoice_creation": {"enabled": True, "invoice_data": told}}
    return params


def _ask(attempt: CheckoutAttempt) -> CheckoutAttempt:
    """Learn which session `attempt` has: asked with the stored key, else found by its metadata; none is "expired"."""
    if attempt.stripe_session_id or attempt.state != CheckoutAttempt.State.OPEN:
        return attempt
    age, session = clock.now() - attempt.created_at, None
    if age < KEY_LIFE:
        try:
            session = remote.create_session(key=attempt.key, params=cast(SessionCreateParams, attempt.params))
        except GatewayRefused as refusal:
            logger.error("Stripe refused the session of %s (%s): %s", attempt.key, refusal.code, refusal)
            if refusal.code == MISSING and attempt.params["customer"] in str(refusal):  # deleted there: the next attempt makes a new one
                Customer.objects.filter(stripe_customer_id=attempt.params["customer"], environment=environment()).delete()
        except GatewayUnavailable:
            # Stripe repeats its answer to a key, failures too: the session may stand behind an answer that says it does not.
            session = _find_session(attempt)
            if session is None and age < CALL_TIME:
                raise
    return _adopt(attempt, session or _find_session(attempt))


def _find_session(attempt: CheckoutAttempt) -> dict[str, Any] | None:
    marks = attempt.params["metadata"]
    try:
        return next((session for session in remote.list_sessions(customer=attempt.params["customer"]) if session["metadata"] == marks), None)
    except GatewayRefused as refusal:
        if refusal.code != MISSING:
            raise
        return None  # no customer, no sessions


def _adopt(attempt: CheckoutAttempt, session: dict[str, Any] | None) -> CheckoutAttempt:
    """Write down what was learned. A session of an order that was let go of meanwhile is expired at once."""
    with transaction.atomic():
        order = lock_order(attempt.order)
        if session:
            _save_session(order, session)
        else:
            none_there = order.attempts.filter(pk=attempt.pk, stripe_session_id="")
            none_there.update(state=CheckoutAttempt.State.EXPIRED, updated_at=clock.now())
    attempt.refresh_from_db()
    if session and not (order.is_open and attempt.state == CheckoutAttempt.State.OPEN):
        _expire(session["id"])
    return attempt


def _save_session(order: Order, session: dict[str, Any]) -> None:
    """Project the session onto its attempt's row. The caller holds the order's lock."""
    attempt = order.attempts.filter(stripe_session_id=session["id"]).first()
    attempt = attempt or order.attempts.filter(number=session["metadata"]["attempt"], stripe_session_id="").first()
    if attempt is None:
        return
    attempt.stripe_session_id, attempt.url = session["id"], session["url"] or attempt.url
    attempt.expires_at = datetime.fromtimestamp(session["expires_at"], UTC)
    if session["status"] != CheckoutAttempt.State.OPEN:
        attempt.state = CheckoutAttempt.State(session["status"])
    attempt.save(update_fields=["stripe_session_id", "url", "expires_at", "state", "updated_at"])


def _order_of(session: dict[str, Any]) -> Order | None:
    """By its id, or by its metadata when a crash came before the id was saved. Other sites may share the account."""
    if attempt := CheckoutAttempt.objects.filter(stripe_session_id=session["id"]).select_related("order").first():
        return attempt.order
    marks = session["metadata"] or {}
    if marks.get("environment") != environment() or not all(marks.get(name, "").isdecimal() for name in ("order", "attempt")):
        return None
    known = Customer.objects.filter(environment=environment(), stripe_customer_id=_id(session["customer"]) or "none")
    return Order.objects.filter(pk=marks["order"], environment=environment(), user__in=known.values("user")).first()


def _follow_money(session: dict[str, Any]) -> None:
    """Project what the payment began or what became of it: its events may have come before the order was known as paid."""
    if subscription := _id(session["subscription"]):
        project_subscription(subscription_id=subscription)
    charge = (session["payment_intent"] or {}).get("latest_charge") or {}
    if charge.get("amount_refunded") or charge.get("disputed"):
        project_charge(charge_id=charge["id"])


def _wait_for_bank(order: Order) -> Order:
    """A payment that takes days: what was ordered stays held as long as a bank may take."""
    if order.is_open and order.processing_at is None:
        order.processing_at = clock.now()
        order.hold_until = order.processing_at + BANK_TIME
        order.save(update_fields=["processing_at", "hold_until", "updated_at"])
        for line in order.lines.select_related("beneficiary", "order__user").order_by("pk"):
            try:
                with transaction.atomic():
                    kind = subjects.kind_of(line.subject)
                    kind.reserve(user=line.person, subject=line.subject, reference=order.reference, until=order.hold_until)
            except DomainError:
                logger.warning("%s can no longer be held for order %s; the payment decides.", line.subject, order.pk)
    return order


def _has_failed(session: dict[str, Any]) -> bool:
    """Whether an unpaid session will stay so: the bank refused, or the subscription it began has ended."""
    if subscription := session["subscription"]:
        return subscription["status"] in ("incomplete_expired", "canceled")
    intent = session["payment_intent"]
    return bool(intent) and intent["status"] in ("requires_payment_method", "canceled")


def _close_if_over(order: Order) -> Order:
    """Close an order none of whose sessions can be paid. The caller holds its lock."""
    if not order.is_open or order.processing_at or order.attempts.filter(state=CheckoutAttempt.State.OPEN).exists():
        return order
    if order.cancel_requested_at:
        return close_order(order=order, closing=Order.Closing.CANCELLED)
    return close_order(order=order, closing=Order.Closing.EXPIRED)


def _let_go(order: Order) -> Order:
    """Have Stripe expire every session of the order, then close it, unless one of them proves to be paid."""
    if order.environment == environment():
        for attempt in order.attempts.filter(state=CheckoutAttempt.State.OPEN):
            if session_id := _ask(attempt).stripe_session_id:
                with _gone_means_expired(attempt):
                    _expire(session_id)
                    project_session(session_id=session_id)
    else:  # nobody can ask there any more
        return close_order(order=order, closing=Order.Closing.CANCELLED)
    with transaction.atomic():
        return _close_if_over(lock_order(order))


def _expire(session_id: str) -> None:
    try:
        remote.expire_session(session_id)
    except GatewayRefused as refusal:  # it is paid or over already: whoever fetches it will see
        logger.info("Session %s was not expired: %s", session_id, refusal)


@contextmanager
def _gone_means_expired(attempt: CheckoutAttempt) -> Iterator[None]:
    """A session that the account does not know (the key is another account's now) can be paid by nobody who comes to us."""
    try:
        yield
    except GatewayRefused as refusal:
        if refusal.code != MISSING:
            raise
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(state=CheckoutAttempt.State.EXPIRED, updated_at=clock.now())


def _id(part: Any) -> str:
    """The id of something that may come expanded, plain or not at all."""
    return part["id"] if isinstance(part, dict) else part or ""
