"""One version: its details, preview, publication and what people answered in its evaluation."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from courses import services
from courses.forms import VersionDetailsForm
from courses.linter import change_impact, problems_of
from courses.models import Course, EvaluationQuestion, Lesson
from courses.selectors import course_outline, policy_of
from courses.views.desk.gates import authors, confirm_delete, editable_version, readable_version, readers, show
from credits.selectors import accreditations_for
from streaming.csp import player_page
from streaming.selectors import player_context

# Below this number an answer could be told from who is on the roster.
FEWEST_RESPONSES_SHOWN = 3


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: SignedInRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        version = readable_version(request, pk)
        return show(request, version, "details", {"form": VersionDetailsForm(instance=version)})
    version = editable_version(request, pk)
    form = VersionDetailsForm(request.POST, instance=version)
    if not form.is_valid():
        return show(request, version, "details", {"form": form}, status=422)
    services.update_draft(version=version, values=form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("courses_desk:version_outline" if "next" in request.POST else "courses_desk:version_details", version.pk)


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Everything that is missing, what publishing changes, and the button. A refused publication shows the same page."""
    refusal = None
    if request.method == "POST":
        version = editable_version(request, pk)
        try:
            version = services.publish_version(version=version, by=request.user)
        except DomainError as why:
            refusal = why
        else:
            messages.success(request, _("Version %(number)d is published.") % {"number": version.number})
            return redirect("courses_desk:course_detail", version.course_id)
    version = readable_version(request, pk)
    problems = problems_of(version) if version.is_draft else []
    context = {
        "blocking": [problem for problem in problems if problem.is_blocking],
        "warnings": [problem for problem in problems if not problem.is_blocking],
        "impact": change_impact(version) if version.is_draft else [],
        "refusal": refusal,
    }
    return show(request, version, "publish", context, status=409 if refusal else 200)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: SignedInRequest, pk: int) -> HttpResponse:
    version = editable_version(request, pk)
    course = version.course
    if request.method == "POST":
        try:
            services.discard_draft(version=version, by=request.user)
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The draft is discarded."))
        return redirect("courses_desk:course_detail", course.pk)
    title = _("Discard the draft of version %(number)d") % {"number": version.number}
    return confirm_delete(request, version=version, title=title, back="courses_desk:version_publish", delete=None)


@readers
@require_safe
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """The course page as a learner will see it, with lessons that play without counting."""
    version = readable_version(request, pk)
    sections = course_outline(version)
    lessons = [lesson for section in sections for lesson in section.lessons.all()]
    context = {
        "sections": sections,
        "lesson_count": len(lessons),
        "video_ms": sum(lesson.asset.current.duration_ms or 0 for lesson in lessons),
        "accreditations": accreditations_for(version.activity) if version.activity else [],
        "policy": policy_of(version),
    }
    return show(request, version, "preview", context)


@readers
@require_safe
@player_page
def watch(request: SignedInRequest, pk: int) -> HttpResponse:
    """A lesson in the player, for those who work on the course; nothing is reported and nothing counts."""
    courses = Course.objects.readable_at_desk_by(request.user)
    lesson = get_object_or_404(Lesson.objects.select_related("asset__replaced_by", "version__course").filter(version__course__in=courses), pk=pk)
    player = player_context(asset=lesson.asset.current, preview=True, request=request) if lesson.asset.current.is_playable else None
    return show(request, lesson.version, "preview", {"lesson": lesson, "player": player}, template="courses/desk/lesson_watch.html")


@readers
@require_safe
def answers(request: SignedInRequest, pk: int) -> HttpResponse:
    """What people answered, added up, and the words they left in no particular order."""
    version = readable_version(request, pk)
    responses = list(version.evaluation_responses.values_list("answers", flat=True))
    rows = []
    for question in version.evaluation_questions.all():
        given = [answer for response in responses if (answer := response.get(str(question.pk))) is not None]
        row = {"question": question, "count": len(given)}
        if question.kind == EvaluationQuestion.Kind.SCALE:
            counted = Counter(given)
            row |= {"mean": sum(given) / len(given) if given else None, "counts": [(n, counted[n]) for n in (1, 2, 3, 4, 5)]}
        elif question.kind == EvaluationQuestion.Kind.YES_NO:
            row |= {"yes": sum(given), "no": len(given) - sum(given)}
        else:
            row |= {"words": sorted(given, key=str.casefold)}
        rows.append(row)
    context = {
        "version": version,
        "course": version.course,
        "rows": rows,
        "response_count": len(responses),
        "is_shown": len(responses) >= FEWEST_RESPONSES_SHOWN,
        "fewest": FEWEST_RESPONSES_SHOWN,
    }
    return render(request, "courses/desk/version_answers.html", context)
