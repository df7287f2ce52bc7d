"""The staff desk: taking a paid seat back with its refund, and the cancellation policies."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.desk_access import PAGE_SIZE, staff_only
from workshops.leaving.forms import PolicyForm, StaffLeaveForm
from workshops.leaving.quotes import quote_leaving
from workshops.leaving.services import leave_seat, save_policy
from workshops.leaving.terms import policy_words
from workshops.models import CancellationPolicy, Seat


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def seat_leave(request: SignedInRequest, pk: int, seat: int) -> HttpResponse:
    """What the policy gives back, which staff may change with a reason; then the seat is taken back and the money sent."""
    found = get_object_or_404(Seat.objects.confirmed().select_related("workshop__venue", "learner"), pk=seat, workshop=pk)
    quote = quote_leaving(found)
    form = StaffLeaveForm(request.POST or None, quote=quote)
    if request.method == "POST" and form.is_valid():
        amount = form.cleaned_data.get("amount")
        other = amount if amount is not None and amount != quote.refund_cents else None
        try:
            leave_seat(seat=found, by=request.user, expected_cents=quote.refund_cents, refund_cents=other, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The seat is taken back. Who paid is written what goes back."))
            return redirect("workshops_desk:workshop_roster", pk=pk)
    context = {"workshop": found.workshop, "seat": found, "quote": quote, "form": form}
    return render(request, "workshops/leaving/desk/seat_leave.html", context, status=422 if request.method == "POST" else 200)


@staff_only
@require_safe
def policy_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(CancellationPolicy.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(policy, policy_words(policy.as_terms(), currency=settings.PAYMENTS_CURRENCY)) for policy in page]
    return render(request, "workshops/leaving/desk/policy_list.html", {"page_obj": page, "rows": rows})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    policy = get_object_or_404(CancellationPolicy, pk=pk) if pk else CancellationPolicy()
    form = PolicyForm(request.POST or None, instance=policy)
    if request.method == "POST" and form.is_valid():
        save_policy(policy=form.save(commit=False), by=request.user)
        messages.success(request, _("The policy is saved. It holds for seats taken from now on."))
        return redirect("workshops_desk:policy_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "workshops/leaving/desk/policy_form.html", {"form": form, "policy": policy}, status=status)
