"""A learner's own attempts: home, lessons, completion."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from courses import services
from courses.errors import NoAccess
from courses.models import Attempt, Completion, Lesson
from courses.selectors import is_course_open, offer_of, progress_of
from courses.selectors.certificates import certificates_of_completion
from credits.prospects.prospector import Prospector
from payments.selectors import has_access, subjects_open_to
from streaming.csp import player_page
from streaming.selectors import player_context

PER_PAGE = 10


def own_attempt(request: SignedInRequest, pk: int) -> Attempt:
    return get_object_or_404(Attempt.objects.of(request.user).select_related("course", "version__activity", "learner"), pk=pk)


@require_safe
def attempt_list(request: SignedInRequest) -> HttpResponse:
    attempts = Attempt.objects.of(request.user).select_related("course", "version__activity").order_by("-state", "-created_at", "-pk")
    page = Paginator(attempts, PER_PAGE).get_page(request.GET.get("page"))
    opened = subjects_open_to(request.user)
    begun = {row.key: offer for row in page if row.is_open and (offer := offer_of(row.version, key=row.key))}
    prospects = Prospector(request.user).prospects(begun.values()) if begun else {}
    rows = [
        {"progress": item, "is_accessible": is_course_open(item.attempt.course, opened), "prospects": prospects.get(item.attempt.key, ())}
        for item in progress_of(list(page))
    ]
    return render(request, "courses/attempt_list.html", {"page_obj": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def attempt_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The attempt's home. POST finishes it when the last thing missing came from elsewhere, such as an approval that ended."""
    attempt = own_attempt(request, pk)
    if request.method == "POST":
        completed = services.complete_attempt(attempt=attempt)
        return redirect("courses:completion" if completed else "courses:attempt_detail", attempt.pk)
    progress = progress_of([attempt])[0]
    offer = offer_of(attempt.version) if attempt.is_open else None
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "progress": progress,
        "prospects": Prospector(request.user).prospects([offer])[offer.key] if offer else (),
        "is_accessible": has_access(request.user, attempt.course.subject),
        "is_outdated": attempt.is_open and attempt.course.current_version_id != attempt.version_id,
    }
    return render(request, "courses/attempt_detail.html", context)


@require_safe
@player_page
def lesson_detail(request: SignedInRequest, pk: int, lesson_pk: int) -> HttpResponse:
    attempt = own_attempt(request, pk)
    lesson = get_object_or_404(Lesson.objects.select_related("asset__replaced_by", "section"), pk=lesson_pk, version=attempt.version_id)
    try:
        grant = services.lesson_grant(attempt=attempt, lesson=lesson)
    except NoAccess:
        return redirect(attempt)  # it says why the course is closed and what to do
    progress = progress_of([attempt])[0]
    place = next(index for index, item in enumerate(progress.lessons) if item.lesson.pk == lesson.pk)
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "lesson": lesson,
        "progress": progress,
        "current": progress.lessons[place],
        "previous_lesson": progress.lessons[place - 1].lesson if place else None,
        "next_lesson": progress.lessons[place + 1].lesson if place + 1 < len(progress.lessons) else None,
        "player": player_context(grant=grant, request=request, needed=progress.requirements.coverage),
    }
    return render(request, "courses/lesson_detail.html", context)


@require_safe
def completion(request: SignedInRequest, pk: int) -> HttpResponse:
    """The end of the way. While certificates are being made the page asks again by itself; without JavaScript, by reload."""
    attempt = own_attempt(request, pk)
    completed = Completion.objects.select_related("dossier").filter(attempt=attempt).first()
    if completed is None:
        return redirect(attempt)
    certificates = certificates_of_completion(completed)
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "completion": completed,
        "certificates": certificates,
        "is_waiting": certificates.is_waiting,
        "has_legal_name": request.user.legal_name is not None,
    }
    template = "courses/_certificates.html" if request.htmx else "courses/completion.html"  # type: ignore[attr-defined]  # by django-htmx
    return render(request, template, context)
