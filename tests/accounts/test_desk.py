"""The people desk."""

import pytest

from accounts.models import Role, User
from core.models import AuditEntry
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.notifications import MailMessageFactory
from tests.factories.payments import AccessGrantFactory


@pytest.fixture
def staff(client, db):
    user = user_with_role("staff")
    client.force_login(user)
    return user


def test_people_are_found_by_address_name_legal_name_and_role(client, staff):
    ana = UserFactory(email="ana@example.org", display_name="Anita")
    LegalNameFactory(user=ana, given_names="Ana María", family_name="Ruiz")
    teacher = user_with_role("instructor")

    def found(**query):
        page = client.get("/desk/people/", query).content.decode()
        return [person.email in page for person in (ana, teacher)]

    assert found() == [True, True]
    assert found(q="ana@") == found(q="anita") == found(q="ruiz maría") == [True, False]
    assert found(role="instructor") == [False, True]
    assert found(q="ruiz", role="instructor") == [False, False]


def test_a_person_shows_roles_names_access_and_mail(client, staff):
    person = user_with_role("ce_officer")
    LegalNameFactory(user=person)
    AccessGrantFactory(user=person, subject="other:9")
    MailMessageFactory(recipient=person, subject="Welcome to the school")

    page = client.get(f"/desk/people/{person.pk}/").content.decode()

    for shown in ("CE officer", "Zoë Đặng", "other:9", "Welcome to the school"):
        assert shown in page


def test_staff_gives_and_takes_a_role_with_a_reason(client, staff):
    person = UserFactory()

    client.post(f"/desk/people/{person.pk}/roles/", {"role": "instructor", "reason": "teaches the hip"})
    given = User.objects.get(pk=person.pk).has_role(Role.INSTRUCTOR)
    client.post(f"/desk/people/{person.pk}/roles/instructor/revoke/", {"reason": "left"})

    assert given
    assert not User.objects.get(pk=person.pk).has_role(Role.INSTRUCTOR)
    assert [entry.reason for entry in AuditEntry.objects.all()] == ["left", "teaches the hip"]


def test_a_role_without_a_reason_is_not_given(client, staff):
    person = UserFactory()

    answer = client.post(f"/desk/people/{person.pk}/roles/", {"role": "staff", "reason": ""})

    assert answer.status_code == 422
    assert not User.objects.get(pk=person.pk).has_role(Role.STAFF)


def test_own_staff_role_stays_and_the_page_says_what_to_do(client, staff):
    answer = client.post(f"/desk/people/{staff.pk}/roles/staff/revoke/", {"reason": "tired"})

    assert answer.status_code == 422
    assert "Ask another member of staff" in answer.content.decode()
    assert User.objects.get(pk=staff.pk).has_role(Role.STAFF)


def test_staff_deactivates_and_reactivates(client, staff):
    person = UserFactory()

    client.post(f"/desk/people/{person.pk}/deactivate/", {"reason": "asked for it"})
    inactive = not User.objects.get(pk=person.pk).is_active
    client.post(f"/desk/people/{person.pk}/reactivate/", {"reason": "asked again"})

    assert inactive
    assert User.objects.get(pk=person.pk).is_active


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(client, staff, django_assert_num_queries, count):
    for _ in range(count):
        user_with_role("instructor", "ce_officer")

    with django_assert_num_queries(6):  # session, person, roles, count, page, roles of the page
        client.get("/desk/people/")


@pytest.mark.parametrize("count", [1, 3])
def test_a_person_costs_the_same_for_any_history(client, staff, django_assert_num_queries, count):
    person = user_with_role("instructor")
    MailMessageFactory.create_batch(count, recipient=person)
    for number in range(count):
        AccessGrantFactory(user=person, subject=f"other:{number}")
    client.get(f"/desk/people/{person.pk}/")

    with django_assert_num_queries(12):
        client.get(f"/desk/people/{person.pk}/")


PATHS = ["", "{pk}/", "{pk}/roles/", "{pk}/roles/instructor/revoke/", "{pk}/deactivate/", "{pk}/reactivate/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("role", "status"), [(None, 302), ("learner", 403), ("instructor", 403), ("ce_officer", 403), ("staff", 200)])
def test_only_staff_enter_the_people_desk(client, db, path, role, status):
    person = user_with_role("instructor")
    if role:
        client.force_login(UserFactory() if role == "learner" else user_with_role(role))

    assert client.get("/desk/people/" + path.format(pk=person.pk)).status_code == status


@pytest.mark.parametrize("path", PATHS[2:])
def test_others_change_nothing(client, db, path):
    person = user_with_role("instructor")
    client.force_login(user_with_role("ce_officer"))

    answer = client.post("/desk/people/" + path.format(pk=person.pk), {"role": "staff", "reason": "please"})

    person = User.objects.get(pk=person.pk)
    assert answer.status_code == 403
    assert (person.roles, person.is_active) == ({"instructor"}, True)
