"""What the ledger keeps of a completion: everything an auditor may ask, as it was that day."""

from __future__ import annotations

from typing import Any

from courses.models import Affirmation, CourseVersion, ExamAttempt
from courses.selectors.progress import AttemptProgress
from credits.selectors import activity_facts
from streaming.selectors import evidence_summary


def approved_minutes(version: CourseVersion) -> dict[str, int]:
    """A home-study course offers the minutes its activity states."""
    return version.activity.minutes_by_mode if version.activity else {}


def dossier_facts(progress: AttemptProgress) -> dict[str, Any]:
    """JSON-ready facts of one attempt. `offered` is what credits compares with the boards' approvals."""
    attempt = progress.attempt
    version = attempt.version
    affirmation = Affirmation.objects.get(attempt=attempt)
    exams = list(ExamAttempt.objects.filter(attempt=attempt, submitted_at__isnull=False).order_by("number"))
    passed = next(exam for exam in exams if exam.passed)
    video_ms = sum(item.asset.duration_ms or 0 for item in progress.lessons)
    coverage = min(item.coverage.covered_ms / item.asset.duration_ms for item in progress.lessons if item.coverage and item.asset.duration_ms)
    return {
        "course": {"id": attempt.course_id, "slug": attempt.course.slug, "title": version.title, "attempt": attempt.pk, "attempt_number": attempt.number},
        "version": version.number,
        "published_at": version.published_at,
        "enrolled_at": attempt.created_at,
        "learner": {"legal_name": attempt.learner.legal_name.printed if attempt.learner.legal_name else ""},
        "activity": activity_facts(version.activity) if version.activity else None,
        "objectives": version.objective_list,
        "summary": version.summary,
        "description": version.description,
        "prerequisites": version.prerequisites,
        "policies": version.policies,
        "outline": [
            {
                "section": item.lesson.section.title,
                "lesson": item.lesson.title,
                "lesson_id": item.lesson.pk,
                "video": str(item.asset.uuid),
                "video_sha256": item.asset.sha256,
                "duration_ms": item.asset.duration_ms,
            }
            for item in progress.lessons
        ],
        "lessons": evidence_summary(attempt.subject_prefix),
        "requirements": {"coverage": str(progress.requirements.coverage), "pass_mark": progress.requirements.pass_mark},
        "exam": {
            "number": passed.number,
            "started_at": passed.started_at,
            "submitted_at": passed.submitted_at,
            "score": passed.score,
            "pass_mark": passed.pass_mark,
            "as_shown": passed.questions,
            "answers": passed.answers,
        },
        "exams_failed": [{"number": exam.number, "submitted_at": exam.submitted_at, "score": exam.score} for exam in exams if not exam.passed],
        "affirmation": {"wording": affirmation.wording, "affirmed_at": affirmation.affirmed_at},
        "evaluation_submitted": True,
        "instructor": {"name": version.instructor_name, "credentials": version.instructor_credentials, "biography": version.instructor_bio},
        "offered": {
            "title": version.title,
            "instructor": version.instructor_name,
            "minutes": approved_minutes(version),
            "video_ms": video_ms,
            "coverage": round(min(1.0, coverage), 4),
            "score": passed.score,
        },
    }
