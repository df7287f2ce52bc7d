"""The affirmation and the exam."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core import clock
from courses import services
from courses.errors import AnswerMissing, ExamLocked, ExamPassed, ExamTooSoon, NoExamAttemptsLeft
from courses.models import Affirmation, ExamAttempt
from payments.models import AccessGrant
from payments.services import revoke_access
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import enrolled, exam_passed, published_course, right_answers, watch, wrong_answers

pytestmark = pytest.mark.django_db


def ready_for_exam(**draft):
    attempt = enrolled(published_course(**draft))
    watch(attempt)
    services.affirm(attempt=attempt)
    return attempt


def failed_exam(attempt):
    exam = services.start_exam(attempt=attempt)
    return services.submit_exam(exam=exam, answers=wrong_answers(exam))


def test_start_exam_is_refused_until_enough_is_watched_and_says_what_is_missing():
    attempt = enrolled()
    watch(attempt, share=0.5)

    with pytest.raises(ExamLocked) as refusal:
        services.start_exam(attempt=attempt)

    assert "Watch “Part 1”: 5:00–10:00 still to see." in refusal.value.message
    assert "Watch “Part 2”: 5:00–10:00 still to see." in refusal.value.message
    assert not ExamAttempt.objects.exists()


def test_start_exam_is_refused_without_the_affirmation():
    attempt = enrolled()
    watch(attempt)

    with pytest.raises(ExamLocked):
        services.start_exam(attempt=attempt)

    assert not ExamAttempt.objects.exists()


def test_affirm_freezes_the_words_and_is_given_once():
    attempt = enrolled()
    watch(attempt)

    affirmation = services.affirm(attempt=attempt)

    assert services.affirm(attempt=attempt) == affirmation
    assert affirmation.wording.startswith("I affirm that I am Zoë Đặng, that I watched the lessons of “SMRT for the knee, home study")
    with pytest.raises(IntegrityError), transaction.atomic():
        Affirmation.objects.update(wording="Something else")


def test_start_exam_resumes_the_unfinished_one_with_the_same_questions():
    attempt = ready_for_exam(questions=8)

    exam = services.start_exam(attempt=attempt)

    assert services.start_exam(attempt=attempt) == exam
    assert (exam.number, len(exam.questions), exam.pass_mark) == (1, 3, 70)
    assert len({question["question"] for question in exam.questions}) == 3


def test_draw_questions_draws_and_shuffles():
    version = published_course(questions=8).current_version
    draws = [services.exams.draw_questions(version) for _ in range(30)]

    assert len({tuple(question["question"] for question in draw) for draw in draws}) > 5
    assert len({tuple(choice["text"] for choice in draw[0]["choices"]) for draw in draws}) > 2
    assert {sum(choice["is_right"] for choice in question["choices"]) for draw in draws for question in draw} == {1}


def test_submit_exam_judges_and_a_repeat_returns_the_same_result():
    attempt = ready_for_exam()
    exam = services.start_exam(attempt=attempt)

    result = services.submit_exam(exam=exam, answers=right_answers(exam))

    assert (result.score, result.passed) == (100, True)
    again = services.submit_exam(exam=exam, answers=wrong_answers(exam))
    assert (again.score, again.passed, again.submitted_at) == (100, True, result.submitted_at)


def test_submit_exam_names_the_question_without_an_answer_and_keeps_nothing():
    exam = services.start_exam(attempt=ready_for_exam())
    answers = right_answers(exam)
    second = exam.questions[1]
    answers[second["question"]] = 0

    with pytest.raises(AnswerMissing) as refusal:
        services.submit_exam(exam=exam, answers=answers)

    assert refusal.value.question == second["question"]
    assert "Question 2 has no answer yet" in refusal.value.message
    exam.refresh_from_db()
    assert (exam.answers, exam.submitted_at) == ({}, None)


def test_submit_exam_names_every_question_without_an_answer():
    exam = services.start_exam(attempt=ready_for_exam())

    with pytest.raises(AnswerMissing, match=r"no answer yet: 1, 2, 3\. ") as refusal:
        services.submit_exam(exam=exam, answers={})

    assert refusal.value.questions == [question["question"] for question in exam.questions]


@pytest.mark.parametrize(("right", "score", "passed"), [(2, 66, False), (3, 100, True)])
def test_score_is_rounded_down_and_judged_exactly(right, score, passed):
    exam = services.start_exam(attempt=ready_for_exam(pass_mark=67))
    answers = {**wrong_answers(exam), **dict(list(right_answers(exam).items())[:right])}

    result = services.submit_exam(exam=exam, answers=answers)

    assert (result.score, result.passed) == (score, passed)


def test_places_to_rewatch_name_lessons_and_never_answers():
    exam = failed_exam(ready_for_exam())

    places = services.places_to_rewatch(exam)

    lesson = exam.attempt.version.lessons.first()
    assert places == [{"lesson": lesson.pk, "title": "Part 1", "at_ms": n * 10_000, "time": f"0:{n}0"} for n in (1, 2, 3)]


def test_start_exam_counts_attempts_and_staff_may_allow_another():
    attempt = ready_for_exam(max_exam_attempts=2)
    failed_exam(attempt)
    failed_exam(attempt)

    with pytest.raises(NoExamAttemptsLeft, match="You have used all 2 attempts"):
        services.start_exam(attempt=attempt)

    services.allow_another_exam(attempt=attempt, by=user_with_role("staff"), reason="The power failed.")
    assert services.start_exam(attempt=attempt).number == 3


def test_start_exam_waits_after_a_fail(monkeypatch):
    attempt = ready_for_exam(exam_wait_minutes=60)
    failed_exam(attempt)

    with pytest.raises(ExamTooSoon, match="in 60 minutes"):
        services.start_exam(attempt=attempt)

    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr("core.clock.now", lambda: later)
    assert services.start_exam(attempt=attempt).number == 2


def test_a_passed_exam_is_not_taken_again():
    attempt = enrolled()
    exam_passed(attempt)

    with pytest.raises(ExamPassed):
        services.start_exam(attempt=attempt)


def test_exam_is_closed_with_access():
    attempt = ready_for_exam()
    exam = services.start_exam(attempt=attempt)
    revoke_access(grant=AccessGrant.objects.get(), by=user_with_role("staff"), reason="Refunded.")

    with pytest.raises(Exception, match="Your access to this course has ended"):
        services.submit_exam(exam=exam, answers=right_answers(exam))

    exam.refresh_from_db()
    assert exam.submitted_at is None


def test_the_pass_mark_is_the_strictest_approvals():
    from tests.factories.credits import AccreditationFactory

    course = published_course(pass_mark=70)
    AccreditationFactory(activity=course.current_version.activity, passing_score=85)
    attempt = enrolled(course, UserFactory())
    watch(attempt)
    services.affirm(attempt=attempt)

    assert services.start_exam(attempt=attempt).pass_mark == 85


def test_database_keeps_an_exam_as_shown():
    exam = services.start_exam(attempt=ready_for_exam())

    with pytest.raises(IntegrityError), transaction.atomic():
        ExamAttempt.objects.update(questions=[])
    services.submit_exam(exam=exam, answers=right_answers(exam))
    with pytest.raises(IntegrityError), transaction.atomic():
        ExamAttempt.objects.update(score=0)
