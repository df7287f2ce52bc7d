"""How the API answers who accepts but one type."""

import pytest
from django.urls import reverse

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import workshop_with_blocks

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("accept", ["application/pdf", "*/*", "image/png"])
def test_a_file_is_given_whatever_is_accepted(client, accept):
    workshop = workshop_with_blocks()
    client.force_login(user_with_role(Role.STAFF))

    answer = client.get(reverse("workshops_api:roster-paper", args=[workshop.pk, "sign-in"]), headers={"accept": accept})

    assert (answer.status_code, answer["content-type"]) == (200, "application/pdf")


def test_a_refusal_of_a_file_and_any_other_answer_is_json(client):
    client.force_login(UserFactory())

    refusal = client.post(reverse("credits_api:audit-pack-file", args=[1]), headers={"accept": "application/zip"})
    listed = client.get("/api/v1/workshops/", headers={"accept": "image/png"})

    assert (refusal.status_code // 100, refusal["content-type"]) == (4, "application/json")
    assert listed.json()["count"] == 0
