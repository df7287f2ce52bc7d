"""Whatever the rule, units are neither made nor forgotten between the cycles of a licence."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from tests.credits.engine.standing_cases import credit, result

ENDS = ("2024-12-31", "2025-12-31", "2026-12-31")
MODES = ("in_person_hands_on", "in_person_lecture", "live_remote", "self_paced")
WIDE = {"open": {"year_offset": -1, "month": 7, "day": 1}, "close": {"year_offset": 0, "month": 12, "day": 31}}


def some_rule(random: Random) -> dict[str, Any]:
    """A board's row made up of parts that all boards have."""
    parts: dict[str, Any] = {
        "minima": [
            {"code": "ethics", "match": {"categories": ["ethics"]}, "units": "2"},
            {"code": "law", "match": {"categories": ["law"]}, "units": "1", "relation": "additional", "due_every": 2},
        ],
        "caps": [
            {"code": "remote", "match": {"modes": ["live_remote", "self_paced"]}, "scope": "cycle", "max_units": "4"},
            {"code": "day", "match": {}, "scope": "calendar_day", "max_units": "6"},
        ],
        "carry": {"generations": random.choice([1, 2]), "satisfies_minima": random.random() < 0.5, "max_units": "5", "shortfall_max": "3"},
        "window": WIDE,
        "grace": {"days": 45, "fee_required": random.random() < 0.3},
        "split_across_cycles": random.random() < 0.5,
        "repeat": {"within": {"cycles": random.choice([0, 1])}, "same": "course"},
        "exclude": [{"match": {"categories": ["yoga"]}, "reason": "excluded_activity"}],
    }
    return {name: part for name, part in parts.items() if random.random() < 0.6}


def some_credits(random: Random) -> list[dict[str, Any]]:
    return [
        credit(
            f"c{number}",
            f"{random.choice([2023, 2024, 2025, 2026])}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
            random.choice(["1", "2.5", "4", "7"]),
            random.sample(["ethics", "law", "yoga", "technique"], 1),
            random.choice(MODES),
            course=f"k{random.randrange(9)}",
            review=random.choice(["accepted"] * 9 + ["pending"]),
        )
        for number in range(random.randint(3, 12))
    ]


@pytest.mark.parametrize("seed", range(40))
def test_units_are_neither_made_nor_forgotten(seed):
    random = Random(seed)  # the same cases every time
    held = some_credits(random)
    sizes = {each["id"]: Fraction(each["segments"][0]["units"]) for each in held}
    renewals = [{"cycle_end": ENDS[0], "renewed_on": "2024-11-30"}] if random.random() < 0.3 else []

    found = result(*held, evaluate_ends=ENDS, as_of="2026-10-01", licence={"renewals": renewals}, **some_rule(random))

    spent: Counter[str] = Counter()
    carried_in = shortfall_in = Fraction(0)
    for each in found["cycles"]:
        assert (Fraction(each["carried_in"]), Fraction(each["shortfall_in"])) == (carried_in, shortfall_in)
        units: Counter[str] = Counter()
        of: Counter[str] = Counter()
        for line in each["dispositions"]:
            units[line["credit"]] += Fraction(line["units"])
            of[line["disposition"]] += Fraction(line["units"])
            if line["disposition"] == "counted":
                spent[line["credit"]] += Fraction(line["units"])
        new = {each_id for each_id in units if units[each_id] == sizes[each_id]}
        assert sum(units[old] for old in units.keys() - new) <= carried_in
        assert (of["carried_out"], of["lost"]) == (Fraction(each["carried_out"]), Fraction(each["lost"]))
        inside = sum(Fraction(row["applied"]) for row in each["minima"] if row["relation"] == "additional")
        assert of["counted"] == Fraction(each["applied"]) + inside
        assert Fraction(each["required"]) - Fraction(each["applied"]) <= Fraction(each["additional_needed"])
        assert each["compliant"] == (each["additional_needed"] == "0")
        carried_in, shortfall_in = Fraction(each["carried_out"]), Fraction(each["shortfall_out"])
    assert all(spent[each_id] <= sizes[each_id] for each_id in spent)
    placed = {line["credit"] for each in found["cycles"] for line in each["dispositions"]}
    assert placed.isdisjoint(line["credit"] for line in found["unplaced"])
    assert placed | {line["credit"] for line in found["unplaced"]} == set(sizes)
