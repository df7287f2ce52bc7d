"""The desk page for background jobs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import AuditEntry, Job
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.core import JobFactory


@pytest.fixture
def staff(client, db):
    user = user_with_role("staff")
    client.force_login(user)
    return user


def test_dead_jobs_come_first_with_their_error(client, staff):
    JobFactory(dead=True, key="video:81", error="Traceback\nValueError: the disk is full")
    JobFactory(running=True)

    page = client.get("/desk/jobs/").content.decode()

    assert "video:81" in page
    assert "<summary>ValueError: the disk is full</summary>" in page


def test_running_jobs_show_their_progress_and_the_page_renews_itself(client, staff):
    JobFactory(running=True, progress=37, stage="second rung")

    page = client.get("/desk/jobs/?state=running")
    fragment = client.get("/desk/jobs/?state=running", headers={"HX-Request": "true"}).content.decode()

    assert 'value="37"' in page.content.decode()
    assert "second rung" in fragment
    assert "<html" not in fragment
    assert 'hx-trigger="every 5s"' in fragment


@pytest.mark.parametrize(("minutes", "is_late"), [(1, False), (10, True)])
@pytest.mark.parametrize("state", [{}, {"abandoned": True}])
def test_the_page_says_when_nobody_takes_jobs_up(client, staff, minutes, is_late, state):
    since = timezone.now() - timedelta(minutes=minutes)
    JobFactory(run_after=since, **state, **({"lease_until": since} if state else {}))

    assert ("no worker runs" in client.get("/desk/jobs/").content.decode()) is is_late


def test_try_again_revives_a_dead_job_and_is_noted(client, staff):
    job = JobFactory(dead=True)

    answer = client.post(f"/desk/jobs/{job.pk}/retry/", follow=True)

    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert "queued again" in answer.content.decode()
    assert AuditEntry.objects.get().actor == staff


def test_try_again_on_a_job_that_lives_changes_nothing(client, staff):
    job = JobFactory(running=True)

    answer = client.post(f"/desk/jobs/{job.pk}/retry/", follow=True)

    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert "nothing to try again" in answer.content.decode()


def test_reading_the_page_changes_nothing(client, staff):
    assert client.get(f"/desk/jobs/{JobFactory(dead=True).pk}/retry/").status_code == 405


@pytest.mark.parametrize("state", ["queued", "running", "done", "dead", "nonsense"])
def test_every_state_has_an_empty_page(client, staff, state):
    assert client.get("/desk/jobs/", {"state": state}).status_code == 200


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_list_costs_the_same_for_any_number(client, staff, django_assert_num_queries, count):
    now = timezone.now()
    JobFactory.create_batch(count, state="done", finished_at=now)

    with django_assert_num_queries(7):  # session, person, roles, counts, count, page, the oldest that waits
        answer = client.get("/desk/jobs/?state=done")

    assert answer.content.decode().count('<th scope="row">') == min(count, 25)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("role", "status"), [(None, 302), ("learner", 403), ("instructor", 403), ("ce_officer", 403)])
def test_only_staff_see_or_revive_jobs(client, db, role, status, method):
    job = JobFactory(dead=True)
    if role:
        client.force_login(UserFactory() if role == "learner" else user_with_role(role))

    answer = client.get("/desk/jobs/") if method == "get" else client.post(f"/desk/jobs/{job.pk}/retry/")

    assert answer.status_code == status
    job.refresh_from_db()
    assert job.state == Job.State.DEAD
