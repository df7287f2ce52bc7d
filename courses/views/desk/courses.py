"""The list of courses, a new one, and one course's settings and versions."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.search import typed
from courses import services
from courses.forms import CourseCreateForm, CourseSettingsForm
from courses.models import Course, CourseVersion
from courses.views.desk.gates import authors, readers

PER_PAGE = 25


@readers
@require_safe
def course_list(request: SignedInRequest) -> HttpResponse:
    text = typed(request)
    latest = CourseVersion.objects.filter(course=OuterRef("pk")).order_by("-number")
    courses = (
        Course.objects.readable_at_desk_by(request.user)
        .select_related("current_version", "instructor")
        .annotate(
            latest_title=Subquery(latest.values("title")[:1]),
            draft=Subquery(latest.filter(state="draft").values("pk")[:1]),
            open_count=Count("attempts", filter=Q(attempts__state="open"), distinct=True),
            completed_count=Count("attempts", filter=Q(attempts__state="completed"), distinct=True),
        )
        .order_by("latest_title", "pk")
    )
    if text:
        courses = courses.filter(Q(latest_title__icontains=text) | Q(slug__icontains=text))
    page = Paginator(courses, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "q": text, "can_create": request.user.has_role(Role.STAFF, Role.INSTRUCTOR)}
    return render(request, "courses/desk/course_list.html", context)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def course_create(request: SignedInRequest) -> HttpResponse:
    form = CourseCreateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = services.create_course(
                title=form.cleaned_data["title"],
                slug=form.cleaned_data["slug"],
                author=request.user,
                instructor=request.user if request.user.has_role(Role.INSTRUCTOR) else None,
            )
        except DomainError as refusal:
            form.add_error("slug", refusal.message)
        else:
            return redirect("courses_desk:version_details", version.pk)
    return render(request, "courses/desk/course_form.html", {"form": form}, status=422 if form.errors else 200)


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def course_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Staff set who sees the course, whether it is free and whose it is; others read that."""
    course = get_object_or_404(Course.objects.readable_at_desk_by(request.user).select_related("current_version", "instructor"), pk=pk)
    can_set = request.user.has_role(Role.STAFF)
    form = CourseSettingsForm(request.POST or None, instance=course) if can_set else None
    if request.method == "POST" and form is not None and form.is_valid():
        services.update_course(course=course, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("courses_desk:course_detail", course.pk)
    versions = list(course.versions.order_by("-number").annotate(attempt_count=Count("attempts")).select_related("published_by"))
    context = {
        "course": course,
        "title": versions[0].title,
        "versions": versions,
        "draft": next((version for version in versions if version.is_draft), None),
        "form": form,
        "can_edit": can_set or course.instructor_id == request.user.pk,
    }
    return render(request, "courses/desk/course_detail.html", context, status=422 if form is not None and form.errors else 200)


@authors
@require_POST
def draft_create(request: SignedInRequest, pk: int) -> HttpResponse:
    course = get_object_or_404(Course.objects.editable_by(request.user), pk=pk)
    return redirect("courses_desk:version_details", services.new_draft(course=course, by=request.user).pk)
