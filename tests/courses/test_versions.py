"""Writing and publishing: what is published never changes."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Role
from core.errors import DomainError
from courses import services
from courses.errors import NotReadyToPublish, StaffPublishesCredit, VersionPublished
from courses.linter import change_impact, problems_of
from courses.models import Choice, CourseVersion, EvaluationQuestion, ExamQuestion, Lesson, Section
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import CourseFactory, DraftFactory, complete_draft, enrolled, published_course
from tests.factories.credits import AccreditationFactory
from tests.factories.streaming import ReadyAssetFactory

pytestmark = pytest.mark.django_db


def test_create_course_refuses_an_address_that_is_taken_or_a_page():
    services.create_course(title="Hip flexors", author=UserFactory())

    for title in ("Hip flexors", "Attempts"):
        with pytest.raises(DomainError, match="Choose another"):
            services.create_course(title=title, author=UserFactory())

    assert CourseVersion.objects.count() == 1


def test_publish_version_names_everything_that_is_missing():
    version = services.create_course(title="Hip flexors", author=UserFactory())

    with pytest.raises(NotReadyToPublish) as refusal:
        services.publish_version(version=version, by=UserFactory())

    for what in ("summary", "objectives", "instructor", "policies", "no lessons", "asks 10 questions", "evaluation", "hours"):
        assert what in refusal.value.message
    version.refresh_from_db()
    assert version.is_draft


def test_publish_version_makes_it_current_and_a_repeat_changes_nothing():
    version = complete_draft()

    published = services.publish_version(version=version, by=UserFactory())

    assert services.publish_version(version=version, by=UserFactory()).published_at == published.published_at
    published.course.refresh_from_db()
    assert published.course.current_version == published


def test_problems_name_a_video_that_is_not_ready_and_a_title_boards_do_not_know():
    version = complete_draft(assets=[ReadyAssetFactory(), ReadyAssetFactory(state="processing")])
    AccreditationFactory(activity=version.activity, approved_title="Another title")

    found = {problem.code: problem.is_blocking for problem in problems_of(version)}

    assert found == {"lesson_not_ready": True, "title_differs": False}


def test_publish_version_refuses_a_title_that_a_board_would_not_credit():
    version = complete_draft()
    AccreditationFactory(activity=version.activity, approved_title="Another title", board__title_must_match=True, board__name="NCBTMB")

    with pytest.raises(NotReadyToPublish, match="NCBTMB credits the title “Another title” and no other"):
        services.publish_version(version=version, by=user_with_role(Role.STAFF))


@pytest.mark.parametrize(
    "change",
    [
        lambda v: services.update_draft(version=v, values={"title": "Other"}),
        lambda v: services.add_section(version=v, title="More"),
        lambda v: services.delete_lesson(lesson=v.lessons.first()),
        lambda v: services.delete_question(question=v.exam_questions.first()),
        lambda v: services.save_evaluation_question(version=v, text="?", kind="text", is_required=False),
        lambda v: services.choose_activity(version=v, activity=None),
    ],
)
def test_services_refuse_to_change_a_published_version(change):
    version = published_course().current_version

    with pytest.raises(VersionPublished):
        change(version)


@pytest.mark.parametrize("model", [CourseVersion, Section, Lesson, ExamQuestion, Choice, EvaluationQuestion])
def test_database_refuses_to_change_a_published_version(model):
    published_course()

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**({"title": "Other"} if hasattr(model, "title") else {"text": "Other"}))
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.all()._raw_delete("default")


def test_database_refuses_to_add_to_a_published_version():
    version = published_course().current_version

    with pytest.raises(IntegrityError), transaction.atomic():
        Section.objects.create(version=version, position=9, title="Smuggled")
    with pytest.raises(IntegrityError), transaction.atomic():
        Choice.objects.create(question=version.exam_questions.first(), position=9, text="Smuggled")


def test_new_draft_copies_the_last_version_and_a_repeat_returns_it():
    course = published_course(lessons=2, questions=4)
    old = course.current_version

    draft = services.new_draft(course=course, by=UserFactory())

    assert services.new_draft(course=course, by=UserFactory()) == draft
    assert (draft.number, draft.title, draft.activity, draft.pass_mark) == (2, old.title, old.activity, old.pass_mark)
    assert list(draft.lessons.values_list("key", "title", "asset")) == list(old.lessons.values_list("key", "title", "asset"))
    assert [question.lesson.version for question in draft.exam_questions.all()] == [draft] * 4
    assert Choice.objects.filter(question__version=draft, is_right=True).count() == 4
    assert draft.evaluation_questions.count() == old.evaluation_questions.count()


def test_change_impact_names_people_and_boards():
    course = published_course()
    enrolled(course)
    draft = services.new_draft(course=course, by=UserFactory())
    services.update_draft(version=draft, values={"title": "SMRT for the knee and the calf", "pass_mark": 80})
    services.delete_lesson(lesson=draft.lessons.last())

    lines = change_impact(CourseVersion.objects.get(pk=draft.pk))

    assert lines[0] == "1 learner is in the middle of the course and stays on the version they began."
    assert "Lesson removed: “Part 2”." in lines
    assert "Video goes from 20 to 10 minutes; approvals are given for hours." in lines
    assert any(line.startswith("Title changes") for line in lines)
    assert "The exam changes from 3 × 70 % to 3 × 80 %." in lines


def test_attempts_stay_on_the_version_they_began():
    course = published_course()
    attempt = enrolled(course)
    draft = services.new_draft(course=course, by=UserFactory())
    services.publish_version(version=draft, by=UserFactory())

    attempt.refresh_from_db()

    assert attempt.version.number == 1
    assert services.enroll_learner(course=course, learner=attempt.learner) == attempt


def test_discard_draft_keeps_the_only_version():
    course = published_course()
    draft = services.new_draft(course=course, by=UserFactory())

    services.discard_draft(version=draft, by=UserFactory())

    assert course.versions.count() == 1
    with pytest.raises(DomainError, match="all there is"):
        services.discard_draft(version=DraftFactory(course=CourseFactory()), by=UserFactory())


def test_lessons_and_sections_move_and_stay_within_their_bounds():
    version = complete_draft(lessons=3)
    section = version.sections.get()
    one, two, three = version.lessons.all()

    services.move_lesson(lesson=three, by=-1)
    services.move_lesson(lesson=one, by=-1)
    other = services.add_section(version=version, title="The calf")
    services.move_section(section=other, by=-1)

    assert list(version.lessons.all()) == [one, three, two]
    assert list(version.sections.order_by("position")) == [other, section]
    with pytest.raises(DomainError, match="Move or delete the lessons"):
        services.delete_section(section=section)


def test_save_question_replaces_its_choices_and_refuses_twins():
    version = complete_draft(questions=1)
    question = version.exam_questions.get()

    services.save_question(version=version, question=question, text="Which?", choices=["A", "B"], right=1)

    assert list(question.choices.values_list("text", "is_right")) == [("A", False), ("B", True)]
    with pytest.raises(DomainError, match="read the same"):
        services.save_question(version=version, text="Which?", choices=["A", "a "], right=0)
    with pytest.raises(DomainError, match="mark the right one"):
        services.save_question(version=version, text="Which?", choices=["A", "B"], right=-1)


def test_what_a_board_approved_is_published_by_staff_only(db):
    instructor = user_with_role(Role.INSTRUCTOR)
    draft = complete_draft(course__instructor=instructor, activity=AccreditationFactory().activity)

    with pytest.raises(StaffPublishesCredit):
        services.publish_version(version=draft, by=instructor)

    assert CourseVersion.objects.get().is_draft
    assert not services.publish_version(version=draft, by=user_with_role(Role.STAFF)).is_draft
