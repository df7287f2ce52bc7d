"""A person's own pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.forms import LegalNameForm, ProfileForm
from accounts.models import LegalName
from accounts.permissions import SignedInRequest
from accounts.services import confirm_legal_name, update_profile


def profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        update_profile(user=request.user, display_name=form.cleaned_data["display_name"], time_zone=form.cleaned_data["time_zone"])
        messages.success(request, _("Your details were saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "legal_name": request.user.legal_name}, status=422 if form.errors else 200)


def legal_name_confirm(request: SignedInRequest) -> HttpResponse:
    """Two steps, so that everybody sees the name as it will be printed before it is: type it, then confirm it."""
    current = request.user.legal_name
    initial = {"given_names": current.given_names, "family_name": current.family_name} if current else None
    target = _safe_next(request)
    form = LegalNameForm(request.POST or None, initial=initial)
    preview = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("step") == "confirm":
            confirm_legal_name(user=request.user, confirmed_by=request.user, **form.cleaned_data)
            messages.success(request, _("Your name is confirmed. Certificates will be made out to it."))
            return redirect(target or "accounts:profile")
        if request.POST.get("step") != "edit":
            preview = LegalName(**form.cleaned_data).printed
    context = {"form": form, "preview": preview, "current": current, "next": target}
    return render(request, "accounts/legal_name_confirm.html", context, status=422 if form.errors else 200)


def _safe_next(request: SignedInRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if is_ours else ""
