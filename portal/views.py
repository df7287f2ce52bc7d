from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.regions import REGIONS


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html", {"regions": REGIONS})


def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/dashboard.html")


@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    """Courses and workshops by the words of their titles and summaries."""
    words = request.GET.get("q", "").strip()[:100]
    return render(request, "portal/search.html", {"words": words})
