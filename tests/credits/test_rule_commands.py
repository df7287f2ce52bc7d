"""`check_rules` and `explain_rules`, without a database."""

import re
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from credits.rulebook import load
from credits.rulebook.explaining import explain
from credits.rulebook.loading import RULES, category_words

BOARDS = load()


def test_check_rules_counts_what_is_sure_and_what_is_not(capsys):
    call_command("check_rules")

    lines = capsys.readouterr().out.splitlines()

    boards = len(list(RULES.glob("*.yaml")))
    assert lines[0].split() == ["Board", "rows", "facts", "verified", "confidence", "calendar", "oldest", "text"]
    assert lines[boards + 2].split() == ["Boards", str(boards)]
    assert any(line.split() == ["us_mo_massage", "1", "3", "no", "read", "known", "2024-03-15"] for line in lines)
    assert lines[-1] == "Mistakes: none."
    assert any(line.startswith("Oldest text") for line in lines)


def test_check_rules_stops_at_mistakes(tmp_path):
    path = tmp_path / "us_fl_massage.yaml"
    path.write_text((RULES / "us_fl_massage.yaml").read_text().replace('units: "12"', "units: 12").replace("months: 24", "months: 0"))

    with pytest.raises(CommandError) as caught:
        call_command("check_rules", path)

    text = str(caught.value)
    assert text.startswith("3 mistakes; no rule is used until all are right.\n")
    assert "us_fl_massage.yaml, rule us_fl_massage.standard version 1, minima.technique.units: 12 is a bare number." in text


def test_explain_rules_says_each_rule_with_its_source(capsys):
    call_command("explain_rules", "us_fl_massage")

    text = capsys.readouterr().out

    assert "A cycle lasts 2 years and ends on 31 August of odd years." in text
    assert "The first renewal (cycle 1): 1 hour for each calendar month licensed." in text
    assert "At least 12 hours: massage technique, hands-on in person." in text
    assert "section-64b7-28-009" in text
    assert "as of 24 September 2024" in text
    assert "Nobody at the school has verified these rules." in text


def test_explain_rules_for_one_cycle_leaves_other_rows_out(capsys):
    call_command("explain_rules", "us_fl_massage", "--on", "2027-08-31")

    text = capsys.readouterr().out

    assert "For a cycle that ends on 31 August 2027:" in text
    assert "waiver" not in text


def test_explain_rules_of_a_board_without_rules_suggests(capsys):
    with pytest.raises(CommandError, match=r"There are no rules of FL\. Is it us_fl_massage\?"):
        call_command("explain_rules", "FL")


@pytest.mark.parametrize("board", BOARDS)
def test_every_board_can_be_explained(board):
    words = {**category_words(), "boards": {code: rules.name for code, rules in BOARDS.items()}}

    text = "\n".join(explain(BOARDS[board], words=words))

    assert "Source: " in text
    assert not re.search(r"\bNone\b|[{}]", text)


def test_the_commands_need_no_server_and_no_variable():
    run = subprocess.run([sys.executable, "manage.py", "check_rules"], capture_output=True, text=True, env={"PATH": ""}, check=False)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("Mistakes: none.\n")
