"""The staff desk for money: revenue, payouts, the accountant's file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.audit import record_audit
from core.csv_text import plain
from core.errors import DomainError
from core.money import as_decimal
from payments import ledger
from payments.forms.sales import SalesFilter
from payments.gateway import payouts
from payments.gateway.client import GatewayRefused, environment
from payments.models import Payment
from payments.plots import revenue_plot

COLUMNS = [
    "date",
    "time",
    "movement",
    "order",
    "person",
    "e-mail",
    "product",
    "kind",
    "currency",
    "amount",
    "of which tax",
    "fee",
    "net",
    "note",
    "charge",
    "reference",
]


@role_required(Role.STAFF)
@require_safe
def revenue(request: SignedInRequest) -> HttpResponse:
    currencies = ledger.currencies_of(environment=environment())
    currency = request.GET.get("currency", "")
    if currency not in currencies:
        currency = currencies[0] if currencies else ""
    context: dict[str, Any] = {"currencies": currencies, "currency": currency, "environment": environment(), "filter": SalesFilter()}
    if currency:
        months = ledger.revenue_by_month(environment=environment(), currency=currency)
        context |= {"months": months[::-1], "plot": revenue_plot(months), "members": ledger.members(environment=environment(), currency=currency)}
    return render(request, "payments/desk/revenue.html", context)


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


@role_required(Role.STAFF)
@require_safe
def movements_csv(request: SignedInRequest) -> HttpResponse | StreamingHttpResponse:
    """Every movement of money between two days, for the accountant; streamed, so that its length does not matter."""
    form = SalesFilter(request.GET)
    if not form.is_valid():
        for errors in form.errors.values():
            for error in errors:
                return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    writer = csv.writer(_Echo())
    rows = (writer.writerow(row) for row in _lines(ledger.movements(environment=environment(), first=first, last=last)))
    name = "-".join(str(part) for part in ("smrt-money", first or "all", last) if part)
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    record_audit(actor=request.user, action="payments.export_movements", record=request.user, first=str(first or ""), last=str(last or ""))
    return response


def _lines(movements: Iterator[ledger.Movement]) -> Iterator[list[Any]]:
    yield COLUMNS
    zone = ledger.school_zone()
    for movement in movements:
        payment, at = movement.payment, movement.at.astimezone(zone)
        product = ledger.product_of(payment)
        number = payment.order.number if payment.order else ""
        money = [as_decimal(cents, payment.currency) for cents in (movement.amount_cents, movement.tax_cents, movement.fee_cents, movement.net_cents)]
        words = [movement.kind, number, plain(payment.user.display_name), plain(payment.user.email), plain(product.title), product.kind]
        yield [at.date(), at.strftime("%H:%M"), *words, payment.currency, *money, plain(movement.note), payment.stripe_charge_id, movement.stripe_id]


@role_required(Role.STAFF)
@require_safe
def payout_list(request: SignedInRequest) -> HttpResponse:
    """What went to the bank account, as the payment provider tells it at this moment."""
    context: dict[str, Any] = {}
    try:
        page = payouts.list_payouts(after=request.GET.get("after", ""))
        context = {"payouts": [_payout(row) for row in page["data"]], "next": page["data"][-1]["id"] if page["has_more"] else ""}
    except GatewayRefused as refusal:
        if "after" in request.GET:
            return redirect("payments_sales:payout_list")  # an address with a payout nobody knows: begin at the first page
        context = {"refusal": _("The payment service refused to list payouts: %(reason)s") % {"reason": refusal}}
    except DomainError as refusal:
        context = {"refusal": refusal.message}
    return render(request, "payments/desk/payout_list.html", context)


@role_required(Role.STAFF)
@require_safe
def payout_detail(request: SignedInRequest, payout_id: str) -> HttpResponse:
    """What one payout is made of, each line with the payment it came from."""
    context: dict[str, Any]
    try:
        payout = _payout(payouts.retrieve_payout(payout_id=payout_id))
        page = payouts.list_payout_transactions(payout_id=payout_id, after=request.GET.get("after", ""))
        context = {"payout": payout, "lines": _payout_lines(page["data"]), "next": page["data"][-1]["id"] if page["has_more"] else ""}
    except GatewayRefused:
        return render(request, "payments/desk/payout_detail.html", {"refusal": _("There is no such payout. Look in the list.")}, status=404)
    except DomainError as refusal:
        context = {"refusal": refusal.message}
    return render(request, "payments/desk/payout_detail.html", context)


def _payout(row: dict[str, Any]) -> dict[str, Any]:
    days = {name: ledger.instant(row[name]) for name in ("created", "arrival_date")}
    return {"id": row["id"], "amount_cents": row["amount"], "currency": row["currency"], "status": row["status"], **days}


def _payout_lines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sources = {row["source"] for row in rows if row.get("source")}
    known = Payment.objects.filter(stripe_charge_id__in=sources).select_related("user", "order")
    payments = {payment.stripe_charge_id: payment for payment in known}
    return [
        {
            "type": row["type"],
            "amount_cents": row["amount"],
            "fee_cents": row["fee"],
            "net_cents": row["net"],
            "currency": row["currency"],
            "created": ledger.instant(row["created"]),
            "payment": payments.get(row.get("source") or ""),
            "source": row.get("source") or "",
        }
        for row in rows
        if row["type"] != "payout"
    ]
