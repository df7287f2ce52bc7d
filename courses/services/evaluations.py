"""The evaluation: that it was sent is the learner's, what it says is nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from courses.errors import AnswerMissing, EvaluationLocked
from courses.models import Attempt, EvaluationQuestion, EvaluationResponse, EvaluationSubmitted
from courses.selectors.progress import trace_of
from courses.services.completions import complete_attempt
from courses.services.enrolment import require_access
from courses.services.exams import lock_attempt

MAX_WORDS = 4000


def submit_evaluation(*, attempt: Attempt, answers: Mapping[int, Any]) -> EvaluationSubmitted:
    """Keep the answers without the person and note that the person answered. A repeat changes nothing.

    Raises EvaluationLocked before the exam is passed, AnswerMissing, NoAccess.
    """
    with transaction.atomic():
        attempt = lock_attempt(attempt)
        if existing := EvaluationSubmitted.objects.filter(attempt=attempt).first():
            return existing
        require_access(attempt)
        exam = trace_of(attempt).find("exam")
        if exam is not None and not exam.met:
            raise EvaluationLocked(_("The evaluation opens when the exam is passed. %(what)s") % {"what": exam.todo})
        questions = list(attempt.version.evaluation_questions.all())
        given = {str(question.pk): _usable(question, answers.get(question.pk)) for question in questions}
        _require_answers([question for question in questions if question.is_required and given[str(question.pk)] in (None, "")])
        EvaluationResponse.objects.create(version=attempt.version, answers={key: value for key, value in given.items() if value not in (None, "")})
        submitted = EvaluationSubmitted.objects.create(attempt=attempt)
        complete_attempt(attempt=attempt)
    return submitted


def _usable(question: EvaluationQuestion, answer: Any) -> Any:
    kind = EvaluationQuestion.Kind
    if question.kind == kind.TEXT:
        value: Any = str(answer or "").strip()[:MAX_WORDS]
    elif question.kind == kind.YES_NO:
        value = {"yes": True, "no": False, True: True, False: False}.get(answer)
    else:
        value = int(answer) if str(answer or "") in {"1", "2", "3", "4", "5"} else None
    return value


def _require_answers(missing: list[EvaluationQuestion]) -> None:
    if not missing:
        return
    if len(missing) == 1:
        message = _("“%(text)s” has no answer yet. Answer it and send the evaluation again.") % {"text": missing[0].text}
    else:
        message = _("%(count)d questions have no answer yet. They are marked below; answer them and send the evaluation again.") % {"count": len(missing)}
    raise AnswerMissing(message, questions=[question.pk for question in missing])
