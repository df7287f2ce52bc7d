"""Writing to attendees: composed, looked through with who gets it, sent once; and what was written before."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext

from accounts.permissions import SignedInRequest
from workshops.desk_access import PAGE_SIZE, attempt, teachers
from workshops.models import AttendeeMessage, Workshop
from workshops.reminding.log import planned_of, written_of
from workshops.roster.forms import MessageForm
from workshops.roster.selectors import people_for
from workshops.roster.services import send_message


@teachers
def message_list(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET: the form and what was written before. POST shows who would get it; with `send` it is sent."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue").prefetch_related("blocks"), pk=pk)
    form = MessageForm(request.POST or None, workshop=workshop, initial={"nonce": uuid.uuid4(), "audience": AttendeeMessage.Audience.SEATED})
    people = None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        people = people_for(workshop, values["audience"], values["people"])
        if "send" in request.POST:
            sent = ngettext("The message goes to %(n)s person.", "The message goes to %(n)s people.", len(people)) % {"n": len(people)}
            words = {name: values[name] for name in ("audience", "subject", "body", "nonce")}
            if attempt(request, sent, lambda: send_message(workshop=workshop, by=request.user, people=people, **words)):
                return redirect("workshops_desk:message_list", pk=pk)
    messages = workshop.attendee_messages.select_related("sent_by").annotate(mail_count=Count("mails")).order_by("-created_at", "-pk")
    context = {"workshop": workshop, "form": form, "people": people, "page_obj": Paginator(messages, PAGE_SIZE).get_page(request.GET.get("page"))}
    context |= {"written": written_of(workshop), "planned": planned_of(workshop)}
    status = 422 if request.method == "POST" and people is None else 200
    return render(request, "workshops/roster/message_list.html", context, status=status)


@teachers
def message_detail(request: SignedInRequest, pk: int, message: int) -> HttpResponse:
    """What was written and who got it, by the mail log."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    row = get_object_or_404(AttendeeMessage.objects.select_related("sent_by"), pk=message, workshop=workshop)
    page = Paginator(row.mails.select_related("recipient").order_by("to_address"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/roster/message_detail.html", {"workshop": workshop, "message": row, "page_obj": page})
