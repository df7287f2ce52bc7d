"""The page on which people find a workshop."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from credits.prospects.prospector import Prospector
from workshops.near.forms import NearMeForm
from workshops.near.maps import map_page
from workshops.near.search_map import map_of
from workshops.near.searches import NearSearch
from workshops.near.selectors import boards_of_coming_workshops
from workshops.selectors import workshop_cards

PAGE_SIZE = 12


@login_not_required
@require_safe
@map_page
def workshop_list(request: HttpRequest) -> HttpResponse:
    """Coming workshops that fit a search, in its order; where none does, in a wider circle, and the page says so.

    An address that says the same in other words leads to the canonical one, so that what people share is always that.
    """
    form = NearMeForm(request.GET or None)
    is_refused = form.is_bound and not form.is_valid()
    search = NearSearch.from_form(form) if form.is_bound and not is_refused else NearSearch()
    if not is_refused and (canonical := _canonical(search, request)) != request.get_full_path():
        return HttpResponseRedirect(canonical)
    shown = search.but(place="", radius=None) if search.problem else search.first_with_results()
    results = shown.results().select_related("venue", "activity").prefetch_related("blocks").with_seats_taken()
    page = Paginator(results, PAGE_SIZE).get_page(request.GET.get("page"))
    prospector = Prospector(request.user)
    cards = workshop_cards(page.object_list, prospector, unit=search.unit)
    drawn = map_of(shown, [card.workshop for card in cards])
    form.offer_boards(boards_of_coming_workshops())
    context: dict[str, Any] = {
        "form": form,
        "search": search,
        "shown": shown,
        "widened": search.widened_words(shown),
        "page_obj": page,
        "map": drawn,
        "cards": cards,
        "entries": [(card, drawn.place_of(card.workshop) if drawn else None) for card in cards],
        "prospector": prospector,
        "namesakes": [(place.label, page_of(search.but(place=place.label))) for place in search.other_places],
        "sorts": _sorts(search) if shown.is_by_distance else [],
        "online": _online(shown),
        "points": f"{reverse('workshops:near_points')}?{shown.query()}",
        "feed_query": search.query(),
        "webcal": f"webcal://{settings.SITE_URL.split('//', 1)[1]}{reverse('workshops:near_calendar')}?{search.query()}",
        "canonical": settings.SITE_URL + _canonical(search, request),
    }
    return render(request, "workshops/near/workshop_list.html", context, status=422 if is_refused else 200)


def page_of(search: NearSearch) -> str:
    """The address of the page that shows `search`."""
    query = search.query()
    return reverse("workshops:workshop_list") + (f"?{query}" if query else "")


def _canonical(search: NearSearch, request: HttpRequest) -> str:
    page = request.GET.get("page", "")
    if not page.isdecimal() or page == "1":
        return page_of(search)
    address = page_of(search)
    return f"{address}{'&' if '?' in address else '?'}page={page}"


def _sorts(search: NearSearch) -> list[tuple[str, str, bool]]:
    """The orders one may choose: name, address, and whether it is this one."""
    return [(name, page_of(search.but(sort=sort)), search.sorts_by == name) for name, sort in (("distance", ""), ("date", "date"))]


def _online(search: NearSearch) -> tuple[int, str] | None:
    """How many workshops of the same wishes that are not among those shown one can join online, and where; None where that was asked or left out."""
    if search.attend or not search.is_by_distance:
        return None
    online = search.but(attend="remote")
    count = online.results().exclude(pk__in=search.results().values("pk")).count()
    return (count, page_of(online)) if count else None
