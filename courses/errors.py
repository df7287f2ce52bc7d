"""Refusals of this app. Messages are shown to people; codes are stable for API clients."""

from core.errors import DomainError


class VersionPublished(DomainError):
    code = "version_published"


class NotReadyToPublish(DomainError):
    code = "not_ready_to_publish"


class StaffPublishesCredit(DomainError):
    code = "staff_publishes_credit"


class NoAccess(DomainError):
    code = "no_access"


class NotPublished(DomainError):
    code = "not_published"


class NotCompletedYet(DomainError):
    code = "not_completed_yet"


class VideoNotReady(DomainError):
    code = "video_not_ready"


class AttemptClosed(DomainError):
    code = "attempt_closed"


class ExamLocked(DomainError):
    code = "exam_locked"


class ExamTooSoon(DomainError):
    code = "exam_too_soon"


class NoExamAttemptsLeft(DomainError):
    code = "no_exam_attempts_left"


class ExamPassed(DomainError):
    code = "exam_passed"


class AnswerMissing(DomainError):
    """`questions` are the pks of all questions without a usable answer, in their order; `question` is the first."""

    code = "answer_missing"

    def __init__(self, message: str, *, questions: list[int]):
        super().__init__(message)
        self.questions = questions
        self.question = questions[0]


class EvaluationLocked(DomainError):
    code = "evaluation_locked"
