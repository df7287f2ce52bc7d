"""The account's balance: every movement of money, and the daily payout of what has become available."""

from __future__ import annotations

from collections import defaultdict

import stripe
from stripe.params import BalanceRetrieveParams, BalanceTransactionListParams, BalanceTransactionRetrieveParams, PayoutListParams, PayoutRetrieveParams

from stripe_standin import agenda
from stripe_standin.calls import Call, Thing, api
from stripe_standin.clock import DAY_S
from stripe_standin.events import changed, emit
from stripe_standin.shapes import shaped
from stripe_standin.store import Store

AVAILABLE_AFTER_S = 2 * DAY_S
ARRIVES_AFTER_S = DAY_S
CATEGORIES = {"payment": "charge", "payment_refund": "refund", "refund_failure": "refund_failure"}


def book(store: Store, type: str, amount: int, currency: str, source: str, *, fee: int = 0, description: str | None = None, category: str = "") -> Thing:
    """One movement. `amount` is signed and before the fee."""
    waits = AVAILABLE_AFTER_S if type in ("charge", "payment") else 0
    details = [{"amount": fee, "application": None, "currency": currency, "description": "Stripe processing fees", "type": "stripe_fee"}] if fee else []
    transaction = shaped(
        stripe.BalanceTransaction,
        id=store.new_id("txn_1"),
        object="balance_transaction",
        amount=amount,
        available_on=store.now() + waits,
        balance_type="payments",
        created=store.now(),
        currency=currency,
        description=description,
        fee=fee,
        fee_details=details,
        net=amount - fee,
        reporting_category=category or CATEGORIES.get(type, type),
        source=source,
        status="pending" if waits else "available",
        type=type,
        _payout=None,
    )
    store.add(transaction)
    if not store.execute("SELECT 1 FROM agenda WHERE verb = 'payouts.pay'"):
        agenda.plan(store, (store.now() // DAY_S + 1) * DAY_S, "payouts.pay", "account")
    return transaction


def _current(store: Store, transaction: Thing) -> Thing:
    """`status` follows the clock."""
    available = transaction["available_on"] <= store.now()
    return {**transaction, "status": "available" if available else "pending"}


@agenda.deed("payouts.pay")
def pay_out(store: Store, subject: str) -> None:
    """Once a day: pay what is available, in each currency; then come back tomorrow while money is in sight."""
    waiting = [transaction for transaction in store.all("balance_transaction", _payout=None) if transaction["type"] != "payout"]
    by_currency: dict[str, list[Thing]] = defaultdict(list)
    for transaction in waiting:
        if transaction["available_on"] <= store.now():
            by_currency[transaction["currency"]].append(transaction)
    for currency, transactions in by_currency.items():
        net = sum(transaction["net"] for transaction in transactions)
        if net > 0:
            _one_payout(store, currency, net, transactions)
    if waiting:
        agenda.plan(store, (store.now() // DAY_S + 1) * DAY_S, "payouts.pay", subject)


def _one_payout(store: Store, currency: str, amount: int, transactions: list[Thing]) -> None:
    payout = shaped(
        stripe.Payout,
        id=store.new_id("po_1"),
        object="payout",
        amount=amount,
        arrival_date=store.now() + ARRIVES_AFTER_S,
        automatic=True,
        created=store.now(),
        currency=currency,
        description="STRIPE PAYOUT",
        destination=store.new_id("ba_1"),
        metadata={},
        method="standard",
        reconciliation_status="completed",
        source_type="card",
        status="in_transit",
        trace_id={"status": "pending", "value": None},
        type="bank_account",
    )
    for transaction in transactions:
        store.save({**transaction, "_payout": payout["id"]})
    own = book(store, "payout", -amount, currency, payout["id"], description="STRIPE PAYOUT")
    store.save({**own, "_payout": payout["id"]})
    payout["balance_transaction"] = own["id"]
    store.add(payout)
    emit(store, "payout.created", payout)
    agenda.plan(store, payout["arrival_date"], "payouts.arrive", payout["id"])


@agenda.deed("payouts.arrive")
def arrive(store: Store, id: str) -> None:
    payout = store.get("payout", id)
    paid = {**payout, "status": "paid", "trace_id": {"status": "supported", "value": payout["id"][-12:].upper()}}
    changed(store, "payout.updated", payout, paid)
    emit(store, "payout.paid", paid)


@api("GET", "/v1/balance", BalanceRetrieveParams)
def retrieve_balance(call: Call) -> Thing:
    available: dict[str, int] = defaultdict(int)
    pending: dict[str, int] = defaultdict(int)
    for transaction in call.store.all("balance_transaction"):
        sums = available if transaction["available_on"] <= call.store.now() else pending
        sums[transaction["currency"]] += transaction["net"]
    currencies = sorted({*available, *pending}) or ["usd"]

    def lines(sums: dict[str, int]) -> list[Thing]:
        return [{"amount": sums[currency], "currency": currency, "source_types": {"card": sums[currency]}} for currency in currencies]

    return {"object": "balance", "available": lines(available), "livemode": False, "pending": lines(pending)}


@api("GET", "/v1/balance_transactions/<id>", BalanceTransactionRetrieveParams)
def retrieve_transaction(call: Call) -> Thing:
    return _current(call.store, call.store.get("balance_transaction", call.id))


@api("GET", "/v1/balance_transactions", BalanceTransactionListParams)
def list_transactions(call: Call) -> Thing:
    equal = call.only("type", "source", "currency")
    if payout := call.get("payout"):
        equal["_payout"] = payout
    page = call.page_of("balance_transaction", **equal)
    return {**page, "data": [_current(call.store, transaction) for transaction in page["data"]]}


@api("GET", "/v1/payouts/<id>", PayoutRetrieveParams)
def retrieve_payout(call: Call) -> Thing:
    return call.store.get("payout", call.id)


@api("GET", "/v1/payouts", PayoutListParams)
def list_payouts(call: Call) -> Thing:
    return call.page_of("payout", **call.only("status", "destination"))
