"""Deciding attendance for all at once: looked through, confirmed, done by a job."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest
from workshops.checkin.selectors import waits_at_the_door
from workshops.desk_access import attempt, teachers
from workshops.models import Workshop
from workshops.roster.forms import NoteForm
from workshops.roster.selectors import completion_job, fingerprint, roster
from workshops.roster.services import start_completion


@teachers
def workshop_complete(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET shows what would be decided for each person and what boards grant; POST has it done."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue", "activity").prefetch_related("blocks"), pk=pk)
    if request.method == "POST":
        form = NoteForm(request.POST)
        if form.is_valid() and attempt(
            request,
            _("Attendance is being decided."),
            lambda: start_completion(workshop=workshop, by=request.user, seen=form.cleaned_data["seen"], note=form.cleaned_data["note"]),
        ):
            return redirect("workshops_desk:completion_progress", pk=pk)
    found = roster(workshop)
    form = NoteForm(initial={"seen": fingerprint(found), "note": request.POST.get("note", "")})
    context = {"workshop": workshop, "roster": found, "form": form, "at_the_door": waits_at_the_door(workshop)}
    return render(request, "workshops/roster/complete.html", context, status=422 if request.method == "POST" else 200)


@teachers
def completion_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far the job is, and what was decided."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue", "activity").prefetch_related("blocks"), pk=pk)
    job = completion_job(workshop)
    if job is None:
        return redirect("workshops_desk:workshop_complete", pk=pk)
    context = {"workshop": workshop, "job": job, "roster": roster(workshop), "is_going": job.state in (job.State.QUEUED, job.State.RUNNING)}
    template = "workshops/roster/_progress.html" if request.htmx else "workshops/roster/progress.html"  # type: ignore[attr-defined]  # django-htmx adds it
    return render(request, template, context)
