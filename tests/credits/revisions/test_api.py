"""The rules over the API."""

import pytest

from credits.models import FactVerification, RuleRevision
from credits.revisions.drafts import start_draft
from credits.revisions.trials import run_trial
from credits.rulebook import known
from tests.credits.revisions.conftest import FLORIDA
from tests.factories.accounts import UserFactory
from tests.factories.credits import LicenceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_of_the_site", "florida")]
BASE = "/api/v1/credits"
LESS = FLORIDA.replace('units: "5"', 'units: "4"')


def post(client, address, status=200, **data):
    answer = client.post(f"{BASE}/{address}", data, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def get(client, address):
    answer = client.get(f"{BASE}/{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def api(client, officer):
    client.force_login(officer)
    return client


def test_anybody_signed_in_reads_what_holds(client):
    client.force_login(UserFactory())

    rows = {row["board"]: row for row in get(client, "rules/")}
    assert len(rows) == len(known())
    assert (rows["us_fl_massage"]["revision"]["number"], rows["us_ga_massage"]["revision"], rows["us_fl_massage"]["is_verified"]) == (1, None, False)

    florida = get(client, "rules/us_fl_massage/")
    assert florida["calendar"]["month"] == 8
    assert florida["rules"] == known()["us_fl_massage"].case_rules()
    assert florida["fact_list"][0]["sentences"][0] == "A cycle lasts 2 years and ends on 31 August of odd years."
    assert florida["fact_list"][0]["sources"][0]["as_of"] == "2024-09-24"
    assert client.get(f"{BASE}/rules/us_zz/").status_code == 404


def test_a_rule_goes_all_the_way(api, client, second, florida):
    LicenceFactory(board=florida)
    draft = post(api, "rules/us_fl_massage/drafts/", 201, text=FLORIDA.replace('units: "5"', "units: 5"))
    assert [mistake["line"] for mistake in draft["mistakes"]] == [77, 96]
    assert draft["changes"] is None
    post(api, f"rule-revisions/{draft['id']}/submit/", 409, reason="As amended.")

    saved = post(api, f"rule-revisions/{draft['id']}/save/", text=LESS, reason="As amended.")
    assert [change["title"] for change in saved["changes"]] == ["Rule: us_fl_massage.waiver version 1", "Rule: us_fl_massage.standard version 1"]
    assert post(api, f"rule-revisions/{draft['id']}/submit/", reason="As amended.")["state"] == "waiting"
    trial = post(api, f"rule-revisions/{draft['id']}/try/", 202)
    assert (trial["is_finished"], trial["total"]) == (False, 1)
    run_trial(trial=trial["id"])
    assert get(api, f"rule-trials/{trial['id']}/")["is_finished"] is True
    assert get(api, f"rule-trials/{trial['id']}/rows/?effect=more")["results"] == []
    assert len(get(api, f"rule-trials/{trial['id']}/rows/")["results"]) == get(api, "rule-trials/")["results"][0]["changed"]

    post(api, f"rule-revisions/{draft['id']}/sign/", 409, is_read=True)
    client.force_login(second)
    post(client, f"rule-revisions/{draft['id']}/sign/", 400, is_read=False)
    assert post(client, f"rule-revisions/{draft['id']}/sign/", is_read=True)["state"] == "approved"
    assert get(client, "rules/us_fl_massage/")["revision"]["number"] == 2
    assert [row["number"] for row in get(client, "rule-revisions/?board=us_fl_massage&state=approved")["results"]] == [2, 1]


def test_one_alone_and_a_second_afterwards(api, client, second, florida):
    draft = post(api, "rules/us_fl_massage/drafts/", 201, text=LESS, purpose="what_if", reason="What if?")
    post(api, f"rule-revisions/{draft['id']}/adopt/")
    post(api, f"rule-revisions/{draft['id']}/rebase/")
    post(api, f"rule-revisions/{draft['id']}/submit/", reason="As amended.")
    run_trial(trial=RuleRevision.objects.get(pk=draft["id"]).trials.get().pk)
    assert post(api, f"rule-revisions/{draft['id']}/sign-alone/", is_read=True, reason="Nobody else is here.")["sole_officer"] is True
    assert get(api, "rules/us_fl_massage/")["coming"]["sole_officer"] is True

    client.force_login(second)
    assert post(client, f"rule-revisions/{draft['id']}/confirm/", is_read=True)["confirmed_by"] == "Sam Second"
    assert post(client, f"rule-revisions/{draft['id']}/withdraw/", reason="A slip.")["state"] == "withdrawn"


def test_drafts_are_their_authors(api, client, second, florida):
    draft = start_draft(officer=second, board=florida)

    assert get(api, "rule-revisions/?state=draft")["results"] == []
    post(api, f"rule-revisions/{draft.pk}/discard/", 409)
    client.force_login(second)
    assert len(get(client, "rule-revisions/?state=draft")["results"]) == 1
    post(client, f"rule-revisions/{draft.pk}/discard/", 204)


def test_facts_are_verified_and_taken_back(api, florida):
    fact = get(api, "rules/us_fl_massage/")["fact_list"][0]
    words = {"kind": fact["kind"], "name": fact["name"], "digest": fact["digest"], "source_seen": "64B7-28.009"}

    row = post(api, "rules/us_fl_massage/verify/", 201, **words)
    assert row["verified_by_name"] == "Olive Officer"
    assert get(api, "rules/us_fl_massage/")["fact_list"][0]["verification"] == row["id"]
    post(api, "rules/us_fl_massage/verify/", 409, **{**words, "digest": "0" * 64})
    post(api, "rules/us_fl_massage/verify/", 400, kind="calendar")

    assert post(api, f"rule-verifications/{row['id']}/withdraw/", reason="It moved.")["withdraw_reason"] == "It moved."
    assert FactVerification.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_revisions_costs_the_same_for_many(api, officer, florida, count, django_assert_num_queries):
    for _number in range(count):
        start_draft(officer=officer, board=florida)

    with django_assert_num_queries(5):
        get(api, "rule-revisions/")
