"""The post room's pages, as an officer walks through them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import AuditEntry
from credits.models import ReportBatch, ReportCourse, ReportOmission, ReportRoute
from credits.reports.batches import lock_batch, make_batch, post_batch
from credits.selectors import school_today
from credits.services import correct_award
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.credits import BoardFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def batch(florida, complete, officer):
    complete(florida, number="MA1", days_ago=5)
    complete(florida, number="MA2", days_ago=4)
    return make_batch(board=florida.board, officer=officer)


@pytest.fixture
def posted(batch, officer):
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    return post_batch(batch=batch, officer=officer)


def url(name, *args):
    return reverse(f"credits_desk:{name}", args=args)


def text(response):
    return response.content.decode()


def test_the_first_page_says_what_waits_for_each_board(browser, florida, georgia, complete):
    BoardFactory(code="us_sc_massage", name="South Carolina Board")
    complete(georgia, days_ago=9)
    complete(georgia, consent=False)
    complete(florida)

    page = text(browser.get(url("report_list")))

    assert "1 completion should have been reported already." in page
    assert page.count("1 ready") == 2
    assert "1 not ready" in page
    assert "within 7 days" in page
    assert "not verified" in page
    assert "Whether the school must report is not established." in page
    assert "None yet. Open a board above" in page


def test_the_first_page_costs_the_same_for_one_and_for_three(browser, georgia, florida, complete, posted, officer, django_assert_max_num_queries):
    complete(georgia, consent=False)
    complete(florida)
    browser.get(url("report_list"))
    with django_assert_max_num_queries(20) as first:
        browser.get(url("report_list"))
    for _ in range(2):
        complete(georgia, consent=False)
        complete(florida)
        made = make_batch(board=florida.board, officer=officer)
        lock_batch(batch=made, officer=officer, sha256=made.sha256)
        post_batch(batch=made, officer=officer)
    with django_assert_max_num_queries(20) as second:
        assert "us_fl_massage-0003.xls" in text(browser.get(url("report_list")))

    assert len(first) == len(second)


def test_a_board_is_set_up_from_what_its_text_says(browser, officer):
    board = BoardFactory(code="us_ga_massage", name="Georgia Board of Massage Therapy", jurisdiction="US-GA")
    assert "Not set up yet" in text(browser.get(url("report_board", "us_ga_massage")))
    form = browser.get(url("report_route", "us_ga_massage")).context["form"]
    assert (form["system"].value(), form["layout"].value(), form["state"].value()) == ("ce_broker", "ce_broker_xls", "GA")

    values = {"is_on": "on", "system": "ce_broker", "layout": "ce_broker_xls", "report_from": "2026-01-01", "state": "ga", "provider_number": "50-12773"}
    answer = browser.post(url("report_route", "us_ga_massage"), values)

    assert answer["Location"] == url("report_board", "us_ga_massage")
    route = ReportRoute.objects.get()
    assert (route.board, route.provider_number, route.state, route.is_on, route.own_days) == (board, "12773", "GA", True, None)
    assert AuditEntry.objects.filter(action="credits.save_report_route", actor=officer).exists()
    assert "Nothing waits here" in text(browser.get(url("report_board", "us_ga_massage")))


@pytest.mark.parametrize(
    ("name", "value", "mistake"),
    [
        ("provider_number", "50-ABC", "digits after"),
        ("state", "G1", "two letters"),
        ("licence_mask", "LM(##", "Write the form"),
        ("licence_mask", "*1*1*1*", "at most three places"),
        ("report_from", "", "required"),
        ("system", "fax", "valid choice"),
        ("own_days", "0", "greater than or equal to 1"),
    ],
)
def test_settings_that_can_not_be_are_refused(browser, florida, name, value, mistake):
    values = {"is_on": "on", "system": "ce_broker", "layout": "ce_broker_xls", "report_from": "2026-01-01", "provider_number": "1", name: value}

    answer = browser.post(url("report_route", "us_fl_massage"), values)

    assert answer.status_code == 422
    assert mistake in text(answer)
    assert ReportRoute.objects.values().get() == ReportRoute.objects.filter(provider_number="12773").values().get()


def test_a_board_whose_text_says_nothing_has_no_page(browser):
    BoardFactory(code="us_tx_massage")

    for name in ("report_board", "report_route", "report_courses"):
        assert browser.get(url(name, "us_tx_massage")).status_code == 404


def test_course_numbers_are_entered_and_taken_out(browser, florida, complete):
    award = complete(florida, course=False)
    address = url("report_course", "us_fl_massage", award.accreditation.pk)
    assert "The course number of “SMRT for the knee” is not entered." in text(browser.get(url("report_board", "us_fl_massage")))
    assert "not entered" in text(browser.get(url("report_courses", "us_fl_massage")))

    refused = browser.post(address, {"course_number": "20-55x"})
    assert (refused.status_code, ReportCourse.objects.count()) == (422, 0)
    assert browser.post(address, {"publishing_number": "7"}).status_code == 422
    assert browser.post(address, {"course_number": "20-557203"})["Location"] == url("report_courses", "us_fl_massage")
    assert "557203" in text(browser.get(url("report_courses", "us_fl_massage")))
    assert "557203" in text(browser.get(address))
    browser.post(address, {})

    assert not ReportCourse.objects.exists()


def test_the_queue_is_shown_by_state(browser, georgia, complete):
    complete(georgia, days_ago=9, number="MT1")
    complete(georgia, consent=False, number="MT2")

    shown = {state: text(browser.get(url("report_board", "us_ga_massage"), {"state": state})) for state in ("all", "ready", "blocked", "overdue", "odd")}

    found = {state: (">MT1<" in page, ">MT2<" in page) for state, page in shown.items()}
    assert found == {"all": (True, True), "ready": (True, False), "blocked": (False, True), "overdue": (True, False), "odd": (True, True)}
    assert "Ask by mail" in shown["blocked"]


def test_an_empty_tab_does_not_say_that_all_is_reported(browser, georgia, complete):
    complete(georgia, consent=False, number="MT2")

    assert "is with the regulator" not in text(browser.get(url("report_board", "us_ga_massage"), {"state": "ready"}))


def test_the_learner_is_asked_again_from_the_queue(browser, georgia, complete):
    award = complete(georgia, consent=False)

    answer = browser.post(url("report_ask", award.pk), follow=True)
    assert "gets a mail" in text(answer)
    assert MailMessage.objects.get(template="credits/mail/consent_asked").recipient == award.dossier.user
    assert "There is nothing to ask" in text(browser.post(url("report_ask", complete(georgia).pk), follow=True))


def test_an_award_is_left_out_and_taken_in_again(browser, florida, complete):
    award = complete(florida)

    assert browser.post(url("report_leave_out", award.pk), {"reason": " "}).status_code == 422
    assert not ReportOmission.objects.exists()
    page = browser.post(url("report_leave_out", award.pk), {"reason": "Entered by hand"}, follow=True)
    assert "Entered by hand" in text(page)
    browser.post(url("report_take_in", ReportOmission.objects.get().pk))

    assert ReportOmission.objects.get().lifted_at


def test_from_the_queue_to_the_regulators_answer(browser, florida, complete, officer):
    complete(florida, number="MA1")
    complete(florida, number="MA2")

    page = browser.post(url("report_make", "us_fl_massage"), follow=True)
    batch = ReportBatch.objects.get()
    assert "Lock it for posting" in text(page)
    assert browser.get(url("report_file", batch.pk))["Location"] == batch.get_absolute_url()
    page = browser.post(url("report_lock", batch.pk), {"sha256": batch.sha256}, follow=True)
    assert "It was posted" in text(page)
    file = browser.get(url("report_file", batch.pk))
    assert (file.content, file["Content-Type"]) == (bytes(batch.content), "application/vnd.ms-excel")
    assert 'filename="us_fl_massage-0001.xls"' in file["Content-Disposition"]
    page = browser.post(url("report_post", batch.pk), {"post-receipt": "R17"}, follow=True)
    assert "R17" in text(page)
    form = browser.get(url("report_template", batch.pk))
    assert form.content.decode().splitlines()[0] == "line,licence_number,completed_on,result,code,reason"
    answers = SimpleUploadedFile("answers.csv", b"line,result,reason\n1,accepted,\n2,refused,Unknown number\n")
    page = browser.post(url("report_results", batch.pk), {"results-file": answers}, follow=True)

    assert "Read: 1 accepted, 1 refused." in text(page)
    assert "Unknown number" in text(browser.get(batch.get_absolute_url(), {"outcome": "refused"}))
    assert ">MA1<" not in text(browser.get(batch.get_absolute_url(), {"outcome": "refused"}))
    assert AuditEntry.objects.filter(action="credits.download_report", actor=officer).count() == 1


def test_mistakes_in_the_answers_are_listed_and_nothing_is_read(browser, posted):
    answers = SimpleUploadedFile("answers.csv", b"line,result\n1,maybe\n9,accepted\n")

    page = browser.post(url("report_results", posted.pk), {"results-file": answers})

    assert page.status_code == 422
    assert "Line 2: “maybe” is no result" in text(page)
    assert "Line 3: the batch has no line 9" in text(page)
    assert browser.post(url("report_results", posted.pk)).status_code == 422
    assert not posted.results.exists()


def test_a_draft_is_made_anew_and_thrown_away(browser, batch, florida, complete):
    complete(florida)
    assert "made anew" in text(browser.post(url("report_renew", batch.pk), follow=True))
    assert ReportBatch.objects.get().row_count == 3
    page = browser.post(url("report_lock", batch.pk), {"sha256": batch.sha256}, follow=True)
    assert "The draft was made anew since you opened the page." in text(page)

    page = browser.post(url("report_discard", batch.pk), follow=True)

    assert "its rows wait again" in text(page)
    assert not ReportBatch.objects.exists()


def test_a_locked_batch_that_was_not_posted_is_given_up(browser, batch, officer):
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)

    assert browser.post(url("report_abandon", batch.pk), {"abandon-reason": ""}).status_code == 422
    early = {"post-posted_on": (school_today() - timedelta(days=1)).isoformat()}
    assert browser.post(url("report_post", batch.pk), early).status_code == 422
    page = browser.post(url("report_abandon", batch.pk), {"abandon-reason": "The site was down"}, follow=True)

    assert "given up" in text(page)
    assert "The site was down" in text(browser.get(batch.get_absolute_url()))


def test_everything_that_was_open_is_accepted(browser, posted):
    browser.post(url("report_accept_rest", posted.pk))

    assert set(posted.rows.values_list("outcome", flat=True)) == {"accepted"}


def test_one_row_is_decided_sent_again_mended_and_taken_out(browser, posted, officer):
    first, second = posted.rows.order_by("position")
    address = url("report_row", second.pk)
    assert "MA2" in text(browser.get(address))

    assert browser.post(address, {"act": "decide", "decide-outcome": "refused"}).status_code == 422
    browser.post(address, {"act": "decide", "decide-outcome": "refused", "decide-reason": "Unknown number"})
    assert "Send it again as it is" in text(browser.get(address))
    browser.post(address, {"act": "again", "again-reason": "The state has it now"})
    assert "Sent again as it is" in text(browser.get(address))
    correct_award(officer=officer, award=first.award, reason="A slip", changes={"licence_number": "MA9"})
    address = url("report_row", first.pk)
    assert "licence number: MA1, now MA9" in text(browser.get(address))
    assert "To mend at the regulator" in text(browser.get(url("report_board", "us_fl_massage")))
    browser.post(address, {"act": "agree", "agree-note": "Case 5"})
    assert "entry agrees" in text(browser.get(address))
    assert browser.post(address, {"act": "remove"}).status_code == 422
    browser.post(address, {"act": "remove", "remove-note": "Case 6"})
    browser.post(address, {"act": "dance"})

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.outcome, first.reason, second.outcome) == ("void", "Case 6", "refused")


def test_a_row_page_works_after_the_settings_were_switched_off(browser, posted, florida):
    florida.is_on = False
    florida.save()

    assert browser.get(url("report_row", posted.rows.first().pk)).status_code == 200
    assert "Switched off" in text(browser.get(url("report_board", "us_fl_massage")))


def test_staff_read_and_change_nothing(client, posted):
    client.force_login(user_with_role("staff"))
    row = posted.rows.first()

    for address in (url("report_list"), url("report_board", "us_fl_massage"), posted.get_absolute_url(), url("report_row", row.pk)):
        page = client.get(address)
        assert page.status_code == 200
        assert '<form method="post"' not in text(page).split("<main")[1]
    assert client.post(url("report_row", row.pk), {"act": "decide", "decide-outcome": "accepted"}).status_code == 403
    row.refresh_from_db()
    assert row.outcome == "waiting"


def test_the_rows_of_a_batch_cost_the_same_for_one_and_for_three(browser, florida, complete, officer, django_assert_max_num_queries):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    browser.get(batch.get_absolute_url())
    with django_assert_max_num_queries(20) as first:
        browser.get(batch.get_absolute_url())
    for _ in range(2):
        complete(florida)
    browser.post(url("report_renew", batch.pk))
    with django_assert_max_num_queries(20) as second:
        browser.get(batch.get_absolute_url())

    assert len(first) == len(second)
