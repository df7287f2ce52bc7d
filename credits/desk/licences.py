"""Desk pages: what learners told us of their licences, and officers' decisions about single cycles."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from core.search import typed
from credits.closed_cycles.selectors import closed_cycles_shown, with_closed_cycles
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.desk.forms import OverrideForm, WithdrawOverrideForm
from credits.desk.standing_gaps import gap_for_officer
from credits.licence_views import facts_context, proof_download
from credits.models import HeldCredential, Licence, LicenceOverride
from credits.selectors import today_of
from credits.services import override_cycle, withdraw_override
from credits.standings import standing_of_licence


@may_read
@require_safe
def licence_list(request: SignedInRequest) -> HttpResponse:
    standing = Count("overrides", filter=Q(overrides__withdrawn_at__isnull=True))
    rows = Licence.objects.select_related("board", "user").annotate(decision_count=standing).order_by("user__email", "board__name", "pk")
    words = typed(request)
    if words:
        found = Q(user__email__icontains=words) | Q(user__display_name__icontains=words) | Q(number__icontains=words) | Q(board__name__icontains=words)
        rows = rows.filter(found)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/licence_list.html", {"page": page, "words": words})


@may_read
@require_safe
def licence_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.with_facts(), pk=pk)
    return render(request, "credits/desk/licence_detail.html", facts_context(licence))


@role_required(Role.CE_OFFICER)
@require_safe
def licence_standing(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(with_closed_cycles(Licence.objects.with_facts()), pk=pk)
    standing = standing_of_licence(licence, today_of(licence.user), to_holder=False)
    if standing.gap:
        standing = replace(standing, gap=gap_for_officer(licence, standing.gap))
    return render(request, "credits/desk/licence_standing.html", {"licence": licence, "standing": standing, "closed_cycles": closed_cycles_shown(licence)})


@may_write
def override_add(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.select_related("board", "user"), pk=pk)
    form = OverrideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            override_cycle(officer=request.user, licence=licence, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The decision stands for this cycle."))
            return redirect("credits_desk:licence_detail", pk=licence.pk)
    return render(request, "credits/desk/override_form.html", {"form": form, "licence": licence}, status=422 if form.errors else 200)


@may_write
def override_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    override = get_object_or_404(LicenceOverride.objects.select_related("licence__board", "licence__user"), pk=pk)
    form = WithdrawOverrideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_override(officer=request.user, override=override, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The decision is withdrawn: the rule holds again."))
            return redirect("credits_desk:licence_detail", pk=override.licence_id)
    return render(request, "credits/desk/override_withdraw.html", {"form": form, "row": override}, status=422 if form.errors else 200)


@may_read
@require_safe
def credential_proof(request: SignedInRequest, pk: int) -> HttpResponse:
    return proof_download(get_object_or_404(HeldCredential, pk=pk))
