"""Who gets in: every address of this app, for each kind of person."""

import pytest
from django.urls import URLPattern, reverse

from courses import desk_urls as desk
from courses import services, urls
from courses.api import urls as api
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.courses import completed, enrolled, exam_passed, published_course, watch

pytestmark = pytest.mark.django_db

PEOPLE = ("stranger", "other learner", "owner", "instructor", "other instructor", "CE officer", "staff")
PUBLIC = (200, 200, 200, 200, 200, 200, 200)
SIGNED_IN = (302, 200, 200, 200, 200, 200, 200)
OWNER = (302, 404, 200, 404, 404, 404, 404)
AUTHORS = (302, 403, 403, 200, 404, 403, 200)
READERS = (302, 403, 403, 200, 404, 200, 200)
STAFF = (302, 403, 403, 403, 403, 403, 200)
TEAM = (302, 403, 403, 200, 200, 200, 200)
AUTHORING = (302, 403, 403, 200, 200, 403, 200)


def changed(row, **answers):
    """`row` with the answer of some people changed, named with underscores."""
    return tuple(answers.get(person.replace(" ", "_"), status) for person, status in zip(PEOPLE, row, strict=True))


def post_of(row, done=302, refused=None):
    """What a form post answers where GET answers 200."""
    return tuple(done if status == 200 else status for status in row)


TABLE = {
    "courses:course_list": ("GET", PUBLIC),
    "courses:course_detail": ("GET", PUBLIC),
    "courses:enroll": ("POST", post_of(SIGNED_IN)),
    "courses:start_again": ("POST", (302, 409, 302, 409, 409, 409, 409)),
    "courses:preview": ("GET", SIGNED_IN),
    "courses:moment_list": ("GET", SIGNED_IN),
    "courses:attempt_list": ("GET", SIGNED_IN),
    "courses:attempt_detail": ("GET", OWNER),
    "courses:lesson_detail": ("GET", OWNER),
    "courses:affirm": ("POST", post_of(OWNER)),
    "courses:exam": ("GET", OWNER),
    "courses:exam_attempt": ("GET", OWNER),
    "courses:evaluation": ("GET", OWNER),
    "courses:completion": ("GET", post_of(OWNER)),
    "courses_desk:course_list": ("GET", TEAM),
    "courses_desk:course_create": ("GET", AUTHORING),
    "courses_desk:course_detail": ("GET", READERS),
    "courses_desk:draft_create": ("POST", post_of(AUTHORS)),
    "courses_desk:roster": ("GET", READERS),
    "courses_desk:attempt_detail": ("GET", READERS),
    "courses_desk:allow_exam": ("GET", STAFF),
    "courses_desk:version_details": ("GET", READERS),
    "courses_desk:version_publish": ("GET", READERS),
    "courses_desk:version_discard": ("GET", AUTHORS),
    "courses_desk:version_preview": ("GET", READERS),
    "courses_desk:version_answers": ("GET", READERS),
    "courses_desk:version_credit": ("GET", READERS),
    "courses_desk:activity_create": ("GET", AUTHORS),
    "courses_desk:version_outline": ("GET", READERS),
    "courses_desk:lesson_create": ("GET", AUTHORS),
    "courses_desk:section_edit": ("GET", AUTHORS),
    "courses_desk:section_move": ("POST", post_of(AUTHORS)),
    "courses_desk:section_delete": ("GET", AUTHORS),
    "courses_desk:lesson_edit": ("GET", AUTHORS),
    "courses_desk:lesson_move": ("POST", post_of(AUTHORS)),
    "courses_desk:lesson_delete": ("GET", AUTHORS),
    "courses_desk:lesson_watch": ("GET", READERS),
    "courses_desk:version_exam": ("GET", READERS),
    "courses_desk:question_create": ("GET", AUTHORS),
    "courses_desk:question_edit": ("GET", AUTHORS),
    "courses_desk:question_move": ("POST", post_of(AUTHORS)),
    "courses_desk:question_delete": ("GET", AUTHORS),
    "courses_desk:version_evaluation": ("GET", READERS),
    "courses_desk:evaluation_standard": ("POST", post_of(AUTHORS)),
    "courses_desk:evaluation_edit": ("GET", AUTHORS),
    "courses_desk:evaluation_move": ("POST", post_of(AUTHORS)),
    "courses_desk:evaluation_delete": ("GET", AUTHORS),
    "courses_api:course-list": ("GET", changed(SIGNED_IN, stranger=403)),
    "courses_api:course-detail": ("GET", changed(SIGNED_IN, stranger=403)),
    "courses_api:attempt-list": ("GET", changed(SIGNED_IN, stranger=403)),
    "courses_api:attempt-detail": ("GET", changed(OWNER, stranger=403)),
    "courses_api:enroll": ("POST", changed(post_of(SIGNED_IN, 201), stranger=403)),
    "courses_api:start_again": ("POST", changed((403, 409, 201, 409, 409, 409, 409))),
    "courses_api:affirm": ("POST", changed(OWNER, stranger=403)),
    "courses_api:exam_start": ("POST", changed(post_of(OWNER, 201), stranger=403)),
    "courses_api:exam_submit": ("POST", changed(post_of(OWNER, 409), stranger=403)),
    "courses_api:evaluation": ("POST", changed(post_of(OWNER, 409), stranger=403)),
}


def test_every_address_has_a_row():
    names = {
        f"{module.app_name}:{pattern.name}"
        for module in (urls, desk, api)
        for pattern in module.urlpatterns
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    }

    assert names == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_access(name, client):
    method, expected = TABLE[name]
    place = School(name)
    answers = {}
    for person, status in zip(PEOPLE, expected, strict=True):
        client.logout()
        if person != "stranger":
            client.force_login(place.people[person])
        address = reverse(name, args=place.arguments(name))
        response = client.get(address) if method == "GET" else client.post(address, place.body(name), **place.kind(name))
        answers[person] = (response.status_code, status)

    assert {person: got for person, (got, _status) in answers.items()} == {person: status for person, (_got, status) in answers.items()}


class School:
    """A published course with an attempt of the owner's, and a draft of another course by the same instructor."""

    def __init__(self, name):
        instructor = user_with_role("instructor")
        self.course = published_course(course__instructor=instructor, max_exam_attempts=3)
        self.attempt = enrolled(self.course, LegalNameFactory().user)
        self.people = {
            "other learner": UserFactory(),
            "owner": self.attempt.learner,
            "instructor": instructor,
            "other instructor": user_with_role("instructor"),
            "CE officer": user_with_role("ce_officer"),
            "staff": user_with_role("staff"),
        }
        watch(self.attempt)
        if name == "courses:evaluation" or name == "courses_api:evaluation":
            exam_passed(self.attempt)
        elif name in {"courses:start_again", "courses_api:start_again"}:
            completed(self.attempt)
        elif name not in {"courses:affirm", "courses_api:affirm"}:
            services.affirm(attempt=self.attempt)
        if "exam_attempt" in name or "exam_submit" in name:
            services.start_exam(attempt=self.attempt)
        self.draft = services.new_draft(course=self.course, by=instructor)

    def arguments(self, name):
        _app, _, page = name.partition(":")
        version, attempt = self.draft, self.attempt
        if page in {"course_list", "attempt_list", "moment_list", "course_create", "course-list", "attempt-list"}:
            return []
        if name.startswith("courses_api:course-"):
            return [self.course.slug]
        if name in {"courses:course_detail", "courses:enroll", "courses:start_again", "courses_api:enroll", "courses_api:start_again"}:
            return [self.course.slug]
        if page == "preview":
            return [self.course.slug, self.course.current_version.lessons.first().pk]
        if page == "lesson_detail":
            return [attempt.pk, attempt.version.lessons.first().pk]
        if page in {"exam_attempt", "exam_submit"}:
            return [attempt.pk, 1]
        if name.startswith(("courses:", "courses_api:")) or page in {"attempt_detail", "allow_exam"}:
            return [attempt.pk]
        if page in {"course_detail", "draft_create", "roster"}:
            return [self.course.pk]
        parts = {"section": version.sections, "lesson": version.lessons, "question": version.exam_questions, "evaluation": version.evaluation_questions}
        noun, _, verb = page.partition("_")
        if noun in parts and verb in {"edit", "move", "delete", "watch"}:
            return [parts[noun].first().pk]
        return [version.pk]

    def body(self, name):
        if name == "courses_api:exam_submit":
            return {"answers": []}
        if name == "courses_api:evaluation":
            return {"answers": []}
        return {"by": "down"} if name.endswith("_move") else {}

    def kind(self, name):
        return {"content_type": "application/json"} if name.startswith("courses_api:") else {}
