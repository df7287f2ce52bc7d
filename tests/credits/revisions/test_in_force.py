"""`known()` answers with what the database says is in force, fresh within seconds and without a query per call."""

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core import clock
from credits.licence_needs import needs_of
from credits.models import FactVerification, RuleRevision, RulesStamp
from credits.revisions import in_force
from credits.rulebook import known, load
from credits.rulebook.in_use import from_files
from credits.rulebook.loading import RULES
from tests.factories.accounts import UserFactory
from tests.factories.credits import BoardFactory, LicenceFactory, RuleRevisionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def florida(old='units: "12"', new='units: "14"'):
    return (RULES / "us_fl_massage.yaml").read_text(encoding="utf-8").replace(old, new)


def technique(board="us_fl_massage"):
    return known()[board].rules[-1].content["minima"][4]["units"]


@pytest.fixture
def at(monkeypatch):
    def set_clock(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(NOW)
    return set_clock


def test_an_untouched_installation_has_the_rules_of_the_files(rules_of_the_site):
    assert known() == load() == from_files()


def test_a_revision_in_force_stands_in_place_of_the_file(rules_of_the_site, at):
    RuleRevisionFactory(text=florida(), sole_officer=True, reason="Rule 64B7-28.009 changed.", number=3)

    assert technique() == "14"
    assert (known()["us_fl_massage"].revision.number, known()["us_fl_massage"].revision.sole_officer) == (3, True)
    assert known()["us_ga_massage"] == from_files()["us_ga_massage"]
    assert list(known()) == list(from_files())


def test_only_what_was_signed_off_is_in_force(rules_of_the_site, at):
    author = UserFactory()
    RuleRevisionFactory(text=florida(), state="draft", approved_at=None, took_force_at=None)
    RuleRevisionFactory(text=florida(), state="waiting", origin="desk", author=author, approved_at=None, took_force_at=None)
    RuleRevisionFactory(text=florida(), state="withdrawn", withdrawn_at=NOW, withdraw_reason="A slip.", approved_at=None, took_force_at=None)

    assert technique() == "12"


def test_the_last_to_take_force_holds(rules_of_the_site, at):
    RuleRevisionFactory(text=florida(), in_force_from=NOW - timedelta(days=2), number=1)
    RuleRevisionFactory(text=florida(new='units: "15"'), in_force_from=NOW - timedelta(days=1), number=2)
    RuleRevisionFactory(text=florida(new='units: "16"'), in_force_from=NOW - timedelta(days=1), number=3)

    assert technique() == "16"


def test_a_rule_whose_delay_is_over_takes_force_by_itself(db, at):
    in_force.forget()  # and fresh for the usual seconds: the day of the change is not waited for
    RuleRevisionFactory(text=florida(), in_force_from=NOW + timedelta(hours=24), number=7, took_force_at=None)
    assert (technique(), known()["us_fl_massage"].coming) == ("12", None)  # the file's, of a board the database knows nothing of

    at(NOW + timedelta(hours=23, minutes=59))
    assert technique() == "12"
    at(NOW + timedelta(hours=24))
    assert technique() == "14"


def test_what_is_coming_is_known_with_the_rules_in_force(rules_of_the_site, at):
    RuleRevisionFactory(number=1)
    RuleRevisionFactory(text=florida(), in_force_from=NOW + timedelta(days=3), number=2, took_force_at=None)
    RuleRevisionFactory(text=florida(), in_force_from=NOW + timedelta(days=2), number=3, took_force_at=None)

    assert (known()["us_fl_massage"].revision.number, known()["us_fl_massage"].coming.number) == (1, 3)


def test_calls_cost_no_query_while_fresh_and_one_when_nothing_changed(at, monkeypatch, django_assert_num_queries):
    seconds = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    RuleRevisionFactory(text=florida())
    in_force.forget()
    first = known()

    with django_assert_num_queries(0):
        seconds[0] += in_force.FRESH_S - 0.1
        assert known() is first
    with django_assert_num_queries(1):
        seconds[0] += 0.2
        assert known() is first
    with django_assert_num_queries(0):
        assert known() is first


def test_a_change_is_seen_by_a_process_that_did_not_make_it(at, monkeypatch):
    seconds = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: seconds[0])
    in_force.forget()
    assert technique() == "12"

    RuleRevisionFactory(text=florida())
    in_force.note_change()  # whose on_commit does not run here: what another process does
    assert technique() == "12"
    seconds[0] += in_force.FRESH_S
    assert technique() == "14"


def test_the_process_that_made_the_change_sees_it_at_once(at, django_capture_on_commit_callbacks):
    in_force.forget()
    known()

    with django_capture_on_commit_callbacks(execute=True):
        RuleRevisionFactory(text=florida())
        in_force.note_change()

    assert technique() == "14"
    assert RulesStamp.objects.count() == 1


def test_inside_a_transaction_that_failed_the_last_reading_answers(at, monkeypatch, rules_of_the_site):
    before = known()

    with transaction.atomic():
        with suppress(IntegrityError):
            BoardFactory(unit_decimals=-1)
        assert known() is before
        transaction.set_rollback(True)


def test_what_rests_on_the_rules_follows_them(rules_of_the_site, at):
    assert needs_of("us_fl_massage").born_on is False

    RuleRevisionFactory(text=florida("anchor: fixed_date\n  months: 24\n  month: 8\n  day: 31\n  parity: odd", "anchor: birthday\n  months: 24"))
    in_force.note_change()

    assert needs_of("us_fl_massage").born_on is True


def test_a_verified_fact_holds_for_what_it_said(rules_of_the_site, at):
    rules = known()["us_fl_massage"]
    board = BoardFactory(code="us_fl_massage")
    for fact in rules.facts:
        words = {"verified_by_name": "Ada Li", "verified_on": NOW.date(), "source_seen": fact.reference}
        FactVerification.objects.create(board=board, kind=fact.kind, name=fact.name, digest=fact.digest, **words)
    in_force.note_change()
    assert (known()["us_fl_massage"].is_verified, known()["us_fl_massage"].verified_count) == (True, (len(rules.facts), len(rules.facts)))

    RuleRevisionFactory(board=board, text=florida())
    in_force.note_change()

    after = known()["us_fl_massage"]
    assert not after.is_verified
    assert not after.fact_is_verified("rules", "us_fl_massage.standard version 1")
    assert after.fact_is_verified("calendar", "calendar")


def test_what_only_providers_are_asked_does_not_keep_a_renewal_unverified(rules_of_the_site, at):
    rules, board = known()["us_fl_massage"], BoardFactory(code="us_fl_massage")
    for fact in rules.facts:
        if fact.kind in ("calendar", "rules"):
            words = {"verified_by_name": "Ada Li", "verified_on": NOW.date(), "source_seen": fact.reference}
            FactVerification.objects.create(board=board, kind=fact.kind, name=fact.name, digest=fact.digest, **words)
    in_force.note_change()

    assert known()["us_fl_massage"].is_verified
    assert known()["us_fl_massage"].verified_count == (4, len(rules.facts))


@pytest.mark.parametrize("change", [{"text": "other"}, {"reason": "other"}, {"state": "draft"}, {"in_force_from": NOW}, {"sole_officer": True}])
def test_the_database_keeps_what_was_signed_off(change):
    row = RuleRevisionFactory()

    with pytest.raises(IntegrityError, match=r"rule revision|sign-off"), transaction.atomic():
        RuleRevision.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
        row.delete()


def test_a_draft_may_change_and_be_thrown_away():
    row = RuleRevisionFactory(state="draft", approved_at=None, took_force_at=None)

    RuleRevision.objects.filter(pk=row.pk).update(text="other", content=None)
    row.delete()

    assert not RuleRevision.objects.exists()


def test_what_one_officer_signed_alone_shows_on_exactly_those_facts(rules_of_the_site, at):
    author = UserFactory()
    alone = {"origin": "desk", "author": author, "approved_by": author, "sole_officer": True, "sole_reason": "Nobody else is here."}
    RuleRevisionFactory(number=1)
    RuleRevisionFactory(number=2, text=florida(), approved_at=NOW - timedelta(days=9), **alone)
    RuleRevisionFactory(number=3, text=florida().replace("parity: odd", "parity: even"), approved_at=NOW - timedelta(days=5))

    words = {place: (said.number, said.sole_reason) for place, said in known()["us_fl_massage"].alone.items()}
    assert words == {
        ("rules", "us_fl_massage.waiver version 1"): (2, "Nobody else is here."),
        ("rules", "us_fl_massage.standard version 1"): (2, "Nobody else is here."),
    }
    assert known()["us_fl_massage"].revision.sole_officer is False  # the third was signed by two

    RuleRevision.objects.filter(number=2).update(confirmed_at=NOW, confirmed_by=UserFactory())
    in_force.note_change()
    assert known()["us_fl_massage"].alone == {}


def test_the_learner_sees_that_a_rule_is_one_officers_word(client, rules_of_the_site, at):
    licence = LicenceFactory(board=BoardFactory(code="us_fl_massage"), issued_on=date(2015, 3, 1))
    author = UserFactory()
    alone = {"origin": "desk", "author": author, "approved_by": author, "sole_officer": True, "sole_reason": "Nobody else is here."}
    RuleRevisionFactory(number=1)
    client.force_login(licence.user)
    address = reverse("credits:licence_standing", args=[licence.pk])
    assert "one officer" not in client.get(address).content.decode()

    RuleRevisionFactory(number=2, text=florida(), approved_at=NOW - timedelta(days=9), **alone)
    in_force.note_change()
    text = client.get(address).content.decode()
    assert "One CE officer put this rule in force on November 14, 2026 alone" in text
    assert "Nobody else is here." in text

    RuleRevisionFactory(number=3, approved_at=NOW - timedelta(days=1), in_force_from=NOW + timedelta(hours=5), took_force_at=None, **alone)
    in_force.note_change()
    assert "takes force on November 23, 2026, 12:00 p.m. EST" in client.get(address).content.decode()
