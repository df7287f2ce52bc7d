"""The library: what a membership opens, and what becomes of open players when it ends."""

import pytest

from courses.errors import NoAccess
from courses.models import Attempt, Course
from courses.selectors import dashboard_attempts, is_course_open
from courses.services import enroll_learner, lesson_grant, update_course
from courses.subjects import CourseKind
from payments.models import AccessGrant
from payments.selectors import access_through, has_access, subjects_open_to
from payments.services import grant_access, revoke_access
from payments.subjects import LIBRARY, library_among
from streaming.models import WatchEvidence
from streaming.services import open_session
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import published_course
from tests.streaming.clock import Player

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    person = UserFactory()
    grant_access(user=person, subject=LIBRARY, source=AccessGrant.Source.SUBSCRIPTION)
    return person


def end_membership(person):
    grant = AccessGrant.objects.standing().get(user=person, subject=LIBRARY)
    revoke_access(grant=grant, by=None, reason="The membership ended.")


def sold_course(**fields):
    return published_course(is_free=False, **fields)


def player_of(attempt):
    lesson = attempt.version.lessons.first()
    grant = lesson_grant(attempt=attempt, lesson=lesson)
    return Player(open_session(grant=grant))


def test_a_member_enrols_and_watches_like_anybody(member):
    attempt = enroll_learner(course=sold_course(), learner=member)

    assert not player_of(attempt).beat((0, 5_000), after=5).stop
    assert not AccessGrant.objects.filter(user=member, subject=attempt.course.subject).exists()


def test_the_library_does_not_open_a_course_that_is_kept_out_of_it(member):
    course = sold_course(course__in_library=False)

    with pytest.raises(NoAccess):
        enroll_learner(course=course, learner=member)

    assert not Attempt.objects.exists()
    assert access_through(member, course.subject) == ""


def test_the_player_of_a_member_stops_when_the_membership_ends_and_goes_on_when_it_returns(member):
    attempt = enroll_learner(course=sold_course(), learner=member)
    player = player_of(attempt)
    player.beat((0, 5_000), after=5)

    end_membership(member)

    assert player.beat((5_000, 10_000), after=5).stop
    with pytest.raises(NoAccess):
        lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first())
    evidence = WatchEvidence.objects.get()
    grant_access(user=member, subject=LIBRARY, source=AccessGrant.Source.SUBSCRIPTION)
    assert not player_of(attempt).beat((5_000, 10_000), after=5).stop
    assert WatchEvidence.objects.get().pk == evidence.pk
    assert Attempt.objects.get().is_open


@pytest.mark.parametrize("source", ["order", "free", "organization"])
def test_what_is_open_by_another_row_plays_on(member, source):
    course = sold_course()
    grant_access(user=member, subject=course.subject, source=source)
    player = player_of(enroll_learner(course=course, learner=member))

    end_membership(member)

    assert not player.beat((0, 5_000), after=5).stop


def test_a_free_course_stays_open_to_a_former_member(member):
    player = player_of(enroll_learner(course=published_course(is_free=True), learner=member))

    end_membership(member)

    assert not player.beat((0, 5_000), after=5).stop


def test_an_ended_grant_of_a_course_leaves_the_player_of_a_member_alone(member):
    course = sold_course()
    own = grant_access(user=member, subject=course.subject, source="order")
    player = player_of(enroll_learner(course=course, learner=member))

    revoke_access(grant=own, by=None, reason="Refunded.")

    assert not player.beat((0, 5_000), after=5).stop


def test_a_course_that_leaves_the_library_stops_for_members_and_not_for_owners(member):
    course, staff = sold_course(), user_with_role("staff")
    owner = UserFactory()
    grant_access(user=owner, subject=course.subject, source="order")
    grant_access(user=owner, subject=LIBRARY, source=AccessGrant.Source.SUBSCRIPTION)
    players = {person: player_of(enroll_learner(course=course, learner=person)) for person in (member, owner)}

    update_course(course=course, by=staff, visibility=course.visibility, is_free=False, instructor=None, in_library=False)

    assert players[member].beat((0, 5_000), after=5).stop
    assert not players[owner].beat((0, 5_000), after=5).stop


def test_the_course_page_says_that_it_is_included(client, member):
    course = sold_course()
    client.force_login(member)

    assert "Included in your membership." in client.get(course.get_absolute_url()).text


def test_lists_know_what_the_library_opens(client, member):
    inside, outside = (enroll_learner(course=published_course(is_free=True), learner=member) for _ in range(2))
    AccessGrant.objects.exclude(subject=LIBRARY).delete()
    Course.objects.filter(pk=outside.course_id).update(in_library=False)
    client.force_login(member)

    rows = {row.attempt.pk: row.is_accessible for row in dashboard_attempts(member)}
    page = client.get("/courses/attempts/")

    assert rows == {inside.pk: True, outside.pk: False}
    assert page.text.count("Access has ended") == 1
    assert is_course_open(inside.course, subjects_open_to(member))


@pytest.mark.parametrize("count", [1, 3])
def test_the_library_is_asked_about_many_courses_in_one_query(django_assert_num_queries, count):
    courses = [published_course(course__in_library=bool(number % 2)) for number in range(count)]

    with django_assert_num_queries(1):
        found = library_among([course.subject for course in courses] + ["workshop:1"])

    assert found == {course.subject for course in courses if course.in_library}


def test_somebody_without_a_membership_costs_one_query(django_assert_num_queries, member):
    course, person = sold_course(), UserFactory()

    with django_assert_num_queries(1):
        assert not has_access(person, course.subject)
    with django_assert_num_queries(2):
        assert has_access(member, course.subject)


def test_a_strange_subject_is_not_in_the_library():
    assert CourseKind().in_library(["course:", "course:x", "course:99"]) == set()
