"""Enrolling, taking a course again, and who may play what."""

from datetime import timedelta

import pytest

from core import clock
from courses import services
from courses.errors import NoAccess, NotCompletedYet, NotPublished
from courses.models import Attempt, Course
from payments.models import AccessGrant
from payments.services import grant_access, revoke_access
from streaming.models import Grant
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import CourseFactory, completed, enrolled, published_course

pytestmark = pytest.mark.django_db


def test_enroll_learner_opens_a_free_course_and_repeats_return_the_same_attempt():
    course, learner = published_course(), UserFactory()

    attempt = services.enroll_learner(course=course, learner=learner)

    assert services.enroll_learner(course=course, learner=learner) == attempt
    assert (attempt.version, attempt.number, attempt.state) == (course.current_version, 1, "open")
    assert [(grant.subject, grant.source) for grant in AccessGrant.objects.all()] == [(course.subject, "free")]


def test_enroll_learner_refuses_a_course_without_access_and_takes_it_with():
    course, learner = published_course(is_free=False), UserFactory()

    with pytest.raises(NoAccess):
        services.enroll_learner(course=course, learner=learner)

    assert not Attempt.objects.exists()
    grant_access(user=learner, subject=course.subject, source="staff", reason="Scholarship", granted_by=user_with_role("staff"))
    assert services.enroll_learner(course=course, learner=learner).learner == learner


def test_enroll_learner_does_not_reopen_a_free_course_that_staff_closed():
    attempt = enrolled()
    completed(attempt)
    revoke_access(grant=AccessGrant.objects.get(), by=user_with_role("staff"), reason="Shared the account.")

    with pytest.raises(NoAccess):
        services.start_again(course=attempt.course, learner=attempt.learner)

    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("visibility", ["hidden", None])
def test_enroll_learner_refuses_what_is_not_open(visibility):
    course = published_course(course__visibility=visibility) if visibility else CourseFactory(is_free=True)

    with pytest.raises(NotPublished):
        services.enroll_learner(course=course, learner=UserFactory())

    assert not AccessGrant.objects.exists()


def test_start_again_needs_a_completion_and_then_opens_one_new_attempt_on_the_current_version():
    course, learner = published_course(), UserFactory()
    with pytest.raises(NotCompletedYet):
        services.start_again(course=course, learner=learner)
    first = completed(enrolled(course, learner))
    draft = services.new_draft(course=course, by=UserFactory())
    services.publish_version(version=draft, by=UserFactory())

    again = services.start_again(course=course, learner=learner)

    assert services.start_again(course=course, learner=learner) == again
    assert (again.number, again.version.number, again.is_open) == (2, 2, True)
    assert services.enroll_learner(course=course, learner=learner) == again
    first.refresh_from_db()
    assert (first.state, first.version.number) == ("completed", 1)


def test_lesson_grant_is_issued_once_and_ends_with_access():
    attempt = enrolled()
    lesson = attempt.version.lessons.first()

    grant = services.lesson_grant(attempt=attempt, lesson=lesson)

    assert services.lesson_grant(attempt=attempt, lesson=lesson) == grant
    assert (grant.subject, grant.user) == (f"attempt:{attempt.pk}:lesson:{lesson.pk}", attempt.learner)
    revoke_access(grant=AccessGrant.objects.get(), by=user_with_role("staff"), reason="Refunded.")
    assert Grant.objects.get().revoked_at is not None
    with pytest.raises(NoAccess):
        services.lesson_grant(attempt=attempt, lesson=lesson)


def test_closing_one_course_leaves_the_players_of_another_alone():
    learner = UserFactory()
    one, other = enrolled(learner=learner), enrolled(learner=learner)
    for attempt in (one, other):
        services.lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first())

    revoke_access(grant=AccessGrant.objects.get(subject=one.course.subject), by=user_with_role("staff"), reason="Refunded.")

    assert [grant.subject.split(":")[1] for grant in Grant.objects.filter(revoked_at=None)] == [str(other.pk)]


def test_preview_grant_is_for_preview_lessons_only():
    course, viewer = published_course(), UserFactory()
    first, second = course.current_version.lessons.all()

    grant = services.preview_grant(lesson=first, user=viewer)

    assert grant.subject == f"preview:{viewer.pk}:{first.pk}"
    with pytest.raises(NoAccess):
        services.preview_grant(lesson=second, user=viewer)


def test_preview_grant_ends_by_itself():
    """Its holder could go on opening players with it, long after the lesson is a preview no more."""
    lesson, viewer = published_course().current_version.lessons.first(), UserFactory()

    first = services.preview_grant(lesson=lesson, user=viewer)
    again = services.preview_grant(lesson=lesson, user=viewer)

    assert timedelta(hours=1) < first.expires_at - clock.now() < timedelta(days=1)
    assert again.pk == first.pk
    assert again.expires_at > first.expires_at


def test_hidden_course_stays_visible_to_those_who_take_it():
    attempt = enrolled()
    Course.objects.update(visibility="hidden")

    assert attempt.course in Course.objects.visible_to(attempt.learner)
    assert attempt.course not in Course.objects.visible_to(UserFactory())
    assert attempt.course in Course.objects.visible_to(user_with_role("staff"))
