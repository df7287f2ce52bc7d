"""The exam pool and the evaluation of a draft."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from courses.models import Choice, CourseVersion, EvaluationQuestion, ExamQuestion, Lesson
from courses.services.places import move, next_place
from courses.services.versions import lock_draft

# What massage boards ask a provider to ask; the school edits it per course.
STANDARD_EVALUATION = (
    ("The course met its stated objectives.", EvaluationQuestion.Kind.SCALE, True),
    ("The instructor knew the subject and taught it clearly.", EvaluationQuestion.Kind.SCALE, True),
    ("The picture and the sound let me follow the work of the hands.", EvaluationQuestion.Kind.SCALE, True),
    ("The exam tested what was taught.", EvaluationQuestion.Kind.SCALE, True),
    ("I will use what I learned in my practice.", EvaluationQuestion.Kind.YES_NO, True),
    ("What should we change?", EvaluationQuestion.Kind.TEXT, False),
)


def save_question(
    *,
    version: CourseVersion,
    text: str,
    choices: Sequence[str],
    right: int,
    explanation: str = "",
    lesson: Lesson | None = None,
    rewatch_ms: int | None = None,
    question: ExamQuestion | None = None,
) -> ExamQuestion:
    """Write a question with its `choices`; `right` is the index of the right one. `question` is the one to replace, if any."""
    if len(choices) < 2 or not 0 <= right < len(choices):
        raise DomainError(_("Give at least two answers and mark the right one."), code="question_incomplete")
    if len({choice.strip().casefold() for choice in choices}) < len(choices):
        raise DomainError(_("Two answers of this question read the same."), code="question_incomplete")
    with transaction.atomic():
        version = lock_draft(version)
        if lesson is not None and lesson.version_id != version.pk:
            raise ValueError("A question names a lesson of its own version.")
        if question is None:
            question = ExamQuestion(version=version, position=next_place(version.exam_questions.all()))
        question.text, question.explanation = text, explanation
        question.lesson, question.rewatch_ms = lesson, rewatch_ms if lesson else None
        question.save()
        question.choices.all().delete()
        Choice.objects.bulk_create(
            Choice(question=question, position=place, text=choice, is_right=place == right + 1) for place, choice in enumerate(choices, start=1)
        )
    return question


def move_question(*, question: ExamQuestion, by: int) -> None:
    with transaction.atomic():
        version = lock_draft(question.version)
        move(question, version.exam_questions.all(), by)


def delete_question(*, question: ExamQuestion) -> None:
    with transaction.atomic():
        lock_draft(question.version)
        question.delete()


def save_evaluation_question(
    *, version: CourseVersion, text: str, kind: str, is_required: bool, question: EvaluationQuestion | None = None
) -> EvaluationQuestion:
    with transaction.atomic():
        version = lock_draft(version)
        if question is None:
            question = EvaluationQuestion(version=version, position=next_place(version.evaluation_questions.all()))
        question.text, question.kind, question.is_required = text, EvaluationQuestion.Kind(kind), is_required
        question.save()
    return question


def move_evaluation_question(*, question: EvaluationQuestion, by: int) -> None:
    with transaction.atomic():
        version = lock_draft(question.version)
        move(question, version.evaluation_questions.all(), by)


def delete_evaluation_question(*, question: EvaluationQuestion) -> None:
    with transaction.atomic():
        lock_draft(question.version)
        question.delete()


def add_standard_evaluation(*, version: CourseVersion) -> None:
    """Fill an empty evaluation with the school's usual questions. One that has questions stays as it is."""
    with transaction.atomic():
        version = lock_draft(version)
        if version.evaluation_questions.exists():
            return
        EvaluationQuestion.objects.bulk_create(
            EvaluationQuestion(version=version, position=place, text=text, kind=kind, is_required=is_required)
            for place, (text, kind, is_required) in enumerate(STANDARD_EVALUATION, start=1)
        )
