"""The clock: what is due becomes a task and a mail, once, and is settled by itself."""

from datetime import timedelta

import pytest

from core import jobs
from core.models import Job
from credits.models import OfficerTask
from credits.reports.batches import lock_batch, make_batch, post_batch
from credits.reports.corrections import leave_out
from credits.reports.results import decide_row
from credits.reports.review import review_reports
from credits.selectors import school_today
from credits.services import revoke_award, settle_task_by_hand
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role

pytestmark = pytest.mark.django_db


def due_tasks():
    tasks = OfficerTask.objects.filter(kind="report_due").order_by("due_on", "pk")
    return [(task.title, task.due_on, task.is_open) for task in tasks]


def test_what_is_due_is_one_task_a_day_of_a_board(georgia, complete, officer):
    complete(georgia, days_ago=5)
    complete(georgia, days_ago=5, number="")
    complete(georgia, days_ago=1)

    for _ in range(2):
        review_reports()

    today, name = school_today(), "Georgia Board of Massage Therapy"
    assert due_tasks() == [
        (f"Report 2 completions to {name}", today + timedelta(days=2), True),
        (f"Report 1 completion to {name}", today + timedelta(days=6), True),
    ]
    task = OfficerTask.objects.earliest("due_on")
    assert "1 of them is not ready" in task.detail
    assert task.address == "/desk/credits/post-room/us_ga_massage/"


def test_a_task_is_settled_when_everything_is_with_the_regulator_and_opens_anew_for_more(georgia, complete, officer):
    complete(georgia, days_ago=5)
    review_reports()
    batch = make_batch(board=georgia.board, officer=officer)
    review_reports()
    assert due_tasks()[0][2], "a draft is with nobody"
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    post_batch(batch=batch, officer=officer)
    review_reports()
    assert not due_tasks()[0][2]
    complete(georgia, days_ago=5)

    review_reports()

    assert [is_open for _title, _day, is_open in due_tasks()] == [False, True]


def test_a_task_settled_by_hand_stays_settled(georgia, complete, officer):
    complete(georgia, days_ago=5)
    review_reports()

    settle_task_by_hand(task=OfficerTask.objects.get(), officer=officer, note="Entered by hand at CE Broker")
    review_reports()

    assert [is_open for _title, _day, is_open in due_tasks()] == [False]


def test_what_lies_far_ahead_is_no_task_yet(florida, complete):
    florida.own_days = 30
    florida.save()
    complete(florida, days_ago=1)

    review_reports()

    assert due_tasks() == []


def test_the_schools_own_aim_is_called_that(florida, complete):
    florida.own_days = 7
    florida.save()
    complete(florida, days_ago=3)

    review_reports()

    assert "the school's own aim" in OfficerTask.objects.get().detail


def test_officers_get_one_mail_a_day_while_something_presses(georgia, complete, officer):
    other, _staff = user_with_role("ce_officer"), user_with_role("staff")
    complete(georgia, days_ago=9)
    complete(georgia, days_ago=1)

    for _ in range(2):
        review_reports()

    mails = MailMessage.objects.filter(template="credits/mail/reports_due")
    assert {mail.recipient for mail in mails} == {officer, other}
    assert mails[0].subject == "1 completion should have been reported"
    assert "1, should have been reported by" in mails[0].body_text
    assert "/desk/credits/post-room/" in mails[0].body_text
    review_reports(today=school_today() + timedelta(days=1))
    assert mails.all().count() == 4


def test_nobody_is_written_to_while_nothing_presses(georgia, complete, officer):
    complete(georgia, days_ago=1)

    review_reports()

    assert not MailMessage.objects.filter(template="credits/mail/reports_due").exists()


def test_learners_without_consent_are_asked_once(georgia, complete, officer):
    award = complete(georgia, consent=False, days_ago=1)

    for _ in range(2):
        review_reports()

    mail = MailMessage.objects.get(template="credits/mail/consent_asked")
    assert mail.recipient == award.dossier.user


def test_a_refusal_is_settled_when_its_award_counts_no_more(florida, complete, officer):
    award = complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    post_batch(batch=batch, officer=officer)
    decide_row(row=batch.rows.get(), officer=officer, outcome="refused", reason="Unknown number")
    revoke_award(officer=officer, award=award, reason_class="issued_in_error", reason="A slip")

    review_reports()

    assert not OfficerTask.objects.get(kind="report_rejected").is_open


def test_what_is_left_out_is_not_due(georgia, complete, officer):
    award = complete(georgia, days_ago=5)
    review_reports()
    leave_out(award=award, officer=officer, reason="Entered by hand")

    review_reports()

    assert [is_open for _title, _day, is_open in due_tasks()] == [False]


def test_the_job_runs_every_hour_and_after_a_revocation(georgia, complete, officer):
    award = complete(georgia)
    revoke_award(officer=officer, award=award, reason_class="issued_in_error", reason="A slip")

    assert Job.objects.filter(kind="credits.review_reports", key=f"reports:award:{award.pk}:ended").exists()
    assert jobs._periods["credits.review_reports"] == timedelta(hours=1)
    jobs._kinds["credits.review_reports"].function(None)


def test_nothing_set_up_means_nothing_to_do(db):
    review_reports()

    assert not OfficerTask.objects.exists()
