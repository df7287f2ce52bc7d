"""What a published course offers reaches the credits ledger."""

import pytest

from accounts.models import Role
from courses import services, tasks
from courses.linter import problems_of
from credits.models import Offering, OfficerTask
from tests.factories.accounts import user_with_role
from tests.factories.courses import complete_draft, published_course
from tests.factories.credits import AccreditationFactory, BoardFactory

pytestmark = pytest.mark.django_db


def test_publishing_hands_over_what_new_learners_take():
    version = complete_draft()
    board = BoardFactory(name="Board of Florida")
    AccreditationFactory(activity=version.activity, board=board, approved_title=version.title)
    services.update_draft(version=version, values={"instructor_name": "Ben Lee"})

    services.publish_version(version=version, by=user_with_role(Role.STAFF))

    offering, task = Offering.objects.get(), OfficerTask.objects.get()
    assert (offering.key, offering.activity, offering.on, offering.ended_at) == (version.course.subject, version.activity, None, None)
    assert offering.facts["instructor"] == "Ben Lee"
    assert offering.facts["pass_mark"] == version.pass_mark
    assert "it is taught by Ben Lee" in task.detail


def test_the_next_version_takes_the_place_of_the_one_before():
    course = published_course()
    staff = user_with_role(Role.STAFF)
    draft = services.new_draft(course=course, by=staff)
    services.update_draft(version=draft, values={"title": "The knee, anew"})

    services.publish_version(version=draft, by=staff)

    assert Offering.objects.get().facts["title"] == "The knee, anew"


def test_the_daily_job_hands_over_courses_of_old_and_changes_nothing_twice():
    course = published_course()
    Offering.objects.all().delete()

    tasks.note_offerings(None)
    first = Offering.objects.get()
    tasks.note_offerings(None)

    assert first.key == course.subject
    assert Offering.objects.get().updated_at == first.updated_at


def test_another_instructor_is_pointed_out_before_a_version_is_published():
    version = complete_draft()
    AccreditationFactory(activity=version.activity, approved_title=version.title)
    services.update_draft(version=version, values={"instructor_name": "Ben Lee"})
    version.refresh_from_db()

    found = [problem for problem in problems_of(version) if problem.code == "instructor_differs"]

    assert [(problem.is_blocking, "taught by Ben Lee" in problem.sentence) for problem in found] == [(False, True)]
