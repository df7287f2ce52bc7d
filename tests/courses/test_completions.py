"""Completing an attempt: once, in one transaction with the dossier, whoever comes first."""

from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from courses import services
from courses.errors import AnswerMissing, EvaluationLocked
from courses.models import Attempt, Completion, EvaluationResponse, EvaluationSubmitted, ExamAttempt
from credits.models import Dossier
from credits.selectors import activity_facts
from payments.models import AccessGrant
from streaming.signals import evidence_grew
from tests.factories.accounts import LegalNameFactory, UserFactory
from tests.factories.courses import completed, enrolled, evaluation_answers, exam_passed, published_course, right_answers, watch
from tests.factories.credits import AccreditationFactory
from tests.fixtures.at_once import at_once


def test_evaluation_completes_the_attempt_and_hands_over_the_dossier(db):
    attempt = enrolled()
    exam_passed(attempt)
    assert not Completion.objects.exists()

    services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))

    attempt.refresh_from_db()
    completion = Completion.objects.get()
    assert (attempt.state, completion.attempt, completion.trace["met"]) == ("completed", attempt, True)
    dossier = completion.dossier
    assert (dossier.key, dossier.user, dossier.activity) == (f"course-attempt:{attempt.pk}", attempt.learner, attempt.version.activity)
    assert dossier.trace == completion.trace
    facts = dossier.facts
    assert (facts["version"], facts["exam"]["score"], facts["evaluation_submitted"]) == (1, 100, True)
    assert [lesson["fraction"] for lesson in facts["lessons"]] == [1.0, 1.0]
    assert facts["affirmation"]["wording"].startswith("I affirm that I am Zoë Đặng")
    assert facts["instructor"] == {"name": "Ana Ruiz", "credentials": "LMT, NCBTMB approved provider", "biography": ""}
    assert [row["lesson"] for row in facts["outline"]] == ["Part 1", "Part 2"]
    assert facts["offered"]["title"] == attempt.version.title
    assert (facts["learner"]["legal_name"], facts["policies"]) == (attempt.learner.legal_name.printed, "Write within 14 days for a refund.")
    assert facts["activity"] == activity_facts(attempt.version.activity)


def test_complete_attempt_run_twice_decides_once(db):
    attempt = completed()

    first = Completion.objects.get()

    assert services.complete_attempt(attempt=attempt) == first
    assert Dossier.objects.count() == 1


@pytest.mark.parametrize(("zone", "day"), [("America/Los_Angeles", date(2030, 3, 1)), ("Pacific/Auckland", date(2030, 3, 2))])
def test_completion_date_is_the_learners(db, monkeypatch, zone, day):
    learner = LegalNameFactory(user__time_zone=zone).user
    attempt = enrolled(learner=learner)
    exam_passed(attempt)
    monkeypatch.setattr("courses.services.completions.clock.now", lambda: datetime(2030, 3, 2, 5, 0, tzinfo=UTC))

    services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))

    completion = Completion.objects.get()
    assert (completion.completed_on, completion.zone, completion.dossier.completed_on) == (day, zone, day)


def test_a_dossier_that_fails_undoes_the_step_that_led_to_it(db, monkeypatch):
    attempt = enrolled()
    exam_passed(attempt)

    def fail(**kwargs):
        raise RuntimeError("The ledger is closed.")

    monkeypatch.setattr("courses.services.completions.record_completion", fail)
    with pytest.raises(RuntimeError):
        services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))

    attempt.refresh_from_db()
    assert (attempt.state, EvaluationSubmitted.objects.count(), EvaluationResponse.objects.count()) == ("open", 0, 0)


def test_evidence_that_comes_last_completes(db):
    course = published_course()
    attempt = enrolled(course)
    watch(attempt, share=0.96)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    services.submit_exam(exam=exam, answers=right_answers(exam))
    AccreditationFactory(activity=course.current_version.activity, coverage_required="1.0")  # asks for more than was watched
    services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))
    assert not Completion.objects.exists()
    watch(attempt)
    lesson = attempt.version.lessons.first()

    evidence_grew.send(sender=None, subject=attempt.lesson_subject(lesson), asset_id=lesson.asset_id, covered_ms=600_000, duration_ms=600_000)

    assert Completion.objects.get().attempt == attempt


def test_evidence_of_other_subjects_costs_no_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        evidence_grew.send(sender=None, subject="preview:1:1", asset_id=1, covered_ms=1, duration_ms=1)


def test_evidence_of_an_attempt_without_an_exam_costs_one_query(db, django_assert_num_queries):
    attempt = enrolled()

    with django_assert_num_queries(1):
        evidence_grew.send(sender=None, subject=f"attempt:{attempt.pk}:lesson:1", asset_id=1, covered_ms=1, duration_ms=1)


def test_submit_evaluation_waits_for_the_exam_and_names_what_is_missing(db):
    attempt = enrolled()
    with pytest.raises(EvaluationLocked):
        services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))
    exam_passed(attempt)
    answers = evaluation_answers(attempt)
    first = attempt.version.evaluation_questions.first()
    answers[first.pk] = "7"

    with pytest.raises(AnswerMissing) as refusal:
        services.submit_evaluation(attempt=attempt, answers=answers)

    assert refusal.value.question == first.pk
    assert not EvaluationResponse.objects.exists()


def test_evaluation_answers_do_not_lead_to_the_learner(db):
    attempt = completed()

    response = EvaluationResponse.objects.get()

    assert {field.name for field in EvaluationResponse._meta.get_fields()} == {"id", "version", "answers"}
    assert {field.name for field in EvaluationSubmitted._meta.get_fields()} == {"id", "attempt"}
    assert set(response.answers.values()) == {5, True, "More on the calf."}
    services.submit_evaluation(attempt=attempt, answers=evaluation_answers(attempt))
    assert EvaluationResponse.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_database_keeps_the_record():
    completed()

    for model, change in [(Completion, {"zone": "UTC"}), (EvaluationResponse, {"answers": {}}), (EvaluationSubmitted, {"attempt": 1})]:
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**change)


@pytest.mark.django_db(transaction=True)
def test_enrolling_twice_at_once_gives_one_attempt():
    course, learner = published_course(), UserFactory()

    results = at_once(*[lambda: services.enroll_learner(course=course, learner=learner)] * 2)

    assert results[0] == results[1] == Attempt.objects.get()
    assert AccessGrant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_starting_the_exam_twice_at_once_gives_one_exam():
    attempt = enrolled()
    watch(attempt)
    services.affirm(attempt=attempt)

    results = at_once(*[lambda: services.start_exam(attempt=attempt)] * 2)

    assert results[0] == results[1] == ExamAttempt.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_double_submit_is_judged_once():
    attempt = enrolled()
    watch(attempt)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    answers = right_answers(exam)

    one, two = at_once(*[partial(services.submit_exam, exam=row, answers=answers) for row in (exam, ExamAttempt.objects.get())])

    assert (one.submitted_at, one.score) == (two.submitted_at, two.score)


@pytest.mark.django_db(transaction=True)
def test_two_completions_at_once_are_one():
    attempt = enrolled()
    exam_passed(attempt)
    answers = evaluation_answers(attempt)

    results = at_once(*[lambda: services.submit_evaluation(attempt=attempt, answers=answers)] * 2)
    again = at_once(*[lambda: services.complete_attempt(attempt=attempt)] * 2)

    assert results[0] == results[1] == EvaluationSubmitted.objects.get()
    assert again[0] == again[1] == Completion.objects.get()
    assert (Dossier.objects.count(), EvaluationResponse.objects.count()) == (1, 1)
