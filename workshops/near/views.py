"""The page on which people find a workshop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from credits.prospects.prospector import Prospector
from workshops.near.forms import NearMeForm
from workshops.near.searches import NearSearch
from workshops.selectors import workshop_cards

PAGE_SIZE = 12


@login_not_required
@require_safe
def workshop_list(request: HttpRequest) -> HttpResponse:
    """Coming workshops that fit a search, in its order; where none does, in a wider circle, and the page says so."""
    form = NearMeForm(request.GET or None)
    is_refused = form.is_bound and not form.is_valid()
    search = NearSearch.from_form(form) if form.is_bound and not is_refused else NearSearch()
    shown = replace(search, place="", radius=None) if search.problem else search.first_with_results()
    results = shown.results().select_related("venue", "activity").prefetch_related("blocks").with_seats_taken()
    page = Paginator(results, PAGE_SIZE).get_page(request.GET.get("page"))
    prospector = Prospector(request.user)
    context: dict[str, Any] = {
        "form": form,
        "search": search,
        "shown": shown,
        "widened": search.widened_words(shown),
        "page_obj": page,
        "cards": workshop_cards(page.object_list, prospector, unit=search.unit),
        "prospector": prospector,
    }
    return render(request, "workshops/near/workshop_list.html", context, status=422 if is_refused else 200)
