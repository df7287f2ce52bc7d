"""Changing a document without writing YAML, and finding the line of every mistake in it."""

import difflib
from datetime import date
from decimal import Decimal

import pytest

from credits.revisions.documents import check_text
from credits.revisions.editing import Amounts, EditRefused, Source, change_row_from, correct_row, waive
from credits.revisions.text_edits import drop_key, in_flow, set_value
from credits.rulebook.loading import RULES
from credits.rulebook.yaml_text import parse
from tests.credits.revisions.conftest import FLORIDA
from tests.factories.credits import BoardFactory

WAIVER, STANDARD = 1, 2
RULE = Source("rule")
NEW = Source("read_2026_11_20", "https://example.org/a: b#c", date(2026, 11, 20), None, False)
HANDS_ON_14 = Amounts(minima={"technique": Decimal("14"), "general": Decimal("3.0")})


def changed(text):
    lines = difflib.unified_diff(FLORIDA.splitlines(), text.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def mistakes(text, code="us_fl_massage"):
    return [(mistake.line, mistake.sentence.split(": ")[0]) for mistake in check_text(BoardFactory.build(code=code), text).mistakes]


def test_a_correction_changes_two_numbers_and_nothing_else():
    text = correct_row(FLORIDA, STANDARD, HANDS_ON_14)

    assert [line.strip("+- ") for line in changed(text)] == [
        '{code: technique, match: {categories: [technique], modes: [in_person_hands_on]}, units: "12", exclusive_group: bucket}',
        '{code: general, match: {}, units: "5", exclusive_group: bucket}',
        '{code: technique, match: {categories: [technique], modes: [in_person_hands_on]}, units: "14", exclusive_group: bucket}',
        '{code: general, match: {}, units: "3", exclusive_group: bucket}',
    ]
    assert mistakes(text) == []


def test_the_same_numbers_change_nothing():
    same = Amounts(required=Decimal("24.000"), minima={"technique": Decimal("12.0")}, modes={"technique": ["in_person_hands_on"]})

    assert parse(correct_row(FLORIDA, STANDARD, same)) == parse(FLORIDA)


def test_a_changed_rule_is_a_new_version_and_the_old_one_ends():
    text = change_row_from(FLORIDA, STANDARD, HANDS_ON_14, begins=date(2029, 8, 31), basis="cycle_end", source=NEW)

    old, new = parse(text)["rules"][2:]
    assert mistakes(text) == []
    assert (old["version"], old["when"], old["minima"]) == (1, {"cycle_end": {"to": "2029-08-30"}}, parse(FLORIDA)["rules"][2]["minima"])
    assert (new["id"], new["version"], new["when"]) == ("us_fl_massage.standard", 2, {"cycle_end": {"from": "2029-08-31"}})
    assert (new["source"], new["confidence"], new["minima"][4]["units"]) == ("read_2026_11_20", "read", "14")
    assert parse(text)["sources"]["read_2026_11_20"] == {
        "reference": "https://example.org/a: b#c", "read_on": "2026-11-20", "as_of": None, "class": "secondary",
    }  # fmt: skip
    assert text.startswith("# Florida Board of Massage Therapy\n")
    assert not [line for line in changed(text) if line.startswith("-") and "when" not in line and "minima" not in line]


def test_a_change_of_a_change_counts_on():
    text = change_row_from(FLORIDA, STANDARD, HANDS_ON_14, begins=date(2029, 8, 31), basis="cycle_end", source=RULE)
    text = change_row_from(text, STANDARD + 1, Amounts(required=Decimal(25)), begins=date(2031, 8, 31), basis="cycle_end", source=RULE)

    spans = [(row["version"], row["when"]["cycle_end"]) for row in parse(text)["rules"][2:]]
    assert spans == [(1, {"to": "2029-08-30"}), (2, {"from": "2029-08-31", "to": "2031-08-30"}), (3, {"from": "2031-08-31"})]
    assert mistakes(text) == []


@pytest.mark.parametrize(("day", "sentence"), [(date(2023, 8, 31), "begins on 2023-08-31"), (date(2026, 1, 1), "ends on 2025-08-31")])
def test_a_change_lies_within_its_row(day, sentence):
    with pytest.raises(EditRefused, match=sentence):
        change_row_from(FLORIDA, WAIVER, Amounts(), begins=day, basis="cycle_end", source=RULE)


def test_a_waiver_stands_before_the_row_it_relaxes():
    relaxed = Amounts(modes={"technique": []})
    text = waive(FLORIDA, STANDARD, relaxed, first=date(2027, 8, 31), last=date(2027, 8, 31), source=RULE, comment="After the storms of 2026.")

    row = parse(text)["rules"][STANDARD]
    assert mistakes(text) == []
    assert (row["id"], row["version"], row["status"], row["basis"]) == ("us_fl_massage.waiver", 2, "waiver", "waiver")
    assert row["when"] == {"cycle_end": {"from": "2027-08-31", "to": "2027-08-31"}}
    assert row["minima"][4]["match"] == {"categories": ["technique"]}
    assert parse(text)["rules"][STANDARD + 1] == parse(FLORIDA)["rules"][STANDARD]
    assert "  # After the storms of 2026.\n  - id: us_fl_massage.waiver\n" in text


def test_a_waiver_needs_days_in_order_and_within_its_row():
    with pytest.raises(EditRefused, match="Put its days in order"):
        waive(FLORIDA, STANDARD, Amounts(), first=date(2028, 1, 1), last=date(2027, 1, 1), source=RULE, comment="x")
    with pytest.raises(EditRefused, match="holds only for a part of these days"):
        waive(FLORIDA, WAIVER, Amounts(), first=date(2025, 1, 1), last=date(2026, 1, 1), source=RULE, comment="x")


def test_a_new_source_needs_a_name_of_its_own():
    with pytest.raises(EditRefused, match="a source called rule already"):
        change_row_from(FLORIDA, STANDARD, Amounts(), begins=date(2029, 1, 1), basis="cycle_end", source=Source("rule", "https://example.org"))


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_row_of_every_board_can_be_changed_and_waived(path):
    text = path.read_text(encoding="utf-8")
    source = Source(next(iter(parse(text)["sources"])))
    for place, row in enumerate(parse(text)["rules"]):
        span = row["when"].get("cycle_end", {})
        if row["required"] is None or "cycle_start" in row["when"] or row["status"] not in ("adopted", "waiver") or span.get("to", "9999") < "2040":
            continue
        after = change_row_from(text, place, Amounts(), begins=date(2040, 1, 1), basis="cycle_end", source=source)
        assert mistakes(after, path.stem) == []
        assert len(parse(after)["rules"]) == len(parse(text)["rules"]) + 1
        waived = waive(text, place, Amounts(), first=date(2041, 1, 1), last=date(2041, 12, 31), source=source, comment="A: b # c")
        assert [line for line, _place in mistakes(waived, path.stem)] == []
        assert parse(waived)["rules"][place + 1] == row


@pytest.mark.parametrize(
    ("value", "text"),
    [("12", '"12"'), ("0.10", '"0.10"'), ("2026-01-31", "2026-01-31"), ("feb_28", "feb_28"), ("yes", '"yes"'), ('a "b": c', '"a \\"b\\": c"'),
     (None, "null"), (True, "true"), (3, "3"), (["a", "b"], "[a, b]"), ({"from": "2026-01-01"}, "{from: 2026-01-01}"), ({}, "{}")],
)  # fmt: skip
def test_values_are_written_so_that_they_are_read_back(value, text):
    assert in_flow(value) == text
    assert parse(text) == value


def test_keys_are_added_replaced_and_dropped_where_they_belong():
    text = "a:\n  b: 1  # why\n  # above c\n  c:\n    - x\n\nd: {}\n"

    assert set_value(text, ["a", "b"], "2") == text.replace("b: 1 ", 'b: "2" ')
    assert set_value(text, ["a", "c"], ["z"]) == "a:\n  b: 1  # why\n  # above c\n  c: [z]\n\nd: {}\n"
    assert set_value(text, ["a", "e"], None) == "a:\n  b: 1  # why\n  # above c\n  c:\n    - x\n  e: null\n\nd: {}\n"
    assert set_value(text, ["d", "e"], 1) == text.replace("{}", "{e: 1}")
    assert drop_key(text, ["a", "c"]) == "a:\n  b: 1  # why\n  # above c\n\nd: {}\n"
    assert drop_key(text, ["a", "z"]) == text


def line_of(words, text=FLORIDA, after=""):
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if after in line), 0) if after else 0
    return next(number for number, line in enumerate(lines[start:], start=start + 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "words", "place"),
    [
        ("months: 24", "months: 0", "months: 0", "calendar.months"),
        ("day: 31", "day: 32", "day: 32", "calendar.day"),
        ("parity: odd", "parity: purple", "parity: purple", "calendar.parity"),
        ('on]}, units: "12"', "on]}, units: 12", "units: 12,", "rule us_fl_massage.standard version 1, minima.technique.units"),
        ("source: [rule, waiver]", "source: [rule, law]", "sources:", "source"),
        ("  deadline_days: null", "  deadlines: null", "reporting:", "reporting"),
        ("board: us_fl_massage", "board: us_ga_massage", "board: us_ga_massage", "board"),
        ("verified_by: null\nverified_on: null", "verified_by: Ada\nverified_on: 2026-01-01", "verified_on: 2026-01-01", "verified_on"),
        ("      carry: That nothing", "      colour: That nothing", "colour:", "rule us_fl_massage.waiver version 1, weak.colour"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(old, new, words, place):
    text = FLORIDA.replace(old, new, 1)
    assert text != FLORIDA

    found = mistakes(text)

    assert (line_of(words, text), place) in found or place == "source", found


def test_a_field_that_should_not_be_there_has_its_own_line():
    text = FLORIDA.replace("    carry: none", "    colour: red\n    carry: none", 1)

    assert mistakes(text)[0][0] == line_of("colour", text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[" * 90_000, 1),
        ("x: .inf\n", 1),
        ("x: !!set {a}\n", 1),
        ('x: "\\0"\n', 1),
        ('x: "\\ud800"\n', 1),
        ("1: 2\nb: 1\n", 1),
        ("? [a]\n: 1\n", 1),
        ("a: [1\nb: 2\n", 2),
        ("a: 1\na: 2\n", 2),
        ("just words", 1),
        ("", 1),
        ("- a\n", 1),
        ("schema: 1\n", 1),
        ("x: &a [*a]\n", 1),
        ("a: \x00", 1),
    ],
)
def test_what_can_not_be_read_says_where(text, line):
    assert mistakes(text)[0][0] == line


def test_a_text_has_an_end():
    assert check_text(BoardFactory.build(code="us_fl_massage"), "#" * 100_001).mistakes[0].sentence.startswith("The text is too long.")
