from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from portal.regions import REGIONS
from portal.selectors import waiting_for


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


@role_required(*Role.values)
def desk_home(request: SignedInRequest) -> HttpResponse:
    return render(request, "portal/desk_home.html", {"waiting": waiting_for(request.user)})
