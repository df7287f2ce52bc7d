"""The learner's own certificates."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import SignedInRequest
from credits.certificates.selectors import certificates_of
from credits.certificates.services import set_status_only
from credits.models import Certificate

PER_PAGE = 20


@require_GET
def certificate_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(certificates_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "credits/certificate_list.html", {"page": page})


@require_POST
def certificate_privacy(request: SignedInRequest, pk: int) -> HttpResponse:
    """The owner decides whether the public page shows the facts or the status only."""
    certificate = get_object_or_404(Certificate.objects.filter(award__dossier__user=request.user).made(), pk=pk)
    certificate = set_status_only(certificate=certificate, is_status_only=request.POST.get("status_only") == "yes", actor=request.user)
    if certificate.is_status_only:
        messages.success(request, _("The public page of %(serial)s now shows only whether it is valid.") % {"serial": certificate.serial})
    else:
        messages.success(request, _("The public page of %(serial)s now shows what the certificate says.") % {"serial": certificate.serial})
    return redirect("credits:certificate_list")
