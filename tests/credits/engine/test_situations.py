"""Awkward situations that real boards cause, each worked by hand; `situations/README.md` says why the figures are so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from credits.engine.run import evaluate
from credits.engine.vocabulary import check_case, result_faults
from tests.credits.engine.compare import differences, load

FOLDER = Path(__file__).parent / "situations"
CASES = sorted(FOLDER.glob("*.json"))

SITUATIONS = {  # each row of the rules' table of awkward situations, and how the names of its cases begin
    "carry-over: ceiling, fraction, generations, minima, order of use, negative carry": "carry",
    "credits in a grace period: only with a fee, only up to the shortfall, used once": "grace",
    "late renewal moves the next window": "late-renewal",
    "earning window is not the cycle, windows overlap; a course over the line is or is not split": "window",
    "licence cycle and CE cycle differ": "two-clocks",
    "several licences: each body by its own accreditation, inside one body once": "several-licences",
    "nested minima, percentages, on top of the total, once in life or every n cycles, per year of the cycle": "minima",
    "may one hour meet two minima?": "overlap",
    "delivery cap against category minimum": "delivery",
    "per day, per 24 hours, per event, per activity-type ceilings": "caps",
    "same course again: in the cycle, in consecutive cycles, in n months, same content under a new title": "repeat",
    "first renewal: exempt, prorated per month or part, table, one topic still due, waiver per cycle": "first",
    "tiers by years in practice; amount by certification date; alternatives": "tiers",
    "leap day: birthday on 29 February, month-end anchors, fixed 28 February in a leap year": "leap",
    "parity: even/odd by year, by birth year, by licence number": "parity",
    "rule changes mid-cycle, and proposals not yet adopted": "versions",
    "temporary waivers": "waiver",
    "approval lapses and resumes, title changes, course value changes": "approval",
    "retroactive correction: wrong attendance, revoked approval, mis-typed licence number": "correction",
    "completion near midnight": "midnight",
    "name or licence number changes": "names",
    "live course with a home-study part": "mixed",
    "holder inactive or retired part of the cycle": "inactive",
    "credential must be held and is not hours, or is both": "held",
    "external certificates typed in by the holder": "external",
}
BESIDES = {"units in at least n categories": "distinct", "what a course is worth": "value"}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_situation_comes_out_as_worked_by_hand(path):
    case, expected = load(path)

    result = evaluate(case)

    assert differences(expected, result) == []
    assert result_faults(result) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_situation_is_a_case(path):
    assert check_case(load(path)[0]) == []


@pytest.mark.parametrize("beginning", (SITUATIONS | BESIDES).values())
def test_every_situation_has_cases(beginning):
    assert [path for path in CASES if path.stem.startswith(f"{beginning}-")]


def test_every_case_is_explained_once():
    explained = re.findall(r"^- `([a-z0-9-]+)`: \S", (FOLDER / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert sorted(explained) == sorted(path.stem for path in CASES)
