"""Affirmation, exam, result and evaluation."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from courses import services
from courses.errors import AnswerMissing
from courses.models import Affirmation, Attempt, EvaluationSubmitted, ExamAttempt
from courses.selectors import progress_of
from courses.views.learning import own_attempt


def _name_first(request: SignedInRequest, attempt: Attempt) -> HttpResponse | None:
    """Where to confirm the legal name first, so that the certificate need not wait for it afterwards."""
    if request.user.legal_name is not None:
        return None
    messages.info(request, _("Before the exam, confirm your name as on your licence: the certificate will print it."))
    return redirect(reverse("accounts:legal_name_confirm") + "?" + urlencode({"next": reverse("courses:exam", args=[attempt.pk])}))


@require_POST
def affirm(request: SignedInRequest, pk: int) -> HttpResponse:
    attempt = own_attempt(request, pk)
    if elsewhere := _name_first(request, attempt):
        return elsewhere
    if request.POST.get("affirmed") != "on":
        messages.error(request, _("Tick the box to affirm that you took the course yourself."))
        return redirect("courses:exam", attempt.pk)
    services.affirm(attempt=attempt)
    return redirect("courses:exam", attempt.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def exam(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET says where the learner stands; POST begins the exam, or goes on with the one that is begun."""
    attempt = own_attempt(request, pk)
    if request.method == "POST":
        return redirect(services.start_exam(attempt=attempt))
    progress = progress_of([attempt])[0]
    lessons, affirmation = progress.trace.find("lessons"), progress.trace.find("affirmation")
    if lessons and lessons.met and attempt.is_open and (elsewhere := _name_first(request, attempt)):
        return elsewhere
    sat = list(attempt.exam_attempts.defer("questions").order_by("number"))
    unfinished = next((row for row in sat if not row.is_submitted), None)
    refusal = None
    if not unfinished and affirmation and affirmation.met:
        try:
            services.require_access(attempt)
            services.check_exam_open(attempt, progress.trace)
        except DomainError as why:
            refusal = why
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "version": attempt.version,
        "progress": progress,
        "lessons": lessons,
        "is_watched": bool(lessons and lessons.met),
        "affirmation": Affirmation.objects.filter(attempt=attempt).first(),
        "wording": services.affirmation_wording(attempt),
        "sat": [row for row in sat if row.is_submitted],
        "unfinished": unfinished,
        "refusal": refusal,
    }
    return render(request, "courses/exam.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def exam_attempt(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """The questions of an exam that is begun, or the result of one handed in."""
    attempt = own_attempt(request, pk)
    sitting = get_object_or_404(ExamAttempt.objects.select_related("attempt"), attempt=attempt, number=number)
    missing: AnswerMissing | None = None
    given: dict[int, int] = {}
    if request.method == "POST":
        given = _answers(request, sitting)
        try:
            services.submit_exam(exam=sitting, answers=given)
        except AnswerMissing as refusal:
            missing = refusal
        else:
            return redirect(sitting)
    if sitting.is_submitted:
        return _result(request, attempt, sitting)
    questions = [
        {**question, "given": given.get(question["question"]), "is_missing": bool(missing and question["question"] in missing.questions)}
        for question in sitting.questions
    ]
    context = {"attempt": attempt, "course": attempt.course, "exam": sitting, "questions": questions, "missing": missing}
    return render(request, "courses/exam_questions.html", context, status=422 if missing else 200)


def _answers(request: SignedInRequest, sitting: ExamAttempt) -> dict[int, int]:
    found = {question["question"]: request.POST.get(f"question-{question['question']}", "") for question in sitting.questions}
    return {question: int(choice) for question, choice in found.items() if choice.isdecimal() and len(choice) < 19}


def _result(request: SignedInRequest, attempt: Attempt, sitting: ExamAttempt) -> HttpResponse:
    refusal = None
    if not sitting.passed:
        try:
            services.check_exam_open(attempt, progress_of([attempt])[0].trace)
        except DomainError as why:
            refusal = why
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "exam": sitting,
        "asked": len(sitting.questions),
        "places": [] if sitting.passed else services.places_to_rewatch(sitting),
        "explained": [question for question in sitting.questions if question["explanation"]] if sitting.passed else [],
        "refusal": refusal,
        "evaluation_submitted": EvaluationSubmitted.objects.filter(attempt=attempt).exists(),
    }
    return render(request, "courses/exam_result.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evaluation(request: SignedInRequest, pk: int) -> HttpResponse:
    attempt = own_attempt(request, pk)
    questions = list(attempt.version.evaluation_questions.all())
    missing: AnswerMissing | None = None
    if request.method == "POST":
        try:
            services.submit_evaluation(attempt=attempt, answers={row.pk: request.POST.get(f"question-{row.pk}", "") for row in questions})
        except AnswerMissing as refusal:
            missing = refusal
        else:
            completed = services.complete_attempt(attempt=attempt)
            messages.success(request, _("Thank you. Your answers are kept without your name."))
            return redirect("courses:completion" if completed else "courses:attempt_detail", attempt.pk)
    context = {
        "attempt": attempt,
        "course": attempt.course,
        "questions": [
            {"row": row, "given": request.POST.get(f"question-{row.pk}", ""), "is_missing": bool(missing and row.pk in missing.questions)} for row in questions
        ],
        "scale": ["1", "2", "3", "4", "5"],
        "missing": missing,
        "is_submitted": EvaluationSubmitted.objects.filter(attempt=attempt).exists(),
        "exam_node": progress_of([attempt])[0].trace.find("exam"),
    }
    return render(request, "courses/evaluation.html", context, status=422 if missing else 200)
