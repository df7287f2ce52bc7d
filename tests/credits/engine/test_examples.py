"""The vocabulary's own examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from credits.engine.run import dumps, evaluate, evaluate_text
from credits.engine.vocabulary import result_faults
from tests.credits.engine.compare import differences, load

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_comes_out_as_it_says(path):
    case, expected = load(path)

    result = evaluate(case)

    assert differences(expected, result) == []
    assert result_faults(result) == []
    assert dumps(evaluate_text(dumps(case))) == dumps(result)


def test_all_examples_are_here():
    assert len(EXAMPLES) == 23


@pytest.mark.parametrize(
    ("expected", "found", "number"),
    [
        ({"a": "1.50"}, {"a": "1.5", "b": 1}, 0),
        ({"a": "1.5"}, {"a": 1.5}, 1),
        ({"a": 1}, {"a": True}, 1),
        ({"a": None}, {}, 1),
        ({"a": "2026-01-01"}, {"a": "2026-1-01"}, 1),
        ([{"a": "1"}, {"a": "2"}], [{"a": "2"}, {"a": "1"}], 2),
        ([], [1], 1),
        ({"a": []}, {"a": {}}, 1),
    ],
)
def test_the_comparison_is_strict(expected, found, number):
    assert len(differences(expected, found)) == number
