"""The pool an exam draws from."""

from __future__ import annotations

from django.db import models
from django.db.models import Deferrable, Q

from core.models import TimeStampedModel
from courses.models.courses import CourseVersion
from courses.models.lessons import Lesson


class ExamQuestion(TimeStampedModel):
    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, related_name="exam_questions")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    explanation = models.TextField(blank=True, help_text="Shown to people who have passed.")
    lesson = models.ForeignKey(Lesson, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    rewatch_ms = models.PositiveIntegerField(null=True, blank=True, help_text="Where in the lesson the answer is taught, in milliseconds.")

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="one_question_per_place", deferrable=Deferrable.DEFERRED),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Choice(models.Model):
    question = models.ForeignKey(ExamQuestion, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    is_right = models.BooleanField(default=False)

    class Meta:
        ordering = ["question", "position"]
        constraints = [
            models.UniqueConstraint(fields=["question", "position"], name="one_choice_per_place", deferrable=Deferrable.DEFERRED),
            models.UniqueConstraint(fields=["question"], condition=Q(is_right=True), name="one_right_choice_per_question"),
        ]

    def __str__(self) -> str:
        return self.text
