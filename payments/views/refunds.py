"""The staff dialog of a refund: what goes back and what closes, then the same in one sentence each, then what came of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from core.money import as_decimal, format_money
from payments.forms import RefundForm
from payments.forms.refunds import CLOSE, KEEP
from payments.models import Payment, Refund
from payments.selectors.refunds import RefundRow, is_questioned, refund_rows, state_of
from payments.services import RefundPart, request_refund

SALT = "payments.refund-dialog"
DECISION_LASTS_S = 12 * 3600


@role_required(Role.STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def payment_refund(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET asks what goes back; a POST of that shows what will happen; a POST of its signed token makes it so, once."""
    rows = Payment.objects.select_related("user", "order__price__product", "subscription__price__product", "subscription__grant", "subscription__order")
    payment = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        return _ask(request, payment)
    if token := request.POST.get("token"):
        return _decided(request, payment, token)
    form = RefundForm(request.POST, rows=refund_rows(payment), currency=payment.currency)
    return _confirm(request, payment, form) if form.is_valid() else _ask(request, payment, form)


def _ask(request: SignedInRequest, payment: Payment, form: RefundForm | None = None, *, status: int = 200) -> HttpResponse:
    form = form or RefundForm(rows=refund_rows(payment), currency=payment.currency)
    context = {"payment": payment, "form": form, "is_questioned": is_questioned(payment), "refunds": list(payment.refunds.all())}
    return render(request, "payments/desk/refund_form.html", context, status=422 if form.errors else status)


def _confirm(request: SignedInRequest, payment: Payment, form: RefundForm) -> HttpResponse:
    parts = form.parts()
    decision = {
        "payment": payment.pk,
        "state": state_of(payment),
        "key": f"refund:{uuid.uuid4()}",
        "parts": [[part.line.pk if part.line else None, part.amount_cents, part.closes_access] for part in parts],
        "reason": form.cleaned_data["reason"],
        "reason_class": form.cleaned_data["reason_class"],
    }
    total = sum(part.amount_cents for part in parts)
    context = {
        "payment": payment,
        "token": signing.dumps(decision, salt=SALT),
        "total": total,
        "stays": payment.refundable_cents - total,
        "sentences": [_sentence(payment, part, _row_of(form.rows, part)) for part in parts],
        "consequences": [found for part in parts if part.closes_access for found in _row_of(form.rows, part).consequences],
        "reason_class": Refund.ReasonClass(decision["reason_class"]).label,
        "reason": decision["reason"],
    }
    return render(request, "payments/desk/refund_confirm.html", context)


def _row_of(rows: list[RefundRow], part: RefundPart) -> RefundRow:
    return next(row for row in rows if row.line == part.line)


def _sentence(payment: Payment, part: RefundPart, row: RefundRow) -> str:
    words = {"amount": format_money(part.amount_cents, payment.currency), "title": row.title, "person": payment.user}
    if not row.is_open:
        return _("%(person)s gets %(amount)s back for “%(title)s”, which is closed already.") % words
    if part.line is None and part.closes_access:
        return _("%(person)s gets %(amount)s back for “%(title)s”. The membership ends now and is not charged again.") % words
    if part.line is None:
        return _("%(person)s gets %(amount)s back for “%(title)s”. The membership goes on and is charged as before.") % words
    if part.closes_access:
        return _("%(person)s gets %(amount)s back for “%(title)s”, and it closes now.") % words
    return _("%(person)s gets %(amount)s back for “%(title)s”, and it stays open.") % words


def _decided(request: SignedInRequest, payment: Payment, token: str) -> HttpResponse:
    try:
        decision: dict[str, Any] = signing.loads(token, salt=SALT, max_age=DECISION_LASTS_S)
    except signing.BadSignature:
        messages.error(request, _("This page was open for too long. Nothing was refunded: decide again."))
        return _ask(request, payment, status=409)
    if decision["payment"] != payment.pk:
        messages.error(request, _("That decision was about another payment. Nothing was refunded: decide again."))
        return _ask(request, payment, status=409)
    if done := Refund.objects.filter(key=decision["key"]).first():
        return redirect("payments_sales:refund_detail", pk=done.pk)
    if request.POST.get("step") == "edit":
        return _ask(request, payment, _form_of(payment, decision))
    if decision["state"] != state_of(payment):
        messages.error(request, _("Something about this payment changed since you decided. Nothing was refunded: look at it again."))
        return _ask(request, payment, status=409)
    try:
        refund = request_refund(
            payment=payment,
            by=request.user,
            parts=_parts_of(payment, decision),
            reason=decision["reason"],
            reason_class=decision["reason_class"],
            key=decision["key"],
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return _ask(request, payment, status=409)
    return redirect("payments_sales:refund_detail", pk=refund.pk)


def _parts_of(payment: Payment, decision: dict[str, Any]) -> list[RefundPart]:
    lines = {line.pk: line for line in payment.order.lines.select_related("grant", "order__user", "beneficiary")} if payment.order else {}
    return [RefundPart(line=lines[pk] if pk else None, amount_cents=cents, closes_access=closes) for pk, cents, closes in decision["parts"]]


def _form_of(payment: Payment, decision: dict[str, Any]) -> RefundForm:
    """The form as it was filled in, to change something."""
    initial: dict[str, Any] = {"reason": decision["reason"], "reason_class": decision["reason_class"]}
    given = {pk: (cents, closes) for pk, cents, closes in decision["parts"]}
    rows = refund_rows(payment)
    for row in rows:
        cents, closes = given.get(row.line.pk if row.line else None, (0, False))
        initial |= {f"amount-{row.key}": str(as_decimal(cents, payment.currency)), f"access-{row.key}": CLOSE if closes else KEEP}
    return RefundForm(initial=initial, rows=rows, currency=payment.currency)


@role_required(Role.STAFF)
@require_safe
def refund_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """On its way, refunded or failed; the page looks again by itself while it is on its way."""
    rows = Refund.objects.select_related("payment__user", "payment__order", "payment__subscription__price__product", "requested_by")
    refund = get_object_or_404(rows.prefetch_related("lines__line"), pk=pk)
    template = "payments/desk/_refund.html" if request.headers.get("HX-Request") else "payments/desk/refund_detail.html"
    return render(request, template, {"refund": refund, "payment": refund.payment})
