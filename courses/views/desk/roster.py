"""Who takes a course and how far they are; the same trace the learner sees."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from core.search import typed
from courses import services
from courses.forms import ReasonForm
from courses.models import Affirmation, Attempt, Course
from courses.selectors import progress_of
from courses.views.desk.gates import readers
from payments.selectors import has_access

PER_PAGE = 25


@readers
@require_safe
def roster(request: SignedInRequest, pk: int) -> HttpResponse:
    course = get_object_or_404(Course.objects.readable_at_desk_by(request.user).select_related("current_version"), pk=pk)
    text, state = typed(request), request.GET.get("state", "")
    attempts = Attempt.objects.filter(course=course).select_related("learner", "version", "course").order_by("-created_at", "-pk")
    if state in Attempt.State.values:
        attempts = attempts.filter(state=state)
    if text:
        attempts = attempts.filter(Q(learner__email__icontains=text) | Q(learner__display_name__icontains=text))
    page = Paginator(attempts, PER_PAGE).get_page(request.GET.get("page"))
    context = {"course": course, "page_obj": page, "rows": progress_of(list(page)), "q": text, "state": state, "states": Attempt.State.choices}
    return render(request, "courses/desk/roster.html", context)


def _attempt(request: SignedInRequest, pk: int) -> Attempt:
    attempts = Attempt.objects.filter(course__in=Course.objects.readable_at_desk_by(request.user))
    return get_object_or_404(attempts.select_related("course", "version__activity", "learner"), pk=pk)


@readers
@require_safe
def attempt_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    attempt = _attempt(request, pk)
    progress = progress_of([attempt])[0]
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "progress": progress,
        "trace": progress.completion.trace if progress.completion else progress.trace,
        "affirmation": Affirmation.objects.filter(attempt=attempt).first(),
        "exams": list(attempt.exam_attempts.order_by("number")),
        "has_access": has_access(attempt.learner, attempt.course.subject),
        "can_allow": request.user.has_role(Role.STAFF) and attempt.is_open and attempt.version.max_exam_attempts is not None,
    }
    return render(request, "courses/desk/attempt_detail.html", context)


@role_required(Role.STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def allow_exam(request: SignedInRequest, pk: int) -> HttpResponse:
    attempt = _attempt(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.allow_another_exam(attempt=attempt, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The learner may take the exam once more."))
            return redirect("courses_desk:attempt_detail", attempt.pk)
    context = {"form": form, "attempt": attempt, "course": attempt.course}
    return render(request, "courses/desk/allow_exam.html", context, status=422 if form.errors else 200)
