"""What strangers see of courses, and enrolling."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from courses import services
from courses.forms import CatalogueForm
from courses.models import Attempt, Course, Lesson
from courses.selectors import catalogue, course_outline, offer_of, policy_of, with_hours, with_offers, with_prospects
from credits.prospects.gaps import gaps_today
from credits.prospects.prospector import Prospector
from credits.selectors import accreditations_for, school_today
from payments.selectors import access_through, offers_for, people_suspended_from
from payments.subjects import LIBRARY
from streaming.csp import player_page
from streaming.selectors import player_context

PER_PAGE = 12


@login_not_required
@require_safe
def course_list(request: HttpRequest) -> HttpResponse:
    form = CatalogueForm(request.GET)
    page = Paginator(catalogue(**form.filters()), PER_PAGE).get_page(request.GET.get("page"))
    prospector = Prospector(request.user)
    courses = with_prospects(with_offers(with_hours(page)), prospector)
    offers = [offer for course in courses for offer in course.offers]  # type: ignore[attr-defined]  # with_offers adds them
    context = {
        "form": form,
        "page_obj": page,
        "courses": courses,
        "prospector": prospector,
        "count": page.paginator.count,
        "is_filtered": form.is_filtered,
        "membership": next((offer for offer in offers if offer.is_membership), None),
    }
    return render(request, "courses/course_list.html", context)


@login_not_required
@require_safe
def course_detail(request: HttpRequest, slug: str) -> HttpResponse:
    course = get_object_or_404(Course.objects.visible_to(request.user).select_related("current_version__activity"), slug=slug)
    version = course.current_version
    if version is None:  # visible_to gives published courses only
        raise AssertionError("A visible course has a version.")
    sections = course_outline(version)
    lessons = [lesson for section in sections for lesson in section.lessons.all()]
    attempt = Attempt.objects.of(request.user).filter(course=course).order_by("-number").first() if request.user.is_authenticated else None
    through = access_through(request.user, course.subject)
    # Who began a free course has a grant for it; without one the school has closed it to them.
    is_open = bool(through) or (course.is_free and not (attempt and attempt.is_open))
    prospector, offer = Prospector(request.user), offer_of(version)
    context = {
        "course": course,
        "version": version,
        "prospector": prospector,
        "prospects": prospector.prospects([offer])[offer.key] if offer else (),
        "gaps": gaps_today(version.activity, school_today()) if version.activity else [],
        "sections": sections,
        "lesson_count": len(lessons),
        "video_ms": sum(lesson.asset.current.duration_ms or 0 for lesson in lessons),
        "preview_lesson": next((lesson for lesson in lessons if lesson.is_preview), None),
        "accreditations": accreditations_for(version.activity) if version.activity else [],
        "policy": policy_of(version),
        "attempt": attempt,
        "is_open_to_viewer": is_open,
        "is_in_membership": through == LIBRARY,
        "is_suspended": not is_open and request.user.pk in people_suspended_from(course.subject),
        "offers": [] if is_open else offers_for([course.subject])[course.subject],
    }
    return render(request, "courses/course_detail.html", context)


@require_POST
def enroll(request: SignedInRequest, slug: str) -> HttpResponse:
    course = get_object_or_404(Course.objects.visible_to(request.user), slug=slug)
    return redirect(services.enroll_learner(course=course, learner=request.user))


@require_POST
def start_again(request: SignedInRequest, slug: str) -> HttpResponse:
    course = get_object_or_404(Course.objects.visible_to(request.user), slug=slug)
    attempt = services.start_again(course=course, learner=request.user)
    messages.success(request, _("You begin again: this attempt has its own progress, exam and certificate. What you earned before stays yours."))
    return redirect(attempt)


@require_safe
@player_page
def preview(request: SignedInRequest, slug: str, lesson_pk: int) -> HttpResponse:
    course = get_object_or_404(Course.objects.visible_to(request.user).select_related("current_version"), slug=slug)
    lesson = get_object_or_404(Lesson.objects.select_related("asset__replaced_by", "version"), pk=lesson_pk, version=course.current_version, is_preview=True)
    grant = services.preview_grant(lesson=lesson, user=request.user)
    context = {"course": course, "lesson": lesson, "player": player_context(grant=grant, request=request)}
    return render(request, "courses/preview.html", context)
