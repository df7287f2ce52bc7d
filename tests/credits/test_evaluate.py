"""The command and the endpoint that evaluate a case: the same answer, byte for byte."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from credits.api.evaluation import MOST_BYTES, EvaluateThrottle
from credits.engine.vocabulary import result_faults
from tests.credits.engine.compare import load
from tests.factories.accounts import UserFactory

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "/api/v1/credits/evaluate"
CASE = load(ROOT / "tests/credits/engine/examples/43-two-clocks.json")[0]
BAD = CASE | {"calendar": {"anchor": "fixed_date", "months": 24, "month": 2, "day": 31, "parity": "licence_number"}}


def command(argument: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command as a person runs it, with nothing in the environment and in another folder."""
    return subprocess.run([sys.executable, ROOT / "manage.py", "evaluate_standing", argument], input=given, capture_output=True, env={}, cwd="/", check=False)


@pytest.fixture
def learner(db):
    cache.clear()
    client = Client()
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def send(client, body):
    return client.post(ADDRESS, body if isinstance(body, bytes) else json.dumps(body), content_type="application/json")


def test_the_command_needs_no_server_and_no_variable(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE))

    done = command(str(path))

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["licence_expiries"] == ["2024-04-30", "2026-04-30", "2028-04-30"]
    assert command("-", path.read_bytes()).stdout == done.stdout


@pytest.mark.parametrize(
    ("argument", "given", "path", "says"),
    [
        ("/nowhere/case.json", b"", "$", "/nowhere/case.json cannot be read (No such file or directory); name a file with a case, or - for standard input."),
        ("/", b"", "$", "/ cannot be read (Is a directory); name a file with a case, or - for standard input."),
        ("-", b"{", "$", "This is not JSON (line 1, column 2: Expecting property name enclosed in double quotes); correct it there."),
        ("-", b"\xff", "$", "This is not UTF-8 text; write the case as JSON in UTF-8."),
        ("-", json.dumps(BAD).encode(), "$.licence.number", "Give a number with a digit in it; the calendar goes by whether it is even or odd."),
    ],
)
def test_the_command_prints_what_is_wrong_and_exits_2(argument, given, path, says):
    done = command(argument, given)

    assert (done.returncode, done.stderr) == (2, b"")
    result = json.loads(done.stdout)
    assert result["errors"] == [{"path": path, "message": says}]
    assert result_faults(result) == []


def test_the_command_is_one_of_the_site_too(tmp_path, capsys):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(BAD))

    with pytest.raises(SystemExit) as ended:
        call_command("evaluate_standing", str(path))

    assert ended.value.code == 2
    assert json.loads(capsys.readouterr().out)["operation"] == "error"


def test_the_endpoint_answers_what_the_command_prints(learner, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):  # the session and its user
        answer = send(learner, CASE)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.content == command("-", json.dumps(CASE).encode()).stdout


def test_the_endpoint_answers_a_bad_case_with_422_and_the_same_object(learner):
    answer = send(learner, BAD)

    assert answer.status_code == 422
    assert answer.content == command("-", json.dumps(BAD).encode()).stdout


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"schema": NaN}', b'{"a": 1, "a": 2}', b"1" * 5000, b"1e99999999999999999999"])
def test_whatever_is_sent_gets_an_error_object(learner, body):
    answer = send(learner, body)

    assert answer.status_code == 422
    assert result_faults(answer.json()) == []


def test_a_case_that_is_too_long_is_refused(learner):
    answer = send(learner, CASE | {"title": "x" * MOST_BYTES})

    says = "A case sent here is at most 256 kB; leave out what it does not need."
    assert (answer.status_code, answer.json()["errors"]) == (413, [{"path": "$", "message": says}])


MANY_SORTS = "Its matches tell too many sorts of credit apart for a case sent here; use fewer sizes, dates and categories."


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        ({"credits": [{}] * 301}, "$.credits", "A case sent here has at most 300 of these, not 301; send it in parts."),
        ({"evaluate": ["2026-12-31"] * 31}, "$.evaluate", "A case sent here has at most 30 of these, not 31; send it in parts."),
        ({"rules": [{}, {"caps": [{}] * 16}]}, "$.rules[1].caps", "A case sent here has at most 15 of these, not 16; send it in parts."),
        (
            {"rules": [{"distinct": {"categories": list("abcdefghijkl"), "min": 6}}]},
            "$.rules[0].distinct",
            "There are too many choices of categories for a case sent here; list fewer, or fewer cycles.",
        ),
        (
            {
                "rules": [
                    {
                        "minima": [{"match": {"categories": [name]}} for name in "abcdefghijkl"],
                        "caps": [{"match": {"categories": [name]}} for name in "abcdefghijkl"],
                    }
                ]
            },
            "$.rules[0]",
            MANY_SORTS,
        ),
        (
            {
                "rules": [
                    {
                        "caps": [
                            {"match": {"size": {"from": str(n)}, "dated": {"from": f"2026-01-{n + 10}"}, "hands_on_fraction_min": f"0.{n}"}} for n in range(14)
                        ]
                    }
                ]
            },
            "$.rules[0]",
            MANY_SORTS,
        ),
    ],
)
def test_a_case_that_takes_long_is_refused(learner, change, path, says):
    answer = send(learner, CASE | change)

    assert (answer.status_code, answer.json()["errors"]) == (413, [{"path": path, "message": says}])


def test_a_person_may_not_keep_the_engine_busy(learner, monkeypatch):
    monkeypatch.setattr(EvaluateThrottle, "rate", "2/min")

    found = [send(learner, CASE).status_code for _ in range(3)]

    assert found == [200, 200, 429]


def test_the_schema_describes_it(learner):
    operation = learner.get("/api/v1/schema/", headers={"accept": "application/json"}).json()["paths"][ADDRESS]["post"]

    assert set(operation["responses"]) == {"200", "413", "422"}
    assert operation["requestBody"]["content"]["application/json"]["schema"]["required"] == ["schema", "operation"]
