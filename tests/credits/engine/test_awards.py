from __future__ import annotations

import pytest

from credits.engine.run import evaluate
from tests.credits.engine.compare import differences

FIFTY = {"id": "fifty", "rates": [{"kind": "live", "minutes_per_hour": "50"}], "units_per_hour": "1", "rounding": {"granularity": "0.5", "mode": "floor"}}


def segment(name, minutes="100", category="technique", **others):
    return {"id": name, "kind": "live", "mode": "in_person_lecture", "categories": [category], "minutes": minutes} | others


def completed(version=1, recorded_on="2026-05-02", segments=None, **others):
    given = {"id": "p", "version": version, "recorded_on": recorded_on, "course": "c", "date": "2026-05-01"}
    return given | {"segments": segments or [segment("am"), segment("pm", category="ethics")]} | others


def approval(name="a", version=1, recorded_on="2024-01-01", **others):
    given = {"id": name, "version": version, "recorded_on": recorded_on, "board": "b", "course": "c", "listed": True, "valid": {"from": "2024-01-01"}}
    return given | {"valid_on": "completion", "unit": "hours", "partial_credit": "none", "units": "4"} | others


def awarded(completions, accreditations, as_of="2026-12-31", **others):
    case = {"schema": "smrt-ce-case/1", "operation": "awards", "as_of": as_of, "boards": ["b"], "completions": completions, "accreditations": accreditations}
    result = evaluate(case | others)
    assert result["operation"] == "awards", result
    return result


def only(completion, *accreditations):
    [award] = awarded([completion], list(accreditations))["awards"]
    return award


def summary(award):
    return award["version"], award["recorded_on"], award["units"], award["reason"], award["certificate"], award["report"]


DEFINED = {key: value for key, value in approval(hour_definition=FIFTY).items() if key != "units"}


@pytest.mark.parametrize(
    ("completion", "accreditations", "reason", "accreditation"),
    [
        (completed(status="revoked"), [approval()], "revoked", None),
        (completed(), [], "not_accredited", None),
        (completed(), [approval(course="other")], "not_accredited", None),
        (completed(), [approval(valid={"from": "2026-05-02"})], "approval_not_valid", None),
        (completed(), [approval(valid={"to": "2026-04-30"})], "approval_not_valid", None),
        (completed(), [approval(listed=False)], "course_not_listed", "a@1"),
        (completed(segments=[segment("am"), segment("pm", attended=False)]), [approval()], "partial_attendance", "a@1"),
        (completed(segments=[segment("am", late_minutes=1)]), [approval()], "partial_attendance", "a@1"),
        (completed(segments=[segment("am", early_minutes=11)]), [approval(late_tolerance_minutes=10)], "partial_attendance", "a@1"),
        (completed(segments=[segment("am", attended=False)]), [DEFINED | {"partial_credit": "by_segment"}], "partial_attendance", "a@1"),
        (completed(segments=[segment("am", late_minutes=100)]), [DEFINED | {"partial_credit": "actual_time"}], "partial_attendance", "a@1"),
        (completed(segments=[segment("am", "20")]), [DEFINED], "below_minimum", "a@1"),
    ],
)
def test_no_units_and_the_first_reason(completion, accreditations, reason, accreditation):
    expected = {"units": "0", "reason": reason, "accreditation": accreditation, "by_category": [], "certificate": "none", "report": "none", "report_due": None}

    assert differences(expected, only(completion, *accreditations)) == []


def test_a_gap_between_approvals_grants_nothing():
    around = [approval("old", valid={"to": "2026-04-30"}), approval("new", valid={"from": "2026-05-02"}, units="5")]

    assert only(completed(), *around)["reason"] == "approval_not_valid"
    assert only(completed(date="2026-05-02"), *around)["accreditation"] == "new@1"
    assert only(completed(date="2026-04-30"), *around)["accreditation"] == "old@1"


def test_of_several_valid_approvals_the_latest_wins():
    rows = [approval("z", valid={"to": "2030-01-01"}), approval("m", valid={"from": "2026-01-01"}), approval("a")]

    assert only(completed(), *rows)["accreditation"] == "m@1"


@pytest.mark.parametrize(("valid_on", "reason"), [("completion", "approval_not_valid"), ("enrolment", None), ("event_start", "approval_not_valid")])
def test_the_day_that_must_be_valid_is_the_boards_choice(valid_on, reason):
    completion = completed(enrolled_on="2026-04-30", started_on="2026-05-01")

    assert only(completion, approval(valid_on=valid_on, valid={"from": "2026-01-01", "to": "2026-04-30"}))["reason"] == reason


@pytest.mark.parametrize(
    ("accreditation", "units", "split"),
    [
        (approval(), "4", []),
        (approval(category_split=[{"category": "law", "units": "1"}, {"category": "ethics", "units": "3"}]), "4", [("ethics", "3"), ("law", "1")]),
        (DEFINED, "4", [("ethics", "2"), ("technique", "2")]),
        (approval(hour_definition=FIFTY, units="3"), "3", [("ethics", "2"), ("technique", "2")]),
        (approval(hour_definition=FIFTY, units="9"), "4", [("ethics", "2"), ("technique", "2")]),
    ],
)
def test_units_are_fixed_or_computed_or_the_lesser(accreditation, units, split):
    award = only(completed(), accreditation)

    assert (award["units"], [(part["category"], part["units"]) for part in award["by_category"]]) == (units, split)


@pytest.mark.parametrize(
    ("partial_credit", "tolerance", "units"),
    [("none", 0, "0"), ("none", 30, "4"), ("by_segment", 0, "2"), ("by_segment", 30, "4"), ("actual_time", 0, "3.5"), ("actual_time", 30, "3.5")],
)
def test_partial_attendance_is_paid_as_the_board_says(partial_credit, tolerance, units):
    completion = completed(segments=[segment("am"), segment("pm", late_minutes=10, early_minutes=15)])

    assert only(completion, DEFINED | {"partial_credit": partial_credit, "late_tolerance_minutes": tolerance})["units"] == units


def test_versions_follow_what_became_known():
    history = [
        completed(1, "2026-05-02"),
        completed(2, "2026-05-10", segments=[segment("am")]),
        completed(3, "2026-05-20", status="revoked"),
        completed(4, "2026-06-01"),
    ]

    result = awarded(history, [DEFINED | {"report_within_days": 30}], reported=[{"completion": "p", "board": "b", "on": "2026-05-12"}])

    assert [summary(line) for line in result["superseded"]] == [
        (1, "2026-05-02", "4", None, "superseded", "none"),
        (2, "2026-05-10", "2", None, "revoked", "reported"),
        (3, "2026-05-20", "0", "revoked", "none", "correction_required"),
    ]
    assert [summary(line) for line in result["awards"]] == [(4, "2026-06-01", "4", None, "valid", "correction_required")]


def test_a_version_is_known_from_its_recording_on():
    history, rows = [completed(1), completed(2, "2026-05-10", status="revoked")], [approval(), approval(version=2, recorded_on="2026-05-05", units="3")]

    found = {
        as_of: [summary(line)[:4] for line in awarded(history, rows, as_of)["awards"]] for as_of in ("2026-05-01", "2026-05-02", "2026-05-05", "2026-05-10")
    }

    assert found == {
        "2026-05-01": [],
        "2026-05-02": [(1, "2026-05-02", "4", None)],
        "2026-05-05": [(2, "2026-05-05", "3", None)],
        "2026-05-10": [(3, "2026-05-10", "0", "revoked")],
    }


def test_what_no_certificate_says_makes_no_version():
    rows = [approval(), approval(version=2, recorded_on="2026-06-01", unit="CE", late_tolerance_minutes=5)]

    result = awarded([completed(1), completed(2, "2026-07-01")], rows)

    assert result["superseded"] == []
    assert differences({"version": 1, "accreditation": "a@1", "recorded_on": "2026-05-02"}, result["awards"][0]) == []


def test_an_approval_recorded_later_counts_from_then():
    result = awarded([completed()], [approval(recorded_on="2026-06-01")])

    assert [summary(line)[:5] for line in result["superseded"] + result["awards"]] == [
        (1, "2026-05-02", "0", "not_accredited", "none"),
        (2, "2026-06-01", "4", None, "valid"),
    ]


@pytest.mark.parametrize(
    ("on", "report"),
    [("2026-05-01", "due"), ("2026-05-02", "reported"), ("2027-01-01", "due")],
)
def test_a_report_counts_once_there_is_something_to_report(on, report):
    result = awarded([completed()], [approval(report_within_days=7)], reported=[{"completion": "p", "board": "b", "on": on}])

    assert differences({"report": report, "report_due": "2026-05-08"}, result["awards"][0]) == []


def test_lines_are_ordered_by_completion_board_and_version():
    completions = [completed(id="q"), completed(id="p"), completed(2, "2026-06-01", id="q", status="revoked")]

    result = awarded(completions, [], boards=["b", "a"])

    assert [(line["completion"], line["board"]) for line in result["awards"]] == [("p", "a"), ("p", "b"), ("q", "a"), ("q", "b")]
    assert [(line["completion"], line["board"], line["version"]) for line in result["superseded"]] == [("q", "a", 1), ("q", "b", 1)]
