"""Staff and whoever teaches see what went out before a workshop, and what will."""

import re

import pytest
from django.urls import reverse

from notifications.models import MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from tests.workshops.reminding.test_reminders import before
from workshops.models import Workshop
from workshops.reminding.services import remind

PAGES = ("message_list", "reminder_list")


@pytest.fixture
def workshop(db):
    return workshop_with_blocks(instructor=user_with_role("instructor"))


def words(client, workshop, page):
    text = client.get(reverse(f"workshops_desk:{page}", args=[workshop.pk])).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


@pytest.mark.parametrize("page", PAGES)
def test_what_will_go_out_is_said_before(client, workshop, page):
    Workshop.objects.update(format="hybrid", remote_capacity=3)
    client.force_login(workshop.instructor)

    said = words(client, workshop, page)

    assert [
        said.count(kind) for kind in ("to everybody with a seat: goes out by itself from", "to everybody who joins online: goes", "whoever teaches: goes")
    ] == [
        1,
        1,
        1,
    ]


@pytest.mark.parametrize("page", PAGES)
def test_what_went_out_is_summed_up(client, workshop, page):
    SeatFactory.create_batch(2, workshop=workshop)
    with before(workshop, days=2):
        remind(workshop=workshop)
    MailMessage.objects.filter(pk=MailMessage.objects.earliest("pk").pk).update(state="failed", error="No such mailbox.")
    client.force_login(workshop.instructor)

    said = words(client, workshop, page)

    assert (" 2 1 failed " in said, "Some days before, to whoever teaches" in said) == (True, True)


def test_who_got_it_is_listed_in_a_constant_number_of_queries(client, workshop, django_assert_num_queries):
    client.force_login(workshop.instructor)
    counts = []
    for _round in range(2):
        SeatFactory.create_batch(2, workshop=workshop)
        with before(workshop, days=2):
            remind(workshop=workshop)
        with django_assert_num_queries(counts[0] if counts else 100, exact=bool(counts)) as captured:
            said = words(client, workshop, "reminder_list")
        counts.append(len(captured))

    assert [mail.to_address in said for mail in MailMessage.objects.all()] == [True] * 5


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_where_nothing_goes_out_the_page_says_why(client, workshop, state):
    Workshop.objects.update(state=state)
    client.force_login(workshop.instructor)

    assert "Nothing goes out" in words(client, workshop, "reminder_list")
    assert "By itself before the workshop" not in words(client, workshop, "message_list")


def test_programs_read_the_same(client, workshop):
    Workshop.objects.update(format="online")
    SeatFactory(workshop=workshop, learner=UserFactory(email="ada@example.com"))
    for days in (3, 1):
        with before(workshop, days=days):
            remind(workshop=workshop)
    client.force_login(workshop.instructor)

    answer = client.get(reverse("workshops_api:roster-reminders", args=[workshop.pk])).json()

    day = workshop.starts_at.astimezone(workshop.zone).date().isoformat()
    found = [(row["day"], row["kind"], row["to_address"], row["state"]) for row in answer["results"]]
    teacher = workshop.instructor.email
    assert found == [(day, "joining", "ada@example.com", "queued"), (day, "instructor", teacher, "queued"), (day, "seat", "ada@example.com", "queued")]
