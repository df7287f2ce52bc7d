"""Planning and announcing workshops."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.changes.selectors import to_file
from workshops.desk_access import PAGE_SIZE, attempt, roster_readers, teachers
from workshops.models import Workshop
from workshops.schedule.forms.blocks import BaseBlockFormSet, BlockFormSet, initial_blocks
from workshops.schedule.forms.workshops import WorkshopForm
from workshops.services import publish_workshop, save_workshop
from workshops.services.offerings import workshop_facts


@roster_readers
@require_safe
def workshop_list(request: SignedInRequest) -> HttpResponse:
    queryset = Workshop.objects.roster_visible_to(request.user).select_related("venue").with_seats_taken().order_by("-starts_at", "-pk")
    page = Paginator(queryset, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/schedule/workshop_list.html", {"page_obj": page})


@teachers
def workshop_create(request: SignedInRequest) -> HttpResponse:
    return _edit(request, Workshop())


@teachers
def workshop_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue").prefetch_related("blocks"), pk=pk))


def _edit(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    data = request.POST or None
    form = WorkshopForm(data, instance=workshop, user=request.user)
    blocks = cast(BaseBlockFormSet, BlockFormSet(data, prefix="blocks", initial=initial_blocks(workshop)))
    if request.method == "POST" and form.is_valid() and blocks.is_valid():
        try:
            saved = save_workshop(workshop=form.save(), blocks=blocks.as_inputs(ZoneInfo(form.cleaned_data["venue"].time_zone)), by=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The workshop is saved."))
            _say_what_differs(request, saved)
            return redirect("workshops_desk:workshop_roster", pk=saved.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "workshops/schedule/workshop_form.html", {"form": form, "blocks": blocks, "workshop": workshop}, status=status)


def _say_what_differs(request: SignedInRequest, workshop: Workshop) -> None:
    """Where the workshop is not what a board approved; CE officers have it on their list once it is announced."""
    if workshop.ends_at:
        day = workshop.ends_at.astimezone(workshop.zone).date()
        for sentence in to_file(workshop.activity, workshop_facts(workshop), day=day):
            messages.warning(request, _("%(what)s A CE officer has to file it with the board.") % {"what": sentence})


@teachers
@require_POST
def workshop_publish(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    attempt(request, _("The workshop is announced."), lambda: publish_workshop(workshop=workshop, by=request.user))
    return redirect("workshops_desk:workshop_roster", pk=pk)
