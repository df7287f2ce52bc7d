"""Minutes from the log, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from workshops.roster.completion import BlockFacts, LogLine, attended_minutes, evaluate

START = datetime(2026, 3, 7, 14, 0, tzinfo=UTC)
BLOCK = BlockFacts(pk=1, title="Morning", starts_at=START, ends_at=START + timedelta(hours=3), mode="in_person_hands_on")


def line(kind: str, minute: float) -> LogLine:
    return LogLine(block=1, kind=kind, at=START + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("log", "minutes"),
    [
        ([], 0),
        ([line("in", 0), line("out", 180)], 180),
        ([line("in", -20), line("out", 200)], 180),  # early and late are clipped to the block
        ([line("in", 10), line("out", 180)], 170),
        ([line("in", 0), line("out", 60), line("in", 90), line("out", 180)], 150),
        ([line("in", 0)], 0),  # nobody said when the person left
        ([line("out", 60)], 0),
        ([line("in", 0), line("in", 30), line("out", 180)], 180),  # a repeated arrival
        ([line("out", 180), line("in", 0)], 180),  # entered in the wrong order
    ],
)
def test_attended_minutes(log, minutes):
    assert attended_minutes(BLOCK, log) == minutes


def test_evaluate_asks_for_every_block():
    other = BlockFacts(pk=2, title="Afternoon", starts_at=START + timedelta(hours=4), ends_at=START + timedelta(hours=7), mode="in_person_hands_on")

    trace = evaluate([BLOCK, other], [line("in", 0), line("out", 180)])

    assert (trace["met"], trace["why"]) == (False, "1 of 2 blocks attended in full.")
    assert [child["met"] for child in trace["children"]] == [True, False]


def test_evaluate_of_no_instruction_is_not_met():
    assert evaluate([], [])["met"] is False
