"""A learner's own petitions: choosing a body, watching the pack being made, downloading it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from credits.models import Dossier, PetitionPack
from credits.petitions.book import petition_book
from credits.petitions.forms import PetitionForm, WordsForm
from credits.petitions.making import heading_of
from credits.petitions.selectors import answered_for, candidates_for, packs_of
from credits.petitions.services import PetitionNotReady, petition_file, request_petition

PAGE_SIZE = 20
RATE = "30/h"


@require_safe
def petition_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(packs_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/petitions/list.html", {"page": page})


def petition_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """For one completion: what is known of each body's petitions, and the form that asks for a pack. `?board=` is chosen already."""
    dossier = get_object_or_404(Dossier.objects.visible_to(request.user).select_related("activity"), pk=pk)
    candidates = candidates_for(dossier)
    form = PetitionForm(request.POST or None, candidates=candidates, initial={"board": request.GET.get("board", "")})
    if request.method == "POST" and form.is_valid():
        try:
            check_limit(request, group="petition", rate=RATE)
            pack = request_petition(dossier=dossier, board=form.cleaned_data["board"], words=form.cleaned_data["words"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The pack is being made. This page shows how far it is; a mail says when it is ready."))
            return redirect(pack)
    context = {"dossier": dossier, "candidates": candidates, "form": form, "can_ask": any(one.is_open for one in candidates)}
    return render(request, "credits/petitions/form.html", context, status=422 if form.errors else 200)


@require_safe
def petition_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    pack = get_object_or_404(packs_of(request.user), pk=pk)
    if request.htmx and pack.is_open:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        return render(request, "credits/petitions/_state.html", {"pack": pack})
    answer = render(request, "credits/petitions/detail.html", _shown(pack, WordsForm(initial={"words": pack.words})))
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        answer["HX-Refresh"] = "true"  # it is over: the whole page is another one
    return answer


def _shown(pack: PetitionPack, form: WordsForm) -> dict[str, Any]:
    return {
        "pack": pack,
        "form": form,
        "body": petition_book().of(pack.board.code),
        "answered": answered_for(pack),
        "missing": [heading_of(section) for section in pack.missing],
    }


@require_POST
def petition_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have it made again, with other words or since the file went."""
    pack = get_object_or_404(packs_of(request.user), pk=pk)
    form = WordsForm(request.POST)
    if form.is_valid():
        try:
            check_limit(request, group="petition", rate=RATE)
            request_petition(dossier=pack.dossier, board=pack.board, words=form.cleaned_data["words"])
        except DomainError as refusal:
            messages.error(request, refusal.message)
        return redirect(pack)
    return render(request, "credits/petitions/detail.html", _shown(pack, form), status=422)


@require_safe
def petition_download(request: SignedInRequest, pk: int) -> HttpResponse:
    pack = get_object_or_404(packs_of(request.user), pk=pk)
    try:
        return file_answer(pack)
    except PetitionNotReady as refusal:
        messages.error(request, refusal.message)
        return redirect(pack)


def file_answer(pack: PetitionPack) -> HttpResponse:
    answer = HttpResponse(petition_file(pack=pack), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{pack.file_name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
