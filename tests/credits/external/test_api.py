"""Credit earned elsewhere over the API."""

import json

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.models import ExternalCredit, ExternalProof
from tests.credits.external.pictures import pdf
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import BoardFactory, ExternalCreditFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(client):
    learner = UserFactory()
    client.force_login(learner)
    return learner


def typed(**values):
    return {
        "board": "us_fl_massage", "title": "Lymph drainage", "provider_name": "Riverside", "completed_on": "2026-05-09", "units": "4", "mode": "live_remote",
        "category_split": json.dumps([{"category": "ethics", "units": "1.50"}]), "proofs": pdf(),
    } | values  # fmt: skip


def test_a_credit_is_added_corrected_read_and_withdrawn(client, learner):
    LicenceFactory(user=learner, board=BoardFactory(code="us_fl_massage"))

    added = client.post(reverse("credits_api:external-add"), typed())
    row = added.json()
    again = client.post(reverse("credits_api:external-add"), typed())
    body = typed(units="3", keep=[str(row["proofs"][0]["id"])])
    del body["proofs"], body["board"]
    corrected = client.post(reverse("credits_api:external-correct", args=[row["id"]]), body)
    listed = client.get(reverse("credits_api:external-list")).json()["results"]
    withdrawn = client.post(reverse("credits_api:external-withdraw", args=[corrected.json()["id"]]))

    assert (added.status_code, row["status"], row["category_split"]) == (201, "waiting", [{"category": "ethics", "name": "Ethics", "units": "1.5"}])
    assert again.json()["id"] == row["id"]
    assert (corrected.json()["version"], corrected.json()["units"], corrected.json()["supersedes"]) == (2, "3.00", row["id"])
    assert [found["id"] for found in listed] == [corrected.json()["id"]]
    assert (withdrawn.json()["status"], [entry["kind"] for entry in withdrawn.json()["entries"]]) == ("withdrawn", ["submitted", "withdrawn"])


@pytest.mark.parametrize(
    ("values", "status", "field"),
    [
        ({"category_split": "not json"}, 400, "category_split"),
        ({"category_split": '{"category": 1}'}, 400, "category_split"),
        ({"category_split": '[{"category": "ethics", "units": "NaN"}]'}, 400, "category_split"),
        ({"category_split": '[{"category": "cooking", "units": "1"}]'}, 409, "code"),
        ({"units": "1e400"}, 400, "units"),
        ({"board": "us_zz"}, 400, "board"),
        ({"board": "us_ny_massage"}, 409, "code"),
        ({"proofs": "no file"}, 400, "proofs"),
        ({"keep": "99999999999999999999999"}, 400, "keep"),
        ({"completed_on": "0001-01-01"}, 400, "completed_on"),
    ],
)
def test_what_can_not_be_is_refused(client, learner, values, status, field):
    LicenceFactory(user=learner, board=BoardFactory(code="us_fl_massage"))
    BoardFactory(code="us_ny_massage")

    answer = client.post(reverse("credits_api:external-add"), typed(**values))

    assert (answer.status_code, field in answer.json()) == (status, True)
    assert not ExternalCredit.objects.exists()
    assert not ExternalProof.objects.exists()


def test_reviewers_read_the_queue_with_hints_and_decide(client):
    client.force_login(user_with_role(Role.STAFF))
    credit = ExternalCreditFactory(units="40")

    listed = client.get(reverse("credits_api:external-queue-list")).json()["results"]
    one = client.get(reverse("credits_api:external-queue-detail", args=[credit.pk])).json()
    refused = client.post(reverse("credits_api:external-review", args=[credit.pk]), {"decision": "refused"}, "application/json")
    decided = client.post(reverse("credits_api:external-review", args=[credit.pk]), {"decision": "accepted"}, "application/json")

    assert [(row["id"], row["holder"], row["hints"]) for row in listed] == [(credit.pk, credit.user.email, [])]
    assert one["hints"] == ["40 hours are much for one course. Read the amount again."]
    assert (refused.status_code, refused.json()["code"]) == (409, "note_needed")
    assert decided.json()["status"] == "accepted"
    assert client.get(reverse("credits_api:external-queue-list")).json()["results"] == []


def test_the_holder_does_not_decide(client, learner):
    credit = ExternalCreditFactory(user=learner)

    answer = client.post(reverse("credits_api:external-review", args=[credit.pk]), {"decision": "accepted"}, "application/json")

    assert (answer.status_code, credit.status) == (403, "waiting")


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_with_many(client, learner, django_assert_num_queries, count):
    for _number in range(count):
        ExternalCreditFactory(user=learner)
    client.get(reverse("credits_api:external-list"))

    with django_assert_num_queries(6):
        client.get(reverse("credits_api:external-list"))
