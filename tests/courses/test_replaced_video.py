"""A lesson whose video was replaced under a published version: everybody sees what they began with, new people the new one."""

import pytest
from django.urls import reverse

from accounts.models import Role
from courses.linter import change_impact, problems_of
from courses.models import Completion, Lesson
from courses.selectors import catalogue, progress_of
from courses.services import lesson_grant, new_draft, preview_grant, submit_evaluation
from credits.models import Dossier
from streaming.models import VideoAsset
from streaming.services.replacement import replace_asset
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.courses import enrolled, evaluation_answers, exam_passed, published_course
from tests.factories.streaming import ReadyAssetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return published_course(lessons=2)


@pytest.fixture
def new():
    return ReadyAssetFactory(title="Part 1, mended", duration_ms=660_000)


def first_lesson(course):
    return course.current_version.lessons.select_related("asset__replaced_by").order_by("position").first()


def replace_first(course, new):
    replace_asset(old=first_lesson(course).asset, new=new, by=user_with_role(Role.STAFF))


def test_who_is_in_the_middle_keeps_the_old_film_and_who_comes_gets_the_new(course, new):
    staying, row = enrolled(course), Lesson.objects.values().get(pk=first_lesson(course).pk)
    old = lesson_grant(attempt=staying, lesson=first_lesson(course)).asset
    replace_first(course, new)
    coming = enrolled(course)

    assert lesson_grant(attempt=staying, lesson=first_lesson(course)).asset == old
    assert lesson_grant(attempt=coming, lesson=first_lesson(course)).asset == new
    assert preview_grant(lesson=first_lesson(course), user=UserFactory()).asset == new
    assert [[item.asset.duration_ms for item in each.lessons] for each in progress_of([staying, coming])] == [[600_000, 600_000], [660_000, 600_000]]
    assert Lesson.objects.values().get(pk=row["id"]) == row, "the published lesson is what it was"


def test_the_film_that_was_watched_is_the_one_that_is_judged_and_kept(course, new):
    attempt = enrolled(course)
    exam_passed(attempt)
    replace_first(course, new)

    submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))

    assert Completion.objects.filter(attempt=attempt).exists()
    outline = Dossier.objects.get().facts["outline"]
    assert outline[0]["video"] == str(first_lesson(course).asset.uuid)
    assert outline[0]["duration_ms"] == 600_000


@pytest.mark.parametrize("many", [1, 3])
def test_progress_costs_the_same_for_one_and_for_many(course, new, many, django_assert_num_queries):
    attempts = [enrolled(course) for _ in range(many)]
    lesson_grant(attempt=attempts[0], lesson=first_lesson(course))
    replace_first(course, new)

    with django_assert_num_queries(9):
        progress_of(attempts)


def test_pages_tell_newcomers_of_the_new_film_and_learners_of_theirs(client, course, new):
    staying, coming = enrolled(course), enrolled(course, LegalNameFactory().user)
    lesson_grant(attempt=staying, lesson=first_lesson(course))
    replace_first(course, new)

    assert "11 min" in client.get(reverse("courses:course_detail", args=[course.slug])).content.decode()
    assert [row.video_ms for row in catalogue()] == [1_260_000]
    for attempt, asset in [(staying, first_lesson(course).asset), (coming, new)]:
        client.force_login(attempt.learner)
        page = client.get(reverse("courses:lesson_detail", args=[attempt.pk, first_lesson(course).pk]))
        assert page.context["player"]["asset"] == asset


def test_the_next_draft_begins_with_the_new_film_and_says_nothing_of_it(course, new):
    replace_first(course, new)

    draft = new_draft(course=course, by=UserFactory())

    assert VideoAsset.objects.get(pk=draft.lessons.order_by("position").first().asset_id) == new
    assert change_impact(draft) == ["Nothing a learner or a board would notice."]
    assert not [problem for problem in problems_of(draft) if problem.code == "lesson_not_ready"]
