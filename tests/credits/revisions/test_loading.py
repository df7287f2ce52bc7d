"""Rule files become revisions; what officers decided is left alone."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from core.models import AuditEntry
from credits.models import FactVerification, OfficerTask, RuleRevision
from credits.revisions import in_force
from credits.revisions.loading import BoardsMissing, load_rules
from credits.rulebook import RulebookError, known
from credits.rulebook.loading import RULES
from credits.services import load_boards
from tests.factories.accounts import UserFactory
from tests.factories.credits import BoardFactory, RuleRevisionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_of_the_site")]


@pytest.fixture
def florida(tmp_path):
    """Writes Florida's file with other general hours; returns what to load."""
    BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")

    def write(general="5", **words):
        path = tmp_path / "us_fl_massage.yaml"
        text = (RULES / path.name).read_text(encoding="utf-8").replace('units: "5"', f'units: "{general}"')
        for old, new in words.values():
            text = text.replace(old, new)
        path.write_text(text)
        return [path]

    return write


def general():
    return known()["us_fl_massage"].rules[-1].content["minima"][5]["units"]


def test_all_files_are_taken_and_nothing_changes_for_anybody():
    before = known()
    load_boards()

    report = load_rules()

    assert (sorted(report.taken), report.unchanged, report.waiting, report.unfit) == (sorted(before), 0, [], [])
    assert {code: rules.facts for code, rules in known().items()} == {code: rules.facts for code, rules in before.items()}
    assert {row.origin for row in RuleRevision.objects.all()} == {"file"}
    assert not RuleRevision.objects.filter(took_force_at__isnull=True).exists()


def test_a_second_run_changes_nothing(florida):
    load_rules(paths=florida())

    report = load_rules(paths=florida())

    assert (report.taken, report.unchanged) == ([], 1)
    assert RuleRevision.objects.count() == 1
    assert AuditEntry.objects.filter(action="credits.load_rules").count() == 1


def test_another_file_takes_the_place_of_a_file(florida):
    load_rules(paths=florida())

    load_rules(paths=florida("4"))

    assert general() == "4"
    assert [(row.number, row.base and row.base.number) for row in RuleRevision.objects.order_by("number")] == [(1, None), (2, 1)]


def test_what_an_officer_put_in_force_stays_and_the_file_waits(florida, capsys):
    load_rules(paths=florida())
    signed = {"origin": "desk", "author": UserFactory(), "approved_by": UserFactory(), "approved_at": datetime.now(UTC)}
    RuleRevisionFactory(number=2, text=florida("3")[0].read_text(), **signed)
    in_force.forget()
    assert general() == "3"

    call_command("load_rules", *florida("4"))

    waiting = RuleRevision.objects.get(number=3)
    assert (general(), waiting.state, waiting.origin) == ("3", "waiting", "file")
    assert "us_fl_massage: an officer's revision is in force and was left alone. The file's is revision 3" in capsys.readouterr().out
    task = OfficerTask.objects.get()
    assert (task.kind, task.is_open, task.address) == ("rule_change", True, f"/desk/credits/rules/revisions/{waiting.pk}/")

    load_rules(paths=florida("4"))  # the same again
    assert (RuleRevision.objects.count(), OfficerTask.objects.count()) == (3, 1)

    load_rules(paths=florida("2"))  # a newer file
    waiting.refresh_from_db()
    assert (waiting.state, waiting.withdraw_reason) == ("withdrawn", "A newer file takes its place.")
    assert RuleRevision.objects.get(number=4).state == "waiting"
    assert [task.is_open for task in OfficerTask.objects.order_by("pk")] == [False, True]


def test_a_file_that_says_what_the_desk_says_is_no_change(florida):
    RuleRevisionFactory(number=1, origin="desk", author=UserFactory(), approved_by=UserFactory(), text=florida("3")[0].read_text())

    report = load_rules(paths=florida("3"))

    assert (report.taken, report.waiting, report.unchanged) == ([], [], 1)
    assert RuleRevision.objects.count() == 1


def test_what_is_verified_in_a_file_stays_verified_fact_by_fact(florida):
    verified = {"by": ("verified_by: null", "verified_by: Ada Li"), "on": ("verified_on: null", "verified_on: 2026-11-20")}
    load_rules(paths=florida(**verified))
    rules = known()["us_fl_massage"]
    assert rules.is_verified
    assert FactVerification.objects.count() == len(rules.facts)

    load_rules(paths=florida("4"))

    rules = known()["us_fl_massage"]
    assert not rules.is_verified
    assert [fact.name for fact in rules.facts if not rules.fact_is_verified(fact.kind, fact.name)] == [
        "us_fl_massage.waiver version 1",
        "us_fl_massage.standard version 1",
    ]


def test_a_mistake_in_any_file_and_nothing_is_taken(florida):
    with pytest.raises(RulebookError, match=r"share no unit and want 25 together, more than the 24 required"):
        load_rules(paths=florida("6"))
    with pytest.raises(CommandError, match=r"Nothing was loaded; `manage\.py check_rules` says more"):
        call_command("load_rules", *florida("6"))

    assert not RuleRevision.objects.exists()


def test_boards_come_first():
    with pytest.raises(BoardsMissing, match=r"There is no board us_fl_massage here yet\. Run manage\.py load_boards first\."):
        load_rules(paths=[RULES / "us_fl_massage.yaml"])
    with pytest.raises(CommandError, match=r"Run manage\.py load_boards first"):
        call_command("load_rules", RULES / "us_fl_massage.yaml")


def test_what_is_in_force_and_not_right_any_more_is_said(florida, capsys):
    text = florida()[0].read_text().replace("calendar:\n", "colour: red\n\ncalendar:\n")
    RuleRevisionFactory(number=1, origin="desk", author=UserFactory(), approved_by=UserFactory(), text=text)

    call_command("load_rules", *florida())

    assert "us_fl_massage, revision 1: row: there is no field colour here." in capsys.readouterr().out


def test_explain_rules_explains_what_is_in_force(florida, capsys):
    load_rules(paths=florida("4"))

    call_command("explain_rules", "us_fl_massage")
    assert "Revision 1, in force since" in (said := capsys.readouterr().out)
    assert "At least 4 hours: any kind" in said

    call_command("explain_rules", "us_fl_massage", "--files")
    assert "At least 5 hours: any kind" in capsys.readouterr().out
