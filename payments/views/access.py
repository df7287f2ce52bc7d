"""The staff desk for access: who may open what, and why."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from core.search import typed
from payments import subjects
from payments.forms import GrantForm, RevokeForm
from payments.models import AccessGrant
from payments.services import grant_access, revoke_access

PER_PAGE = 25


@role_required(Role.STAFF)
@require_safe
def grant_list(request: SignedInRequest) -> HttpResponse:
    text, show = typed(request), request.GET.get("show", "live")
    grants = AccessGrant.objects.select_related("user", "granted_by", "revoked_by")
    if show != "all":
        grants = grants.live()
    if text:
        grants = grants.filter(Q(user__email__icontains=text) | Q(user__display_name__icontains=text))
    page = Paginator(grants, PER_PAGE).get_page(request.GET.get("page"))
    titles = subjects.titles_of({grant.subject for grant in page})
    rows = [{"grant": grant, "title": titles[grant.subject]} for grant in page]
    return render(request, "payments/desk/grant_list.html", {"page_obj": page, "rows": rows, "q": text, "show": show})


@role_required(Role.STAFF)
def grant_create(request: SignedInRequest) -> HttpResponse:
    find = typed(request, "find")
    form = GrantForm(request.POST or None, find=find, initial={"email": request.GET.get("email", "")})
    if request.method == "POST" and form.is_valid():
        try:
            grant = grant_access(
                user=form.person,
                subject=form.cleaned_data["subject"],
                source=AccessGrant.Source.STAFF,
                reason=form.cleaned_data["reason"],
                granted_by=request.user,
                expires_at=form.cleaned_data["expires_on"],
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("%(person)s may open %(title)s.") % {"person": grant.user.email, "title": subjects.title_of(grant.subject)})
            return redirect("payments_desk:grant_list")
    return render(request, "payments/desk/grant_form.html", {"form": form, "find": find}, status=422 if form.errors else 200)


@role_required(Role.STAFF)
def grant_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    grant = get_object_or_404(AccessGrant.objects.visible_to(request.user).select_related("user", "granted_by"), pk=pk)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        revoke_access(grant=grant, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("The access was taken back."))
        return redirect("payments_desk:grant_list")
    context = {"grant": grant, "title": subjects.title_of(grant.subject), "form": form}
    return render(request, "payments/desk/grant_revoke.html", context, status=422 if form.errors else 200)
