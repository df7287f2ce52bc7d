"""Tables of courses, one module per noun."""

from courses.models.attempts import Affirmation, Attempt, AttemptQuerySet, Completion, ExamAttempt
from courses.models.courses import Course, CourseQuerySet, CourseVersion, Topic
from courses.models.evaluations import EvaluationQuestion, EvaluationResponse, EvaluationSubmitted
from courses.models.exams import Choice, ExamQuestion
from courses.models.lessons import Lesson, Section

__all__ = [
    "Affirmation",
    "Attempt",
    "AttemptQuerySet",
    "Choice",
    "Completion",
    "Course",
    "CourseQuerySet",
    "CourseVersion",
    "EvaluationQuestion",
    "EvaluationResponse",
    "EvaluationSubmitted",
    "ExamAttempt",
    "ExamQuestion",
    "Lesson",
    "Section",
    "Topic",
]
