"""Desk pages: what learners earned elsewhere, and deciding about it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest, role_required
from core.audit import record_audit
from core.errors import DomainError
from core.search import typed
from credits.desk.approvals import PAGE_SIZE
from credits.external.forms import ReviewForm
from credits.external.selectors import QueueFilter, hints_for, next_waiting
from credits.external.services import REVIEWERS, review_external
from credits.external.views import proof_answer
from credits.models import ExternalCredit, ExternalProof

may_review = role_required(*REVIEWERS)


@may_review
@require_safe
def external_list(request: SignedInRequest) -> HttpResponse:
    shown = QueueFilter.of(request.GET, typed(request))
    page = Paginator(shown.rows(), PAGE_SIZE).get_page(request.GET.get("page"))
    states = [("waiting", _("Wait for review")), ("asked", _("Asked")), ("accepted", _("Accepted")), ("refused", _("Not accepted")), ("all", _("All"))]
    return render(request, "credits/desk/external/list.html", {"page": page, "shown": shown, "states": states})


@may_review
def external_review(request: SignedInRequest, pk: int) -> HttpResponse:
    credit = get_object_or_404(ExternalCredit.objects.for_lists(), pk=pk)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            review_external(credit=credit, reviewer=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            following = next_waiting(credit)
            messages.success(request, _("Decided. The holder gets a mail. This is the next one.") if following else _("Decided. The holder gets a mail."))
            return redirect("credits_desk:external_review", pk=following.pk) if following else redirect("credits_desk:external_list")
    versions = ExternalCredit.objects.filter(key=credit.key).with_status().order_by("-version")
    context = {
        "credit": credit,
        "form": form,
        "hints": hints_for(credit),
        "versions": versions,
        "newest": versions[0],
        "is_own": credit.user_id == request.user.pk,
    }
    return render(request, "credits/desk/external/review.html", context, status=422 if form.errors else 200)


@may_review
@require_safe
def external_proof(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file as it was kept. Who opened it is noted: it may name more than the credit needs."""
    proof = get_object_or_404(ExternalProof, pk=pk)
    answer = proof_answer(proof)
    record_audit(actor=request.user, action="credits.open_external_proof", record=proof)
    return answer
