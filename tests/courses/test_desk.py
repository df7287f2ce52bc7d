"""The desk: writing a course with plain forms, publishing it, and reading rosters."""

import pytest
from django.urls import reverse

from courses import services
from courses.models import Course, CourseVersion, Lesson, Section
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import complete_draft, completed, enrolled, published_course, watch
from tests.factories.credits import AccreditationFactory
from tests.factories.streaming import ReadyAssetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    person = user_with_role("staff")
    client.force_login(person)
    return person


def at(name, *args):
    return reverse(f"courses_desk:{name}", args=args)


def test_a_course_is_written_and_published_with_forms_alone(client, staff):
    asset = ReadyAssetFactory(title="Hip flexors, standing")

    client.post(at("course_create"), {"title": "Hip flexors at home"})
    version = CourseVersion.objects.get()
    details = {
        "title": "Hip flexors at home",
        "summary": "Ten minutes a day.",
        "objectives": "Find the psoas.\nRelease it.",
        "topic": "hip",
        "instructor_name": "Ana Ruiz",
        "instructor_credentials": "LMT",
        "policies": "Write within 14 days for a refund.",
    }
    response = client.post(at("version_details", version.pk), {**details, "next": ""})
    assert response["Location"] == at("version_outline", version.pk)
    client.post(at("version_outline", version.pk), {"title": "The front of the hip"})
    section = Section.objects.get()
    client.post(at("lesson_create", version.pk), {"section": section.pk, "asset": asset.pk, "is_preview": "on"})
    lesson = Lesson.objects.get()
    assert (lesson.title, lesson.is_preview) == ("Hip flexors, standing", True)
    settings = {"questions_asked": 1, "pass_mark": 80, "max_exam_attempts": "", "exam_wait_minutes": 0}
    client.post(at("version_exam", version.pk), settings)
    question = {"text": "What tilts the pelvis?", "choice_1": "The psoas", "choice_3": "The scalp", "right": "1", "lesson": lesson.pk, "rewatch_at": "1:05"}
    response = client.post(at("question_create", version.pk), {**question, "next": ""})
    assert response["Location"] == at("question_create", version.pk)
    assert version.exam_questions.get().rewatch_ms == 65_000
    client.post(at("evaluation_standard", version.pk))
    client.post(at("activity_create", version.pk), {"title": "Hip flexors at home", "minutes": 60})
    page = client.get(at("version_publish", version.pk))
    assert page.context["blocking"] == []
    client.post(at("version_publish", version.pk))

    course = Course.objects.get()
    assert (course.current_version_id, course.current_version.pass_mark, course.current_version.activity.minutes) == (version.pk, 80, 60)


def test_publish_page_names_what_is_missing_and_where_to_mend_it(client, staff):
    version = services.create_course(title="Hip flexors", author=staff)

    response = client.get(at("version_publish", version.pk))

    assert "Learning objectives are missing." in response.text
    assert f'href="{at("version_outline", version.pk)}"' in response.text
    refused = client.post(at("version_publish", version.pk))
    assert (refused.status_code, "This version can not be published yet" in refused.text) == (409, True)


def test_a_published_version_shows_no_forms_and_refuses_posts(client, staff):
    version = published_course().current_version

    page = client.get(at("version_outline", version.pk))
    refused = client.post(at("version_outline", version.pk), {"title": "Smuggled"})

    assert "Add a section" not in page.text
    assert (refused.status_code, "Start a new draft" in refused.text) == (409, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"choice_2": ""}, "Write at least two answers."),
        ({"right": "4"}, "The answer marked as right is empty."),
        ({"right": ""}, "Mark the right answer."),
        ({"choice_2": "the psoas "}, "Two answers of this question read the same."),
        ({"rewatch_at": "soon"}, "Write the place as minutes and seconds"),
    ],
)
def test_a_question_form_says_what_is_wrong_and_keeps_what_was_written(client, staff, change, words):
    version = complete_draft()
    data = {"text": "What tilts the pelvis?", "choice_1": "The psoas", "choice_2": "The scalp", "right": "1", **change}

    response = client.post(at("question_create", version.pk), data)

    assert (response.status_code, words in response.text, "What tilts the pelvis?" in response.text) == (422, True, True)
    assert version.exam_questions.count() == 3


def test_parts_move_and_are_deleted_after_a_question(client, staff):
    version = complete_draft(lessons=2)
    first, second = version.lessons.all()

    client.post(at("lesson_move", second.pk), {"by": "up"})
    asked = client.get(at("lesson_delete", first.pk))
    client.post(at("lesson_delete", first.pk))

    assert "Delete the lesson “Part 1”?" in asked.text
    assert list(version.lessons.all()) == [second]
    section = version.sections.get()
    refused = client.post(at("section_delete", section.pk))
    assert (refused.status_code, "Move or delete the lessons" in refused.text) == (409, True)


def test_an_instructor_chooses_among_their_own_videos(client):
    instructor = user_with_role("instructor")
    mine, other = ReadyAssetFactory(uploaded_by=instructor), ReadyAssetFactory()
    version = complete_draft(course__instructor=instructor)
    client.force_login(instructor)

    response = client.get(at("lesson_create", version.pk))

    assert list(response.context["form"].fields["asset"].queryset) == [mine]
    refused = client.post(at("lesson_create", version.pk), {"section": version.sections.get().pk, "asset": other.pk})
    assert refused.status_code == 422


def test_credit_page_shows_approvals_and_leads_to_a_new_one(client, staff):
    version = complete_draft()
    AccreditationFactory(activity=version.activity, approved_title="Another title", approval_number="20-77")

    response = client.get(at("version_credit", version.pk))

    assert "20-77" in response.text
    assert "File the change with the board, or use that title." in response.text
    assert f"?activity={version.activity_id}&amp;next=" in response.text


def test_answers_are_shown_from_three_on(client, staff):
    course = published_course()
    for _ in range(2):
        completed(enrolled(course))
    address = at("version_answers", course.current_version_id)
    assert "Too few to show" in client.get(address).text

    completed(enrolled(course))

    response = client.get(address)
    assert "5.0 of 5, 3 answers" in response.text
    assert response.text.count("More on the calf.") == 3


@pytest.mark.parametrize("learners", [1, 3])
def test_roster_costs_the_same_for_any_number(client, staff, django_assert_num_queries, learners):
    course = published_course()
    for _ in range(learners):
        watch(enrolled(course), share=0.4)
    client.get(at("roster", course.pk))

    with django_assert_num_queries(13):
        response = client.get(at("roster", course.pk))

    assert [row.percent for row in response.context["rows"]] == [40] * learners
    assert "Watch “Part 1”: 4:00–10:00 still to see." in response.text


def test_staff_read_the_same_trace_as_the_learner(client, staff):
    attempt = enrolled()
    watch(attempt, share=0.4)
    shown = client.get(at("attempt_detail", attempt.pk)).context["trace"]
    client.force_login(attempt.learner)

    assert client.get(attempt.get_absolute_url()).context["progress"].trace == shown


def test_staff_allow_another_exam_with_a_reason(client, staff):
    attempt = enrolled(published_course(max_exam_attempts=1))

    client.post(at("allow_exam", attempt.pk), {"reason": "The power failed."})

    attempt.refresh_from_db()
    assert attempt.extra_exam_attempts == 1


def test_settings_are_kept_apart_from_versions(client, staff):
    course = published_course(is_free=False)
    instructor = user_with_role("instructor")

    client.post(at("course_detail", course.pk), {"visibility": "unlisted", "is_free": "on", "instructor": instructor.pk})

    course.refresh_from_db()
    assert (course.visibility, course.is_free, course.instructor, course.in_library) == ("unlisted", True, instructor, False)


def test_empty_desk_says_how_to_begin(client, staff):
    assert "Begin with its title." in client.get(at("course_list")).text
    course = published_course()
    assert "Nobody takes this course yet" in client.get(at("roster", course.pk)).text


def test_payments_learn_titles_of_courses(db):
    from payments import subjects

    course = published_course(title="Jaw and neck")
    services.new_draft(course=course, by=UserFactory())

    assert subjects.title_of(course.subject) == "Jaw and neck"
    assert subjects.search("neck")["course"] == [(course.subject, "Jaw and neck")]
    assert subjects.titles_of(["course:999999", "course:x"]) == {"course:999999": "course:999999", "course:x": "course:x"}
