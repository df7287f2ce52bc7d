"""The staff desk for Stripe's news: what came, what waits, and when everything was last compared."""

from __future__ import annotations

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from payments.gateway.client import environment, is_open
from payments.models import ReconcileRun, StripeEvent
from payments.services import ask_reconcile
from payments.services.inbox import CLOCK_WARNING

PER_PAGE = 25
RUNS = 5
SKEW_TOLERATED_S = 60


@role_required(Role.STAFF)
@require_safe
def event_list(request: SignedInRequest) -> HttpResponse:
    show = "waiting" if request.GET.get("show") == "waiting" else "all"
    found = StripeEvent.objects.filter(environment=environment())
    waiting = found.waiting()
    page = Paginator(waiting if show == "waiting" else found, PER_PAGE).get_page(request.GET.get("page"))
    runs = list(ReconcileRun.objects.filter(environment=environment())[:RUNS])
    skew = next((run.clock_skew_s for run in runs if run.clock_skew_s is not None), 0)
    context = {
        "page_obj": page,
        "show": show,
        "waiting_count": waiting.count(),
        "runs": runs,
        "clock_skew_s": skew if abs(skew) > SKEW_TOLERATED_S else 0,
        "clock_warning": cache.get(CLOCK_WARNING),
        "is_open": is_open(),
    }
    return render(request, "payments/desk/event_list.html", context)


@role_required(Role.STAFF)
@require_POST
def reconcile_now(request: SignedInRequest) -> HttpResponse:
    if is_open():
        ask_reconcile(by=request.user)
        messages.success(request, _("The comparison is queued. Its result appears below in a minute: reload this page."))
    else:
        messages.info(request, _("Payments are not open here: there is nothing to compare with."))
    return redirect("payments_sales:event_list")
