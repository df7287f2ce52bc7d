"""A learner's own licences and credits."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from credits.forms import ClaimForm, LicenceChangeForm, LicenceForm
from credits.models import Award, Claim, Dossier, Licence
from credits.selectors import completions_of, licences_of
from credits.services import add_licence, change_licence, claim_completion, remove_licence

PAGE_SIZE = 20


def credit_list(request: SignedInRequest) -> HttpResponse:
    """The transcript in its first form: every completion, what it earned, and what could still be claimed."""
    page = Paginator(completions_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    licences = licences_of(request.user)
    rows = [_credit_row(dossier, licences) for dossier in page.object_list]
    return render(request, "credits/credit_list.html", {"page": page, "rows": rows, "has_licences": bool(licences)})


def _credit_row(dossier: Any, licences: list[Licence]) -> dict[str, Any]:
    """`dossier` comes from `completions_of`."""
    refused = {claim.licence_id for claim in dossier.decided_claims}
    credited = {award.board_id for award in dossier.every_award}
    return {
        "dossier": dossier,
        "awards": [award for award in dossier.every_award if award.status != Award.Status.SUPERSEDED],
        "refused": [claim for claim in dossier.decided_claims if claim.state == Claim.State.REFUSED],
        "claimable": [licence for licence in licences if licence.board_id not in credited and licence.pk not in refused],
    }


@require_POST
def claim_create(request: SignedInRequest, pk: int) -> HttpResponse:
    dossier = get_object_or_404(Dossier.objects.visible_to(request.user), pk=pk)
    form = ClaimForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, _("Choose one of your licences to claim with."))
        return redirect("credits:credit_list")
    claim = claim_completion(dossier=dossier, licence=form.cleaned_data["licence"])
    if claim.state == Claim.State.AWARDED:
        messages.success(request, _("Credited with %(board)s.") % {"board": claim.licence.board.name})
    else:
        messages.warning(request, claim.explanation)
    return redirect("credits:credit_list")


def licence_list(request: SignedInRequest) -> HttpResponse:
    licences = Licence.objects.visible_to(request.user).with_use().select_related("board")
    page = Paginator(licences, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/licence_list.html", {"page": page})


def licence_add(request: SignedInRequest) -> HttpResponse:
    form = LicenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_licence(user=request.user, **form.cleaned_data)
        claimable = Dossier.objects.visible_to(request.user).exists()
        messages.success(request, _("Your licence is on file."))
        if claimable:
            messages.info(request, _("You completed something before: you can claim it for this licence below."))
        return redirect("credits:credit_list" if claimable else "credits:licence_list")
    return render(request, "credits/licence_form.html", {"form": form}, status=422 if form.errors else 200)


def licence_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.visible_to(request.user).select_related("board"), pk=pk)
    form = LicenceChangeForm(request.POST or None, instance=licence)
    if request.method == "POST" and form.is_valid():
        change_licence(licence=licence, actor=request.user, jurisdiction=licence.jurisdiction, practising_since=licence.practising_since, **form.cleaned_data)
        messages.success(request, _("Your licence was changed."))
        return redirect("credits:licence_list")
    return render(request, "credits/licence_form.html", {"form": form, "licence": licence}, status=422 if form.errors else 200)


def licence_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.visible_to(request.user).with_use().select_related("board"), pk=pk)
    if request.method == "POST":
        remove_licence(licence=licence, actor=request.user)
        messages.success(request, _("Your licence was removed."))
        return redirect("credits:licence_list")
    return render(request, "credits/licence_remove.html", {"licence": licence})
