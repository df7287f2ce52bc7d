"""“Tell me when one is near”: setting an alert for a search, one's own alerts, and what the link in a mail leads to."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from credits.certificates.public import public
from workshops.alerts import services
from workshops.alerts.forms import AlertForm, PaceForm
from workshops.asking.links import link_token, read_link
from workshops.models import SearchAlert
from workshops.near.searches import NearSearch, SearchRefused

ALERT_RATE = "20/h"
PAGE_SIZE = 20


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_create(request: HttpRequest) -> HttpResponse:
    """For the search in the address: what it looks for in words, how often, and, of a stranger, to whom."""
    try:
        search = NearSearch.from_query(request.GET)
    except SearchRefused as refusal:
        return render(request, "workshops/alerts/alert_no_search.html", {"errors": refusal.errors}, status=422)
    is_stranger = not request.user.is_authenticated
    data = request.POST if request.method == "POST" else None
    form = AlertForm(data, asks_address=is_stranger)
    if data is not None and form.is_valid():
        values = form.cleaned_data
        try:
            check_limit(request, group="alerts", rate=ALERT_RATE)
            alert = services.set_alert(search=search, pace=values["pace"], user=None if is_stranger else request.user, email=values.get("email", ""))
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            if is_stranger:
                return render(request, "workshops/alerts/alert_sent.html", {"alert": alert, "email": values["email"]})
            messages.success(request, _("The alert is on. We wrote you a message with the link to it."))
            return redirect("workshops:alert_list")
    context = {"form": form, "search": search.settled(), "is_stranger": is_stranger}
    return render(request, "workshops/alerts/alert_create.html", context, status=422 if form.errors else 200)


@require_safe
def alert_list(request: SignedInRequest) -> HttpResponse:
    """One's own, also those set by address before one had an account."""
    rows = SearchAlert.objects.asked_by(request.user).exclude(state=SearchAlert.State.UNCONFIRMED).select_related("user")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/alerts/alert_list.html", {"page_obj": page, "rows": [(alert, link_token(alert)) for alert in page]})


def _alert(token: str) -> SearchAlert:
    alert = read_link(token, SearchAlert)
    if alert is None:
        raise Http404
    return alert


@public
@require_http_methods(["GET", "HEAD", "POST"])
def alert_detail(request: HttpRequest, token: str) -> HttpResponse:
    """One alert, by its link: confirm it, change how often it writes, stop it. Looking changes nothing."""
    alert = read_link(token, SearchAlert)
    if alert is None:
        return render(request, "workshops/alerts/alert_unknown.html", status=404)
    form = PaceForm(request.POST if request.method == "POST" else None, initial={"pace": alert.pace})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_alert(alert=alert, pace=form.cleaned_data["pace"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("workshops:alert_detail", token=token)
    return render(request, "workshops/alerts/alert_detail.html", {"alert": alert, "token": token, "form": form}, status=422 if form.errors else 200)


@public
@require_POST
def alert_confirm(request: HttpRequest, token: str) -> HttpResponse:
    services.confirm_alert(alert=_alert(token))
    messages.success(request, _("The alert is on. We write when a workshop is announced that fits."))
    return redirect("workshops:alert_detail", token=token)


@public
@require_POST
def alert_renew(request: HttpRequest, token: str) -> HttpResponse:
    services.renew_alert(alert=_alert(token))
    messages.success(request, _("The alert is on for another year."))
    return redirect("workshops:alert_detail", token=token)


@public
@csrf_exempt  # the signed token says who asks; mail programs post here without a page and without cookies (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def alert_stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST stops; a second time says the same."""
    alert = read_link(token, SearchAlert)
    if alert is None:
        return render(request, "workshops/alerts/alert_unknown.html", status=404)
    if request.method == "POST":
        alert = services.stop_alert(alert=alert)
    return render(request, "workshops/alerts/alert_stop.html", {"alert": alert, "token": token})
