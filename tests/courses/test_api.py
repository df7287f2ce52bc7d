"""The API does what the pages do, through the same services."""

import pytest

from courses import services
from courses.models import Attempt, ExamAttempt
from tests.factories.accounts import UserFactory
from tests.factories.courses import enrolled, evaluation_answers, exam_passed, published_course, right_answers, watch, wrong_answers
from tests.factories.credits import AccreditationFactory

pytestmark = pytest.mark.django_db
BASE = "/api/v1/courses/"


def post(client, address, data=None):
    return client.post(f"{BASE}{address}", data or {}, content_type="application/json")


def test_catalogue_and_course(client):
    course = published_course(topic="hip")
    AccreditationFactory(activity=course.current_version.activity, units=6)
    published_course(topic="jaw")
    client.force_login(UserFactory())

    listed = client.get(f"{BASE}?topic=hip").json()
    shown = client.get(f"{BASE}{course.slug}/").json()

    assert [(row["slug"], row["lesson_count"], row["video_ms"], row["hours"][0]["units"]) for row in listed["results"]] == [(course.slug, 2, 1_200_000, "6.00")]
    assert shown["objectives"] == ["Find the tight tissue.", "Release it without force."]
    assert [lesson["title"] for lesson in shown["outline"][0]["lessons"]] == ["Part 1", "Part 2"]


@pytest.mark.parametrize("count", [1, 3])
def test_attempts_cost_the_same_for_any_number(client, django_assert_num_queries, count):
    learner = UserFactory()
    for _ in range(count):
        enrolled(learner=learner)
    client.force_login(learner)

    with django_assert_num_queries(11):
        response = client.get(f"{BASE}attempts/")

    assert [row["trace"]["met"] for row in response.json()["results"]] == [False] * count


def test_enroll_returns_the_same_attempt(client):
    course = published_course()
    client.force_login(UserFactory())

    one, two = post(client, f"{course.slug}/enroll/"), post(client, f"{course.slug}/enroll/")

    assert (one.status_code, one.json()["id"]) == (201, two.json()["id"])
    assert Attempt.objects.count() == 1


def test_a_refusal_is_409_with_a_code(client):
    course = published_course(is_free=False)
    client.force_login(UserFactory())

    response = post(client, f"{course.slug}/enroll/")

    assert (response.status_code, response.json()["code"]) == (409, "no_access")


def test_an_exam_never_tells_which_choice_is_right(client):
    attempt = enrolled()
    watch(attempt)
    client.force_login(attempt.learner)
    assert post(client, f"attempts/{attempt.pk}/exams/").json()["code"] == "exam_locked"
    assert post(client, f"attempts/{attempt.pk}/affirm/").status_code == 200

    shown = post(client, f"attempts/{attempt.pk}/exams/")
    exam = ExamAttempt.objects.get()
    failed = post(client, f"attempts/{attempt.pk}/exams/1/submit/", {"answers": _answers(wrong_answers(exam), "choice")})

    assert "is_right" not in shown.content.decode() + failed.content.decode()
    assert (failed.json()["passed"], len(failed.json()["rewatch"])) == (False, 3)


def test_submit_is_answered_twice_alike_and_names_what_is_missing(client):
    attempt = enrolled()
    watch(attempt)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    client.force_login(attempt.learner)
    address = f"attempts/{attempt.pk}/exams/1/submit/"

    assert post(client, address, {"answers": []}).json()["code"] == "answer_missing"
    one = post(client, address, {"answers": _answers(right_answers(exam), "choice")})
    two = post(client, address, {"answers": []})

    assert one.json() == two.json()
    assert one.json()["score"] == 100


def test_evaluation_completes(client):
    attempt = enrolled()
    exam_passed(attempt)
    client.force_login(attempt.learner)

    response = post(client, f"attempts/{attempt.pk}/evaluation/", {"answers": _answers(evaluation_answers(attempt), "answer")})

    assert (response.status_code, response.json()["state"], response.json()["trace"]["met"]) == (200, "completed", True)
    assert response.json()["completed_on"] is not None


def _answers(given, name):
    return [{"question": question, name: answer} for question, answer in given.items()]
