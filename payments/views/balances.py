"""The rest after a deposit: its own page, where it is paid, and the desk's list and decisions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from core.limits import check_limit
from payments import subjects
from payments.forms.balances import ExtendForm, WaiveForm
from payments.gateway.client import GatewayRefused
from payments.models import Balance
from payments.selectors import all_rests, balances_of
from payments.selectors.sales import find_balances
from payments.services import extend_balance, pay_balance, waive_balance
from payments.views.sales import sales_list
from payments.views.shop import ORDERS, ORDERS_RATE, pay


@require_safe
def balance_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    balance = get_object_or_404(Balance.objects.visible_to(request.user).with_lines(), pk=pk)
    line = balance.line
    context = {
        "balance": balance,
        "line": line,
        "title": subjects.title_of(line.subject),
        "url": subjects.kind_of(line.subject).url(line.subject),
        "is_mine": request.user.pk in (line.order.user_id, line.beneficiary_id),
        "is_buyer": request.user.pk == line.order.user_id,
        "all_rests": all_rests(balances_of(line.order), request.user) if balance.is_owed else None,
    }
    return render(request, "payments/balance_detail.html", context)


@require_POST
def balance_pay(request: SignedInRequest, pk: int) -> HttpResponse:
    return _pay(request, pk, for_everybody=False)


@require_POST
def balance_pay_all(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is owed for everybody of the same order, at once."""
    return _pay(request, pk, for_everybody=True)


def _pay(request: SignedInRequest, pk: int, *, for_everybody: bool) -> HttpResponse:
    balance = get_object_or_404(Balance.objects.visible_to(request.user), pk=pk)
    try:
        check_limit(request, group=ORDERS, rate=ORDERS_RATE)
        return pay(request, pay_balance(balance=balance, by=request.user, for_everybody=for_everybody))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    except GatewayRefused:
        messages.error(request, _("The payment service refused to answer. Nothing was charged. Try again in a minute."))
    return redirect(balance)


@role_required(Role.STAFF)
@require_safe
def balance_list(request: SignedInRequest) -> HttpResponse:
    return sales_list(request, "payments/desk/balance_list.html", find_balances, list(Balance.State.choices))


@role_required(Role.STAFF)
def balance_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET shows one with both ways to help; POST lets it off (`waive`) or sets another day (`extend`)."""
    balance = get_object_or_404(Balance.objects.begun().with_lines(), pk=pk)
    does_waive, does_extend = "waive" in request.POST, "extend" in request.POST
    waive = WaiveForm(request.POST if does_waive else None)
    extend = ExtendForm(request.POST if does_extend else None, initial={"until": balance.due_on})
    refused = ""
    if request.method == "POST":
        try:
            if does_waive and waive.is_valid():
                waive_balance(balance=balance, by=request.user, reason=waive.cleaned_data["reason"])
                messages.success(request, _("The rest is let off, and the person is told."))
                return redirect("payments_sales:balance_list")
            if does_extend and extend.is_valid():
                extend_balance(balance=balance, by=request.user, until=extend.cleaned_data["until"], reason=extend.cleaned_data["reason"])
                messages.success(request, _("The new day is set, and the person is told."))
                return redirect("payments_sales:balance_list")
        except DomainError as refusal:
            refused = refusal.message
    context = {"balance": balance, "line": balance.line, "title": subjects.title_of(balance.line.subject), "waive": waive, "extend": extend, "refused": refused}
    return render(request, "payments/desk/balance_decide.html", context, status=409 if refused else 422 if request.method == "POST" else 200)
