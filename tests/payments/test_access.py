"""Giving and taking access."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import DomainError
from core.models import AuditEntry, Job
from payments.models import AccessGrant
from payments.selectors import has_access, subjects_open_to
from payments.services import announce_access, grant_access, revoke_access
from payments.signals import access_changed
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import AccessGrantFactory
from tests.fixtures.at_once import at_once


@pytest.fixture
def heard():
    news = []

    def listen(sender, user, subject, open, **kwargs):
        news.append((user, subject, open))

    access_changed.connect(listen)
    yield news
    access_changed.disconnect(listen)


def test_grant_access_opens_the_subject_once_and_says_so(db, heard):
    user = UserFactory()

    first = grant_access(user=user, subject="course:1", source="free")
    again = grant_access(user=user, subject="course:1", source="free")

    assert first == again
    assert has_access(user, "course:1")
    assert subjects_open_to(user) == {"course:1"}
    assert heard == [(user, "course:1", True)]
    assert AuditEntry.objects.count() == 1


def test_access_from_staff_needs_who_and_why(db):
    user, staff = UserFactory(), user_with_role("staff")

    for given in ({"reason": "  ", "granted_by": staff}, {"reason": "because"}):
        with pytest.raises(DomainError):
            grant_access(user=user, subject="course:1", source="staff", **given)

    assert not AccessGrant.objects.exists()


def test_a_grant_that_would_end_before_it_begins_is_refused(db):
    with pytest.raises(DomainError, match="later end"):
        grant_access(user=UserFactory(), subject="course:1", source="free", expires_at=timezone.now() - timedelta(days=1))

    assert not AccessGrant.objects.exists()


def test_revoke_access_closes_it_once(db, heard):
    user, staff = UserFactory(), user_with_role("staff")
    grant = grant_access(user=user, subject="course:1", source="free")

    revoked = revoke_access(grant=grant, by=staff, reason="asked for it")
    again = revoke_access(grant=grant, by=staff, reason="another reason")

    assert (again.revoke_reason, again.revoked_at) == ("asked for it", revoked.revoked_at)
    assert not has_access(user, "course:1")
    assert heard == [(user, "course:1", True), (user, "course:1", False)]
    assert [entry.reason for entry in AuditEntry.objects.all()] == ["asked for it", ""]


def test_revoking_one_of_two_sources_leaves_the_subject_open(db, heard):
    user, staff = UserFactory(), user_with_role("staff")
    grant = grant_access(user=user, subject="course:1", source="free")
    grant_access(user=user, subject="course:1", source="staff", granted_by=staff, reason="a gift")

    revoke_access(grant=grant, by=staff, reason="no longer free")

    assert heard[-1] == (user, "course:1", True)


def test_revoking_needs_a_reason(db):
    grant = AccessGrantFactory()

    with pytest.raises(DomainError):
        revoke_access(grant=grant, by=user_with_role("staff"), reason=" ")

    assert has_access(grant.user, grant.subject)


def test_after_revoking_access_can_be_given_again(db):
    grant = AccessGrantFactory()
    revoke_access(grant=grant, by=user_with_role("staff"), reason="a mistake")

    again = grant_access(user=grant.user, subject=grant.subject, source="free")

    assert again != grant
    assert has_access(grant.user, grant.subject)


def test_an_expired_grant_is_replaced_and_kept(db):
    now = timezone.now()
    old = AccessGrantFactory(starts_at=now - timedelta(days=9), expires_at=now - timedelta(days=1))

    new = grant_access(user=old.user, subject=old.subject, source="free")

    old.refresh_from_db()
    assert new != old
    assert (old.phase, new.phase) == ("replaced", "live")


@pytest.mark.parametrize(
    ("change", "phase"),
    [
        ({}, "live"),
        ({"starts_at": timedelta(hours=1)}, "early"),
        ({"starts_at": timedelta(days=-2), "expires_at": timedelta(seconds=-1)}, "expired"),
        ({"starts_at": timedelta(days=-2), "expires_at": timedelta(days=1)}, "live"),
    ],
)
def test_access_is_a_function_of_the_row_and_the_clock(db, change, phase):
    now = timezone.now()
    grant = AccessGrantFactory(**{name: now + delta for name, delta in change.items()})

    assert grant.phase == phase
    assert has_access(grant.user, grant.subject) is (phase == "live")
    assert grant.is_live is (phase == "live")


def test_a_deactivated_person_may_open_nothing(db):
    grant = AccessGrantFactory(user__is_active=False)

    assert not has_access(grant.user, grant.subject)
    assert subjects_open_to(grant.user) == set()


def test_access_of_another_person_opens_nothing(db):
    grant = AccessGrantFactory()

    assert not has_access(UserFactory(), grant.subject)


def test_a_failing_listener_undoes_the_grant(db):
    def refuse(sender, **kwargs):
        raise RuntimeError("no")

    access_changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            grant_access(user=UserFactory(), subject="course:1", source="free")
    finally:
        access_changed.disconnect(refuse)

    assert not AccessGrant.objects.exists()
    assert not Job.objects.exists()


def test_an_expiry_is_announced_when_its_time_comes(db, heard):
    user, ends = UserFactory(), timezone.now() + timedelta(days=3)
    grant = grant_access(user=user, subject="course:1", source="free", expires_at=ends)

    job = Job.objects.get()
    AccessGrant.objects.update(expires_at=timezone.now() - timedelta(seconds=1), starts_at=timezone.now() - timedelta(days=1))
    announce_access(grant=grant)

    assert (job.kind, job.run_after, job.args) == ("payments.announce_access", ends, {"grant": grant.pk})
    assert heard == [(user, "course:1", True), (user, "course:1", False)]


@pytest.mark.parametrize(
    "broken",
    [
        {"revoked_at": timezone.now()},
        {"revoke_reason": "but it was not"},
        {"subject": ""},
        {"source": "staff"},
    ],
)
def test_the_database_refuses_a_row_that_breaks_a_rule(db, broken):
    user = UserFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        AccessGrantFactory(user=user, **broken)

    assert not AccessGrant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_make_one_grant():
    user = UserFactory()

    for n in range(8):
        grants = at_once(*[partial(grant_access, user=user, subject=f"course:{n}", source="free")] * 2)
        assert grants == [AccessGrant.objects.get(subject=f"course:{n}")] * 2
