"""The post room over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from credits.models import ReportBatch, ReportCourse, ReportOmission, ReportRoute
from credits.services import correct_award
from tests.factories.accounts import user_with_role
from tests.factories.credits import BoardFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(officer):
    client = APIClient()
    client.force_authenticate(officer)
    return client


def url(name, *args):
    return reverse(f"credits_api:{name}", args=args)


def test_boards_say_what_waits(api, georgia, complete, officer):
    complete(georgia, days_ago=9)
    complete(georgia, consent=False)

    (line,) = api.get(url("report-boards")).data
    rows = api.get(url("report-waiting", "us_ga_massage")).data["results"]

    shown = {
        name: line[name] for name in ("board", "system", "deadline_days", "needs_consent", "is_on", "ready", "blocked", "overdue", "to_mend", "open_batch")
    }
    assert shown == {
        "board": "us_ga_massage",
        "system": "ce_broker",
        "deadline_days": 7,
        "needs_consent": True,
        "is_on": True,
        "ready": 1,
        "blocked": 1,
        "overdue": 1,
        "to_mend": 0,
        "open_batch": None,
    }
    assert [(row["is_overdue"], [problem["code"] for problem in row["problems"]]) for row in rows] == [(True, []), (False, ["consent_missing"])]


def test_a_batch_from_draft_to_answers(api, florida, complete):
    complete(florida, number="MA1", days_ago=5)
    complete(florida, number="MA2", days_ago=4)

    made = api.post(url("report-make", "us_fl_massage"))
    pk = made.data["id"]
    assert (made.status_code, made.data["state"], made.data["row_count"]) == (201, "draft", 2)
    assert api.get(url("report-file", pk)).status_code == 409
    assert api.post(url("report-lock", pk), {"sha256": "0"}).data["code"] == "draft_stale"
    assert api.post(url("report-renew", pk)).data["sha256"] == made.data["sha256"]
    assert api.post(url("report-lock", pk), {"sha256": made.data["sha256"]}).data["state"] == "locked"
    assert api.get(url("report-file", pk)).content == bytes(ReportBatch.objects.get().content)
    assert api.post(url("report-post", pk), {"receipt": "R1"}).data["state"] == "posted"
    bad = api.post(url("report-answers", pk), {"file": SimpleUploadedFile("a.csv", b"line,result\n9,accepted\n")}, format="multipart")
    assert (bad.status_code, bad.data["code"]) == (409, "result_mistakes")
    good = SimpleUploadedFile("a.csv", b"line,result,reason\n1,accepted,\n2,refused,Unknown number\n")
    assert api.post(url("report-answers", pk), {"file": good}, format="multipart").data == {"accepted": 1, "refused": 1}

    rows = api.get(url("report-rows", pk)).data["results"]
    assert [(row["position"], row["outcome"], row["reason"]) for row in rows] == [(1, "accepted", ""), (2, "refused", "Unknown number")]
    assert api.post(url("report-again", rows[1]["id"]), {"reason": "Known now"}).data["again_at"]
    listed = api.get(url("report-batch-list")).data["results"][0]
    assert (listed["accepted"], listed["refused"], listed["waiting"]) == (1, 1, 0)
    assert api.get(url("report-batch-detail", pk)).data["receipt"] == "R1"


def test_drafts_are_thrown_away_and_locked_ones_given_up(api, florida, complete):
    complete(florida)
    first = api.post(url("report-make", "us_fl_massage")).data
    assert api.post(url("report-discard", first["id"])).status_code == 204
    second = api.post(url("report-make", "us_fl_massage")).data
    api.post(url("report-lock", second["id"]), {"sha256": second["sha256"]})

    assert api.post(url("report-abandon", second["id"]), {}).status_code == 400
    assert api.post(url("report-abandon", second["id"]), {"reason": "Site down"}).data["state"] == "abandoned"


def test_rows_are_decided_and_mended(api, florida, complete, officer):
    award = complete(florida, number="MA1")
    batch = api.post(url("report-make", "us_fl_massage")).data
    api.post(url("report-lock", batch["id"]), {"sha256": batch["sha256"]})
    api.post(url("report-post", batch["id"]), {})
    row = ReportBatch.objects.get().rows.get()

    assert api.post(url("report-decide", row.pk), {"outcome": "refused"}).data["code"] == "row_mistake"
    assert api.post(url("report-accept-rest", batch["id"])).data["accepted"] == 1
    correct_award(officer=officer, award=award, reason="A slip", changes={"licence_number": "MA2"})
    assert api.get(url("report-boards")).data[0]["to_mend"] == 1
    api.post(url("report-mend", row.pk), {"what": "agrees", "note": "Case 5"})
    assert api.get(url("report-boards")).data[0]["to_mend"] == 0
    assert api.post(url("report-mend", row.pk), {"what": "removed", "note": "Case 6"}).data["outcome"] == "void"
    assert api.post(url("report-mend", row.pk), {"what": "eaten", "note": "x"}).status_code == 400


def test_settings_and_course_numbers(api, complete, georgia):
    award = complete(georgia, course=False)
    address = url("report-route", "us_ga_massage")
    assert api.get(address).data["provider_number"] == "12773"
    values = {"system": "ce_broker", "layout": "ce_broker_xls", "report_from": "2026-01-01", "provider_number": "50-99", "state": "ga"}
    assert (api.put(address, values).data["provider_number"], ReportRoute.objects.get().state) == ("99", "GA")
    assert api.put(address, {**values, "provider_number": "x"}).data["code"] == "route_mistake"
    assert api.put(address, {}).status_code == 400
    courses = url("report-courses", "us_ga_massage")
    entered = api.put(courses, {"accreditation": award.accreditation.pk, "course_number": "20-5"})

    assert entered.data["course_number"] == "5"
    assert [row["course_number"] for row in api.get(courses).data] == ["5"]
    assert api.put(courses, {"accreditation": award.accreditation.pk}).data["course_number"] == ""
    assert not ReportCourse.objects.exists()


def test_leaving_out_taking_in_and_asking(api, georgia, complete):
    award = complete(georgia, consent=False)
    address = url("report-leave-out", award.pk)

    assert api.post(address, {"reason": "By hand"}).status_code == 201
    assert api.get(url("report-waiting", "us_ga_massage")).data["results"] == []
    assert api.delete(address).status_code == 204
    assert api.post(url("report-ask", award.pk)).data == {"asked": True}

    assert ReportOmission.objects.get().lifted_at


def test_a_board_that_wants_no_reports_is_unknown_here_and_staff_only_read(api, florida, complete):
    BoardFactory(code="us_tx_massage")
    assert api.get(url("report-waiting", "us_tx_massage")).status_code == 404
    complete(florida)
    staff = APIClient()
    staff.force_authenticate(user_with_role("staff"))

    assert staff.get(url("report-boards")).status_code == 200
    assert staff.post(url("report-make", "us_fl_massage")).status_code == 403
    assert not ReportBatch.objects.exists()
