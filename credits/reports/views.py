"""The learner's pages: may we report what they complete."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.models import Board, Licence, ReportConsent
from credits.reports.consents import Consent, consent_of, consents_of, give_consent, why_asked, withdraw_consent


@require_safe
def consent_list(request: SignedInRequest) -> HttpResponse:
    rows = [{"consent": consent, "why": why_asked(consent)} for consent in consents_of(request.user)]
    return render(request, "credits/consent_list.html", {"rows": rows})


@require_safe
def consent_detail(request: SignedInRequest, code: str) -> HttpResponse:
    return _show(request, _consent(request, code))


@require_POST
def consent_give(request: SignedInRequest, code: str) -> HttpResponse:
    consent = _consent(request, code)
    try:
        give_consent(user=request.user, board=consent.board, digest=request.POST.get("digest", ""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return _show(request, consent, status=409)
    messages.success(request, _("Thank you. What you complete is reported from now on, and what already waited for it too."))
    return _onward(request, consent)


@require_POST
def consent_withdraw(request: SignedInRequest, code: str) -> HttpResponse:
    consent = _consent(request, code)
    try:
        withdraw_consent(user=request.user, board=consent.board, digest=request.POST.get("digest", ""))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return _show(request, consent, status=409)
    messages.success(request, _("Your consent is withdrawn: nothing more is reported. You can give it again here at any time."))
    return _onward(request, consent)


def _consent(request: SignedInRequest, code: str) -> Consent:
    consent = consent_of(request.user, get_object_or_404(Board, code=code))
    if consent is None:
        raise Http404
    return consent


def _show(request: SignedInRequest, consent: Consent, status: int = 200) -> HttpResponse:
    context = {
        "consent": consent,
        "why": why_asked(consent),
        "history": ReportConsent.objects.latest_of(request.user, consent.board),
        "licence": _licence(request, consent),
        "then": "credits" if "credits" in (request.GET.get("then"), request.POST.get("then")) else "",
    }
    return render(request, "credits/consent_detail.html", context, status=status)


def _licence(request: SignedInRequest, consent: Consent) -> Licence | None:
    return Licence.objects.visible_to(request.user).on_file().filter(board=consent.board).select_related("board").first()


def _onward(request: SignedInRequest, consent: Consent) -> HttpResponse:
    """To the completions that can be claimed, for whoever came from adding a licence; else to the licence."""
    if request.POST.get("then") == "credits":
        return redirect("credits:credit_list")
    licence = _licence(request, consent)
    return redirect(licence) if licence else redirect("credits:consent_list")
