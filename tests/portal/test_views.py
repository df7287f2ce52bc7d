from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import Role
from core.clock import now
from core.models import Job
from notifications.models import MailMessage
from portal.regions import REGIONS
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PAST, SeatFactory, WorkshopFactory, workshop_with_blocks
from tests.workshops.checkin.factories import claimed_device
from workshops.models import WalkIn

DESK_HOME_QUERIES = 11  # session, user, roles, and one for each count


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


def test_notes_from_the_door_lead_staff_to_where_they_are_settled(client, db):
    workshop = workshop_with_blocks(starts_at=PAST)
    phone = claimed_device(workshop, by=user_with_role(Role.STAFF))
    WalkIn.objects.create(workshop=workshop, device=phone, nonce=uuid4(), block=workshop.blocks.first(), at=workshop.starts_at, name="Wim Jansen")
    client.force_login(user_with_role(Role.STAFF))

    (card,) = (card for card in client.get("/desk/").context["waiting"] if str(card.title) == "Notes from the door")

    assert (card.count, card.url) == (1, reverse("workshops_desk:checkin_desk", args=[workshop.pk]))
    for page in ("workshop_roster", "workshop_complete"):
        assert "One note from the door waits" in client.get(reverse(f"workshops_desk:{page}", args=[workshop.pk])).content.decode()
    assert "Wim Jansen" in client.get(card.url).content.decode()


def test_whoever_teaches_finds_their_next_workshops_on_the_first_page_of_the_desk(client, db):
    teacher = user_with_role(Role.INSTRUCTOR)
    coming = workshop_with_blocks(instructor=teacher)
    decided = WorkshopFactory(instructor=teacher, state="completed", starts_at=PAST, title="Long ago")
    waiting = SeatFactory(workshop=WorkshopFactory(instructor=teacher, starts_at=PAST, title="Last week")).workshop
    draft = WorkshopFactory(instructor=teacher, state="draft", title="Next year", starts_at=now() + timedelta(days=400))
    other = WorkshopFactory(title="Somebody else's")
    client.force_login(teacher)

    response = client.get("/desk/")

    assert response.context["taught"] == [waiting, coming, draft]
    page = response.content.decode()
    links = [
        *(reverse(f"workshops_desk:{name}", args=[coming.pk]) for name in ("workshop_roster", "checkin_desk", "message_list")),
        reverse("workshops_desk:workshop_complete", args=[waiting.pk]),
        reverse("workshops_desk:workshop_edit", args=[draft.pk]),
    ]
    assert [link for link in links if f'href="{link}"' not in page or client.get(link).status_code != 200] == []
    assert (decided.title in page, other.title in page) == (False, False)


def test_whoever_teaches_nothing_yet_is_led_to_planning(client, db):
    client.force_login(user_with_role(Role.INSTRUCTOR))

    page = client.get("/desk/").content.decode()

    assert ("No workshop of yours is planned." in page, reverse("workshops_desk:workshop_create") in page) == (True, True)


@pytest.mark.parametrize("workshops", [1, 3])
def test_the_first_page_of_the_desk_costs_the_same_for_any_number_of_workshops(client, db, django_assert_num_queries, workshops):
    teacher = user_with_role(Role.INSTRUCTOR)
    WorkshopFactory.create_batch(workshops, instructor=teacher)
    client.force_login(teacher)

    with django_assert_num_queries(5):  # session, user, roles, videos, workshops
        client.get("/desk/")
