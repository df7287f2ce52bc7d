"""The learner's pages: one happy path each, refusals a person meets, and what they cost."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses import services
from courses.models import Completion, EvaluationSubmitted, ExamAttempt
from courses.selectors import dashboard_attempts
from credits.services import withdraw_accreditation
from payments.models import AccessGrant
from payments.services import revoke_access
from payments.subjects import kind_of
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import (
    CourseFactory,
    completed,
    enrolled,
    evaluation_answers,
    exam_passed,
    published_course,
    right_answers,
    watch,
    wrong_answers,
)
from tests.factories.credits import AccreditationFactory, BoardFactory
from tests.factories.payments import AccessGrantFactory, MembershipPriceFactory, PriceFactory

pytestmark = pytest.mark.django_db


def page(client, attempt, name, *args):
    client.force_login(attempt.learner)
    return client.get(reverse(f"courses:{name}", args=[attempt.pk, *args]))


def test_catalogue_lists_published_courses_with_hours_per_board(client):
    course = published_course()
    AccreditationFactory(activity=course.current_version.activity, board__name="Florida Board", units="6.00", board__unit_printed="CE hours")
    published_course(course__visibility="unlisted", title="Only by link")
    CourseFactory()

    response = client.get("/courses/")

    assert [row.slug for row in response.context["courses"]] == [course.slug]
    assert "<strong>6 CE hours</strong>" in response.text
    assert "Florida Board" in response.text


def test_catalogue_filters_by_board_topic_hours_and_words(client):
    knee, jaw = published_course(title="Knee", topic="knee"), published_course(title="Jaw", topic="jaw", description="Temporomandibular releases.")
    board = BoardFactory()
    AccreditationFactory(activity=knee.current_version.activity, board=board, units=3)
    AccreditationFactory(activity=jaw.current_version.activity, units=6)

    def found(query):
        return {row.slug for row in client.get(f"/courses/?{query}").context["courses"]}

    assert found(f"board={board.code}") == {knee.slug}
    assert found("topic=jaw") == {jaw.slug}
    assert found("hours=6") == {jaw.slug}
    assert found(f"hours=6&board={board.code}") == set()
    assert found("words=temporomandibular release") == {jaw.slug}
    assert found("words=kne") == {knee.slug}
    assert found("words=nothing") == set()
    assert found("topic=nonsense&hours=x") == {knee.slug, jaw.slug}


@pytest.mark.parametrize("count", [1, 3])
def test_prices_in_the_catalogue_cost_three_queries(client, django_assert_num_queries, count):
    for _ in range(count):
        course = published_course(is_free=False)
        AccreditationFactory(activity=course.current_version.activity)
        PriceFactory(product__subject=course.subject)

    with django_assert_num_queries(7):  # as below, what is in the library, products, prices
        response = client.get("/courses/")

    assert response.text.count("$49.00") == count


def test_the_catalogue_names_the_membership_when_it_lists_what_it_opens(client):
    MembershipPriceFactory()
    published_course()
    assert "the membership" not in client.get("/courses/").text

    published_course(is_free=False)

    assert "the membership</a>, from $19.00 a month" in client.get("/courses/").text


def test_a_course_that_is_sold_says_how_to_buy_it(client):
    course = published_course(is_free=False)
    offer = PriceFactory(product__subject=course.subject)
    membership = MembershipPriceFactory()

    response = client.get(course.get_absolute_url())

    assert f'href="{offer.product.get_absolute_url()}"' in response.text
    assert f'href="{membership.product.get_absolute_url()}"' in response.text
    assert "$19.00 a month" in response.text


def test_who_began_a_course_can_buy_it_again_when_its_time_is_over(client):
    course = published_course(is_free=False)
    PriceFactory(product__subject=course.subject)
    learner = UserFactory()
    grant = AccessGrantFactory(user=learner, subject=course.subject, source="order")
    attempt = enrolled(course, learner)
    type(grant).objects.update(starts_at=timezone.now() - timedelta(days=181), expires_at=timezone.now() - timedelta(days=1))
    client.force_login(learner)

    page = client.get(course.get_absolute_url()).content.decode()

    assert "Your access has ended" in page
    assert "$49.00" in page
    assert attempt.get_absolute_url() in page
    assert "Go on learning" not in page


def test_a_disputed_course_is_not_offered_again(client):
    course = published_course(is_free=False)
    PriceFactory(product__subject=course.subject)
    grant = AccessGrantFactory(subject=course.subject, source="order", suspended_at=timezone.now())
    client.force_login(grant.user)

    page = client.get(course.get_absolute_url()).content.decode()

    assert "Your bank questions the payment" in page
    assert "$49.00" not in page


def test_a_course_that_is_open_to_the_viewer_shows_no_price(client):
    course = published_course(is_free=False)
    PriceFactory(product__subject=course.subject)
    client.force_login(AccessGrantFactory(subject=course.subject).user)

    response = client.get(course.get_absolute_url())

    assert "$49.00" not in response.text
    assert "It is open to you." in response.text


def test_payments_hears_where_a_course_is_and_that_it_was_finished():
    done = completed()

    assert kind_of(done.course.subject).url(done.course.subject) == done.course.get_absolute_url()
    assert "a new certificate will be issued" in kind_of(done.course.subject).notice(done.learner, done.course.subject)
    assert kind_of(done.course.subject).notice(UserFactory(), done.course.subject) == ""
    assert kind_of("course:0").url("course:0") == ""


@pytest.mark.parametrize("count", [1, 3])
def test_catalogue_costs_the_same_for_any_number(client, django_assert_num_queries, count):
    for _ in range(count):
        AccreditationFactory(activity=published_course().current_version.activity)

    with django_assert_num_queries(4):  # boards for the filter, count, courses, hours
        client.get("/courses/")


@pytest.mark.parametrize("lessons", [1, 3])
def test_course_page_costs_the_same_for_any_number_of_lessons(client, django_assert_num_queries, lessons):
    course = published_course(lessons=lessons)
    AccreditationFactory(activity=course.current_version.activity)

    with django_assert_num_queries(6):  # course, sections, lessons, approvals, gaps between them, policy
        client.get(course.get_absolute_url())


def test_lesson_page_costs_the_same_for_any_number_of_lessons(client):
    costs = []
    for lessons in (1, 3):
        attempt = enrolled(published_course(lessons=lessons))
        watch(attempt, share=0.3)
        lesson = attempt.version.lessons.first()
        page(client, attempt, "lesson_detail", lesson.pk)  # the first visit issues the grant
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("courses:lesson_detail", args=[attempt.pk, lesson.pk])).status_code == 200
        costs.append(len(captured))

    assert costs[0] == costs[1] <= 30


@pytest.mark.parametrize("attempts", [1, 3])
def test_dashboard_attempts_cost_the_same_for_any_number(django_assert_num_queries, attempts):
    learner = UserFactory()
    for place in range(attempts):
        course = published_course(lessons=place + 1)
        AccreditationFactory(activity=course.current_version.activity)
        watch(enrolled(course, learner), share=0.2)

    with django_assert_num_queries(9):
        rows = dashboard_attempts(learner)
        assert [row.progress.percent for row in rows] == [20] * attempts
        assert {row.progress.next_step.title for row in rows} == {"Go on with “Part 1”"}


def test_course_page_says_how_to_get_in(client):
    course = published_course(is_free=False)
    client.force_login(UserFactory())

    response = client.get(course.get_absolute_url())

    assert "This course is not open to your account yet." in response.text


def test_enrolling_leads_to_the_attempt(client):
    course, learner = published_course(), UserFactory()
    client.force_login(learner)

    response = client.post(f"/courses/{course.slug}/enroll/", follow=True)

    assert response.context["progress"].next_step.title == "Begin with “Part 1”"


def test_a_refused_enrolment_is_a_page_that_says_what_to_do(client):
    course = published_course(is_free=False)
    client.force_login(UserFactory())

    response = client.post(f"/courses/{course.slug}/enroll/")

    assert (response.status_code, "Its page says how to get it" in response.text) == (409, True)


def test_exam_page_shows_what_is_missing(client):
    attempt = enrolled()
    watch(attempt, share=0.5)

    response = page(client, attempt, "exam")

    assert "The exam is not open yet" in response.text
    assert "Watch “Part 1”: 5:00–10:00 still to see." in response.text


def test_the_name_is_asked_before_the_exam(client):
    attempt = enrolled(learner=UserFactory())
    watch(attempt)

    response = page(client, attempt, "exam")

    assert (response.status_code, response["Location"]) == (
        302,
        f"{reverse('accounts:legal_name_confirm')}?next=%2Fcourses%2Fattempts%2F{attempt.pk}%2Fexam%2F",
    )


def test_the_whole_way_from_affirmation_to_completion(client):
    attempt = enrolled()
    watch(attempt)
    response = page(client, attempt, "exam")
    assert "I affirm that I am Zoë Đặng" in response.text

    client.post(reverse("courses:affirm", args=[attempt.pk]), {"affirmed": "on"})
    response = client.post(reverse("courses:exam", args=[attempt.pk]), follow=True)
    exam = ExamAttempt.objects.get()
    assert [q["question"] for q in response.context["questions"]] == [q["question"] for q in exam.questions]
    response = client.post(exam.get_absolute_url(), _form(wrong_answers(exam)), follow=True)
    assert "0 %, not passed yet" in response.text
    assert "Part 1, from 0:10" in response.text
    assert "The hamstrings" not in response.text

    client.post(reverse("courses:exam", args=[attempt.pk]))
    exam = ExamAttempt.objects.get(number=2)
    response = client.post(exam.get_absolute_url(), _form(right_answers(exam)), follow=True)
    assert "Passed with 100 %" in response.text
    assert "Because 1." in response.text

    response = client.post(reverse("courses:evaluation", args=[attempt.pk]), _form(evaluation_answers(attempt)), follow=True)
    assert response.redirect_chain == [(reverse("courses:completion", args=[attempt.pk]), 302)]
    assert "Your certificate is being made." in response.text
    assert Completion.objects.get().attempt == attempt


def _form(answers):
    return {f"question-{question}": answer for question, answer in answers.items()}


@pytest.mark.parametrize("answer", ["9" * 5000, "-1", "²", "one"])
def test_an_answer_that_no_choice_has_counts_as_none(client, answer):
    attempt = enrolled()
    watch(attempt)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    client.force_login(attempt.learner)

    response = client.post(exam.get_absolute_url(), _form(right_answers(exam) | {exam.questions[0]["question"]: answer}))

    assert response.status_code == 422


def test_an_unanswered_question_is_named_and_the_others_stay_answered(client):
    attempt = enrolled()
    watch(attempt)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    client.force_login(attempt.learner)
    answers = right_answers(exam)
    first = exam.questions[0]["question"]
    kept = answers[exam.questions[1]["question"]]
    del answers[first]

    response = client.post(exam.get_absolute_url(), _form(answers))

    assert (response.status_code, f'href="#question-{first}"' in response.text) == (422, True)
    assert f'value="{kept}" checked' in response.text
    exam.refresh_from_db()
    assert exam.submitted_at is None


def test_an_evaluation_without_an_answer_is_named(client):
    attempt = enrolled()
    exam_passed(attempt)
    client.force_login(attempt.learner)

    response = client.post(reverse("courses:evaluation", args=[attempt.pk]), {})

    assert response.status_code == 422
    assert not EvaluationSubmitted.objects.exists()


def test_completion_page_asks_again_by_itself_while_certificates_are_made(client):
    attempt = completed()

    response = page(client, attempt, "completion")
    fragment = client.get(reverse("courses:completion", args=[attempt.pk]), headers={"HX-Request": "true"})

    assert 'hx-trigger="every 2s"' in response.text
    assert fragment.text.lstrip().startswith('<div id="certificates"')


def test_what_an_approval_kept_open_can_be_finished_when_it_ends(client):
    course = published_course()
    attempt = enrolled(course)
    watch(attempt, share=0.97)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    services.submit_exam(exam=exam, answers=right_answers(exam))
    strict = AccreditationFactory(activity=course.current_version.activity, coverage_required="1.0")
    services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))
    assert not Completion.objects.exists()
    withdraw_accreditation(officer=user_with_role("ce_officer"), accreditation=strict, on=date(2021, 1, 1), reason="Lapsed.")

    shown = page(client, attempt, "attempt_detail")
    client.post(attempt.get_absolute_url())

    assert "Finish the course" in shown.text
    assert Completion.objects.get().attempt == attempt


def test_a_lesson_whose_access_ended_leads_home_where_it_is_explained(client):
    attempt = enrolled()
    revoke_access(grant=AccessGrant.objects.get(), by=user_with_role("staff"), reason="Refunded.")
    client.force_login(attempt.learner)

    response = client.get(reverse("courses:lesson_detail", args=[attempt.pk, attempt.version.lessons.first().pk]), follow=True)

    assert "Your access to this course has ended" in response.text


def test_empty_pages_say_where_to_go(client):
    assert "The first courses are being made" in client.get("/courses/").text
    client.force_login(UserFactory())
    assert "You have not begun a course yet" in client.get("/courses/attempts/").text
