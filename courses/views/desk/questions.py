"""The exam editor and the evaluation editor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from courses import services
from courses.forms import EvaluationQuestionForm, ExamSettingsForm, QuestionForm
from courses.models import CourseVersion, EvaluationQuestion, ExamQuestion
from courses.views.desk.gates import authors, confirm_delete, editable_part, editable_version, readable_version, readers, show, step


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def exam(request: SignedInRequest, pk: int) -> HttpResponse:
    """The pool, and how the exam is drawn and passed; POST saves the latter."""
    version = editable_version(request, pk) if request.method == "POST" else readable_version(request, pk)
    form = ExamSettingsForm(request.POST or None, instance=version)
    if request.method == "POST" and form.is_valid():
        services.update_draft(version=version, values=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("courses_desk:version_exam", version.pk)
    questions = list(version.exam_questions.select_related("lesson").prefetch_related("choices"))
    return show(request, version, "exam", {"form": form, "questions": questions}, status=422 if form.errors else 200)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def question_create(request: SignedInRequest, pk: int) -> HttpResponse:
    return _question_page(request, editable_version(request, pk), None)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def question_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    question = editable_part(request, ExamQuestion, pk)
    return _question_page(request, question.version, question)


def _question_page(request: SignedInRequest, version: CourseVersion, question: ExamQuestion | None) -> HttpResponse:
    """Write one question; “Save and write the next” comes straight back with an empty form."""
    form = QuestionForm(request.POST or None, version=version, initial=_initial(question) if question else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.save_question(
                version=version,
                question=question,
                text=values["text"],
                choices=values["choices"],
                right=values["right_index"],
                explanation=values["explanation"],
                lesson=values["lesson"],
                rewatch_ms=values["rewatch_at"],
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            if "next" in request.POST:
                messages.success(request, _("Saved. Here is the next one."))
                return redirect("courses_desk:question_create", version.pk)
            return redirect("courses_desk:version_exam", version.pk)
    pool = version.exam_questions.count()
    place = question.position if question else pool + 1
    context = {"form": form, "version": version, "course": version.course, "question": question, "place": place, "pool": pool}
    return render(request, "courses/desk/question_form.html", context, status=422 if form.errors else 200)


def _initial(question: ExamQuestion) -> dict[str, Any]:
    choices = list(question.choices.all())
    return {
        "text": question.text,
        "explanation": question.explanation,
        "lesson": question.lesson_id,
        "rewatch_at": question.rewatch_ms,
        "right": next((place for place, choice in enumerate(choices, start=1) if choice.is_right), None),
        **{f"choice_{place}": choice.text for place, choice in enumerate(choices, start=1)},
    }


@authors
@require_POST
def question_move(request: SignedInRequest, pk: int) -> HttpResponse:
    question = editable_part(request, ExamQuestion, pk)
    services.move_question(question=question, by=step(request))
    return redirect("courses_desk:version_exam", question.version_id)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def question_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    question = editable_part(request, ExamQuestion, pk)
    title = _("Delete the question “%(text)s”") % {"text": question}
    return confirm_delete(
        request, version=question.version, title=title, back="courses_desk:version_exam", delete=lambda: services.delete_question(question=question)
    )


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def evaluation(request: SignedInRequest, pk: int) -> HttpResponse:
    """The questions of the evaluation; POST adds one."""
    version = editable_version(request, pk) if request.method == "POST" else readable_version(request, pk)
    form = EvaluationQuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.save_evaluation_question(version=version, **form.cleaned_data)
        return redirect("courses_desk:version_evaluation", version.pk)
    questions = list(version.evaluation_questions.all())
    return show(request, version, "evaluation", {"form": form, "questions": questions}, status=422 if form.errors else 200)


@authors
@require_POST
def evaluation_standard(request: SignedInRequest, pk: int) -> HttpResponse:
    version = editable_version(request, pk)
    services.add_standard_evaluation(version=version)
    return redirect("courses_desk:version_evaluation", version.pk)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def evaluation_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    question = editable_part(request, EvaluationQuestion, pk)
    form = EvaluationQuestionForm(request.POST or None, instance=question)
    if request.method == "POST" and form.is_valid():
        services.save_evaluation_question(version=question.version, question=question, **form.cleaned_data)
        return redirect("courses_desk:version_evaluation", question.version_id)
    context = {"form": form, "version": question.version, "title": _("Edit the question"), "back": "courses_desk:version_evaluation"}
    return render(request, "courses/desk/part_form.html", context, status=422 if form.errors else 200)


@authors
@require_POST
def evaluation_move(request: SignedInRequest, pk: int) -> HttpResponse:
    question = editable_part(request, EvaluationQuestion, pk)
    services.move_evaluation_question(question=question, by=step(request))
    return redirect("courses_desk:version_evaluation", question.version_id)


@authors
@require_http_methods(["GET", "HEAD", "POST"])
def evaluation_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    question = editable_part(request, EvaluationQuestion, pk)
    title = _("Delete the question “%(text)s”") % {"text": question}
    return confirm_delete(
        request,
        version=question.version,
        title=title,
        back="courses_desk:version_evaluation",
        delete=lambda: services.delete_evaluation_question(question=question),
    )
