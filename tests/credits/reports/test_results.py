"""The regulator's answers, and what must be mended after posting."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from credits.models import OfficerTask, ReportBatch, ReportResult, ReportRow
from credits.reports.batches import lock_batch, make_batch, post_batch
from credits.reports.corrections import NotReported, leave_out, note_agreement, note_removal
from credits.reports.queue import divergences, waiting
from credits.reports.results import MOST_BYTES, NotPosted, ResultMistakes, RowMistake, accept_rest, decide_row, read_results, send_again, template_of
from credits.reports.review import review_reports
from credits.selectors import school_today
from credits.services import correct_award, revoke_award, settle_task_by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(officer):
    """`post(route)`: a batch of everything that is ready, posted."""

    def make(route):
        batch = make_batch(board=route.board, officer=officer)
        lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
        return post_batch(batch=batch, officer=officer)

    return make


@pytest.fixture
def two(florida, complete, post):
    complete(florida, number="MA1", days_ago=5)
    complete(florida, number="MA2", days_ago=4)
    return post(florida)


def read(batch, officer, text):
    return read_results(batch=batch, officer=officer, file_name="answers.csv", content=text.encode())


def outcomes(batch):
    return list(batch.rows.values_list("outcome", flat=True))


@pytest.mark.parametrize(
    "text",
    [
        "line,result,code,reason\n1,accepted,,\n2,refused,E17,Unknown number\n",
        "\ufeffLicense Number;Status;Error Code;Message\nma1;OK;;\nMA 2;Rejected;E17;Unknown number\n",
        "row\tlicence\toutcome\tcode\treason\n1\tMA1\tposted\t\t\n2\tMA2\tfailed\tE17\tUnknown number\n\n",
    ],
)
def test_answers_are_read_row_by_row_in_the_forms_people_have(two, officer, text):
    result = read(two, officer, text)

    assert (result.accepted, result.refused) == (1, 1)
    assert outcomes(two) == ["accepted", "refused"]
    row = two.rows.get(position=2)
    assert (row.code, row.reason, row.decided_by) == ("E17", "Unknown number", officer)
    task = OfficerTask.objects.get()
    assert (task.kind, task.is_open, task.address) == ("report_rejected", True, two.get_absolute_url())
    assert "Unknown number" in task.detail


def test_the_same_file_again_changes_nothing_and_what_has_no_result_stays_open(two, officer):
    first = read(two, officer, "line,result\n1,accepted\n2,\n")
    again = read(two, officer, "line,result\n1,accepted\n2,\n")

    assert again == first
    assert outcomes(two) == ["accepted", "waiting"]
    assert ReportResult.objects.count() == 1


def test_the_form_to_fill_in_is_read_back(two, officer):
    text = template_of(two)

    filled = "\r\n".join(line.replace(",,,", ",accepted,,") for line in text.splitlines())
    read(two, officer, filled)

    assert outcomes(two) == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "first line must name"),
        ("licence,code\nMA1,1\n", "first line must name"),
        ("line,result\n1,maybe\n", "Line 2: “maybe” is no result"),
        ("line,result\n1,accepted\n7,accepted\n", "Line 3: the batch has no line 7"),
        ("line,licence,result\n1,MA2,accepted\n", "another licence number"),
        ("licence,result\nMA9,accepted\n", "no licence number “MA9”"),
        ("line,result\n2,refused\n", "Say why it was refused"),
        ("line,result\n1,accepted\n1,refused\n", "Line 3: "),
        ("line,result\n1,\n", "no result in any line"),
        ("line,result\n²,accepted\n", "no line ²"),
        (f"line,result\n{'9' * 5000},accepted\n", "no line 99999999999999999999\\."),
        ("line,result\n1,accepted\0\n", "not a CSV"),
    ],
)
def test_a_file_with_a_mistake_is_read_not_at_all(two, officer, text, mistake):
    with pytest.raises(ResultMistakes, match=mistake):
        read(two, officer, text)

    assert outcomes(two) == ["waiting", "waiting"]
    assert not ReportResult.objects.exists()
    assert not OfficerTask.objects.exists()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00l", b"x" * (MOST_BYTES + 1), b'line,result\n1,"' + b"x" * 200_000 + b'"\n'])
def test_what_is_no_csv_is_refused(two, officer, content):
    with pytest.raises(ResultMistakes):
        read_results(batch=two, officer=officer, file_name="answers.csv", content=content)

    assert outcomes(two) == ["waiting", "waiting"]


def test_twice_the_same_licence_needs_the_line(florida, complete, post, officer):
    complete(florida, number="MA1", days_ago=5)
    complete(florida, number="MA1", days_ago=4)
    batch = post(florida)

    with pytest.raises(ResultMistakes, match="more than once"):
        read(batch, officer, "licence,result\nMA1,accepted\n")


def test_nothing_is_answered_before_it_was_posted(florida, complete, officer):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)

    for act in (lambda: read(batch, officer, "line,result\n1,accepted\n"), lambda: accept_rest(batch=batch, officer=officer)):
        with pytest.raises(NotPosted):
            act()
    with pytest.raises(NotPosted):
        decide_row(row=batch.rows.get(), officer=officer, outcome="accepted")


def test_a_refused_row_goes_into_the_next_batch_once_the_award_is_corrected(two, florida, officer):
    read(two, officer, "line,result,reason\n1,accepted,\n2,refused,Unknown number\n")
    (item,) = waiting([florida], today=school_today())
    assert [problem.code for problem in item.problems] == ["refused_before"]
    assert "Unknown number. Correct the award" in item.problems[0].sentence

    correct_award(officer=officer, award=item.award, reason="A slip", changes={"licence_number": "MA22"})

    (item,) = waiting([florida], today=school_today())
    assert (item.is_ready, item.payload["licence_number"]) == (True, "MA22")


def test_a_refused_row_is_sent_again_as_it_is_when_an_officer_says_why(two, florida, officer, post):
    read(two, officer, "line,result,reason\n1,accepted,\n2,refused,Not yet on file\n")
    row = two.rows.get(position=2)

    for _ in range(2):
        send_again(row=row, officer=officer, reason="The state has entered it now")
    batch = post(florida)

    assert batch.rows.get().award == row.award
    assert not OfficerTask.objects.get().is_open
    with pytest.raises(RowMistake, match="later batch"):
        decide_row(row=row, officer=officer, outcome="accepted")
    with pytest.raises(RowMistake, match="Only a row"):
        send_again(row=two.rows.get(position=1), officer=officer, reason="No need")


def test_a_refused_row_is_not_accepted_while_the_same_entry_stands_for_another_award(florida, complete, post, officer):
    complete(florida, number="MA1")
    refused = post(florida).rows.get()
    decide_row(row=refused, officer=officer, outcome="refused", reason="Unknown number")
    complete(florida, number="MA1")
    post(florida)

    with pytest.raises(RowMistake, match="later batch"):
        decide_row(row=refused, officer=officer, outcome="accepted")


def test_an_answer_by_hand_and_all_the_rest(two, officer):
    row = two.rows.get(position=2)
    with pytest.raises(RowMistake, match="Say why"):
        decide_row(row=row, officer=officer, outcome="refused")
    decide_row(row=row, officer=officer, outcome="refused", reason="Unknown number")

    assert [accept_rest(batch=two, officer=officer), accept_rest(batch=two, officer=officer)] == [1, 0]
    decide_row(row=row, officer=officer, outcome="accepted")

    assert outcomes(two) == ["accepted", "accepted"]
    assert not OfficerTask.objects.get().is_open


def test_a_correction_after_posting_becomes_a_task_that_says_what_differs(two, florida, officer):
    accept_rest(batch=two, officer=officer)
    award = two.rows.get(position=1).award
    correct_award(officer=officer, award=award, reason="A slip", changes={"licence_number": "MA9"})

    for _ in range(2):
        review_reports()

    task = OfficerTask.objects.get(kind="late_correction")
    assert "licence number: MA1, now MA9" in task.detail
    assert "Ask CE Broker" in task.detail
    assert task.address == reverse("credits_desk:report_row", args=[two.rows.get(position=1).pk])
    assert award.completed_on.isoformat() not in task.title
    assert waiting([florida], today=school_today()) == [], "the layout knows no corrections, so nothing is sent by itself"


def test_a_correction_the_regulator_never_sees_is_none(two, florida, officer):
    award = two.rows.get(position=1).award
    correct_award(officer=officer, award=award, reason="Married", changes={"legal_name": "Ana Other"})

    review_reports()

    assert not OfficerTask.objects.exists()
    assert waiting([florida], today=school_today()) == []


def test_the_regulators_change_is_noted_and_a_later_correction_asks_anew(two, florida, officer):
    row = two.rows.get(position=1)
    second = correct_award(officer=officer, award=row.award, reason="A slip", changes={"licence_number": "MA9"})
    review_reports()

    for _ in range(2):
        note_agreement(row=row, award=second, officer=officer, note="CE Broker changed it, case 5")
    assert divergences([florida]) == []
    assert not OfficerTask.objects.get(kind="late_correction").is_open
    correct_award(officer=officer, award=second, reason="Again", changes={"licence_number": "MA10"})
    review_reports()

    assert OfficerTask.objects.filter(kind="late_correction", settled_at=None).count() == 1
    with pytest.raises(NotReported, match="another award"):
        note_agreement(row=row, award=two.rows.get(position=2).award, officer=officer, note="Wrong one")


def test_what_the_regulator_took_out_waits_again_unless_it_was_revoked(two, florida, officer):
    corrected, revoked = two.rows.order_by("position")
    later = correct_award(officer=officer, award=corrected.award, reason="A slip", changes={"licence_number": "MA9"})
    revoke_award(officer=officer, award=revoked.award, reason_class="issued_in_error", reason="A slip")
    review_reports()
    assert OfficerTask.objects.filter(kind="late_correction", settled_at=None).count() == 2

    for row in (corrected, revoked):
        note_removal(row=row, officer=officer, note="Taken out by CE Broker")
        note_removal(row=row, officer=officer, note="Taken out by CE Broker")

    assert [item.award for item in waiting([florida], today=school_today())] == [later]
    assert not OfficerTask.objects.filter(settled_at=None).exists()


def test_a_task_settled_by_hand_ends_it(two, florida, officer):
    revoke_award(officer=officer, award=two.rows.get(position=1).award, reason_class="issued_in_error", reason="A slip")
    review_reports()

    settle_task_by_hand(task=OfficerTask.objects.get(), officer=officer, note="The board says to leave it")
    review_reports()

    assert divergences([florida]) == []
    assert OfficerTask.objects.count() == 1


def test_a_roster_that_knows_corrections_gets_them_as_rows(roster, complete, post, officer):
    changed, revoked = complete(roster, number="L1", days_ago=5), complete(roster, number="L2", days_ago=4)
    first = post(roster)
    accept_rest(batch=first, officer=officer)
    later = correct_award(officer=officer, award=changed, reason="Married", changes={"legal_name": "Ana Other"})
    revoke_award(officer=officer, award=revoked, reason_class="issued_in_error", reason="A slip")
    review_reports()
    assert OfficerTask.objects.filter(kind="late_correction").count() == 2

    second = post(roster)
    rows = {row.action: row for row in second.rows.all()}

    assert (rows["amend"].award, rows["amend"].corrects.position, rows["amend"].payload["legal_name"]) == (later, 1, "Ana Other")
    assert (rows["withdraw"].award, rows["withdraw"].corrects.position) == (revoked, 2)
    assert b",amend,1,1," in bytes(second.content)
    assert b",withdraw,1,2," in bytes(second.content)
    assert waiting([roster], today=school_today()) == []
    accept_rest(batch=second, officer=officer)
    assert outcomes(first) == ["void", "void"]
    assert not OfficerTask.objects.filter(settled_at=None).exists()
    assert waiting([roster], today=school_today()) == []


def test_a_refused_correction_is_not_sent_again_by_itself(roster, complete, post, officer):
    award = complete(roster)
    accept_rest(batch=post(roster), officer=officer)
    revoke_award(officer=officer, award=award, reason_class="issued_in_error", reason="A slip")
    second = post(roster)
    decide_row(row=second.rows.get(), officer=officer, outcome="refused", reason="Write to us")

    (item,) = waiting([roster], today=school_today())
    assert [problem.code for problem in item.problems] == ["refused_before"]
    send_again(row=second.rows.get(), officer=officer, reason="They are ready now")

    assert waiting([roster], today=school_today())[0].is_ready


def test_a_row_that_is_with_nobody_is_not_mended(florida, complete, officer):
    complete(florida)
    batch = make_batch(board=florida.board, officer=officer)

    with pytest.raises(NotReported):
        note_removal(row=batch.rows.get(), officer=officer, note="Gone")


def test_leaving_a_refused_award_out_settles_its_task(two, florida, officer):
    read(two, officer, "line,result,reason\n1,accepted,\n2,refused,Unknown number\n")

    leave_out(award=two.rows.get(position=2).award, officer=officer, reason="Entered by hand")

    assert not OfficerTask.objects.get().is_open
    assert waiting([florida], today=school_today()) == []


def test_a_row_answered_keeps_its_values(two, officer):
    accept_rest(batch=two, officer=officer)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReportRow.objects.filter(batch=two).update(payload={})
    assert ReportBatch.objects.get().is_posted
