"""Desk pages: certificates that were made, could not be made, or are under review."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import SignedInRequest
from core.search import typed
from credits.certificates.forms import ReviewForm
from credits.certificates.services import request_certificate
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import Certificate
from credits.services import begin_review, end_review, preview_begin, preview_end


@may_read
@require_GET
def certificate_list(request: SignedInRequest) -> HttpResponse:
    """All certificates, or with `?failed=1` those that could not be made."""
    rows = Certificate.objects.select_related("award__dossier__user", "award__holder").defer("staged", "credential_jwt").order_by("-pk")
    words, only_failed = typed(request), request.GET.get("failed") == "1"
    if words:
        person = Q(award__dossier__user__email__icontains=words) | Q(award__holder__legal_name_printed__icontains=words)
        rows = rows.filter(Q(serial__icontains=words) | Q(award__title__icontains=words) | person)
    if only_failed:
        rows = rows.with_failures()
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/certificate_list.html", {"page": page, "words": words, "only_failed": only_failed})


@may_write
@require_POST
def certificate_retry(request: SignedInRequest, pk: int) -> HttpResponse:
    certificate = get_object_or_404(Certificate.objects.filter(state=Certificate.State.PENDING).select_related("award"), pk=pk)
    request_certificate(award=certificate.award)
    messages.success(request, _("It is being made again. Look back in a few seconds."))
    return redirect(certificate.award)


@may_write
def certificate_review(request: SignedInRequest, pk: int) -> HttpResponse:
    """Suspend a valid certificate while something is cleared up, or end the suspension."""
    open_states = [Certificate.State.ISSUED, Certificate.State.SUSPENDED]
    certificate = get_object_or_404(Certificate.objects.filter(state__in=open_states).select_related("award"), pk=pk)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == "resume":
            end_review(certificate=certificate, officer=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("The certificate is valid again and its page says so; its credit counts."))
        else:
            begin_review(certificate=certificate, officer=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("The certificate is suspended and its page says so; its credit is held, and the learner is told."))
        return redirect(certificate.award)
    tried = preview_end if certificate.state == Certificate.State.SUSPENDED else preview_begin
    context = {"form": form, "certificate": certificate, "preview": tried(certificate=certificate, officer=request.user)}
    return render(request, "credits/desk/certificate_review.html", context, status=422 if form.errors else 200)
