from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from credits.engine.matching import MODES, Match

UNIT = {"categories": frozenset({"ethics", "approval:x"}), "mode": "live_remote", "hands_on": Fraction(1, 2), "size": Fraction(6), "day": date(2026, 5, 1)}


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({}, True),
        ({"categories": ["law", "ethics"]}, True),
        ({"categories": ["law"]}, False),
        ({"categories": []}, False),
        ({"without": ["law"]}, True),
        ({"without": ["approval:x"]}, False),
        ({"modes": ["live_remote", "self_paced"]}, True),
        ({"modes": ["self_paced"]}, False),
        ({"hands_on_fraction_min": "0.5"}, True),
        ({"hands_on_fraction_min": "0.51"}, False),
        ({"size": {"from": "6"}}, True),
        ({"size": {"below": "6"}}, False),
        ({"size": {"from": "6.01"}}, False),
        ({"dated": {"from": "2026-05-01", "to": "2026-05-01"}}, True),
        ({"dated": {"from": "2026-05-02"}}, False),
        ({"dated": {"to": "2026-04-30"}}, False),
        ({"categories": ["ethics"], "modes": ["self_paced"]}, False),
    ],
)
def test_every_given_part_must_hold(match, holds):
    assert Match.from_json(match).holds(**UNIT) is holds


def test_a_unit_without_mode_or_day_fails_a_part_that_asks_for_one():
    held = UNIT | {"mode": None, "day": None}

    assert Match.from_json({"categories": ["ethics"]}).holds(**held)
    assert not Match.from_json({"modes": list(MODES)}).holds(**held)
    assert not Match.from_json({"dated": {"from": "2000-01-01"}}).holds(**held)
