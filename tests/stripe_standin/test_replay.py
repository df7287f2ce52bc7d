"""The recorded contract: the stand-in still answers as written, and a difference would be seen."""

import json

import pytest

from stripe_standin.replay import CONTRACT, differences, encoded, replay, shape_of

STEPS = json.loads(CONTRACT.read_text())


def test_the_stand_in_answers_as_recorded(stripe_api):
    assert replay(stripe_api.url, "sk_test_replay", STEPS) == []


def test_a_recorded_answer_that_no_longer_comes_is_named(stripe_api):
    steps = [{**STEPS[0], "status": 201}, {**STEPS[0], "key": "another", "shape": {**STEPS[0]["shape"], "balance": "string", "shoe_size": "integer"}}]

    assert replay(stripe_api.url, "sk_test_replay", steps) == [
        "1. A customer: status 200, not 201",
        "2. A customer: balance is integer, not string",
        "2. A customer: shoe_size is missing",
    ]


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        ({"a": 1}, {"a": 2}, []),
        ({"a": 1}, {"a": "1"}, ["a is string, not integer"]),
        ({"a": None}, {"a": "1"}, []),
        ({"a": {"b": [1]}}, {"a": {"b": ["x"]}}, ["a.b[] is string, not integer"]),
        ({"a": [1]}, {"a": []}, []),
        ({"metadata": {"a": "1"}}, {"metadata": {}}, []),
        ({}, {"a": True}, ["a is new"]),
        ({"a": {}}, {"a": "x"}, ["a is string, not an object"]),
    ],
)
def test_shapes_differ_by_keys_and_types(expected, found, said):
    assert list(differences(shape_of(expected), shape_of(found))) == said


def test_parameters_take_stripes_form():
    assert list(encoded({"a": [{"b": True}], "c": {"d": 1}})) == [("a[0][b]", "true"), ("c[d]", "1")]
