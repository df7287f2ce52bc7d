"""“Tell me when one is near”: setting an alert for a search, and one's own. What the link in a mail leads to is in workshops.asking.pages."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from workshops.alerts.forms import AlertForm
from workshops.alerts.kind import ALERTS
from workshops.alerts.services import set_alert
from workshops.asking.links import link_token
from workshops.asking.pages import ask_page
from workshops.models import SearchAlert
from workshops.near.searches import NearSearch, SearchRefused

PAGE_SIZE = 20


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_create(request: HttpRequest) -> HttpResponse:
    """For the search in the address: what it looks for in words, how often, and, of a stranger, to whom."""
    try:
        search = NearSearch.from_query(request.GET)
    except SearchRefused as refusal:
        return render(request, "workshops/alerts/alert_no_search.html", {"errors": refusal.errors}, status=422)
    form = AlertForm(request.POST if request.method == "POST" else None, asks_address=not request.user.is_authenticated)

    def to_the_list(alert: SearchAlert) -> HttpResponse:
        messages.success(request, _("The alert is on. We wrote you a message with the link to it."))
        return redirect("workshops:alert_list")

    return ask_page(
        request,
        ALERTS,
        form=form,
        ask=lambda user, email: set_alert(search=search, pace=form.wish, user=user, email=email),
        context={"search": search.settled()},
        after=to_the_list,
    )


@require_safe
def alert_list(request: SignedInRequest) -> HttpResponse:
    """One's own, also those set by address before one had an account."""
    rows = SearchAlert.objects.asked_by(request.user).exclude(state=SearchAlert.State.UNCONFIRMED).select_related("user")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/alerts/alert_list.html", {"page_obj": page, "rows": [(alert, link_token(alert)) for alert in page]})
