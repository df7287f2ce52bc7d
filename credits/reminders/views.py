"""A learner's reminders, and the page behind the links in a mail that stop them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from credits.certificates.public import public
from credits.models import Licence
from credits.reminders.forms import DaysForm
from credits.reminders.selectors import reminders_of
from credits.reminders.services import choose_days, obey, set_licence_reminders, set_reminders
from credits.reminders.tokens import read_stop_token


@require_http_methods(["GET", "HEAD", "POST"])
def reminder_list(request: SignedInRequest) -> HttpResponse:
    overview = reminders_of(request.user)
    form = DaysForm(request.POST or None, initial={"days": overview.days})
    if request.method == "POST" and form.is_valid():
        choose_days(user=request.user, days=form.cleaned_data["days"])
        messages.success(request, _("Saved: that is when we write to you."))
        return redirect("credits:reminder_list")
    refused = request.method == "POST"
    return render(request, "credits/reminder_list.html", {"form": form, "overview": overview}, status=422 if refused else 200)


@require_POST
def reminder_switch(request: SignedInRequest) -> HttpResponse:
    """Stop all reminders (`is_on` is empty), or send them again."""
    row = set_reminders(user=request.user, is_on=bool(request.POST.get("is_on")))
    messages.success(request, _("We remind you again.") if row.is_on else _("All reminders are stopped."))
    return redirect("credits:reminder_list")


@require_POST
def reminder_licence(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.visible_to(request.user).on_file(), pk=pk)
    licence = set_licence_reminders(licence=licence, is_on=bool(request.POST.get("is_on")))
    said = _("We remind you of %(board)s again.") if licence.has_reminders else _("No more reminders about %(board)s.")
    messages.success(request, said % {"board": licence.board.name})
    return redirect("credits:reminder_list")


@public
@csrf_exempt  # the signed token says who asks; mail programs post here without a page and without cookies (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def reminder_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Looking at it changes nothing: programs that check mail follow every link. The button, or a mail program's own, stops."""
    order = read_stop_token(token)
    if order is None:
        return render(request, "credits/reminder_stop_unknown.html", status=404)
    context: dict[str, Any] = {"order": order, "token": token, "said": ""}
    if request.method == "POST":
        is_on = request.POST.get("again") == "1"
        obey(order=order, is_on=is_on)
        context["said"] = "again" if is_on else "stopped"
    return render(request, "credits/reminder_stop.html", context)
