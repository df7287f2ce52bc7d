"""The rules' desk pages in a real browser: axe finds nothing, nothing scrolls sideways, and the way to a what-if works by hand."""

import re
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from credits.revisions.drafts import start_draft
from credits.revisions.signing import sign_alone, submit_revision
from credits.revisions.trials import run_trial, start_trial
from credits.rulebook.loading import RULES
from tests.factories.accounts import user_with_role
from tests.factories.credits import BoardFactory, LicenceFactory, RuleRevisionFactory

FLORIDA = (RULES / "us_fl_massage.yaml").read_text(encoding="utf-8")


@pytest.fixture
def florida(transactional_db):
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")
    RuleRevisionFactory(board=board, number=1)
    for year in (2015, 2019, 2024):
        LicenceFactory(board=board, issued_on=date(year, 3, 1), number=f"MA {year}", user__display_name=f"Mara {year}")
    return board


def test_pages_of_the_rules_are_accessible(look_at, florida, rules_of_the_site):
    officer, second = user_with_role(Role.CE_OFFICER), user_with_role(Role.CE_OFFICER)
    more = FLORIDA.replace('    when: {}\n    required: {units: "24"}', '    when: {}\n    required: {units: "26"}')
    what_if = start_draft(officer=officer, board=florida, text=more, purpose="what_if", reason="Florida raises the total to 26: who is affected?")
    trial = start_trial(officer=officer, revision=what_if)
    waiting = submit_revision(
        officer=second, draft=start_draft(officer=second, board=florida, text=FLORIDA.replace('units: "5"', 'units: "4"')), reason="64B7-28.009 as amended."
    )
    wrong = start_draft(officer=officer, board=florida, text=FLORIDA.replace("parity: odd", "parity: purple"))
    addresses = [reverse("credits_desk:rule_trial", args=[trial.pk])]
    run_trial(trial=trial.pk)
    run_trial(trial=waiting.trials.get().pk)
    for name in ("rule_change", "rule_waive", "rule_what_if"):
        address = reverse(f"credits_desk:{name}", args=[florida.code])
        addresses += [address, f"{address}?row=2"]
    addresses += [reverse("credits_desk:rule_act", args=[waiting.pk, verb]) for verb in ("sign", "sign-alone", "withdraw", "discard")]
    addresses += [reverse("credits_desk:rule_revision", args=[row.pk]) for row in (waiting, what_if, wrong)]
    addresses += [reverse("credits_desk:rule_text", args=[wrong.pk]), reverse("credits_desk:rule_list"), reverse("credits_desk:board_list")]
    addresses += [reverse("credits_desk:rule_board", args=[florida.code])]

    assert look_at(addresses, officer) == {}

    sign_alone(officer=second, revision=waiting, reason="The second officer is on leave.")
    assert look_at([reverse("credits_desk:rule_revision", args=[waiting.pk]), reverse("credits_desk:rule_list"), addresses[-1]], officer) == {}


def test_a_what_if_by_hand(new_page, live_site, sign_in, florida, rules_of_the_site):
    page = new_page()
    sign_in(page, user_with_role(Role.CE_OFFICER), live_site)
    page.goto(live_site + reverse("credits_desk:rule_board", args=[florida.code]))
    page.get_by_role("link", name="Ask what if").click()
    page.get_by_role("link", name="Rule: us_fl_massage.standard version 1").click()
    page.get_by_label("What you want to know").fill("Florida raises in-person to 14")
    page.get_by_label("At least: Massage technique").fill("14")
    page.get_by_label("Units in all").fill("26")
    page.get_by_role("button", name="Who is affected?").click()
    page.wait_for_url(re.compile(r"/\d+/$"))
    expect(page.get_by_text("licences examined")).to_be_visible()
    run_trial(trial=int(page.url.rstrip("/").rsplit("/", 1)[1]))

    expect(page.get_by_text("3 of 3 licences would stand otherwise.")).to_be_visible()  # the page looks again by itself
    expect(page.get_by_role("row")).to_have_count(4)


def test_a_mistake_leads_to_its_line(new_page, live_site, sign_in, florida, rules_of_the_site):
    officer = user_with_role(Role.CE_OFFICER)
    draft = start_draft(officer=officer, board=florida, text=FLORIDA.replace("parity: odd", "parity: purple"))
    page = new_page()
    sign_in(page, officer, live_site)
    page.goto(live_site + reverse("credits_desk:rule_text", args=[draft.pk]))

    page.get_by_role("link", name="Line").click()

    field = page.get_by_label("The document")
    expect(field).to_be_focused()
    chosen = field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert chosen == "  parity: purple"
