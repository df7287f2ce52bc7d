"""The access desk and the API."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from payments import subjects
from payments.models import AccessGrant
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import AccessGrantFactory


@pytest.fixture(autouse=True)
def knee_course(monkeypatch):
    """The registry holds one course, whatever the apps above have registered."""
    monkeypatch.setattr(subjects, "_kinds", {})
    subjects.register(KneeCourse())


class KneeCourse(subjects.SubjectKind):
    prefix = "course"

    def search(self, text):
        return [("course:7", "Release for the knee")] if text.lower() in "release for the knee" else []

    def titles(self, names):
        return {name: "Release for the knee" for name in names if name == "course:7"}


@pytest.fixture
def staff(db):
    return user_with_role("staff")


def test_staff_gives_access_with_a_reason(client, staff):
    learner = UserFactory(email="ana@example.org")
    client.force_login(staff)

    page = client.get("/desk/access/new/", {"email": learner.email})
    posted = {"email": "Ana@example.org", "subject": "course:7", "reason": "paid by cheque", "expires_on": ""}
    answer = client.post("/desk/access/new/", posted, follow=True)

    grant = AccessGrant.objects.get()
    assert b"Release for the knee" in page.content
    assert (grant.user, grant.source, grant.granted_by, grant.reason, grant.expires_at) == (learner, "staff", staff, "paid by cheque", None)
    assert answer.redirect_chain == [("/desk/access/", 302)]
    assert b"ana@example.org" in answer.content
    assert AuditEntry.objects.get().action == "payments.grant_access"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "nobody@example.org"}, "Nobody signs in with this address"),
        ({"subject": "course:99"}, "course:99"),
        ({"reason": ""}, "required"),
        ({"expires_on": "2020-01-01"}, "later end"),
    ],
)
def test_a_wrong_form_says_what_to_do_and_gives_nothing(client, staff, change, sentence):
    UserFactory(email="ana@example.org")
    client.force_login(staff)

    answer = client.post("/desk/access/new/", {"email": "ana@example.org", "subject": "course:7", "reason": "a gift", "expires_on": ""} | change)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not AccessGrant.objects.exists()


def test_the_last_day_is_whole_where_the_school_is(client, staff, settings):
    settings.SCHOOL_TIME_ZONE = "America/New_York"
    learner = UserFactory()
    client.force_login(staff)

    client.post("/desk/access/new/", {"email": learner.email, "subject": "course:7", "reason": "a year", "expires_on": "2099-01-31"})

    assert AccessGrant.objects.get().expires_at.isoformat() == "2099-02-01T04:59:59+00:00"


def test_staff_takes_access_back(client, staff):
    grant = AccessGrantFactory(subject="course:7")
    client.force_login(staff)

    page = client.get(reverse("payments_desk:grant_revoke", args=[grant.pk]))
    client.post(reverse("payments_desk:grant_revoke", args=[grant.pk]), {"reason": "refunded by hand"})

    grant.refresh_from_db()
    assert b"Release for the knee" in page.content
    assert (grant.revoked_by, grant.revoke_reason) == (staff, "refunded by hand")


def test_the_list_shows_open_access_or_all_of_it(client, staff):
    now = timezone.now()
    AccessGrantFactory(user__email="open@example.org")
    AccessGrantFactory(user__email="past@example.org", starts_at=now - timedelta(days=9), expires_at=now - timedelta(days=1))
    client.force_login(staff)

    live, everything, searched = (client.get("/desk/access/", query).content.decode() for query in ({}, {"show": "all"}, {"q": "nobody"}))

    assert ("open@example.org" in live, "past@example.org" in live) == (True, False)
    assert ("open@example.org" in everything, "past@example.org" in everything) == (True, True)
    assert "Nothing found" in searched


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(client, staff, django_assert_num_queries, count):
    AccessGrantFactory.create_batch(count)
    client.force_login(staff)
    client.get("/desk/access/")

    with django_assert_num_queries(5):  # session, person, roles, count, page
        client.get("/desk/access/")


def test_the_api_lists_own_live_access(client, db):
    mine = AccessGrantFactory(subject="course:7")
    AccessGrantFactory()
    AccessGrantFactory(user=mine.user, starts_at=timezone.now() + timedelta(days=1))
    client.force_login(mine.user)

    answer = client.get("/api/v1/payments/access/")

    assert [row["subject"] for row in answer.json()["results"]] == ["course:7"]
    assert client.post("/api/v1/payments/access/", {"subject": "course:8"}).status_code == 405


@pytest.mark.parametrize("path", ["/desk/access/", "/desk/access/new/", "/desk/access/{pk}/revoke/"])
@pytest.mark.parametrize(("role", "status"), [(None, 302), ("learner", 403), ("instructor", 403), ("ce_officer", 403), ("staff", 200)])
def test_only_staff_enter_the_access_desk(client, db, path, role, status):
    grant = AccessGrantFactory()
    if role:
        client.force_login(UserFactory() if role == "learner" else user_with_role(role))

    assert client.get(path.format(pk=grant.pk)).status_code == status


def test_a_stranger_gets_nothing_from_the_api(client, db):
    assert client.get("/api/v1/payments/access/").status_code == 403
