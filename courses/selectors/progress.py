"""How far attempts are: the trace, the share watched and the next step, for one attempt or many at a constant price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.urls import reverse

from accounts.models import User
from core import clock
from courses.completion import Evidence, LessonEvidence, LessonRequirement, Requirements, Trace, evaluate
from courses.models import Affirmation, Attempt, Completion, Course, CourseVersion, EvaluationSubmitted, ExamAttempt, Lesson
from courses.selectors.access import is_course_open
from credits.selectors import DEFAULT_COVERAGE, DEFAULT_RATE_CAP, Policy, strictest_policies
from payments.selectors import subjects_open_to
from streaming.models import VideoAsset
from streaming.selectors import Coverage, assets_for, coverage_map


@dataclass(frozen=True)
class LessonProgress:
    """`asset` is the video of this attempt: the one it began with, where the lesson's was replaced since."""

    lesson: Lesson
    asset: VideoAsset
    coverage: Coverage | None
    is_watched: bool

    @property
    def percent(self) -> int:
        if self.coverage is None or not self.coverage.duration_ms:
            return 0
        return min(100, self.coverage.covered_ms * 100 // self.coverage.duration_ms)


@dataclass(frozen=True)
class NextStep:
    title: str
    url: str


@dataclass(frozen=True)
class AttemptProgress:
    """An attempt with everything its pages show. `percent` is of the video; the trace says what counts."""

    attempt: Attempt
    lessons: tuple[LessonProgress, ...]
    requirements: Requirements
    trace: Trace
    completion: Completion | None

    @property
    def percent(self) -> int:
        total = sum(item.asset.duration_ms or 0 for item in self.lessons)
        seen = sum(item.coverage.covered_ms for item in self.lessons if item.coverage)
        return min(100, seen * 100 // total) if total else 0

    @property
    def last_watched(self) -> LessonProgress | None:
        started = [item for item in self.lessons if item.coverage and item.coverage.position_ms]
        return next((item for item in started if not item.is_watched), None)

    @property
    def next_step(self) -> NextStep | None:
        """Where to go on; None once the attempt is completed."""
        if self.completion is not None:
            return None
        leaf = self.trace.next_step
        if leaf is None:
            return NextStep("Finish the course", self.attempt.get_absolute_url())
        kind, _, pk = leaf.code.partition(":")
        if kind == "lesson":
            begun = any(item.coverage and item.coverage.covered_ms for item in self.lessons)
            verb = "Go on with" if begun else "Begin with"
            return NextStep(f"{verb} “{leaf.title}”", reverse("courses:lesson_detail", args=[self.attempt.pk, int(pk)]))
        if kind in {"affirmation", "exam"}:
            return NextStep("Go to the exam", reverse("courses:exam", args=[self.attempt.pk]))
        if kind == "evaluation":
            return NextStep("Evaluate the course", reverse("courses:evaluation", args=[self.attempt.pk]))
        return NextStep("See what is left", self.attempt.get_absolute_url())


def policies_of(versions: Iterable[CourseVersion]) -> dict[int, Policy]:
    """Per version pk, the strictest of what its accreditations ask today. One query."""
    rows = list(versions)
    today = clock.civil_date(clock.now(), settings.SCHOOL_TIME_ZONE)
    found = strictest_policies([row.activity_id for row in rows if row.activity_id], on=today)
    return {row.pk: found.get(row.activity_id or 0, Policy(DEFAULT_COVERAGE, DEFAULT_RATE_CAP, None)) for row in rows}


def policy_of(version: CourseVersion) -> Policy:
    return policies_of([version])[version.pk]


def requirements_of(version: CourseVersion, lessons: Sequence[Lesson], assets: Mapping[int, VideoAsset], policy: Policy) -> Requirements:
    """`assets` is the video of each lesson, by the lesson's pk."""
    return Requirements(
        lessons=tuple(LessonRequirement(lesson.pk, lesson.title, assets[lesson.pk].duration_ms or 0) for lesson in lessons),
        coverage=policy.coverage,
        pass_mark=max(version.pass_mark, policy.passing_score or 0),
    )


def progress_of(attempts: Sequence[Attempt]) -> list[AttemptProgress]:
    """Progress of each attempt, in their order: the same number of queries for one attempt and for a hundred."""
    rows = list(attempts)
    prefetch_related_objects(
        rows,
        "version",
        Prefetch(
            "version__lessons",
            Lesson.objects.select_related("asset__replaced_by", "section").order_by("section__position", "position"),
            to_attr="ordered_lessons",
        ),
        Prefetch("exam_attempts", ExamAttempt.objects.defer("questions").order_by("number"), to_attr="sat_exams"),
    )
    pks = [attempt.pk for attempt in rows]
    affirmed = set(Affirmation.objects.filter(attempt__in=pks).values_list("attempt_id", flat=True))
    evaluated = set(EvaluationSubmitted.objects.filter(attempt__in=pks).values_list("attempt_id", flat=True))
    completions = {row.attempt_id: row for row in Completion.objects.filter(attempt__in=pks)}
    assets = assets_for({attempt.lesson_subject(lesson): lesson.asset for attempt in rows for lesson in _lessons(attempt)})
    covered = coverage_map(assets)
    policies = policies_of({attempt.version_id: attempt.version for attempt in rows}.values())
    return [
        _progress(attempt, assets, covered, policies[attempt.version_id], attempt.pk in affirmed, attempt.pk in evaluated, completions.get(attempt.pk))
        for attempt in rows
    ]


def _lessons(attempt: Attempt) -> list[Lesson]:
    found: list[Lesson] = attempt.version.ordered_lessons  # type: ignore[attr-defined]  # set by progress_of
    return found


def _progress(
    attempt: Attempt,
    watched_assets: dict[str, VideoAsset],
    covered: dict[tuple[str, int], Coverage],
    policy: Policy,
    affirmed: bool,
    evaluated: bool,
    completion: Completion | None,
) -> AttemptProgress:
    lessons = _lessons(attempt)
    assets = {lesson.pk: watched_assets[attempt.lesson_subject(lesson)] for lesson in lessons}
    requirements = requirements_of(attempt.version, lessons, assets, policy)
    coverages = {lesson.pk: covered.get((attempt.lesson_subject(lesson), assets[lesson.pk].pk)) for lesson in lessons}
    exams: list[ExamAttempt] = [exam for exam in attempt.sat_exams if exam.is_submitted]  # type: ignore[attr-defined]  # set by progress_of
    evidence = Evidence(
        lessons={pk: LessonEvidence(found.covered_ms, tuple(found.missing)) for pk, found in coverages.items() if found},
        affirmed=affirmed,
        exam_scores=tuple(exam.score or 0 for exam in exams),
        exam_passed=any(exam.passed for exam in exams),
        evaluation_submitted=evaluated,
    )
    trace = evaluate(requirements, evidence)
    watched = {leaf.code for leaf in trace.leaves() if leaf.met}
    items = tuple(LessonProgress(lesson, assets[lesson.pk], coverages[lesson.pk], f"lesson:{lesson.pk}" in watched) for lesson in lessons)
    return AttemptProgress(attempt, items, requirements, trace, completion)


def trace_of(attempt: Attempt) -> Trace:
    """What is met and what is left, as of now."""
    return progress_of([attempt])[0].trace


@dataclass(frozen=True)
class DashboardAttempt:
    progress: AttemptProgress
    is_accessible: bool

    @property
    def attempt(self) -> Attempt:
        return self.progress.attempt


def courses_not_begun(user: User) -> list[Course]:
    """Courses that are open to `user` by name (bought, given) and that they have not begun, each with its title. Two queries."""
    names = [name.partition(":")[2] for name in subjects_open_to(user) if name.startswith("course:")]
    pks = [int(name) for name in names if name.isdecimal()]
    begun = Attempt.objects.filter(learner=user, course=OuterRef("pk"))
    found = Course.objects.filter(~Exists(begun), pk__in=pks, current_version__isnull=False).exclude(visibility=Course.Visibility.HIDDEN)
    return list(found.select_related("current_version__activity").order_by("-pk"))


def dashboard_attempts(user: User, *, limit: int = 20) -> list[DashboardAttempt]:
    """A person's attempts for their dashboard, open ones first, with progress and next step. Constant queries."""
    rows = list(Attempt.objects.of(user).select_related("course", "version__activity").order_by("-state", "-updated_at", "-pk")[:limit])
    opened = subjects_open_to(user)
    return [DashboardAttempt(item, is_course_open(item.attempt.course, opened)) for item in progress_of(rows)]
