"""The rule files are right, every mistake has its sentence, and each row can be put into a case of the engine."""

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from credits.rulebook import RulebookError, load, yaml_text
from credits.rulebook.conditions import covers, may_meet
from credits.rulebook.form import CASE_SCHEMA
from credits.rulebook.loading import DATA, RULES

FILES = sorted(RULES.glob("*.yaml"))
CASE = json.loads(Path(CASE_SCHEMA).read_text())

GOOD = """\
schema: 1
board: us_ny_massage
confidence: read
verified_by: null
verified_on: null
sources:
  rule: {reference: "Rule 1", read_on: 2026-11-22, as_of: 2026-01-31, class: official}
unknown:
  hour_definitions: Not read.
calendar: {anchor: fixed_date, months: 24, month: 8, day: 31, parity: odd, source: rule}
hour_definitions: []
rules:
  - id: first
    version: 1
    status: adopted
    source: rule
    confidence: read
    basis: first_renewal
    when: {cycle_number: {below: 2}}
    required: {units: "0"}
  - id: standard
    version: 1
    status: adopted
    source: rule
    confidence: read
    basis: standard
    when: {}
    required: {units: "24"}
    minima:
      - {code: ethics, match: {categories: [ethics]}, units: "3"}
    caps:
      - {code: remote, match: {modes: [self_paced]}, scope: cycle, max_units: "12"}
"""


@pytest.fixture
def loaded(tmp_path):
    def write(text, name="us_ny_massage.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return load([path])

    return write


def mistakes(loaded, text, name="us_ny_massage.yaml"):
    with pytest.raises(RulebookError) as caught:
        loaded(text, name)
    return caught.value.mistakes


def case_part(name):
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": CASE["$defs"]})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_loads_and_speaks_the_words_of_a_case(path):
    rules = load([path])[path.stem]

    for rule in rules.case_rules():
        case_part("rule").validate(rule)
        assert set(rule) <= set(CASE["$defs"]["rule"]["properties"])
    for definition in rules.case_hour_definitions():
        case_part("hour_definition").validate(definition)
    if rules.calendar:
        case_part("calendar").validate(rules.calendar)


def test_the_files_together():
    rules = load()

    assert set(rules) == {row["code"] for row in yaml_text.read(DATA / "boards.yaml")["boards"]}  # every board has its file
    assert [board.board for board in rules.values() if board.warnings] == []
    assert all(fact.sources for board in rules.values() for fact in board.facts)
    assert not any(board.is_verified for board in rules.values())


def test_a_file_says_what_it_says(loaded):
    rules = loaded(GOOD)["us_ny_massage"]

    first, standard = rules.case_rules()

    assert (rules.name, rules.unit.plural) == ("New York State Education Department, massage therapy", "hours")
    assert rules.calendar == {"anchor": "fixed_date", "months": 24, "month": 8, "day": 31, "parity": "odd"}
    assert (first["source"], first["source_as_of"], first["required"]) == ("Rule 1", "2026-01-31", {"units": "0"})
    assert standard["minima"] == [{"code": "ethics", "match": {"categories": ["ethics"]}, "units": "3"}]
    assert (rules.oldest_as_of, rules.is_verified) == (date(2026, 1, 31), False)
    assert rules.warnings == ()


def test_a_verified_file(loaded):
    rules = loaded(GOOD.replace("verified_by: null", "verified_by: Ada Li").replace("verified_on: null", "verified_on: 2026-11-23"))

    assert rules["us_ny_massage"].is_verified


def test_a_row_names_the_source_of_a_part_in_full(loaded):
    rules = loaded(GOOD.replace('units: "3"}', 'units: "3", source: rule}'))["us_ny_massage"]

    assert rules.case_rules()[1]["minima"][0]["source"] == "Rule 1"


def test_that_nothing_carries_over_is_stated_and_left_out_of_a_case(loaded):
    rules = loaded(GOOD.replace('required: {units: "24"}', 'required: {units: "24"}\n    carry: none'))["us_ny_massage"]

    assert rules.rules[1].content["carry"] == "none"
    assert "carry" not in rules.case_rules()[1]


def test_an_unknown_amount_is_said_and_in_no_case(loaded):
    text = GOOD.replace('required: {units: "24"}', "required: null\n    unknown: {required: 24 or 25; the texts differ.}")
    text = text.replace("when: {}", "when: {cycle_number: {from: 2}}")

    rules = loaded(text)["us_ny_massage"]

    assert [rule["id"] for rule in rules.case_rules()] == ["first"]
    assert (len(rules.rules), rules.rules[1].is_whole) == (2, False)


FORM = [
    ("schema: 1", "schema: 2", "schema: 2 must be 1."),
    ("board: us_ny_massage", "bord: us_ny_massage", "row: board is missing. Add it; write null only where the field may be unknown."),
    ("board: us_ny_massage", "bord: us_ny_massage", "row: there is no field bord here. Correct its name, or take it out."),
    ('units: "24"', "units: 24", 'rule standard version 1, required.units: 24 is a bare number. Write quantities as quoted decimals, such as "12" or "0.10".'),
    ('units: "24"', 'amount: "24"', "rule standard version 1, required: there is no field amount here. Correct its name, or take it out."),
    (
        'max_units: "12"',
        'max_units: "12", max_fraction_of_required: "0.5"',
        "rule standard version 1, caps.remote: it needs exactly one of max_units, max_fraction_of_required.",
    ),
    ("modes: [self_paced]", "modes: [home]", 'rule standard version 1, caps.remote.match.modes.number 1: "home" is not one of'),
    ("status: adopted", "status: agreed", 'rule first version 1, status: "agreed" is not one of adopted, waiver, proposed, superseded. Write one of these.'),
    ("    version: 1\n", "", "rule first, row: version is missing."),
    ("as_of: 2026-01-31", "as_of: last year", 'sources.rule.as_of: "last year" is not a date. Write it as 2026-01-31.'),
    ("as_of: 2026-01-31", "as_of: 2026-02-30", 'sources.rule.as_of: "2026-02-30" is not a date. Write it as 2026-01-31.'),
    ("months: 24", "months: 0", "calendar.months: 0 is less than the minimum of 1."),
    ("anchor: fixed_date", "anchor: birthday", "calendar: leap_day is missing."),
    ("calendar: {", "calendar: {colour: red, ", "calendar: there is no field colour here."),
    ("schema: 1\n", "schema: 1\nschema: 1\n", "line 2: `schema` is written twice; keep one."),
    ("schema: 1\n", "schema: [\n", "this is not YAML:"),
]
SENSE = [
    ("board: us_ny_massage", "board: us_zz", "board: no board has the code us_zz. Add it to credits/data/boards.yaml first, or correct the code."),
    ("verified_by: null", "verified_by: Ada", "verified_on: who verified and when belong together."),
    ("    source: rule", "    source: law", "source: law is not among the file's sources. Add it there, or name one of rule."),
    ("read_on: 2026-11-22", "read_on: null", "sources, rule, read_on: a file of confidence `read` says when it was read."),
    ("unknown:\n  hour_definitions: Not read.\n", "", "unknown, hour_definitions: it is null or empty, and nothing says what is not established. Say it."),
    ("calendar: {anchor", "unused: {anchor", "calendar is missing."),
    ("  hour_definitions: Not", "  calendar: Unknown.\n  hour_definitions: Not", "unknown, calendar: there is a calendar."),
    ("hour_definitions: []", "hour_definitions: []\nlengths: {months: 24, source: rule}", "lengths: the calendar has the months already."),
    ("hour_definitions: []", "hour_definitions: []\nweak: {calendar.colour.hue: Red.}", "weak, calendar.colour.hue: the file has no such field."),
    ("month: 8, day: 31", "month: 9, day: 31", "calendar.day: month 9 has no day 31."),
    ('units: "3"', 'units: "25"', "rule standard version 1, minima.ethics: it wants 25 inside a total of 24."),
    ("id: standard", "id: first", "rule first version 1, version: there are two such rows. Give the later text the next version."),
    ('required: {units: "24"}', "required: null", "rule standard version 1, unknown.required: `required` is null, and nothing says what is not established."),
    ('required: {units: "24"}', 'required: {units: "24"}\n    unknown: {required: Hm.}', "rule standard version 1, unknown.required: `required` is stated."),
    (
        'required: {units: "24"}',
        'required: {units: "24"}\n    weak: {minima.ethic: Hm.}',
        "rule standard version 1, weak.minima.ethic: the row has no such field.",
    ),
    ("    caps:", '      - {code: ethics, match: {}, units: "1"}\n    caps:', "rule standard version 1, minima.ethics: two of them have this code."),
    ('units: "3"}', 'units: "3", nested_in: total}', "rule standard version 1, minima.ethics.nested_in: the row has no minimum total."),
    ('units: "3"}', 'units: "3", nested_in: ethics}', "rule standard version 1, minima.ethics.nested_in: it leads back to itself."),
    (
        'units: "3"}',
        'fraction_of_required: "10"}',
        'rule standard version 1, minima.ethics.fraction_of_required: 10 is more than the whole. A tenth is "0.10".',
    ),
    (
        "categories: [ethics]",
        "categories: [ethik]",
        "rule standard version 1, minima.ethics.match: the category ethik has no name. Add it to credits/data/categories.yaml, or correct it.",
    ),
    ("categories: [ethics]", 'categories: ["approval:zz"]', "rule standard version 1, minima.ethics.match: approval:zz names no board."),
    ("categories: [ethics]", 'categories: ["credential:cpr"]', "rule standard version 1, minima.ethics.match: the row asks for no credential cpr."),
    ("when: {}", "when: {holds: driving_licence}", "rule standard version 1, credentials.driving_licence: it has no name."),
    (
        "when: {}",
        "when: {cycle_end: {from: 2026-02-01, to: 2025-02-01}}",
        "rule standard version 1, when, cycle_end: it begins (2026-02-01) after it ends (2025-02-01).",
    ),
    ("when: {}", "when: {cycle_number: {from: 2, below: 2}}", "rule standard version 1, when, cycle_number: it begins (2) after it ends (2)."),
    (
        "    caps:",
        '    distinct: {categories: [ethics], min: 2, units_each: "1"}\n    caps:',
        "rule standard version 1, distinct.min: it asks for more categories than it lists.",
    ),
    (
        "    caps:",
        "    window: {open: {year_offset: -2, month: 2, day: 30}, close: {year_offset: 0, month: 8, day: 31}}\n    caps:",
        "rule standard version 1, window.open.day: month 2 has no day 30.",
    ),
    (
        'required: {units: "0"}',
        "required: null\n    unknown: {required: Not read.}",
        "rule standard version 1, when: it would answer where rule first version 1 says the amount is unknown. Narrow it with `when`.",
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), FORM + SENSE)
def test_each_mistake_has_its_sentence(loaded, old, new, sentence):
    assert old in GOOD

    found = mistakes(loaded, GOOD.replace(old, new, 1))

    assert any(text.startswith("us_ny_massage.yaml, ") and sentence in text for text in found), found


def test_a_definition_with_an_unknown_part_says_so(loaded):
    definition = 'hour_definitions:\n  - {id: h, source: rule, rates: [{kind: live, minutes_per_hour: "50"}], clock_bound: null, rounding: null}'

    found = mistakes(loaded, GOOD.replace("hour_definitions: []", definition).replace("  hour_definitions: Not read.", "  provider: Not read."))

    assert [text.split(":")[0] for text in found] == [f"us_ny_massage.yaml, hour_definitions, h, unknown.{name}" for name in ("clock_bound", "rounding")]


def test_the_file_carries_its_boards_name(loaded):
    assert mistakes(loaded, GOOD, "new_york.yaml") == ["new_york.yaml, board: the file is of us_ny_massage and must be called us_ny_massage.yaml."]


def test_one_mistake_anywhere_and_nothing_is_used(tmp_path):
    good, bad = tmp_path / "us_ny_massage.yaml", tmp_path / "us_va_massage.yaml"
    good.write_text(GOOD)
    bad.write_text("schema: 1")

    with pytest.raises(RulebookError):
        load([good, bad])


def test_a_row_that_can_never_be_reached_is_shown(loaded):
    text = GOOD.replace("when: {cycle_number: {below: 2}}", "when: {}").replace(
        'when: {}\n    required: {units: "24"}', 'when: {holds: cpr}\n    required: {units: "24"}'
    )

    assert loaded(text)["us_ny_massage"].warnings == (
        "rule standard version 1: it can never be reached, since rule first version 1 comes first and holds wherever it does.",
    )


def test_a_source_nothing_rests_on_is_shown(loaded):
    other = '  other: {reference: "Rule 2", read_on: 2026-11-22, as_of: null, class: secondary}\nunknown:'

    assert loaded(GOOD.replace("unknown:", other, 1))["us_ny_massage"].warnings == ("sources, other: nothing in the file rests on it.",)


@pytest.mark.parametrize(
    ("wide", "narrow", "answer"),
    [
        ({}, {"holds": "cpr"}, True),
        ({"holds": "cpr"}, {}, False),
        ({"years_practising": {"from": 15}}, {"years_practising": {"from": 25}}, True),
        ({"years_practising": {"from": 25}}, {"years_practising": {"from": 15}}, False),
        ({"cycle_number": {"below": 3}}, {"cycle_number": {"from": 1, "below": 2}}, True),
        ({"cycle_end": {"from": "2024-01-01"}}, {"cycle_end": {"from": "2024-01-01", "to": "2024-12-31"}}, True),
        ({"cycle_end": {"to": "2024-12-30"}}, {"cycle_end": {"from": "2024-01-01", "to": "2024-12-31"}}, False),
        ({"partly_inactive": True}, {"partly_inactive": False}, False),
    ],
)
def test_what_covers_what(wide, narrow, answer):
    assert covers(wide, narrow) is answer


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ({}, {"holds": "cpr"}, True),
        ({"holds": "bls"}, {"holds": "cpr"}, True),
        ({"cycle_number": {"below": 2}}, {"cycle_number": {"from": 2}}, False),
        ({"cycle_end": {"to": "2024-12-31"}}, {"cycle_end": {"from": "2024-12-31"}}, True),
        ({"cycle_end": {"to": "2024-12-30"}}, {"cycle_end": {"from": "2024-12-31"}}, False),
        ({"partly_inactive": True}, {"partly_inactive": False}, False),
    ],
)
def test_what_may_meet_what(one, other, answer):
    assert may_meet(one, other) is answer
    assert may_meet(other, one) is answer
