"""Sections and lessons of a draft: every action is a plain form post."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from courses import services
from courses.forms import LessonForm, SectionForm
from courses.models import Lesson, Section
from courses.selectors import course_outline
from courses.views.desk.gates import authors, confirm_delete, editable_part, editable_version, readable_version, readers, show, step
from streaming.selectors.assets import progress_of


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def outline(request: SignedInRequest, pk: int) -> HttpResponse:
    """The sections with their lessons; POST adds a section."""
    form = SectionForm(request.POST or None)
    if request.method == "POST":
        version = editable_version(request, pk)
        if form.is_valid():
            services.add_section(version=version, title=form.cleaned_data["title"])
            return redirect("courses_desk:version_outline", version.pk)
    version = readable_version(request, pk)
    sections = course_outline(version)
    progress = progress_of([lesson.asset.current for section in sections for lesson in section.lessons.all()])
    rows = [
        {"section": section, "lessons": [{"lesson": lesson, "progress": progress[lesson.asset.current.pk]} for lesson in section.lessons.all()]}
        for section in sections
    ]
    return show(request, version, "outline", {"rows": rows, "form": form}, status=422 if form.errors else 200)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def section_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    section = editable_part(request, Section, pk)
    form = SectionForm(request.POST or None, initial={"title": section.title})
    if request.method == "POST" and form.is_valid():
        services.rename_section(section=section, title=form.cleaned_data["title"])
        return redirect("courses_desk:version_outline", section.version_id)
    context = {"form": form, "version": section.version, "title": _("Rename the section"), "back": "courses_desk:version_outline"}
    return render(request, "courses/desk/part_form.html", context, status=422 if form.errors else 200)


@authors
@require_POST
def section_move(request: SignedInRequest, pk: int) -> HttpResponse:
    section = editable_part(request, Section, pk)
    services.move_section(section=section, by=step(request))
    return redirect("courses_desk:version_outline", section.version_id)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def section_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    section = editable_part(request, Section, pk)
    title = _("Delete the section “%(title)s”") % {"title": section.title}
    return confirm_delete(
        request, version=section.version, title=title, back="courses_desk:version_outline", delete=lambda: services.delete_section(section=section)
    )


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def lesson_create(request: SignedInRequest, pk: int) -> HttpResponse:
    version = editable_version(request, pk)
    form = LessonForm(request.POST or None, version=version, user=request.user, initial={"section": request.GET.get("section")})
    if request.method == "POST" and form.is_valid():
        try:
            services.add_lesson(**form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("courses_desk:version_outline", version.pk)
    context = {"form": form, "version": version, "title": _("Add a lesson"), "back": "courses_desk:version_outline", "offers_upload": True}
    return render(request, "courses/desk/part_form.html", context, status=422 if form.errors else 200)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def lesson_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    lesson = editable_part(request, Lesson, pk)
    form = LessonForm(request.POST or None, version=lesson.version, user=request.user, lesson=lesson)
    if request.method == "POST" and form.is_valid():
        services.update_lesson(lesson=lesson, **form.cleaned_data)
        return redirect("courses_desk:version_outline", lesson.version_id)
    context = {"form": form, "version": lesson.version, "title": _("Edit the lesson"), "back": "courses_desk:version_outline"}
    return render(request, "courses/desk/part_form.html", context, status=422 if form.errors else 200)


@authors
@require_POST
def lesson_move(request: SignedInRequest, pk: int) -> HttpResponse:
    lesson = editable_part(request, Lesson, pk)
    services.move_lesson(lesson=lesson, by=step(request))
    return redirect("courses_desk:version_outline", lesson.version_id)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def lesson_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    lesson = editable_part(request, Lesson, pk)
    title = _("Delete the lesson “%(title)s”") % {"title": lesson.title}
    return confirm_delete(
        request, version=lesson.version, title=title, back="courses_desk:version_outline", delete=lambda: services.delete_lesson(lesson=lesson)
    )
