"""Minutes and hours of random days, held against a calculation of its own (CE rules §7)."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from credits.attended import granted_for
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory
from workshops.roster.completion import BlockFacts, LogLine, attended_facts, attended_minutes, evaluate

DAY = datetime(2026, 3, 7, 14, 0, tzinfo=UTC)
BOARDS = {  # minutes to an hour, bound to the clock, the longest pause that belongs to the hour, the step it is rounded down to; as the boards' texts say
    "ncbtmb_ap": (50, True, 20, Fraction(1, 2)),
    "us_fl_massage": (50, True, None, Fraction(1)),  # the rounding of these three is not read: whole hours
    "us_id_massage": (50, True, None, Fraction(1)),
    "us_tx_massage": (50, False, None, Fraction(1)),
}


def random_day(rng):
    """Blocks with short breaks between them, and for each block minute by minute whether the person is in the room."""
    blocks, presence, begin = [], [], 0
    for pk in range(1, rng.randint(2, 5)):
        length = rng.choice([30, 45, 50, 60, 90, 120, 180])
        pause = rng.choice([0, 5, 10, 15, 20, 30])
        start = DAY + timedelta(minutes=begin)
        blocks.append(BlockFacts(pk, f"Block {pk}", start, start + timedelta(minutes=length), "in_person_hands_on", (pause,) if pause else ()))
        here = [True] * length
        for _ in range(rng.choice([0, 0, 1, 2])):
            away = rng.randint(0, length - 1)
            here[away : away + rng.randint(1, length)] = [False] * len(here[away : away + rng.randint(1, length)])
        here = (here + [False] * length)[:length]
        presence.append(here)
        begin += length + pause
    return blocks, presence


def log_of(blocks, presence, rng):
    """The log of whoever was in the room in these minutes; entries come in any order and early arrivals are entered as such."""
    lines = []
    for block, here in zip(blocks, presence, strict=True):
        for minute, is_here in enumerate(here):
            was_here = minute > 0 and here[minute - 1]
            at = block.starts_at + timedelta(minutes=minute)
            if is_here and not was_here:
                lines.append(LogLine(block.pk, "in", at - timedelta(minutes=rng.choice([0, 7])) if minute == 0 else at))
            if was_here and not is_here:
                lines.append(LogLine(block.pk, "out", at))
        if here[-1]:
            lines.append(LogLine(block.pk, "out", block.ends_at + timedelta(minutes=rng.choice([0, 4]))))
    rng.shuffle(lines)
    return lines


def by_hand(code, mode, approved, blocks, presence):
    """Units by the words of the rules, minute by minute, without the engine."""
    per_hour, bound, longest, step = BOARDS[code]
    if all(all(here) for here in presence):
        return approved
    if mode == "none":
        return Fraction(0)
    total = Fraction(0)
    for block, here in zip(blocks, presence, strict=True):
        stayed = sum(here)
        if stayed == 0 or (mode == "by_segment" and not all(here)):
            continue
        hours = Fraction(stayed, per_hour)
        if bound:
            clock = stayed + sum(pause for pause in block.pauses if longest is None or pause <= longest)
            hours = min(hours, Fraction(clock, 60))
        total += hours
    return min(approved, total // step * step)


@pytest.mark.parametrize("seed", range(150))
def test_minutes_equal_those_counted_one_by_one(seed):
    rng = random.Random(seed)
    blocks, presence = random_day(rng)
    lines = log_of(blocks, presence, rng)

    assert [attended_minutes(block, lines) for block in blocks] == [sum(here) for here in presence]
    assert evaluate(blocks, lines)["met"] == all(all(here) for here in presence)
    segments = attended_facts(blocks, lines)["segments"]
    assert [part["minutes"] - part["late_minutes"] - part["early_minutes"] if part["attended"] else 0 for part in segments] == [sum(here) for here in presence]


@pytest.mark.parametrize("mode", ["none", "by_segment", "actual_time"])
@pytest.mark.parametrize("code", BOARDS)
def test_hours_equal_the_arithmetic_of_the_rules(db, code, mode):
    activity = ActivityFactory(kind="workshop")
    row = AccreditationFactory(activity=activity, board=BoardFactory(code=code), units=Decimal("6"), partial_credit=mode)
    for seed in range(80):
        rng = random.Random(f"{code}{mode}{seed}")
        blocks, presence = random_day(rng)

        granted = granted_for({"attended": attended_facts(blocks, log_of(blocks, presence, rng))}, row)

        expected = by_hand(code, mode, Fraction(6), blocks, presence)
        assert Fraction(granted.units) == expected, (seed, blocks, presence)
