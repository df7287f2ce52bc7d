"""Courses for tests: drafts row by row, and a complete published course in one call."""

from typing import Any

import factory

from courses import services
from courses.models import Attempt, Course, CourseVersion, ExamAttempt, Lesson, Section, Topic
from streaming.models import VideoAsset, WatchEvidence
from tests.factories.accounts import LegalNameFactory, UserFactory
from tests.factories.credits import ActivityFactory
from tests.factories.streaming import ReadyAssetFactory


class CourseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Course

    slug = factory.Sequence(lambda n: f"smrt-for-the-knee-{n:05}")


class DraftFactory(factory.django.DjangoModelFactory):
    """A draft with complete details and no lessons, exam or evaluation."""

    class Meta:
        model = CourseVersion

    course = factory.SubFactory(CourseFactory)
    number = 1
    title = factory.Sequence(lambda n: f"SMRT for the knee, home study {n:05}")
    summary = "Release the hamstrings and the gastrocnemius in minutes."
    objectives = "Find the tight tissue.\nRelease it without force."
    topic = Topic.KNEE
    instructor_name = "Ana Ruiz"
    instructor_credentials = "LMT, NCBTMB approved provider"
    policies = "Write within 14 days for a refund."
    activity = factory.SubFactory(ActivityFactory, title=factory.SelfAttribute("..title"))
    questions_asked = 3


class SectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Section

    version = factory.SubFactory(DraftFactory)
    position = factory.Sequence(lambda n: n + 1)
    title = "The back of the knee"


class LessonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Lesson

    section = factory.SubFactory(SectionFactory)
    version = factory.SelfAttribute("section.version")
    position = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Hamstrings {n:05}")
    asset = factory.SubFactory(ReadyAssetFactory)


def complete_draft(*, lessons: int = 2, questions: int = 3, assets: list[VideoAsset] | None = None, **draft: Any) -> CourseVersion:
    """A draft that the linter lets through."""
    version = DraftFactory(questions_asked=min(3, questions), **draft)
    section = services.add_section(version=version, title="The back of the knee")
    for place in range(lessons):
        asset = assets[place] if assets else ReadyAssetFactory(title=f"Part {place + 1}")
        services.add_lesson(section=section, title=f"Part {place + 1}", asset=asset, is_preview=place == 0)
    taught = version.lessons.first()
    for place in range(questions):
        services.save_question(
            version=version,
            text=f"Question {place + 1}?",
            choices=["The hamstrings", "The jaw", "The scalp"],
            right=0,
            explanation=f"Because {place + 1}.",
            lesson=taught,
            rewatch_ms=(place + 1) * 10_000,
        )
    services.add_standard_evaluation(version=version)
    return version


def published_course(*, lessons: int = 2, questions: int = 3, is_free: bool = True, assets: list[VideoAsset] | None = None, **draft: Any) -> Course:
    """A complete published course with `lessons` lessons on ready videos. `course__…` and fields of the draft may be given."""
    version = complete_draft(lessons=lessons, questions=questions, assets=assets, course__is_free=is_free, **draft)
    services.publish_version(version=version, by=UserFactory())
    return Course.objects.select_related("current_version").get(pk=version.course_id)


def enrolled(course: Course | None = None, learner: Any = None) -> Attempt:
    """An attempt at a free course by a learner whose legal name is confirmed."""
    learner = learner or LegalNameFactory().user
    return services.enroll_learner(course=course or published_course(), learner=learner)


def watch(attempt: Attempt, *, share: float = 1.0) -> None:
    """Evidence that the learner watched the first `share` of every lesson."""
    for lesson in attempt.version.lessons.select_related("asset"):
        WatchEvidence.objects.update_or_create(
            subject=attempt.lesson_subject(lesson),
            asset=lesson.asset,
            defaults={"user": attempt.learner, "covered": [(0, int(lesson.asset.duration_ms * share))]},
        )


def right_answers(exam: ExamAttempt) -> dict[int, int]:
    return {q["question"]: next(c["choice"] for c in q["choices"] if c["is_right"]) for q in exam.questions}


def wrong_answers(exam: ExamAttempt) -> dict[int, int]:
    return {q["question"]: next(c["choice"] for c in q["choices"] if not c["is_right"]) for q in exam.questions}


def evaluation_answers(attempt: Attempt) -> dict[int, Any]:
    given = {"scale": "5", "yes_no": "yes", "text": "More on the calf."}
    return {question.pk: given[question.kind] for question in attempt.version.evaluation_questions.all()}


def exam_passed(attempt: Attempt) -> ExamAttempt:
    """The lessons watched, affirmed, the exam passed."""
    watch(attempt)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    return services.submit_exam(exam=exam, answers=right_answers(exam))


def completed(attempt: Attempt | None = None) -> Attempt:
    attempt = attempt or enrolled()
    exam_passed(attempt)
    services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))
    attempt.refresh_from_db()
    return attempt
