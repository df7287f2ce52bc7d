"""A learner's way through one version of a course, and what it ends in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Role, User
from core.models import TimeStampedModel
from courses.models.courses import Course, CourseVersion
from courses.models.lessons import Lesson


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def open(self) -> AttemptQuerySet:
        return self.filter(state=Attempt.State.OPEN)

    def of(self, user: User) -> AttemptQuerySet:
        """The person's own: nobody else learns in an attempt, whatever their role."""
        return self.filter(learner=user)

    def visible_to(self, user: User) -> AttemptQuerySet:
        """Own attempts; staff and CE officers read all, instructors those of their courses."""
        if user.has_role(Role.STAFF, Role.CE_OFFICER):
            return self.all()
        if user.has_role(Role.INSTRUCTOR):
            return self.filter(Q(learner=user) | Q(course__instructor=user))
        return self.of(user)


class Attempt(TimeStampedModel):
    """One enrolment, pinned to the version that was current. Taking a course again is another attempt."""

    class State(models.TextChoices):
        OPEN = "open", "In progress"
        COMPLETED = "completed", "Completed"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="attempts")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="attempts")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="course_attempts")
    number = models.PositiveSmallIntegerField(default=1, help_text="1 for the first time a person takes the course.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    extra_exam_attempts = models.PositiveSmallIntegerField(default=0, help_text="Allowed by staff beyond the course's limit.")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["course", "learner"], condition=Q(state="open"), name="one_open_attempt_per_learner_and_course"),
            models.UniqueConstraint(fields=["course", "learner", "number"], name="one_attempt_per_number"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk} of {self.learner}"

    def get_absolute_url(self) -> str:
        return reverse("courses:attempt_detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def key(self) -> str:
        """The name of this attempt's dossier."""
        return f"course-attempt:{self.pk}"

    @property
    def subject_prefix(self) -> str:
        """What the subjects of all its grants and evidence begin with."""
        return f"attempt:{self.pk}:"

    def lesson_subject(self, lesson: Lesson | int) -> str:
        return f"{self.subject_prefix}lesson:{lesson if isinstance(lesson, int) else lesson.pk}"


class Affirmation(models.Model):
    """“I did this myself”: the words as they read when the learner affirmed them."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="affirmation")
    wording = models.TextField()
    affirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"affirmation of attempt {self.attempt_id}"


class ExamAttempt(models.Model):
    """One sitting. `questions` is the exam as shown, in that order, and never changes; nor does a submitted result.

    questions: [{"question", "text", "explanation", "rewatch": {"lesson", "title", "at_ms"} | null,
    "choices": [{"choice", "text", "is_right"}]}]; answers: {question pk as text: choice pk}.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="exam_attempts")
    number = models.PositiveSmallIntegerField()
    questions = models.JSONField()
    pass_mark = models.PositiveSmallIntegerField(help_text="Percent.")
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Percent of the questions answered rightly, rounded down.")
    passed = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["attempt", "number"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="one_exam_attempt_per_number"),
            models.UniqueConstraint(fields=["attempt"], condition=Q(submitted_at__isnull=True), name="one_unfinished_exam_per_attempt"),
            models.UniqueConstraint(fields=["attempt"], condition=Q(passed=True), name="one_passed_exam_per_attempt"),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, score__isnull=True, passed__isnull=True)
                | Q(submitted_at__isnull=False, score__isnull=False, passed__isnull=False),
                name="a_submitted_exam_has_its_result",
            ),
        ]

    def __str__(self) -> str:
        return f"exam {self.number} of attempt {self.attempt_id}"

    def get_absolute_url(self) -> str:
        return reverse("courses:exam_attempt", args=[self.attempt_id, self.number])

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def right_count(self) -> int:
        return sum(self._is_right(question) for question in self.questions)

    def _is_right(self, question: dict[str, Any]) -> bool:
        given = self.answers.get(str(question["question"]))
        return any(choice["is_right"] and choice["choice"] == given for choice in question["choices"])

    @property
    def missed_questions(self) -> list[dict[str, Any]]:
        return [question for question in self.questions if not self._is_right(question)]


class Completion(models.Model):
    """The decision that an attempt is complete: the trace as judged, the instant and the learner's civil date. Never changes."""

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="completion")
    trace = models.JSONField()
    completed_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    completed_on = models.DateField(help_text="In the learner's zone at that moment.")
    dossier = models.OneToOneField("credits.Dossier", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-completed_at"]

    def __str__(self) -> str:
        return f"completion of attempt {self.attempt_id}"
