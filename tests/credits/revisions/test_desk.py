"""The desk pages of the rules."""

import csv
import io
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from accounts.services import grant_role
from credits.models import FactVerification, RuleRevision, RuleTrial
from credits.revisions import in_force
from credits.revisions.drafts import start_draft
from credits.revisions.signing import sign_alone, sign_revision, submit_revision
from credits.revisions.trials import run_trial
from credits.rulebook import known
from credits.rulebook.yaml_text import parse
from tests.credits.revisions.conftest import FLORIDA
from tests.factories.accounts import UserFactory
from tests.factories.credits import BoardFactory, LicenceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_of_the_site")]
TODAY = date(2026, 11, 23)
LESS = FLORIDA.replace('units: "5"', 'units: "4"')


@pytest.fixture
def desk(client, officer, florida):
    client.force_login(officer)
    return client


def url(name, *args, **kwargs):
    return reverse(f"credits_desk:{name}", args=args, kwargs=kwargs)


def page(client, name, *args, status=200):
    answer = client.get(url(name, *args))
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def submitted(officer, board, text=LESS):
    revision = submit_revision(officer=officer, draft=start_draft(officer=officer, board=board, text=text), reason="As amended in 2026.")
    run_trial(trial=revision.trials.get().pk)
    return revision


def row_form(**changes):
    """What the form of Florida's standard row sends, with `changes`."""
    rows = parse(FLORIDA)["rules"]
    data = {"required": "24"}
    for number, part in enumerate(rows[2]["minima"]):
        data |= {f"minimum_{number}": part["units"], f"modes_{number}": part["match"].get("modes", [])}
    return data | changes


def test_the_overview_says_what_waits_for_whom(desk, officer, second, florida):
    assert "Nothing waits for a signature." in page(desk, "rule_list")

    submitted(officer, florida)
    submitted(second, florida, FLORIDA.replace('units: "5"', 'units: "3"'))
    start_draft(officer=officer, board=florida, purpose="what_if", reason="What if Florida wants more?")

    text = page(desk, "rule_list")
    assert "yours: another officer signs" in text
    assert "yours to sign" in text
    assert "What if Florida wants more?" in text
    assert f"0 of {sum(len(rules.facts) for rules in known().values())} facts of {len(known())} boards are verified." in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_overview_costs_the_same_for_many(desk, officer, florida, count, django_assert_num_queries):
    for number in range(count):
        submitted(officer, florida, FLORIDA.replace('units: "5"', f'units: "{number}"'))
        start_draft(officer=officer, board=florida)
    page(desk, "rule_list")

    with django_assert_num_queries(11):
        page(desk, "rule_list")


def test_a_board_shows_each_fact_beside_its_source(desk, florida):
    text = page(desk, "rule_board", florida.code)

    assert "Revision 1, in force since" in text
    assert "A cycle lasts 2 years and ends on 31 August of odd years." in text
    assert "section-64b7-28-009" in text
    assert f"0 of {len(known()[florida.code].facts)} facts verified." in text
    assert "I have re-read it" in text


def test_a_board_without_rules_offers_the_first_document(desk):
    board = BoardFactory(code="us_ks_massage", name="Kansas")

    assert "No rules of this body are in our data." in page(desk, "rule_board", board.code)
    answer = desk.post(url("rule_draft_add", board.code))

    draft = RuleRevision.objects.get(board=board)
    assert answer.headers["Location"] == url("rule_text", draft.pk)
    assert "board: no board has the code us_ks_massage" in page(desk, "rule_text", draft.pk)


def test_staff_read_and_write_nothing(client, officer, florida):
    staff = UserFactory()
    grant_role(user=staff, role=Role.STAFF, granted_by=None)
    client.force_login(staff)
    revision = submitted(officer, florida)

    assert "I have re-read it" not in page(client, "rule_board", florida.code)
    assert "Sign off</a>" not in page(client, "rule_revision", revision.pk)
    page(client, "rule_change", florida.code, status=403)
    page(client, "rule_trial", revision.trials.get().pk, status=403)


def test_a_fact_is_verified_and_taken_back(desk, officer, florida):
    fact = known()["us_fl_massage"].facts[0]
    data = {"kind": fact.kind, "name": fact.name, "digest": fact.digest, "source_seen": ""}

    wrong = desk.post(url("fact_verify", florida.code), data)
    assert (wrong.status_code, FactVerification.objects.count()) == (422, 0)

    right = desk.post(url("fact_verify", florida.code), data | {"source_seen": "64B7-28.009"}, follow=True)
    assert "Verified by you: When a cycle ends." in right.content.decode()
    row = FactVerification.objects.get()
    assert "Take the verification back" in page(desk, "rule_board", florida.code)

    assert desk.post(url("fact_unverify", row.pk), {"reason": ""}).status_code == 422
    desk.post(url("fact_unverify", row.pk), {"reason": "It moved."})
    row.refresh_from_db()
    assert row.withdraw_reason == "It moved."


def test_a_fact_that_changed_meanwhile_is_not_verified(desk, florida):
    data = {"kind": "calendar", "name": "calendar", "digest": "0" * 64, "source_seen": "64B7-28.009"}

    answer = desk.post(url("fact_verify", florida.code), data, follow=True)

    assert "This fact was changed meanwhile." in answer.content.decode()
    assert not FactVerification.objects.exists()


def test_what_if_florida_raises_in_person_to_14(desk, florida):
    licence = LicenceFactory(board=florida, issued_on=date(2015, 3, 1), number="MA 4711")
    assert "us_fl_massage.standard version 1" in page(desk, "rule_what_if", florida.code)
    address = url("rule_what_if", florida.code) + "?row=2"
    assert "Massage technique may be earned" in desk.get(address).content.decode()

    wrong = desk.post(address, row_form(question="In-person 14?", minimum_4="14"))
    assert wrong.status_code == 422
    assert "want 26 together, more than the 24 required" in wrong.content.decode()
    assert "Nothing is different." in desk.post(address, row_form(question="Nothing?")).content.decode()
    assert RuleRevision.objects.count() == 1

    answer = desk.post(address, row_form(question="In-person 14?", minimum_4="14", required="26"))
    trial = RuleTrial.objects.get()
    assert answer.headers["Location"] == url("rule_trial", trial.pk)
    assert "0 of 1 licences examined" in page(desk, "rule_trial", trial.pk)
    run_trial(trial=trial.pk)

    text = page(desk, "rule_trial", trial.pk)
    assert "1 of 1 licences would stand otherwise." in text
    assert "MA 4711" in text
    assert "26 hours by Aug. 31, 2027" in text
    assert trial.revision.purpose == "what_if"
    rows = list(csv.reader(io.StringIO(desk.get(url("rule_trial_csv", trial.pk)).content.decode())))
    assert [rows[0][0], rows[1][1], rows[1][2], rows[1][3], rows[1][7:9]] == ["person", licence.user.email, "MA 4711", "more", ["24", "26"]]
    assert "Nobody" not in desk.get(url("rule_trial", trial.pk) + "?effect=undone").content.decode()


def test_a_dry_run_that_finds_nobody_says_so(desk, officer, florida):
    revision = submitted(officer, florida)

    assert "No licence of this board is on file." in page(desk, "rule_trial", revision.trials.get().pk)


def test_progress_is_a_fragment_for_htmx(desk, officer, florida):
    revision = submit_revision(officer=officer, draft=start_draft(officer=officer, board=florida, text=LESS), reason="As amended.")

    answer = desk.get(url("rule_trial", revision.trials.get().pk), headers={"HX-Request": "true"}).content.decode()

    assert answer.startswith('<div id="trial"')
    assert "hx-trigger" in answer


def test_a_change_from_a_day_on_is_written_submitted_and_signed(desk, client, officer, second, florida):
    address = url("rule_change", florida.code) + "?row=2"
    data = row_form(minimum_5="4", how="from", basis="cycle_end", begins="2029-08-31", source="+", reason="64B7-28.009 as amended.", is_official="on")

    missing = desk.post(address, {**data, "begins": ""}).content.decode()
    assert "Give the day from which the new rule holds." in missing
    assert "Give the address or the citation of the text you read." in missing

    data |= {"reference": "https://example.org/rule", "read_on": "2026-11-20"}
    draft_page = desk.post(address, data, follow=True).content.decode()
    assert "Rule: us_fl_massage.standard version 2" in draft_page
    assert "in a cycle that ends up to 30 August 2029" in draft_page
    draft = RuleRevision.objects.get(number=2)
    run_trial(trial=draft.trials.get().pk)

    desk.post(url("rule_act", draft.pk, "submit"), {"reason": "64B7-28.009 as amended."})
    refused = desk.post(url("rule_act", draft.pk, "sign"), {"is_read": "on"})
    assert (refused.status_code, "another CE officer signs it off" in refused.content.decode()) == (422, True)

    client.force_login(second)
    unread = client.post(url("rule_act", draft.pk, "sign"), {})
    assert "Read them first" in unread.content.decode()
    signed = client.post(url("rule_act", draft.pk, "sign"), {"is_read": "on"}, follow=True)
    assert "Signed off: it is in force." in signed.content.decode()
    assert [row.name for row in known()["us_fl_massage"].rules][-2:] == ["us_fl_massage.standard version 1", "us_fl_massage.standard version 2"]


def test_a_correction_changes_the_row_itself(desk, florida):
    data = row_form(minimum_5="4", how="correct", source="rule", reason="A slip of ours.")

    desk.post(url("rule_change", florida.code) + "?row=2", data)

    draft = RuleRevision.objects.get(number=2)
    assert parse(draft.text)["rules"][2]["minima"][5]["units"] == "4"
    assert len(parse(draft.text)["rules"]) == 3


def test_a_waiver(desk, florida):
    data = row_form(modes_4=[], first="2027-08-31", last="2027-08-31", source="waiver", reason="After the storms.")

    wrong = desk.post(url("rule_waive", florida.code) + "?row=2", {**data, "last": "2026-01-01"})
    assert "The waiver ends before it begins." in wrong.content.decode()
    desk.post(url("rule_waive", florida.code) + "?row=2", data)

    draft = RuleRevision.objects.get(number=2)
    assert (draft.purpose, parse(draft.text)["rules"][2]["status"]) == ("waiver", "waiver")


def test_the_text_is_kept_with_its_mistakes_and_their_lines(desk, officer, florida):
    draft = start_draft(officer=officer, board=florida)
    wrong = FLORIDA.replace("parity: odd", "parity: purple")

    answer = desk.post(url("rule_text", draft.pk), {"text": wrong, "seen_text": FLORIDA, "reason": ""}, follow=True).content.decode()
    line = FLORIDA.splitlines().index("  parity: odd") + 1
    assert f'data-line="{line}">Line {line}</a>: calendar.parity:' in answer
    assert "<code>  parity: purple</code>" in answer
    assert "1 mistake keeps it from being submitted" in page(desk, "rule_revision", draft.pk)

    again = desk.post(url("rule_text", draft.pk), {"text": LESS, "seen_text": FLORIDA, "reason": ""})
    assert (again.status_code, "saved from another window" in again.content.decode()) == (422, True)

    answer = desk.post(url("rule_text", draft.pk), {"text": LESS, "seen_text": wrong, "reason": "As amended."}, follow=True).content.decode()
    assert "Saved. The document is right" in answer


def test_another_officers_draft_is_not_edited(desk, second, florida):
    draft = start_draft(officer=second, board=florida)

    page(desk, "rule_text", draft.pk, status=404)
    assert desk.post(url("rule_act", draft.pk, "discard"), {}).status_code == 422
    assert RuleRevision.objects.filter(pk=draft.pk).exists()


def test_signing_alone_shows_at_the_desk(desk, officer, florida):
    revision = submitted(officer, florida)

    assert desk.post(url("rule_act", revision.pk, "sign-alone"), {"is_read": "on", "reason": ""}).status_code == 422
    desk.post(url("rule_act", revision.pk, "sign-alone"), {"is_read": "on", "reason": "The second officer is on leave."})

    shown = page(desk, "rule_revision", revision.pk)
    assert "by one officer alone" in shown
    assert "0 of 0 licences" in shown  # the dry run it was signed by, which a second officer says to have looked at
    assert "One officer signed it off alone." in page(desk, "rule_board", florida.code)
    assert "Signed, and not yet in force" in page(desk, "rule_list")


def test_each_verb_has_its_page_and_no_other(desk, officer, second, florida):
    revision = submitted(officer, florida)
    for verb in ("submit", "sign", "sign-alone", "confirm", "withdraw", "discard", "adopt", "rebase"):
        assert "<h1>" in page(desk, "rule_act", revision.pk, verb)
    page(desk, "rule_act", revision.pk, "delete", status=404)


def test_a_draft_is_started_from_an_older_revision_and_thrown_away(desk, officer, second, florida):
    sign_revision(officer=second, revision=submitted(officer, florida))

    desk.post(url("rule_draft_add", florida.code), {"follows": RuleRevision.objects.get(number=1).pk})
    draft = RuleRevision.objects.get(number=3)
    assert (draft.text, draft.base.number) == (FLORIDA, 2)

    answer = desk.post(url("rule_act", draft.pk, "discard"), {}, follow=True)
    assert "The draft is gone." in answer.content.decode()
    assert not RuleRevision.objects.filter(pk=draft.pk).exists()


def test_the_document_in_force_can_be_downloaded(desk, florida):
    answer = desk.get(url("rule_document", florida.code))

    assert answer.content.decode() == FLORIDA
    assert answer.headers["Content-Disposition"] == 'attachment; filename="us_fl_massage.yaml"'


def test_what_an_officer_signed_alone_waits_for_a_second(desk, officer, second, florida):
    revision = submitted(officer, florida)
    sign_alone(officer=officer, revision=revision, reason="Nobody else is here.")

    assert "Confirm as the second officer" not in page(desk, "rule_revision", revision.pk)
    desk.force_login(second)
    assert "Confirm as the second officer" in page(desk, "rule_revision", revision.pk)
    desk.post(url("rule_act", revision.pk, "confirm"), {"is_read": "on"})
    assert "alone, confirmed since" in page(desk, "rule_revision", revision.pk)


@pytest.mark.parametrize("count", [1, 3])
def test_a_board_and_a_dry_run_cost_the_same_for_many(desk, officer, florida, count, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(in_force, "FRESH_S", 600.0)
    for _number in range(count):
        LicenceFactory(board=florida, issued_on=date(2015, 3, 1))
    for number in range(count):
        revision = submitted(officer, florida, FLORIDA.replace('units: "5"', f'units: "{number}"'))
    trial = revision.trials.get()
    assert trial.changed == count
    in_force.forget()
    page(desk, "rule_trial", trial.pk)

    with django_assert_num_queries(6):
        page(desk, "rule_trial", trial.pk)
    with django_assert_num_queries(9):
        page(desk, "rule_board", florida.code)


def test_a_change_written_from_a_coming_revision_says_that_it_waits_for_it(officer, second, florida, client):
    for person, text in ((officer, LESS), (officer, LESS.replace('units: "4"', 'units: "3"'))):
        draft = start_draft(officer=person, board=florida, text=text)
        revision = submit_revision(officer=person, draft=draft, reason="As amended.")
        run_trial(trial=revision.trials.get().pk)
        if text == LESS:
            sign_alone(officer=officer, revision=revision, reason="Nobody else is here.")

    client.force_login(second)
    signed = client.post(url("rule_act", revision.pk, "sign"), {"is_read": "on"}, follow=True)

    assert "It takes force together with the revision it was written from." in signed.content.decode()
