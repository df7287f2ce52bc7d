"""The affirmation and the exam: frozen as shown, judged once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from secrets import SystemRandom
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import clock
from core.audit import record_audit
from courses.completion import Trace, clock_time
from courses.errors import AnswerMissing, AttemptClosed, ExamLocked, ExamPassed, ExamTooSoon, NoExamAttemptsLeft
from courses.models import Affirmation, Attempt, CourseVersion, ExamAttempt
from courses.selectors.progress import progress_of
from courses.services.completions import complete_attempt
from courses.services.enrolment import require_access

AFFIRMATION = (
    "I affirm that I am {name}, that I watched the lessons of “{title}” myself, and that I will answer the exam by myself and without help from another person."
)

_random = SystemRandom()


def lock_attempt(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_for_update(of=("self",)).select_related("course", "version__activity", "learner").get(pk=attempt.pk)


def affirmation_wording(attempt: Attempt) -> str:
    name = attempt.learner.legal_name
    return AFFIRMATION.format(name=name.printed if name else str(attempt.learner), title=attempt.version.title)


def affirm(*, attempt: Attempt) -> Affirmation:
    """Record that the learner affirms to have taken the course themselves, in the words they read. A repeat returns the first."""
    with transaction.atomic():
        attempt = lock_attempt(attempt)
        if existing := Affirmation.objects.filter(attempt=attempt).first():
            return existing
        require_access(attempt)
        _require_watched(progress_of([attempt])[0].trace)
        affirmation = Affirmation.objects.create(attempt=attempt, wording=affirmation_wording(attempt), affirmed_at=clock.now())
        complete_attempt(attempt=attempt)
    return affirmation


def start_exam(*, attempt: Attempt) -> ExamAttempt:
    """Draw an exam, or return the one that is begun, with the same questions in the same order.

    Raises ExamPassed, NoAccess, ExamLocked (naming what is not watched or affirmed), NoExamAttemptsLeft, ExamTooSoon.
    """
    with transaction.atomic():
        attempt = lock_attempt(attempt)
        require_access(attempt)
        if unfinished := attempt.exam_attempts.filter(submitted_at__isnull=True).first():
            return unfinished
        progress = progress_of([attempt])[0]
        check_exam_open(attempt, progress.trace)
        return ExamAttempt.objects.create(
            attempt=attempt,
            number=attempt.exam_attempts.count() + 1,
            questions=draw_questions(attempt.version),
            pass_mark=progress.requirements.pass_mark,
            started_at=clock.now(),
        )


def check_exam_open(attempt: Attempt, trace: Trace) -> None:
    """Raises the refusal that `start_exam` would give for a new exam."""
    sat = list(attempt.exam_attempts.filter(submitted_at__isnull=False).defer("questions").order_by("number"))
    if any(exam.passed for exam in sat):
        raise ExamPassed(_("You have passed this exam. There is nothing left to answer."))
    if not attempt.is_open:
        raise AttemptClosed(_("This attempt is completed."))
    _require_watched(trace)
    affirmed = trace.find("affirmation")
    if affirmed is not None and not affirmed.met:
        raise ExamLocked(affirmed.todo)
    limit = attempt.version.max_exam_attempts
    if limit is not None and len(sat) >= limit + attempt.extra_exam_attempts:
        raise NoExamAttemptsLeft(
            ngettext(
                "You have used the one attempt at this exam. Write to the school; it can allow another.",
                "You have used all %(count)d attempts at this exam. Write to the school; it can allow another.",
                len(sat),
            )
            % {"count": len(sat)}
        )
    if sat and sat[-1].submitted_at and (wait := attempt.version.exam_wait_minutes):
        left = sat[-1].submitted_at + timedelta(minutes=wait) - clock.now()
        if left > timedelta(0):
            minutes = int(left.total_seconds() // 60) + 1
            raise ExamTooSoon(
                ngettext(
                    "You can take the exam again in %(count)d minute. Use it to watch the named places once more.",
                    "You can take the exam again in %(count)d minutes. Use them to watch the named places once more.",
                    minutes,
                )
                % {"count": minutes}
            )


def _require_watched(trace: Trace) -> None:
    lessons = trace.find("lessons")
    if lessons is not None and not lessons.met:
        unmet = " ".join(child.todo for child in lessons.children if not child.met) or lessons.todo
        raise ExamLocked(_("The exam opens when every lesson is watched. %(what)s") % {"what": unmet})


def draw_questions(version: CourseVersion) -> list[dict[str, Any]]:
    """Questions drawn from the pool in random order with shuffled choices, as they will be shown and kept."""
    pool = list(version.exam_questions.select_related("lesson").prefetch_related("choices"))
    frozen = []
    for question in _random.sample(pool, min(version.questions_asked, len(pool))):
        choices = list(question.choices.all())
        _random.shuffle(choices)
        lesson = question.lesson
        frozen.append(
            {
                "question": question.pk,
                "text": question.text,
                "explanation": question.explanation,
                "rewatch": {"lesson": lesson.pk, "title": lesson.title, "at_ms": question.rewatch_ms or 0} if lesson else None,
                "choices": [{"choice": choice.pk, "text": choice.text, "is_right": choice.is_right} for choice in choices],
            }
        )
    return frozen


def submit_exam(*, exam: ExamAttempt, answers: Mapping[int, int]) -> ExamAttempt:
    """Judge `answers` ({question pk: choice pk}); a repeat returns the result that stands, whatever it carries.

    Raises AnswerMissing naming every question without an answer of its own, NoAccess.
    """
    with transaction.atomic():
        attempt = lock_attempt(exam.attempt)
        exam = ExamAttempt.objects.get(pk=exam.pk)
        if exam.is_submitted:
            return exam
        require_access(attempt)
        given = _checked(exam, answers)
        exam.answers = {str(question): choice for question, choice in given.items()}
        right, asked = exam.right_count, len(exam.questions)
        exam.score = right * 100 // asked
        exam.passed = right * 100 >= exam.pass_mark * asked
        exam.submitted_at = clock.now()
        exam.save(update_fields=["answers", "score", "passed", "submitted_at"])
        if exam.passed:
            complete_attempt(attempt=attempt)
    return exam


def _checked(exam: ExamAttempt, answers: Mapping[int, int]) -> dict[int, int]:
    given: dict[int, int] = {}
    missing: dict[int, dict[str, Any]] = {}
    for place, question in enumerate(exam.questions, start=1):
        answer = answers.get(question["question"])
        if answer is None or answer not in {choice["choice"] for choice in question["choices"]}:
            missing[place] = question
        else:
            given[question["question"]] = answer
    if missing:
        raise AnswerMissing(_what_is_missing(missing), questions=[question["question"] for question in missing.values()])
    return given


def _what_is_missing(missing: Mapping[int, dict[str, Any]]) -> str:
    """One question by its words, several by their numbers: the learner answers all of them before sending again."""
    if len(missing) == 1:
        [(place, question)] = missing.items()
        return _("Question %(place)d has no answer yet: “%(text)s”. Answer it and send the exam again.") % {"place": place, "text": question["text"]}
    return _("These questions have no answer yet: %(places)s. Answer them and send the exam again.") % {"places": ", ".join(map(str, missing))}


def places_to_rewatch(exam: ExamAttempt) -> list[dict[str, Any]]:
    """Where what was missed is taught: {lesson, title, at_ms, time}, each place once. Never the questions or the right answers."""
    places = {(place["lesson"], place["at_ms"]): place for question in exam.missed_questions if (place := question["rewatch"])}
    return [{**places[key], "time": clock_time(key[1])} for key in sorted(places)]


def allow_another_exam(*, attempt: Attempt, by: User, reason: str) -> Attempt:
    """Give the learner one exam attempt beyond the course's limit."""
    with transaction.atomic():
        attempt = lock_attempt(attempt)
        if not attempt.is_open:
            raise AttemptClosed(_("This attempt is completed."))
        attempt.extra_exam_attempts += 1
        attempt.save(update_fields=["extra_exam_attempts", "updated_at"])
        record_audit(actor=by, action="courses.allow_another_exam", record=attempt, reason=reason)
    return attempt
