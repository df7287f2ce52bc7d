"""Desk pages: completions whose payment went back or is questioned."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.permissions import SignedInRequest
from credits.certificates.forms import ReviewForm
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import CompletionFlag
from credits.services import lift_flag, preview_lift


@may_read
@require_GET
def flag_list(request: SignedInRequest) -> HttpResponse:
    """Standing flags, or with `?all=1` lifted ones too."""
    show_all = request.GET.get("all") == "1"
    rows = CompletionFlag.objects.select_related("dossier__user", "dossier__activity", "lifted_by")
    page = Paginator(rows if show_all else rows.standing(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/flag_list.html", {"page": page, "show_all": show_all})


@may_write
def flag_lift(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was earned stands: certificates that the flag suspended are valid again."""
    flag = get_object_or_404(CompletionFlag.objects.select_related("dossier__user", "dossier__activity").prefetch_related("suspended"), pk=pk)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lift_flag(flag=flag, officer=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("The flag is lifted; what was earned stands."))
        return redirect("credits_desk:flag_list")
    context = {"form": form, "flag": flag, "preview": preview_lift(flag=flag, officer=request.user) if flag.is_standing and flag.suspends else None}
    return render(request, "credits/desk/flag_lift.html", context, status=422 if form.errors else 200)
