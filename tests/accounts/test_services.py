"""Roles, deactivation, legal names."""

from functools import partial

import pytest

from accounts.models import LegalName, Role, RoleAssignment, User
from accounts.names import NameRefused
from accounts.services import confirm_legal_name, deactivate_user, grant_role, reactivate_user, revoke_role, update_profile
from accounts.signals import legal_name_confirmed
from core.errors import DomainError
from core.models import AuditEntry
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.fixtures.at_once import outcomes


@pytest.fixture
def staff(db):
    return user_with_role("staff")


@pytest.fixture
def heard():
    news = []

    def listen(sender, user, legal_name, **kwargs):
        news.append((user, legal_name.printed))

    legal_name_confirmed.connect(listen)
    yield news
    legal_name_confirmed.disconnect(listen)


def test_grant_role_is_noted_once(staff):
    user = UserFactory()

    first = grant_role(user=user, role="instructor", granted_by=staff, reason="teaches the knee")
    again = grant_role(user=user, role="instructor", granted_by=staff, reason="teaches the knee")

    entry = AuditEntry.objects.get()
    assert first == again
    assert user.has_role(Role.INSTRUCTOR)
    assert (entry.actor, entry.reason, entry.details) == (staff, "teaches the knee", {"role": "instructor"})


@pytest.mark.parametrize("role", ["instructor", "ce_officer"])
def test_only_staff_gives_roles(db, role):
    user = UserFactory()

    with pytest.raises(DomainError, match="Only staff"):
        grant_role(user=user, role="staff", granted_by=user_with_role(role))

    assert not user.has_role(Role.STAFF)


def test_revoke_role_needs_a_reason(staff):
    user = user_with_role("instructor")

    with pytest.raises(DomainError, match="Say why"):
        revoke_role(user=user, role="instructor", revoked_by=staff, reason=" ")

    assert revoke_role(user=user, role="instructor", revoked_by=staff, reason="left the school")
    assert not user.has_role(Role.INSTRUCTOR)
    assert not revoke_role(user=user, role="instructor", revoked_by=staff, reason="left the school")
    assert AuditEntry.objects.get().reason == "left the school"


def test_nobody_takes_the_staff_role_from_themselves(staff):
    with pytest.raises(DomainError, match="Ask another"):
        revoke_role(user=staff, role="staff", revoked_by=staff, reason="tired")

    assert staff.has_role(Role.STAFF)


@pytest.mark.django_db(transaction=True)
def test_two_members_of_staff_who_remove_each_other_leave_one():
    for _ in range(4):
        RoleAssignment.objects.all().delete()
        one, two = user_with_role("staff"), user_with_role("staff")

        acts = [partial(revoke_role, user=user, role="staff", revoked_by=by, reason="a quarrel") for by, user in ((one, two), (two, one))]
        came = outcomes(*acts, refused=DomainError)

        assert [refusal.code for refusal in came if isinstance(refusal, DomainError)] == ["not_staff"]
        assert RoleAssignment.objects.filter(role="staff").count() == 1


def test_a_deactivated_person_is_out_at_once_and_may_come_back(client, staff):
    user = user_with_role("instructor")
    client.force_login(user)
    assert client.get("/account/details/").status_code == 200

    deactivate_user(user=user, by=staff, reason="shared the password")
    shut_out = client.get("/account/details/").status_code
    reactivate_user(user=user, by=staff, reason="new password")
    still_out = client.get("/account/details/").status_code

    user = User.objects.get(pk=user.pk)
    assert (shut_out, still_out) == (302, 302)
    assert user.has_role(Role.INSTRUCTOR)
    assert [entry.action for entry in AuditEntry.objects.all()] == ["accounts.reactivate_user", "accounts.deactivate_user"]


def test_a_deactivated_person_has_no_role(staff):
    user = deactivate_user(user=user_with_role("ce_officer"), by=staff, reason="left")

    assert not user.has_role(Role.CE_OFFICER)


def test_nobody_deactivates_themselves(staff):
    with pytest.raises(DomainError, match="Ask another"):
        deactivate_user(user=staff, by=staff, reason="tired")

    assert User.objects.get(pk=staff.pk).is_active


def test_deactivating_is_for_staff_with_a_reason(staff):
    user = UserFactory()

    with pytest.raises(DomainError):
        deactivate_user(user=user, by=user_with_role("ce_officer"), reason="a quarrel")
    with pytest.raises(DomainError):
        deactivate_user(user=user, by=staff, reason="")

    assert User.objects.get(pk=user.pk).is_active


def test_confirm_legal_name_is_announced_once_with_the_name_as_printed(db, heard):
    user = UserFactory()

    first = confirm_legal_name(user=user, given_names=" Zoe\u0308  Maria", family_name="Đặng ", confirmed_by=user)
    again = confirm_legal_name(user=user, given_names="Zoë Maria", family_name="Đặng", confirmed_by=user)

    assert first == again
    assert heard == [(user, "Zoë Maria Đặng")]
    assert user.legal_name == first


def test_a_new_legal_name_keeps_the_old_one(db, heard):
    old = LegalNameFactory()

    new = confirm_legal_name(user=old.user, given_names="Zoë", family_name="Nguyễn", confirmed_by=old.user)

    old.refresh_from_db()
    assert old.replaced_at == new.confirmed_at
    assert heard == [(old.user, "Zoë Nguyễn")]


@pytest.mark.parametrize(("given", "family"), [("", "Đặng"), ("Zoë\u202e", ""), ("Zoë", "\u200b")])
def test_a_name_that_cannot_be_printed_is_refused(db, heard, given, family):
    user = UserFactory()

    with pytest.raises(NameRefused):
        confirm_legal_name(user=user, given_names=given, family_name=family, confirmed_by=user)

    assert not LegalName.objects.exists()
    assert heard == []


def test_a_failing_listener_undoes_the_confirmation(db):
    def refuse(sender, **kwargs):
        raise RuntimeError

    user = UserFactory()
    legal_name_confirmed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            confirm_legal_name(user=user, given_names="Zoë", family_name="", confirmed_by=user)
    finally:
        legal_name_confirmed.disconnect(refuse)

    assert not LegalName.objects.exists()


def test_update_profile_cleans_the_greeting(db):
    user = update_profile(user=UserFactory(), display_name=" Ana  Ruiz ", time_zone="Europe/Madrid")

    user.refresh_from_db()
    assert (user.display_name, user.time_zone) == ("Ana Ruiz", "Europe/Madrid")
