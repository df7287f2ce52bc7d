"""Planning and announcing workshops."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.changes.selectors import to_file
from workshops.desk_access import PAGE_SIZE, attempt, roster_readers, teachers
from workshops.models import Block, Workshop
from workshops.schedule.changes import Change, change_of_terms
from workshops.schedule.forms.blocks import BaseBlockFormSet, BlockForm, block_formset
from workshops.schedule.forms.workshops import WorkshopForm
from workshops.services import publish_workshop, save_workshop
from workshops.services.offerings import workshop_facts

NOTE_LENGTH = 500


@roster_readers
@require_safe
def workshop_list(request: SignedInRequest) -> HttpResponse:
    """What is ahead or still to be decided, the nearest first; with `?show=over` the rest, the latest first."""
    show = "over" if request.GET.get("show") == "over" else "open"
    queryset = Workshop.objects.roster_visible_to(request.user).select_related("venue").with_seats_taken()
    queryset = queryset.over().order_by("-starts_at", "-pk") if show == "over" else queryset.at_hand()
    page = Paginator(queryset, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/schedule/workshop_list.html", {"page_obj": page, "show": show})


@teachers
def workshop_create(request: SignedInRequest) -> HttpResponse:
    return _edit(request, Workshop())


@teachers
def workshop_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue").prefetch_related("blocks"), pk=pk))


def _edit(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """The form of a workshop and its schedule. A change of which people with seats are told is shown before it is made."""
    if "more" in request.POST:
        return _form(request, workshop, WorkshopForm(instance=workshop, user=request.user, initial=_typed(request)), _more_lines(request))
    form = WorkshopForm(request.POST or None, instance=workshop, user=request.user)
    blocks = block_formset(request.POST or None, workshop)
    if request.method != "POST":
        return _form(request, workshop, form, blocks)
    if form.is_valid() and blocks.is_valid():
        planned, lines = form.save(), blocks.read(ZoneInfo(form.cleaned_data["venue"].time_zone))
        if lines is not None:
            if planned.format == Workshop.Format.ONLINE:
                lines = [replace(line, mode=Block.Mode.REMOTE) for line in lines]
            old = Workshop.objects.select_related("venue").filter(pk=workshop.pk).first()
            change = change_of_terms(old=old, new=planned, blocks=lines) if old else None
            if change and change.seats and request.POST.get("confirm") != change.token:
                return _form(request, workshop, form, blocks, change=change)
            try:
                saved = save_workshop(workshop=planned, blocks=lines, by=request.user, note=request.POST.get("note", "")[:NOTE_LENGTH])
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                _say_what_happened(request, change)
                _say_what_differs(request, saved)
                return redirect("workshops_desk:workshop_roster", pk=saved.pk)
    return _form(request, workshop, form, blocks, status=422)


def _form(
    request: SignedInRequest, workshop: Workshop, form: WorkshopForm, blocks: BaseBlockFormSet, *, change: Change | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "blocks": blocks, "workshop": workshop, "change": change, "note": request.POST.get("note", ""), "note_length": NOTE_LENGTH}
    return render(request, "workshops/schedule/workshop_form.html", context, status=status)


def _typed(request: SignedInRequest) -> dict[str, str | None]:
    return {name: request.POST.get(name) for name in WorkshopForm.base_fields}


def _more_lines(request: SignedInRequest) -> BaseBlockFormSet:
    """The lines as typed so far, not yet judged, and more empty ones."""
    count = min(int(total) if (total := request.POST.get("blocks-TOTAL_FORMS", "")).isdecimal() else 0, 60)
    lines = [{name: request.POST.get(f"blocks-{number}-{name}", "") for name in BlockForm.base_fields} for number in range(count)]
    return block_formset(None, Workshop(), initial=[line for line in lines if line["day"]])


def _say_what_happened(request: SignedInRequest, change: Change | None) -> None:
    if change and change.seats:
        n = len(change.seats)
        messages.success(request, ngettext("The workshop is saved. %(n)s person is told.", "The workshop is saved. %(n)s people are told.", n) % {"n": n})
    else:
        messages.success(request, _("The workshop is saved."))


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
