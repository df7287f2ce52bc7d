"""The waiting list's pages and API: joining, the panel, leaving by a link, and what staff see and change."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from workshops.errors import ScheduleRefused
from workshops.models import WaitingEntry, Workshop
from workshops.services import cancel_seat, save_workshop
from workshops.services.capacity import plan_capacity, set_capacity
from workshops.services.publishing import BlockInput
from workshops.waiting.services import join_list
from workshops.waiting.tokens import entry_token


@pytest.fixture
def full(db):
    """A free workshop of one seat, taken."""
    workshop = workshop_with_blocks(capacity=1)
    SeatFactory(workshop=workshop)
    return workshop


def wait(workshop, **values):
    return join_list(workshop=workshop, learner=UserFactory(), **values)


def free_one(workshop):
    seat = workshop.seats.confirmed().get()
    cancel_seat(workshop=workshop, learner=seat.learner, by=seat.learner)


def page_of(client, workshop):
    return client.get(workshop.get_absolute_url()).content.decode()


def test_a_full_workshop_leads_to_its_list_and_the_page_then_says_where_one_stands(client, full):
    wait(full)
    assert "1 person is on the waiting list." in page_of(client, full)
    person = UserFactory()
    client.force_login(person)
    assert "Full: the waiting list" in page_of(client, full)
    assert "you come after them" in client.get(reverse("workshops:waiting_join", args=[full.slug])).content.decode()

    client.post(reverse("workshops:waiting_join", args=[full.slug]), {"party": 1})

    page = page_of(client, full)
    assert ("Waiting list: position 2" in page, "Your place on the waiting list" in page) == (True, True)


def test_joining_refused_says_what_to_do_and_changes_nothing(client, full):
    client.force_login(UserFactory())
    Workshop.objects.update(capacity=2)

    answers = [client.post(reverse("workshops:waiting_join", args=[full.slug]), data) for data in ({"party": 1}, {"party": 0}, {"party": "x"})]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "take one now" in answers[0].content.decode()
    assert not WaitingEntry.objects.exists()


def test_an_offer_is_shown_until_when_and_leads_to_registering(client, full):
    entry = wait(full)
    free_one(full)
    client.force_login(entry.learner)
    registering = client.get(reverse("workshops:workshop_register", args=[full.slug])).content.decode()
    assert ("A seat is held for you until" in registering, "Nothing is held" in registering) == (True, False)

    page = page_of(client, full)

    assert ("A seat is held for you" in page, reverse("workshops:workshop_register", args=[full.slug]) in page) == (True, True)


def test_the_link_of_a_mail_asks_first_and_leaves_without_signing_in(client, full):
    entry = wait(full)
    address = reverse("workshops:waiting_leave", args=[entry_token(entry)])

    assert "Leave the waiting list?" in client.get(address).content.decode()
    entry.refresh_from_db()
    assert entry.is_waiting
    for _ in range(2):
        assert "You are off the waiting list" in client.post(address).content.decode()

    entry.refresh_from_db()
    assert (entry.state, entry.closing) == ("left", "left")
    assert client.get(reverse("workshops:waiting_leave", args=["cut-off"])).status_code == 404


def test_staff_see_why_nobody_has_an_offer_and_put_people_on_and_off(client, full):
    entry, other = wait(full), UserFactory()
    client.force_login(user_with_role(Role.STAFF))
    address = reverse("workshops_desk:waiting_list", args=[full.pk])
    assert "No seat is free." in client.get(address).content.decode()

    client.post(reverse("workshops_desk:waiting_add", args=[full.pk]), {"email": other.email, "party": 1})
    added = WaitingEntry.objects.get(learner=other)
    client.post(reverse("workshops_desk:waiting_priority", args=[full.pk, added.pk]), {"priority": 5, "reason": "Was promised one"})
    client.post(reverse("workshops_desk:waiting_remove", args=[full.pk, entry.pk]))

    added.refresh_from_db(), entry.refresh_from_db()
    assert (added.priority, entry.closing) == (5, "removed")
    assert client.post(reverse("workshops_desk:waiting_add", args=[full.pk]), {"email": "nobody@example.org", "party": 1}).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_ones_own_waits_cost_the_same_over_the_api(client, db, count, django_assert_num_queries):
    learner = UserFactory()
    for _ in range(count):
        workshop = workshop_with_blocks(capacity=1)
        SeatFactory(workshop=workshop)
        wait(workshop)
        join_list(workshop=workshop, learner=learner)
    client.force_login(learner)
    client.get("/api/v1/workshops/waiting/")

    with django_assert_num_queries(4):
        found = client.get("/api/v1/workshops/waiting/").json()["results"]
    assert [row["position"] for row in found] == [2] * count


@pytest.mark.parametrize("count", [1, 3])
def test_the_staff_list_costs_the_same_for_any_length(client, full, count, django_assert_max_num_queries):
    for _ in range(count):
        wait(full)
    client.force_login(user_with_role(Role.STAFF))

    with django_assert_max_num_queries(24):
        assert client.get(reverse("workshops_desk:waiting_list", args=[full.pk])).status_code == 200


def test_more_seats_are_previewed_with_who_gets_them_and_then_offered(client, full):
    group, single, last = wait(full), wait(full), wait(full)
    client.force_login(user_with_role(Role.STAFF))

    page = client.get(reverse("workshops_desk:waiting_list", args=[full.pk]), {"capacity": 3, "remote_capacity": 0}).content.decode()
    assert "2 seats go to the waiting list:" in page
    assert Workshop.objects.get().capacity == 1
    client.post(reverse("workshops_desk:capacity_change", args=[full.pk]), {"capacity": 3, "remote_capacity": 0})

    states = [WaitingEntry.objects.get(pk=entry.pk).state for entry in (group, single, last)]
    assert (Workshop.objects.get().capacity, states) == (3, ["offered", "offered", "waiting"])


def test_fewer_seats_than_are_taken_are_refused_with_what_to_do(client, full):
    Workshop.objects.update(capacity=3)
    SeatFactory.create_batch(2, workshop=full)
    full.refresh_from_db()

    assert plan_capacity(full, capacity=1).refusal == "3 seats (in the room) are taken or held, so there cannot be 1: take back 2 seats first."
    with pytest.raises(ScheduleRefused):
        set_capacity(workshop=full, capacity=1, by=full.instructor)

    assert Workshop.objects.get().capacity == 3


def test_saving_a_workshop_with_more_seats_goes_the_same_way(full):
    entry = wait(full)
    full.capacity = 2

    save_workshop(workshop=full, blocks=[BlockInput(full.starts_at, full.ends_at)], by=full.instructor)

    entry.refresh_from_db()
    assert entry.has_offer


def test_a_workshop_that_goes_online_takes_its_seats_and_its_list_along(full):
    entry = wait(full)
    full.format = "online"

    save_workshop(workshop=full, blocks=[BlockInput(full.starts_at, full.ends_at, mode="live_remote")], by=full.instructor)

    entry.refresh_from_db()
    assert (full.seats.get().place, entry.place, Workshop.objects.with_seats_taken().get().seats_free) == ("remote", "remote", 0)


def test_the_api_joins_accepts_and_leaves(client, full):
    person = UserFactory()
    client.force_login(person)
    base = f"/api/v1/workshops/{full.slug}"

    joined = client.post(f"{base}/waiting/join/", {"party": 1}, content_type="application/json")
    assert (joined.status_code, joined.json()["position"]) == (201, 1)
    assert client.post(f"{base}/waiting/accept/").status_code == 409
    free_one(full)
    assert [row["state"] for row in client.get("/api/v1/workshops/waiting/").json()["results"]] == ["offered"]
    assert client.post(f"{base}/waiting/accept/").json()["state"] == "confirmed"
    assert client.post(f"{base}/waiting/leave/").json()["state"] == "taken"


def test_the_api_tells_staff_why_and_previews_capacity(client, full):
    entry = wait(full)
    client.force_login(user_with_role(Role.STAFF))
    base = f"/api/v1/workshops/{full.slug}"

    assert [row["why"] for row in client.get(f"{base}/waiting-list/").json()] == ["No seat is free."]
    plan = client.post(f"{base}/capacity/", {"capacity": 2}, content_type="application/json").json()
    assert (plan["offers"], plan["is_done"], Workshop.objects.get().capacity) == ([entry.pk], False, 1)
    client.post(f"{base}/capacity/", {"capacity": 2, "is_dry_run": False}, content_type="application/json")
    entry.refresh_from_db()
    assert entry.has_offer


def test_a_list_that_is_too_late_to_serve_lets_others_take_what_is_free(client, full):
    wait(full)
    Workshop.objects.update(starts_at=timezone.now() + timedelta(minutes=90))
    free_one(full)
    person = UserFactory()
    client.force_login(person)

    assert client.post(f"/api/v1/workshops/{full.slug}/register/").status_code == 201
