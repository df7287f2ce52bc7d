"""Which activity a version teaches, and what boards have approved of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest
from courses import services
from courses.forms import ActivityChoiceForm, NewActivityForm
from courses.linter import problems_of
from courses.models import CourseVersion
from courses.views.desk.gates import authors, editable_version, readable_version, readers, show
from credits.models import Accreditation
from credits.selectors import school_today
from credits.services import save_activity


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def panel(request: SignedInRequest, pk: int) -> HttpResponse:
    """The activity with every approval it ever had; POST chooses another activity for a draft."""
    version = editable_version(request, pk) if request.method == "POST" else readable_version(request, pk)
    form = ActivityChoiceForm(request.POST or None, initial={"activity": version.activity_id})
    if request.method == "POST" and form.is_valid():
        services.choose_activity(version=version, activity=form.cleaned_data["activity"])
        return redirect("courses_desk:version_credit", version.pk)
    return _panel(request, version, form, NewActivityForm(initial={"title": version.title}))


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def activity_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a home-study activity from the draft and choose it."""
    version = editable_version(request, pk)
    form = NewActivityForm(request.POST or None, initial={"title": version.title})
    if request.method == "POST" and form.is_valid():
        if not version.is_draft:
            form.add_error(None, _("A published version never changes. Start a new draft and publish that."))
            return _panel(request, version, ActivityChoiceForm(initial={"activity": version.activity_id}), form, status=409)
        activity = save_activity(
            officer=request.user,
            values={
                "title": form.cleaned_data["title"],
                "instructor_name": version.instructor_name,
                "instructor_credentials": version.instructor_credentials,
                "description": version.summary,
                "kind": "home_study",
                "components": [{"mode": "self_paced", "minutes": form.cleaned_data["minutes"]}],
            },
        )
        services.choose_activity(version=version, activity=activity)
        return redirect("courses_desk:version_credit", version.pk)
    return _panel(request, version, ActivityChoiceForm(initial={"activity": version.activity_id}), form, status=422 if form.errors else 200)


def _panel(request: SignedInRequest, version: CourseVersion, form: ActivityChoiceForm, new_form: NewActivityForm, *, status: int = 200) -> HttpResponse:
    today = school_today()
    rows = list(Accreditation.objects.filter(activity=version.activity_id).select_related("board")) if version.activity_id else []
    context = {
        "form": form,
        "new_form": new_form,
        "accreditations": [{"row": row, "is_in_force": row.covers(today)} for row in rows],
        "notes": [problem for problem in problems_of(version) if problem.code in {"title_differs", "pass_mark_lower", "instructor_differs"}],
    }
    return show(request, version, "credit", context, status=status)
