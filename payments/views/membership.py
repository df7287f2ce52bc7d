"""A member's own page: how the membership stands, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core import clock
from core.errors import DomainError
from payments.forms import PauseForm
from payments.gateway.client import GatewayRefused, GatewayUnavailable, is_open
from payments.models import Subscription
from payments.selectors import membership_of, membership_payments, offers_for
from payments.services import keep_membership, open_portal, pause_membership, pay_open_invoice, project_subscription, resume_membership
from payments.services.membership import why_no_pause
from payments.subjects import LIBRARY

PER_PAGE = 12
ASKED_AGAIN = timedelta(seconds=10)


@require_safe
def membership(request: SignedInRequest) -> HttpResponse:
    found = membership_of(request.user)
    if found and "from" in request.GET and _ask_again(found.subscription):  # back from Stripe's portal, whose news may take a moment
        found = membership_of(request.user)
    page = Paginator(membership_payments(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "membership": found,
        "subscription": found.subscription if found else None,
        "offers": offers_for([LIBRARY])[LIBRARY] if found is None or found.is_over else [],
        "no_pause": why_no_pause(found.subscription) if found else "",
        "pause_form": PauseForm(),
        "page_obj": page,
    }
    return render(request, "payments/membership.html", context)


def _ask_again(subscription: Subscription) -> bool:
    """Project what came of it at Stripe; not again and again for somebody who reloads the page."""
    if not is_open() or clock.now() < subscription.projected_at + ASKED_AGAIN:
        return False
    try:
        return project_subscription(subscription_id=subscription.stripe_subscription_id) is not None
    except (GatewayUnavailable, GatewayRefused):
        return False  # the page shows what is known; the news comes by itself


@require_POST
def membership_portal(request: SignedInRequest) -> HttpResponse:
    return_url = f"{settings.SITE_URL}{reverse('payments:membership')}?from=portal"
    return redirect(open_portal(user=request.user, return_url=return_url, flow=request.POST.get("flow", "")))


@require_POST
def membership_pause(request: SignedInRequest) -> HttpResponse:
    form = PauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A pause lasts one, two or three months."))
        return redirect("payments:membership")
    row = pause_membership(subscription=_own(request), months=form.cleaned_data["months"])
    day = date_format(row.resumes_at, "DATE_FORMAT") if row.resumes_at else ""
    messages.success(request, _("Your membership is paused until %(day)s.") % {"day": day})
    return redirect("payments:membership")


@require_POST
def membership_resume(request: SignedInRequest) -> HttpResponse:
    return _done(request, resume_membership, _("Your membership goes on."))


@require_POST
def membership_keep(request: SignedInRequest) -> HttpResponse:
    return _done(request, keep_membership, _("Your membership goes on; nothing is cancelled."))


@require_POST
def membership_pay(request: SignedInRequest) -> HttpResponse:
    return _done(request, pay_open_invoice, _("Thank you: the payment was made."))


def _done(request: SignedInRequest, verb: Callable[..., Subscription], words: str) -> HttpResponse:
    verb(subscription=_own(request))
    messages.success(request, words)
    return redirect("payments:membership")


def _own(request: SignedInRequest) -> Subscription:
    if found := membership_of(request.user):
        return found.subscription
    raise DomainError(_("You have no membership yet. Its page says what it opens and what it costs."), code="no_membership")
