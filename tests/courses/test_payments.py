"""Courses as payments knows them, and what refunds and disputes mean for completions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Course
from courses.subjects import CourseKind
from credits.models import CompletionFlag
from payments.models import OrderLine
from payments.services import grant_access
from payments.signals import dispute_changed, line_refunded
from payments.subjects import LIBRARY, Progress
from tests.factories.accounts import LegalNameFactory, UserFactory
from tests.factories.certificates import CertificateFactory
from tests.factories.courses import completed, enrolled, published_course, watch
from tests.factories.credits import AwardFactory

KIND = CourseKind()


def bought_and_completed(source="order"):
    learner = LegalNameFactory().user
    course = published_course(is_free=False)
    grant_access(user=learner, subject=course.subject if source == "order" else LIBRARY, source=source)
    return completed(enrolled(course, learner))


def dispute(attempt, subject="", **news):
    values = {"is_open": False, "is_lost": False, "reason": "dp_1", "since": None, "until": None} | news
    dispute_changed.send(sender=OrderLine, user=attempt.learner, subject=subject or attempt.course.subject, **values)


def test_a_course_says_where_it_is_and_what_a_second_purchase_means(db):
    attempt = completed()
    subject = attempt.course.subject

    assert KIND.url(subject) == attempt.course.get_absolute_url()
    assert KIND.url("course:404") == ""
    assert KIND.notice(attempt.learner, subject).startswith("You finished this on ")
    assert KIND.notice(UserFactory(), subject) == ""


def test_a_course_is_started_once_something_is_watched(db):
    attempt = enrolled()

    before = KIND.is_started(attempt.learner, attempt.course.subject)
    watch(attempt, share=0.5)

    assert (before, KIND.is_started(attempt.learner, attempt.course.subject)) == (False, True)


@pytest.mark.parametrize("count", [1, 3])
def test_progress_costs_the_same_for_any_number_of_people(db, django_assert_num_queries, count):
    course = published_course()
    attempts = [enrolled(course) for _ in range(count)]
    watch(attempts[0], share=0.5)

    with django_assert_num_queries(8):
        found = KIND.progress([attempt.learner_id for attempt in attempts], course.subject)

    assert len(found) == count
    assert found[attempts[0].learner_id] == Progress("50 % of the video is watched", 50, None)


def test_progress_of_a_completed_course_names_the_day(db):
    attempt = completed()

    found = KIND.progress([attempt.learner_id], attempt.course.subject)[attempt.learner_id]

    assert (found.percent, found.completed_on) == (100, attempt.completion.completed_on)


def test_consequences_name_progress_credit_and_certificates(db):
    attempt = completed()
    award = AwardFactory(dossier=attempt.completion.dossier)
    certificate = CertificateFactory(award=award)

    found = KIND.consequences(attempt.learner, attempt.course.subject)

    assert [item.kind for item in found] == ["progress", "credit", "certificate"]
    assert found[1].text == f"6 hours of credit with {award.board_name} were earned. They stay."
    assert certificate.serial in found[2].text
    assert "It stays, and the CE officer is told." in found[2].text


def test_an_unfinished_course_keeps_its_progress(db):
    attempt = enrolled()
    watch(attempt, share=0.5)

    [item] = KIND.consequences(attempt.learner, attempt.course.subject)

    assert (item.kind, item.is_serious) == ("progress", False)
    assert item.text.startswith("50 % of the video is watched. It is kept")


def test_a_dispute_flags_what_was_completed_with_the_payment_and_winning_it_lifts_the_flag(db):
    attempt = bought_and_completed()

    dispute(attempt, is_open=True)
    opened = CompletionFlag.objects.standing().count()
    dispute(attempt)

    assert (opened, CompletionFlag.objects.standing().count()) == (1, 0)


def test_a_lost_dispute_leaves_the_flag_to_the_officer(db):
    attempt = bought_and_completed()

    dispute(attempt, is_open=True)
    dispute(attempt, is_lost=True)

    assert CompletionFlag.objects.suspending().count() == 1


def test_a_dispute_leaves_alone_what_was_completed_before_the_payment(db):
    attempt = bought_and_completed()

    dispute(attempt, is_open=True, since=timezone.now() + timedelta(minutes=1))

    assert not CompletionFlag.objects.exists()


def test_a_disputed_membership_flags_what_it_alone_opened(db):
    by_membership, bought = bought_and_completed("subscription"), bought_and_completed()
    Course.objects.filter(pk=bought.course_id).update(is_free=False)

    dispute(by_membership, LIBRARY, is_open=True)
    dispute(bought, LIBRARY, is_open=True)

    assert [flag.dossier for flag in CompletionFlag.objects.all()] == [by_membership.completion.dossier]


@pytest.mark.parametrize(("is_full", "closes_access", "flags"), [(True, True, 1), (True, False, 1), (False, True, 1), (False, False, 0)])
def test_a_refund_tells_the_officer_and_suspends_nothing(db, is_full, closes_access, flags):
    attempt = bought_and_completed()

    line_refunded.send(
        sender=OrderLine, user=attempt.learner, subject=attempt.course.subject, reference="order:1", closes_access=closes_access, is_full=is_full, since=None
    )

    assert CompletionFlag.objects.filter(suspends=False).count() == flags
    assert not CompletionFlag.objects.suspending().exists()
