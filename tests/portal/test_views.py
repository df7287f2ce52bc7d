import pytest

from accounts.models import Role
from core.clock import now
from core.models import Job
from notifications.models import MailMessage
from portal.regions import REGIONS
from tests.factories.accounts import UserFactory, user_with_role

DESK_HOME_QUERIES = 9  # session, user, roles, and one for each count


def test_home_lists_every_region_of_the_body_map_beside_the_figure(client, db):
    page = client.get("/").content.decode()

    for region in REGIONS.values():
        assert page.count(f'href="{region.url}"') >= 2, region.slug


@pytest.mark.parametrize("role", Role.values)
def test_desk_home_opens_to_every_role_of_the_team(client, db, role):
    client.force_login(user_with_role(role))

    assert client.get("/desk/").status_code == 200


def test_desk_home_is_closed_to_a_learner(client, db):
    client.force_login(UserFactory())

    assert client.get("/desk/").status_code == 403


@pytest.mark.parametrize("failures", [1, 3])
def test_desk_home_counts_what_failed_in_the_same_queries(client, db, django_assert_num_queries, failures):
    client.force_login(user_with_role(Role.STAFF))
    for number in range(failures):
        Job.objects.create(kind="core.nothing", key=f"dead:{number}", state=Job.State.DEAD, run_after=now())
        MailMessage.objects.create(key=f"mail:{number}", to_address="a@example.com", subject="Hello", body_text="…", state=MailMessage.State.FAILED)

    with django_assert_num_queries(DESK_HOME_QUERIES):
        response = client.get("/desk/")

    found = {str(card.title): card.count for card in response.context["waiting"]}
    assert (found["Jobs that gave up"], found["Failed mail"]) == (failures, failures)
