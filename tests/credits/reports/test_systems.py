"""The data of systems and layouts: each fact with its source, each column with its field."""

from datetime import date

import pytest

from credits.reports.duties import duties, duty_of
from credits.reports.layouts import FIELDS, TELLING, WORDS_OF_FIELDS
from credits.reports.systems import layouts, systems
from credits.revisions import in_force
from credits.revisions.verification import verify_fact
from credits.rulebook import known
from tests.factories.accounts import user_with_role
from tests.factories.credits import BoardFactory


def test_every_system_the_boards_name_is_known():
    named = {fact.content["system"] for rules in known().values() for fact in rules.facts if fact.kind == "reporting"}

    assert named - {None} <= set(systems())


def test_every_fact_has_its_source():
    for system in systems().values():
        for fact in (*system.facts, system.correction):
            assert fact.value.endswith(".")
            assert fact.reference
            assert fact.confidence in ("read", "third_party", "own")
            assert (fact.read_on is None) == (fact.confidence == "own")


def test_ce_brokers_columns_are_those_of_its_page():
    layout = layouts()["ce_broker_xls"]

    assert "".join(column.letter for column in layout.columns) == "ABCDEFGHIJ"
    assert [column.field for column in layout.columns][:8] == list(FIELDS["ce_broker_xls"])
    assert not layout.knows_amendments
    assert layouts()["roster_csv"].knows_amendments


def test_what_tells_an_entry_apart_has_words():
    assert set(FIELDS) == set(TELLING) == set(layouts())
    for code, names in TELLING.items():
        assert set(names) <= set(FIELDS[code])
        assert set(names) <= set(WORDS_OF_FIELDS)


@pytest.mark.parametrize(
    ("board", "is_ours", "days", "consent"),
    [("us_ga_massage", True, 7, True), ("us_fl_massage", True, None, False), ("us_la_massage", True, None, False), ("us_sc_massage", False, None, False)],
)
def test_what_the_boards_ask_is_their_data(board, is_ours, days, consent):
    duty = duty_of(board)

    assert (duty.is_ours, duty.deadline_days, duty.needs_consent) == (is_ours, days, consent)
    assert duty.due_on(date(2026, 11, 20)) == (date(2026, 11, 27) if days else None)
    assert board in duties()


def test_a_board_that_says_nothing_asks_nothing():
    assert duty_of("us_tx_massage") is None
    assert duty_of("nobody") is None


def test_what_a_board_asks_counts_as_verified_when_that_fact_was_not_only_its_rules(db):
    board, officer = BoardFactory(code="us_ga_massage"), user_with_role("ce_officer")
    fact = next(fact for fact in known()["us_ga_massage"].facts if fact.kind == "reporting")
    assert not duty_of("us_ga_massage").is_verified

    verify_fact(officer=officer, board=board, kind=fact.kind, name=fact.name, digest=fact.digest, source_seen="Rule 345-4-.03, as of September 2024")

    in_force.forget()  # as after the commit

    assert duty_of("us_ga_massage").is_verified
    assert not known()["us_ga_massage"].is_verified
