"""A learner's answers and what they watched, once the ledger no longer keeps the detail of their completion."""

from __future__ import annotations

from django.db import transaction

from courses.models import Affirmation, Completion, ExamAttempt
from credits.services import bare_trace
from streaming.services import forget_evidence


def forget_attempt(*, completion: Completion) -> None:
    """Empty exams and affirmation, and delete the watch evidence. That it was completed, with its scores, stays. A repeat changes nothing."""
    with transaction.atomic():
        ExamAttempt.objects.filter(attempt=completion.attempt_id, submitted_at__isnull=False).update(questions=[], answers={})
        Affirmation.objects.filter(attempt=completion.attempt_id).update(wording="")
        Completion.objects.filter(pk=completion.pk).update(trace=bare_trace(completion.trace))
        forget_evidence(subject_prefix=completion.attempt.subject_prefix)
