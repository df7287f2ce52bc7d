"""Planning over the API: the same refusals and the same second look as at the desk."""

from datetime import timedelta

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.models import Role
from core.models import AuditEntry
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.credits import ActivityFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, VenueFactory, workshop_with_blocks
from workshops.models import Place, Series, Venue, Workshop
from workshops.slugs import RESERVED

HOUSE = {"name": "Studio Nine", "street": "9 Palafox St", "city": "Pensacola", "region": "FL", "postal_code": "32501", "country": "us"}


@pytest.fixture
def staff(client, db):
    person = user_with_role(Role.STAFF)
    client.force_login(person)
    return person


def wish(**changes):
    """A workshop as somebody would send it."""
    begins = (timezone.now() + timedelta(days=60)).replace(hour=15, minute=0, second=0, microsecond=0)
    block = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=6)).isoformat(), "kind": "instruction", "mode": "in_person_hands_on"}
    values = {
        "title": "Hips that wake up",
        "summary": "Dormant butt syndrome, hands on.",
        "activity": ActivityFactory().pk,
        "venue": VenueFactory().pk,
        "instructor": user_with_role(Role.INSTRUCTOR).pk,
        "instructor_name": "Ada Rivera, LMT",
        "capacity": 8,
        "cancellation_policy": "Free until seven days before.",
        "blocks": [block],
    }
    return values | changes


def send(client, method, name, data, **kwargs):
    return getattr(client, method)(reverse(f"workshops_api:{name}", kwargs=kwargs or None), data, content_type="application/json")


def test_a_workshop_is_planned_then_announced(client, staff):
    made = send(client, "post", "plan-list", wish())
    assert (made.status_code, made.json()["state"], made.json()["is_free"], len(made.json()["blocks"])) == (201, "draft", True, 1)
    slug = made.json()["slug"]

    announced = [send(client, "post", "workshop-announce", {}, slug=slug) for _ in range(2)]

    assert [(answer.status_code, answer.json()["state"]) for answer in announced] == [(200, "published")] * 2
    assert client.get(reverse("workshops_api:plan-list")).json()["results"][0]["slug"] == slug


@pytest.mark.parametrize(
    ("changes", "status", "where"),
    [
        ({"blocks": []}, 400, "blocks"),
        ({"capacity": 0}, 400, "capacity"),
        ({"format": "hybrid"}, 400, "remote_capacity"),
        ({"instructor": 0}, 400, "instructor"),
        ({"format": "by_post"}, 400, "format"),
        ({"blocks": [{"starts_at": "2027-05-01T09:00Z", "ends_at": "2027-05-01T08:00Z"}]}, 409, "detail"),
    ],
)
def test_what_cannot_be_planned_is_refused_by_name_and_makes_nothing(client, staff, changes, status, where):
    response = send(client, "post", "plan-list", wish(**changes))

    assert (response.status_code, where in response.json(), Workshop.objects.exists()) == (status, True, False)


def test_words_are_saved_at_once_and_another_venue_is_looked_at_first(client, staff):
    workshop = SeatFactory(workshop=workshop_with_blocks(instructor=user_with_role(Role.INSTRUCTOR))).workshop
    venue = VenueFactory(name="Elsewhere", street="1 Other St")

    words = send(client, "patch", "workshop-plan", {"title": "Knees again"}, slug=workshop.slug)
    asked = send(client, "patch", "workshop-plan", {"venue": venue.pk}, slug=workshop.slug)
    mails = MailMessage.objects.count()
    saved = send(client, "patch", "workshop-plan", {"venue": venue.pk, "confirm": asked.json()["confirm"]}, slug=workshop.slug)

    workshop.refresh_from_db()
    assert (words.status_code, asked.status_code, asked.json()["people"], mails) == (200, 409, 1, 0)
    assert (saved.status_code, workshop.venue, workshop.title, workshop.blocks.count(), MailMessage.objects.count()) == (200, venue, "Knees again", 3, 1)


def test_an_instructor_plans_for_nobody_else(client, db):
    instructor = user_with_role(Role.INSTRUCTOR)
    client.force_login(instructor)

    other = send(client, "post", "plan-list", wish())
    own = send(client, "post", "plan-list", wish(instructor=instructor.pk))
    theirs = send(client, "patch", "workshop-plan", {"title": "Mine"}, slug=workshop_with_blocks().slug)

    assert (other.status_code, list(other.json()), own.status_code, theirs.status_code) == (400, ["instructor"], 201, 404)


def test_a_venue_gets_its_towns_position_and_a_move_is_looked_at_first(client, staff):
    values = {"country": "US", "region": "FL", "time_zone": "America/Chicago", "lat": 30.42, "lng": -87.22}
    Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", weight=12, **values)
    made = send(client, "post", "venue-list", HOUSE)
    assert (made.status_code, made.json()["country"], round(made.json()["lat"]), made.json()["time_zone"]) == (201, "US", 30, "America/Chicago")
    venue = Venue.objects.get()
    SeatFactory(workshop=workshop_with_blocks(venue=venue))

    asked = send(client, "patch", "venue-detail", {"street": "10 Palafox St"}, pk=venue.pk)
    saved = send(client, "patch", "venue-detail", {"street": "10 Palafox St", "confirm": asked.json()["confirm"]}, pk=venue.pk)
    swapped = send(client, "patch", "venue-detail", {"lat": venue.lng, "lng": venue.lat}, pk=venue.pk)

    venue.refresh_from_db()
    assert (asked.status_code, asked.json()["people"], saved.status_code, venue.street) == (409, 1, 200, "10 Palafox St")
    assert (swapped.status_code, list(swapped.json())) == (400, ["lat"])


def test_series_are_kept(client, staff):
    made = send(client, "post", "series-list", {"title": "Knees of autumn"})
    send(client, "patch", "series-detail", {"note": "Any order."}, pk=made.json()["id"])

    assert (made.status_code, Series.objects.get().note, client.get(reverse("workshops_api:series-list")).json()["count"]) == (201, "Any order.", 1)
    written = AuditEntry.objects.filter(action="workshops.save_series").values_list("actor", "subject")
    assert list(written) == [(staff.pk, f"workshops.Series:{made.json()['id']}")] * 2


@pytest.mark.parametrize("count", [1, 3])
def test_the_plans_cost_the_same_for_any_number(client, staff, count, django_assert_max_num_queries):
    for _ in range(count):
        workshop_with_blocks()

    with django_assert_max_num_queries(7):
        client.get(reverse("workshops_api:plan-list"))


def heads(resolver, before=""):
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from heads(pattern, route)
        else:
            yield route


def test_no_workshop_is_called_what_an_address_begins_with(db):
    known = {
        route.removeprefix(base).split("/")[0] for base in ("workshops/", "api/v1/workshops/") for route in heads(get_resolver()) if route.startswith(base)
    }
    words = {head for head in known if head and head.replace("-", "").isalnum()}

    assert words - RESERVED == set()


@pytest.mark.parametrize(
    ("state", "is_sold", "role", "status"),
    [
        ("published", False, Role.INSTRUCTOR, 409),
        ("draft", True, Role.INSTRUCTOR, 409),
        ("draft", False, Role.INSTRUCTOR, 200),
        ("published", True, Role.STAFF, 200),
    ],
)
def test_no_instructor_makes_seats_free_that_the_school_sells(client, db, state, is_sold, role, status):
    workshop = workshop_with_blocks(is_free=False, state=state, instructor=user_with_role(Role.INSTRUCTOR))
    if is_sold:
        PriceFactory(product__subject=workshop.subject, product__kind="workshop")
    client.force_login(workshop.instructor if role == Role.INSTRUCTOR else user_with_role(role))

    answer = send(client, "patch", "workshop-plan", {"is_free": True}, slug=workshop.slug)

    workshop.refresh_from_db()
    assert (answer.status_code, workshop.is_free) == (status, status == 200)
    assert status == 200 or answer.json()["code"] == "staff_sets_prices"
