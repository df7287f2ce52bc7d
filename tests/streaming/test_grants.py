"""Permission to watch: given once, taken back with a sentence."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from streaming.models import Grant, PlaybackSession
from streaming.services import issue_grant, open_session, revoke_grants, revoke_grants_of
from tests.factories.accounts import UserFactory
from tests.factories.streaming import GrantFactory, ReadyAssetFactory

pytestmark = pytest.mark.django_db
SUBJECT = "attempt:81:lesson:12"


def test_issue_grant_returns_the_one_in_force_with_the_terms_now_asked_for():
    user, asset = UserFactory(), ReadyAssetFactory()
    until = timezone.now() + timedelta(days=30)

    first = issue_grant(user=user, asset=asset, subject=SUBJECT)
    again = issue_grant(user=user, asset=asset, subject=SUBJECT)
    stricter = issue_grant(user=user, asset=asset, subject=SUBJECT, rate_cap=Decimal("1.5"), expires_at=until)

    assert first == again == stricter
    stricter.refresh_from_db()
    assert (stricter.rate_cap, stricter.expires_at) == (Decimal("1.50"), until)
    assert Grant.objects.count() == 1


def test_a_subject_belongs_to_one_person():
    grant = GrantFactory(subject=SUBJECT)
    open_session(grant=grant)

    with pytest.raises(ValueError, match="another person"):
        issue_grant(user=UserFactory(), asset=grant.asset, subject=SUBJECT)

    assert Grant.objects.count() == 1


def test_after_a_revocation_a_new_grant_goes_on_with_the_same_evidence():
    grant = GrantFactory(subject=SUBJECT)
    before = open_session(grant=grant)
    revoke_grants(subject=SUBJECT, reason="Refunded.")

    renewed = issue_grant(user=grant.user, asset=grant.asset, subject=SUBJECT)

    assert renewed != grant
    assert open_session(grant=renewed).evidence == before.evidence


def test_revoke_grants_closes_players_and_says_how_many():
    grant = GrantFactory(subject=SUBJECT)
    other = GrantFactory()
    open_session(grant=grant)
    open_session(grant=other)

    assert revoke_grants(subject=SUBJECT, reason="Refunded.") == 1
    assert revoke_grants(subject=SUBJECT, reason="Again.") == 0

    grant.refresh_from_db()
    assert grant.revoke_reason == "Refunded."
    assert PlaybackSession.objects.get(grant=grant).ended == "revoked"
    assert PlaybackSession.objects.get(grant=other).ended == ""
    assert list(Grant.objects.live()) == [other]


def test_revoke_grants_of_takes_one_person_and_one_prefix():
    user = UserFactory()
    mine = [GrantFactory(user=user, subject=f"attempt:8:lesson:{n}") for n in (1, 2)]
    kept = [GrantFactory(user=user, subject="attempt:81:lesson:1"), GrantFactory(subject="attempt:8:lesson:3")]

    assert revoke_grants_of(user=user, subject_prefix="attempt:8:", reason="Course taken again.") == 2

    assert set(Grant.objects.live()) == set(kept)
    assert set(Grant.objects.exclude(revoked_at=None)) == set(mine)


def test_a_revocation_without_a_reason_is_a_bug():
    grant = GrantFactory()

    with pytest.raises(ValueError, match="reason"):
        revoke_grants(subject=grant.subject, reason="")

    assert Grant.objects.live().count() == 1


@pytest.mark.parametrize("change", [{"rate_cap": Decimal("0.1")}, {"rate_cap": Decimal("17")}, {"revoked_at": timezone.now()}])
def test_the_database_refuses_a_grant_that_makes_no_sense(change):
    GrantFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.update(**change)
