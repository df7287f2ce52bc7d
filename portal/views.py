from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.search import typed
from courses.selectors import catalogue, with_hours, with_offers, with_prospects
from credits.prospects.prospector import Prospector
from portal.regions import REGIONS
from portal.selectors import dashboard_of, waiting_for
from portal.suggestions import suggestions_for
from workshops.selectors import search_workshops, workshop_cards, workshops_taught

SEARCH_SHOWS = 24
TAUGHT_SHOWN = 5


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    suggestions = suggestions_for(Prospector(request.user), shown=3)
    return render(request, "portal/home.html", {"regions": REGIONS, "suggestions": suggestions})


def dashboard(request: SignedInRequest) -> HttpResponse:
    return render(request, "portal/dashboard.html", dashboard_of(request.user))


@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    """The first courses and coming workshops that have the words in them."""
    words = typed(request)[:100]
    context: dict[str, Any] = {"words": words, "regions": REGIONS}
    if words:
        prospector = context["prospector"] = Prospector(request.user)
        context["courses"] = with_prospects(with_offers(with_hours(catalogue(words=words)[:SEARCH_SHOWS])), prospector)
        context["workshops"] = workshop_cards(search_workshops(words)[:SEARCH_SHOWS], prospector)
    return render(request, "portal/search.html", context)


@role_required(*Role.values)
def desk_home(request: SignedInRequest) -> HttpResponse:
    teaches = request.user.has_role(Role.INSTRUCTOR)
    taught = workshops_taught(request.user, most=TAUGHT_SHOWN) if teaches else []
    return render(request, "portal/desk_home.html", {"waiting": waiting_for(request.user), "teaches": teaches, "taught": taught})
