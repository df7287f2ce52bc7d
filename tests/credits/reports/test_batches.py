"""From what is ready to a posted file: each step once, by one officer, frozen."""

import csv
import hashlib
import io
from datetime import date, timedelta
from functools import partial

import pytest
import xlrd
from django.db import transaction

from core.models import AuditEntry
from credits.models import ReportBatch, ReportOmission, ReportRow
from credits.reports.batches import (
    BatchClosed,
    BatchTaken,
    DraftStale,
    NoRoute,
    NothingToReport,
    PostMistake,
    abandon_batch,
    discard_draft,
    download,
    lock_batch,
    make_batch,
    post_batch,
    renew_draft,
)
from credits.reports.corrections import NotReported, leave_out
from credits.reports.queue import waiting
from credits.reports.results import decide_row
from credits.selectors import school_today
from credits.services import revoke_award
from credits.services.gates import NotAnOfficer
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.reports import ReportConsentFactory
from tests.fixtures.at_once import at_once, begin, outcomes

pytestmark = pytest.mark.django_db


def posted(route, officer):
    batch = make_batch(board=route.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    return post_batch(batch=batch, officer=officer)


def test_a_batch_is_exactly_ce_brokers_columns(florida, complete, officer):
    first, second = complete(florida, number="MA00123", days_ago=5), complete(florida, number="0456", days_ago=4)

    batch = make_batch(board=florida.board, officer=officer)

    book = xlrd.open_workbook(file_contents=bytes(batch.content))
    sheet = book.sheet_by_index(0)
    shown = [[cell.value for cell in sheet.row(number)] for number in range(sheet.nrows)]
    days = [float((award.completed_on - date(1899, 12, 30)).days) for award in (first, second)]
    assert shown == [
        [12773.0, 557203.0, "", "", "MA00123", days[0], "State=FL", "Profession=MAS"],
        [12773.0, 557203.0, "", "", "0456", days[1], "State=FL", "Profession=MAS"],
    ]
    assert [sheet.cell(0, column).ctype for column in (0, 4, 5)] == [xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_TEXT, xlrd.XL_CELL_DATE]
    assert batch.sha256 == hashlib.sha256(bytes(batch.content)).hexdigest()
    assert (batch.number, batch.file_name, batch.row_count) == (1, "us_fl_massage-0001.xls", 2)


def test_a_roster_is_a_csv_with_every_column(roster, complete, officer):
    award = complete(roster, number="LA.5")

    batch = make_batch(board=roster.board, officer=officer)

    (row,) = csv.DictReader(io.StringIO(bytes(batch.content).decode()))
    assert (row["line"], row["action"], row["licence_number"], row["units"], row["award"], row["corrects_batch"]) == ("1", "report", "LA.5", "6", award.key, "")


def test_only_what_is_ready_goes_in_and_what_comes_later_is_in_the_next(georgia, complete, officer):
    early, without = complete(georgia), complete(georgia, consent=False)
    first = posted(georgia, officer)
    assert [row.award for row in first.rows.all()] == [early]
    with pytest.raises(NothingToReport):
        make_batch(board=georgia.board, officer=officer)
    ReportConsentFactory(user=without.dossier.user, board=georgia.board)
    later = complete(georgia)

    second = make_batch(board=georgia.board, officer=officer)

    assert (second.number, {row.award for row in second.rows.all()}) == (2, {without, later})


def test_making_again_returns_the_open_batch(florida, complete, officer):
    complete(florida)

    batch = make_batch(board=florida.board, officer=officer)

    assert make_batch(board=florida.board, officer=user_with_role("ce_officer")) == batch
    assert ReportBatch.objects.count() == 1


def test_a_draft_is_made_anew_from_what_is_ready_now(florida, complete, officer):
    gone, _stays = complete(florida), complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    leave_out(award=gone, officer=officer, reason="Entered by hand")
    complete(florida)

    renewed = renew_draft(batch=batch, officer=officer)

    assert renewed.pk == batch.pk
    assert renewed.sha256 != batch.sha256
    assert gone not in {row.award for row in renewed.rows.all()}
    assert renewed.row_count == renewed.rows.count() == 2


def test_a_draft_of_nothing_goes(florida, complete, officer):
    award = complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    leave_out(award=award, officer=officer, reason="Entered by hand")

    assert renew_draft(batch=batch, officer=officer) is None
    assert not ReportBatch.objects.exists()


def test_a_draft_is_thrown_away_and_its_rows_wait_again(florida, complete, officer):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)

    for _ in range(2):
        discard_draft(batch=batch, officer=officer)

    assert not ReportRow.objects.exists()
    assert len(waiting([florida], today=school_today())) == 1


def test_locking_freezes_what_the_officer_saw_and_the_file_is_theirs_to_download(florida, complete, officer):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    with pytest.raises(BatchClosed, match="Lock the batch first"):
        download(batch=batch, actor=officer)

    locked = lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    assert lock_batch(batch=batch, officer=officer, sha256="again").state == "locked"

    assert locked.locked_by == officer
    assert hashlib.sha256(download(batch=ReportBatch.objects.get(), actor=officer)).hexdigest() == batch.sha256
    assert AuditEntry.objects.get(action="credits.download_report").details["sha256"] == batch.sha256
    with pytest.raises(BatchClosed):
        renew_draft(batch=batch, officer=officer)
    with pytest.raises(BatchClosed):
        discard_draft(batch=batch, officer=officer)
    with pytest.raises(BatchTaken, match="hands it over"):
        lock_batch(batch=batch, officer=user_with_role("ce_officer"), sha256=batch.sha256)


def test_another_draft_than_the_one_shown_is_not_locked(florida, complete, officer):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)

    with pytest.raises(DraftStale, match="made anew"):
        lock_batch(batch=batch, officer=officer, sha256="0" * 64)

    assert ReportBatch.objects.get().is_draft


@pytest.mark.parametrize("change", ["consent", "revoked", "settings", "left_out"])
def test_a_row_that_may_not_be_reported_any_more_keeps_the_batch_from_being_locked(georgia, complete, officer, change):
    award = complete(georgia)
    complete(georgia)
    batch = make_batch(board=georgia.board, officer=officer)
    if change == "consent":
        ReportConsentFactory(user=award.dossier.user, board=georgia.board, word="withdrawn")
    elif change == "revoked":
        revoke_award(officer=officer, award=award, reason_class="issued_in_error", reason="A slip")
    elif change == "settings":
        type(georgia).objects.update(profession_code="LMT")
    else:
        leave_out(award=award, officer=officer, reason="Entered by hand")

    with pytest.raises(DraftStale, match=f"{2 if change == 'settings' else 1} of its rows"):
        lock_batch(batch=batch, officer=officer, sha256=batch.sha256)

    assert ReportBatch.objects.get().is_draft
    assert renew_draft(batch=batch, officer=officer).row_count == (2 if change == "settings" else 1)


def test_posting_is_written_down_once(florida, complete, officer):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    with pytest.raises(BatchClosed, match="Only a locked batch"):
        post_batch(batch=batch, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)

    first = post_batch(batch=batch, officer=officer, receipt=" R  17 ")
    again = post_batch(batch=batch, officer=user_with_role("ce_officer"), receipt="other")

    assert (first.receipt, again.receipt, again.posted_by) == ("R 17", "R 17", officer)
    assert waiting([florida], today=school_today()) == []
    with pytest.raises(BatchClosed):
        abandon_batch(batch=batch, officer=officer, reason="Too late")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_day_before_the_lock_or_in_the_future_is_refused(florida, complete, officer, days):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)

    with pytest.raises(PostMistake):
        post_batch(batch=batch, officer=officer, posted_on=school_today() + timedelta(days=days))

    assert ReportBatch.objects.get().is_locked


def test_a_batch_that_was_not_posted_frees_its_rows_and_is_kept(florida, complete, officer):
    award = complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)

    for _ in range(2):
        abandon_batch(batch=batch, officer=officer, reason="The site was down")
    second = make_batch(board=florida.board, officer=officer)

    assert ReportBatch.objects.get(pk=batch.pk).abandon_reason == "The site was down"
    assert (second.number, second.rows.get().award) == (2, award)


def test_what_is_in_a_locked_batch_can_not_be_left_out(florida, complete, officer):
    award = complete(florida)
    batch = make_batch(board=florida.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)

    with pytest.raises(NotReported):
        leave_out(award=award, officer=officer, reason="Entered by hand")


def test_the_same_licence_course_and_day_are_not_reported_for_a_second_award(florida, complete, officer):
    first = complete(florida, number="MA1")
    batch = posted(florida, officer)
    decide_row(row=batch.rows.get(), officer=officer, outcome="accepted")
    revoke_award(officer=officer, award=first, reason_class="issued_in_error", reason="A slip")
    complete(florida, number="MA1")

    (item,) = [item for item in waiting([florida], today=school_today()) if item.action == "report"]

    assert [problem.code for problem in item.problems] == ["reported_before"]


def test_of_two_awards_with_the_same_licence_course_and_day_one_goes_in(florida, complete, officer):
    first, second = complete(florida, number="MA1"), complete(florida, number="MA1")
    complete(florida, number="", days_ago=4)
    complete(florida, number="", days_ago=4)

    found = {item.award: [problem.code for problem in item.problems] for item in waiting([florida], today=school_today())}
    batch = make_batch(board=florida.board, officer=officer)

    assert [row.award for row in batch.rows.all()] == [first]
    assert found[second] == ["same_entry"]
    assert sorted(map(str, found.values())) == ["['licence_missing']", "['licence_missing']", "['same_entry']", "[]"]


def test_a_board_without_settings_and_a_stranger_are_refused(florida, complete, officer):
    complete(florida)

    with pytest.raises(NotAnOfficer):
        make_batch(board=florida.board, officer=UserFactory())
    type(florida).objects.update(is_on=False)
    with pytest.raises(NoRoute, match="Enter it in the settings"):
        make_batch(board=florida.board, officer=officer)

    assert not ReportBatch.objects.exists()


def test_a_large_queue_is_cut_into_files(florida, complete, officer, monkeypatch):
    monkeypatch.setattr("credits.reports.batches.MOST_ROWS", 2)
    for _ in range(3):
        complete(florida)

    assert posted(florida, officer).row_count == 2
    assert posted(florida, officer).row_count == 1


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_make_one_batch_and_one_of_them_locks_it(florida, complete):
    for _ in range(3):
        complete(florida)
    officers = [user_with_role("ce_officer"), user_with_role("ce_officer")]

    made = at_once(*[partial(make_batch, board=florida.board, officer=officer) for officer in officers])
    locks = [partial(lock_batch, batch=batch, officer=officer, sha256=batch.sha256) for batch, officer in zip(made, officers, strict=True)]
    locked = outcomes(*locks, refused=BatchTaken)

    assert made == [ReportBatch.objects.get()] * 2
    assert ReportRow.objects.count() == 3
    assert set(map(type, locked)) == {ReportBatch, BatchTaken}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["make", "lock", "post"])
def test_a_kill_in_the_middle_leaves_nothing_half_done(florida, complete, officer, monkeypatch, step):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer) if step != "make" else None
    if step == "post":
        lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    before = list(ReportBatch.objects.values("state", "sha256"))

    class Killed(BaseException):
        pass

    def die(**_values):
        raise Killed

    acts = {
        "make": lambda: make_batch(board=florida.board, officer=officer),
        "lock": lambda: lock_batch(batch=batch, officer=officer, sha256=batch.sha256),
        "post": lambda: post_batch(batch=batch, officer=officer),
    }
    with monkeypatch.context() as patched:
        patched.setattr("credits.reports.batches.record_audit", die)
        with pytest.raises(Killed):
            acts[step]()

    assert list(ReportBatch.objects.values("state", "sha256")) == before
    assert ReportRow.objects.count() == len(before)
    batch = make_batch(board=florida.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    assert post_batch(batch=batch, officer=officer).is_posted


def test_what_people_typed_in_is_no_formula_to_whoever_opens_the_file(roster, complete, officer):
    award = complete(roster)
    award.holder.legal_name_printed = '=HYPERLINK("https://evil.example";"Zoë")'
    award.holder.save()

    batch = make_batch(board=roster.board, officer=officer)

    [line] = list(csv.DictReader(io.StringIO(bytes(batch.content).decode())))
    assert line["legal_name"] == '\'=HYPERLINK("https://evil.example";"Zoë")'
    assert batch.rows.get().payload["legal_name"] == '=HYPERLINK("https://evil.example";"Zoë")'


@pytest.mark.django_db(transaction=True)
def test_nobody_leaves_out_what_another_locks_at_the_moment(florida, complete, officer):
    """Left out as reported by hand, and in a locked file all the same: it would be reported twice."""
    award = complete(florida)
    batch = make_batch(board=florida.board, officer=officer)

    with transaction.atomic():
        lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
        left_out = begin(lambda: leave_out(award=award, officer=officer, reason="Reported by hand."))

    with pytest.raises(NotReported, match="in a batch that was locked"):
        left_out()
    assert not ReportOmission.objects.exists()
