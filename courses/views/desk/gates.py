"""Who works on what: staff on every course, instructors on their own, CE officers read all and attach credit."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from courses.models import Course, CourseVersion

authors = role_required(Role.STAFF, Role.INSTRUCTOR)
readers = role_required(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)

TABS = ("details", "outline", "exam", "evaluation", "credit", "preview", "publish")


def editable_version(request: SignedInRequest, pk: int) -> CourseVersion:
    return _version(request, pk, Course.objects.editable_by(request.user))


def readable_version(request: SignedInRequest, pk: int) -> CourseVersion:
    return _version(request, pk, Course.objects.readable_at_desk_by(request.user))


def _version(request: SignedInRequest, pk: int, courses: QuerySet[Course]) -> CourseVersion:
    return get_object_or_404(CourseVersion.objects.select_related("course__current_version", "activity").filter(course__in=courses), pk=pk)


def editable_part(request: SignedInRequest, model: Any, pk: int) -> Any:
    """A row of a version (section, lesson, question) the person may write."""
    parts = model.objects.select_related("version__course__current_version").filter(version__course__in=Course.objects.editable_by(request.user))
    return get_object_or_404(parts, pk=pk)


def show(request: SignedInRequest, version: CourseVersion, tab: str, context: dict[str, Any], *, template: str = "", status: int = 200) -> HttpResponse:
    """One page of the editor, with its tabs. A published version shows the same pages without forms."""
    base = {
        "version": version,
        "course": version.course,
        "tab": tab,
        "can_edit": version.is_draft and (request.user.has_role(Role.STAFF) or version.course.instructor_id == request.user.pk),
        "can_attach": request.user.has_role(Role.STAFF, Role.CE_OFFICER),
    }
    return render(request, template or f"courses/desk/version_{tab}.html", {**base, **context}, status=status)


def confirm_delete(request: SignedInRequest, *, version: CourseVersion, title: str, back: str, delete: Any) -> HttpResponse:
    """GET asks, POST deletes and goes back; a refusal is shown on the same page."""
    refusal = None
    if request.method == "POST":
        try:
            delete()
        except DomainError as why:
            refusal = why
        else:
            return redirect(back, version.pk)
    context = {"version": version, "course": version.course, "title": title, "back": back, "refusal": refusal}
    return render(request, "courses/desk/confirm_delete.html", context, status=409 if refusal else 200)


def step(request: SignedInRequest) -> int:
    """-1 for up, 1 for down."""
    return -1 if request.POST.get("by") == "up" else 1
