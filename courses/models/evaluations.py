"""What learners think of a course, kept apart from who they are.

`EvaluationSubmitted` says that a person answered; `EvaluationResponse` says what somebody answered. Nothing joins the
two: no key, no time, and the response's own key is random, so neither an order nor a moment gives a person away
(decision 0008 names what remains possible for someone who reads the database's internals).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Deferrable

from core.models import TimeStampedModel
from courses.models.attempts import Attempt
from courses.models.courses import CourseVersion


class EvaluationQuestion(TimeStampedModel):
    class Kind(models.TextChoices):
        SCALE = "scale", "Agreement from 1 to 5"
        YES_NO = "yes_no", "Yes or no"
        TEXT = "text", "Words"

    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, related_name="evaluation_questions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SCALE)
    is_required = models.BooleanField(default=True)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_evaluation_question_per_place", deferrable=Deferrable.DEFERRED),
        ]

    def __str__(self) -> str:
        return self.text


class EvaluationSubmitted(models.Model):
    """That the learner of `attempt` sent the evaluation. Has no time on purpose."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="evaluation_submitted")

    class Meta:
        verbose_name_plural = "evaluations submitted"

    def __str__(self) -> str:
        return f"evaluation of attempt {self.attempt_id}"


class EvaluationResponse(models.Model):
    """One person's answers, without the person: {question pk as text: answer}."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="evaluation_responses")
    answers = models.JSONField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.id)
