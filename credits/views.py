"""A learner's own licences and credits."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.certificates.sheet import zone_name
from credits.forms import ClaimForm, LicenceChangeForm, LicenceForm
from credits.held_awards import hold_of, what_next, why_held
from credits.licence_facts import missing_facts, plain_number
from credits.models import Award, Claim, Dossier, Licence
from credits.reports.consents import asks_consent, needs_consent
from credits.reports.said import Reporting, reporting_of
from credits.selectors import completions_of, licences_of
from credits.services import add_licence, archive_licence, change_licence, claim_completion, remove_licence, restore_licence

PAGE_SIZE = 20


def credit_list(request: SignedInRequest) -> HttpResponse:
    """The transcript in its first form: every completion, what it earned, and what could still be claimed."""
    page = Paginator(completions_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    licences = licences_of(request.user)
    rows = [_credit_row(dossier, licences) for dossier in page.object_list]
    reporting = reporting_of([award for row in rows for award in row["awards"]], request.user)
    for row in rows:
        row["awards"] = [_award_shown(award, reporting.get(award.pk)) for award in row["awards"]]
        row["is_reviewed"] = any(shown["review"] for shown in row["awards"])
    return render(request, "credits/credit_list.html", {"page": page, "rows": rows, "has_licences": bool(licences)})


def _award_shown(award: Award, reporting: Reporting | None) -> dict[str, Any]:
    """While it is under review nothing is reported, so only a report that was made is said."""
    review = _review(award)
    return {"award": award, "review": review, "reporting": None if review and reporting and reporting.state != "reported" else reporting}


def _review(award: Award) -> str:
    """What is said of an award under review: since when, why, and what happens next."""
    hold = hold_of(award)
    return f"{capfirst(why_held(hold))}. {what_next(hold)}" if hold and hold.is_review else ""


def _credit_row(dossier: Any, licences: list[Licence]) -> dict[str, Any]:
    """`dossier` comes from `completions_of`."""
    refused = {claim.licence_id for claim in dossier.decided_claims}
    credited = {award.board_id for award in dossier.every_award}
    return {
        "dossier": dossier,
        "zone": zone_name(dossier.zone),
        "awards": [award for award in dossier.every_award if award.status != Award.Status.SUPERSEDED],
        "refused": [claim for claim in dossier.decided_claims if claim.state == Claim.State.REFUSED],
        "claimable": [] if dossier.is_imported else [licence for licence in licences if licence.board_id not in credited and licence.pk not in refused],
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
        if asks_consent(request.user, claim.licence.board):
            return redirect(f"{reverse('credits:consent_detail', args=[claim.licence.board.code])}?then=credits")
    else:
        messages.warning(request, claim.explanation)
    return redirect("credits:credit_list")


def licence_list(request: SignedInRequest) -> HttpResponse:
    """Licences the person keeps up, or with `?archived=1` those they no longer do."""
    everything, show_archived = Licence.objects.visible_to(request.user), request.GET.get("archived") == "1"
    shown = everything.filter(archived_at__isnull=not show_archived)
    page = Paginator(shown.with_use().select_related("board"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"licence": licence, "missing": missing_facts(licence, request.user)} for licence in page.object_list],
        "show_archived": show_archived,
        "asks_consent": any(needs_consent(licence.board.code) for licence in page.object_list),
        "has_archived": everything.filter(archived_at__isnull=False).exists(),
    }
    return render(request, "credits/licence_list.html", context)


def licence_add(request: SignedInRequest) -> HttpResponse:
    form = LicenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        same = {"board": form.cleaned_data["board"], "number": plain_number(form.cleaned_data["number"])}
        if there := Licence.objects.visible_to(request.user).on_file().filter(**same).first():
            messages.info(request, _("This licence was on file already, and stays as it was. Change it here if something is wrong."))
            return redirect(there)
        licence = add_licence(user=request.user, **form.cleaned_data)
        claimable = Dossier.objects.visible_to(request.user).exists()
        messages.success(request, _("Your licence is on file."))
        if asks_consent(request.user, licence.board):
            then = "?then=credits" if claimable else ""
            return redirect(f"{reverse('credits:consent_detail', args=[licence.board.code])}{then}")
        if claimable:
            messages.info(request, _("You completed something before: you can claim it for this licence below."))
            return redirect("credits:credit_list")
        return redirect(licence) if missing_facts(licence, request.user) else redirect("credits:licence_standing", licence.pk)
    return render(request, "credits/licence_form.html", {"form": form}, status=422 if form.errors else 200)


def licence_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.visible_to(request.user).select_related("board"), pk=pk)
    form = LicenceChangeForm(request.POST or None, instance=licence)
    if request.method == "POST" and form.is_valid():
        values = {"jurisdiction": licence.jurisdiction, "practising_since": licence.practising_since, **form.cleaned_data}
        try:
            change_licence(licence=licence, actor=request.user, **values)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Your licence was changed."))
            return redirect(licence)
    return render(request, "credits/licence_form.html", {"form": form, "licence": licence}, status=422 if form.errors else 200)


def licence_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Takes a licence off file, or offers to archive one that credit or a decision rests on."""
    licence = get_object_or_404(Licence.objects.visible_to(request.user).select_related("board"), pk=pk)
    if request.method == "POST":
        remove_licence(licence=licence, actor=request.user)
        messages.success(request, _("Your licence was removed."))
        return redirect("credits:licence_list")
    is_kept = licence.awards.exists() or licence.overrides.exists() or licence.closed_cycles.exists()
    return render(request, "credits/licence_remove.html", {"licence": licence, "is_kept": is_kept})


@require_POST
def licence_archive(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.visible_to(request.user), pk=pk)
    archive_licence(licence=licence, actor=request.user)
    messages.success(request, _("Your licence is archived. What was credited under it stays."))
    return redirect("credits:licence_list")


@require_POST
def licence_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.visible_to(request.user), pk=pk)
    restore_licence(licence=licence, actor=request.user)
    messages.success(request, _("You keep this licence up again."))
    return redirect(licence)
