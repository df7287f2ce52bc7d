"""A learner's own licences over the API, with every fact."""

from datetime import date

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from credits.models import LicenceRenewal, LicenceStatus
from tests.factories.credits import BirthDateFactory, BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def licence():
    return LicenceFactory(board=BoardFactory(code="us_va_massage"), number="19", issued_on=date(2019, 3, 4))


@pytest.fixture
def api(licence):
    client = APIClient()
    client.force_authenticate(licence.user)
    return client


def test_a_licence_comes_with_its_facts_and_names_what_is_missing(api, licence):
    address = reverse("credits_api:licence-detail", args=[licence.pk])

    before = api.get(address).data
    BirthDateFactory(user=licence.user)
    after = api.get(address).data

    assert (before["missing"], after["missing"]) == (["born_on"], [])
    assert after["facts"] == {"issued_on": "2019-03-04", "number": "19", "born_on": "1985-06-15"}


def test_without_an_issue_date_there_are_no_facts(api, licence):
    answer = api.post(reverse("credits_api:licence-change", args=[licence.pk]), {"number": "19"})

    assert (answer.data["facts"], answer.data["missing"]) == (None, ["issued_on", "born_on"])


def test_facts_are_recorded_and_corrected_by_their_day(api, licence):
    status, renewals, duties = (reverse(f"credits_api:licence-{name}", args=[licence.pk]) for name in ("status", "renewals", "duties"))

    for value in ("inactive", "active"):
        api.post(status, {"begins_on": "2024-01-01", "status": value})
    for values in ({"submitted_on": "2025-06-01"}, {"submitted_on": "2025-06-01", "renewed_on": "2025-06-20"}):
        api.post(renewals, {"cycle_end": "2025-06-30", **values})
    for _ in range(2):
        found = api.post(duties, {"code": "ethics", "cycle_end": "2021-06-30"})

    assert found.data["facts"] == {
        "issued_on": "2019-03-04",
        "number": "19",
        "status_history": [{"from": "2024-01-01", "status": "active"}],
        "renewals": [{"cycle_end": "2025-06-30", "submitted_on": "2025-06-01", "renewed_on": "2025-06-20"}],
        "met_before": [{"code": "ethics", "cycle_end": "2021-06-30"}],
    }


@pytest.mark.parametrize(
    ("route", "values", "status"),
    [
        ("renewals", {"cycle_end": "2025-06-30"}, 409),
        ("renewals", {"cycle_end": "2025-02-30"}, 400),
        ("renewals", {"cycle_end": "0202-06-30", "submitted_on": "2025-06-01"}, 400),
        ("change", {"issued_on": "9999-12-31"}, 400),
        ("status", {"begins_on": "2024-01-01", "status": "asleep"}, 400),
        ("duties", {"code": "a\x00b", "cycle_end": "2021-06-30"}, 400),
        ("duties", {"code": "x" * 121, "cycle_end": "2021-06-30"}, 400),
    ],
)
def test_what_can_not_be_is_refused(api, licence, route, values, status):
    answer = api.post(reverse(f"credits_api:licence-{route}", args=[licence.pk]), values)

    assert answer.status_code == status
    assert not LicenceRenewal.objects.exists()
    assert not LicenceStatus.objects.exists()
