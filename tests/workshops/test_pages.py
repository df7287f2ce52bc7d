"""Workshop pages as people use them."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import Role
from payments.models import Product
from payments.services import grant_access, suspend_access
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import ActivityFactory
from tests.factories.payments import OrderFactory, PriceFactory
from tests.factories.workshops import PAST, SeatFactory, VenueFactory, WorkshopFactory, workshop_with_blocks
from workshops.models import Attendance, Place, Seat, Venue, Workshop

MOBILE = {"lat": 30.6954, "lng": -88.0399, "name": "Mobile Hall", "city": "Mobile", "region": "AL"}


@pytest.fixture
def places(db):
    Place.objects.create(kind="postal_code", search_key="32501", label="32501 Pensacola, FL", lat=30.42, lng=-87.22)
    Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.42, lng=-87.22, weight=12)


@pytest.mark.parametrize("words", ["32501", "Pensacola", "  pensacola,  FL ", "pensa"])
def test_the_list_is_sorted_by_distance_from_a_place(client, places, words):
    far = WorkshopFactory(title="Far", venue=VenueFactory(**MOBILE), starts_at=timezone.now() + timedelta(days=1))
    near = WorkshopFactory(title="Near")

    response = client.get(reverse("workshops:workshop_list"), {"place": words, "radius": "100"}, follow=True)

    assert [card.workshop for card in response.context["cards"]] == [near, far]


def test_an_empty_radius_widens_and_says_so(client, places):
    WorkshopFactory(venue=VenueFactory(**MOBILE))

    response = client.get(reverse("workshops:workshop_list"), {"place": "32501", "radius": "25"})

    assert "we looked within 100 miles" in response.content.decode()


def test_an_unknown_place_says_what_to_try(client, places):
    WorkshopFactory()

    text = client.get(reverse("workshops:workshop_list"), {"place": "Atlantis", "radius": "100"}).content.decode()

    assert ("We do not know “Atlantis”" in text, "1 workshop found." in text, "None lies within" in text) == (True, True, False)


def test_dates_the_wrong_way_round_are_refused(client, db):
    response = client.get(reverse("workshops:workshop_list"), {"first": "2027-02-01", "last": "2027-01-01"})

    assert (response.status_code, "lies before the first" in response.content.decode()) == (422, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(client, db, places, django_assert_num_queries, count):
    for workshop in WorkshopFactory.create_batch(count, is_free=False):
        PriceFactory(product__subject=workshop.subject)

    with django_assert_num_queries(10):  # two of them: the boards to choose from, and what can be joined online
        client.get(reverse("workshops:workshop_list"), {"place": "32501", "radius": "100"})


def test_a_learner_takes_a_seat_and_gives_it_back(client, db):
    workshop, learner = workshop_with_blocks(), UserFactory()
    client.force_login(learner)
    client.post(reverse("workshops:workshop_register", args=[workshop.slug]))
    assert "You have a seat" in client.get(workshop.get_absolute_url()).content.decode()

    client.post(reverse("workshops:seat_cancel", args=[workshop.slug]))

    assert Seat.objects.get().state == Seat.State.CANCELLED


@pytest.fixture
def sold(db):
    """A workshop whose seats cost $190.00."""
    workshop = workshop_with_blocks(is_free=False, capacity=2)
    PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=19000)
    return workshop


def test_a_sold_workshop_shows_its_price_and_leads_to_buying(client, sold):
    page = client.get(sold.get_absolute_url()).content.decode()

    assert (reverse("workshops:workshop_register", args=[sold.slug]) in page, "$190.00" in page) == (True, True)
    assert "$190.00" in client.get(reverse("workshops:workshop_list")).content.decode()


def test_a_sold_workshop_without_a_product_says_whom_to_ask(client, db):
    page = client.get(WorkshopFactory(is_free=False).get_absolute_url()).content.decode()

    assert "Seats are not on sale yet" in page


def test_somebody_with_access_takes_the_seat_without_paying(client, sold):
    learner = UserFactory()
    grant_access(user=learner, subject=sold.subject, source="staff", reason="A guest", granted_by=user_with_role(Role.STAFF))
    client.force_login(learner)
    assert "$190.00" not in client.get(sold.get_absolute_url()).content.decode()

    client.post(reverse("workshops:workshop_register", args=[sold.slug]))

    assert Seat.objects.get().state == Seat.State.CONFIRMED


def test_a_held_seat_says_until_when_and_leads_to_its_order(client, sold):
    order = OrderFactory(price__product=Product.objects.get(), price__currency="eur")
    seat = SeatFactory(workshop=sold, learner=order.user, state="held", reference=order.reference, hold_until=order.hold_until)
    client.force_login(order.user)

    page = client.get(sold.get_absolute_url()).content.decode()

    assert ("You hold a seat until" in page, f'href="{order.get_absolute_url()}"' in page, "$190.00" in page) == (True, True, False)
    assert client.get(reverse("workshops:seat_cancel", args=[sold.slug])).status_code == 302
    client.post(reverse("workshops:seat_cancel", args=[sold.slug]))
    seat.refresh_from_db()
    assert seat.state == Seat.State.HELD
    client.logout()
    assert "1 of 2 seats is left" in client.get(sold.get_absolute_url()).content.decode()


def test_giving_a_paid_seat_back_shows_the_policy_it_was_bought_under(client, sold):
    order = OrderFactory(price__product=Product.objects.get(), price__currency="eur")
    SeatFactory(workshop=sold, learner=order.user, reference=order.reference)
    client.force_login(order.user)

    page = client.get(reverse("workshops:seat_cancel", args=[sold.slug])).content.decode()

    assert ("Refunds within 14 days." in page, "does not move money by itself" in page, order.number in page) == (True, True, True)


def test_the_roster_shows_who_is_paying_and_whose_payment_is_disputed(client, sold):
    held = SeatFactory(workshop=sold, state="held", reference="order:1", hold_until=timezone.now() + timedelta(minutes=5))
    SeatFactory(workshop=sold, state="held", reference="order:2", hold_until=timezone.now() - timedelta(minutes=5), learner__email="late@example.org")
    seat = SeatFactory(workshop=sold, reference="order:3")
    suspend_access(grant=grant_access(user=seat.learner, subject=sold.subject, source="order"), reason="Disputed")
    client.force_login(user_with_role(Role.STAFF))

    page = client.get(reverse("workshops_desk:workshop_roster", args=[sold.pk])).content.decode()

    assert (held.learner.email in page, "late@example.org" in page, "Payment disputed" in page) == (True, False, True)


def test_the_calendar_file_names_the_venue_and_the_zone(client, db):
    workshop = workshop_with_blocks()

    calendar = Calendar.from_ical(client.get(reverse("workshops:workshop_calendar", args=[workshop.slug])).content)

    (event,) = calendar.walk("VEVENT")
    assert (event.decoded("dtstart"), str(event["location"]).startswith("Bayfront Studio")) == (workshop.starts_at, True)


def workshop_post(workshop_activity, venue, instructor, **changes):
    day = (timezone.now() + timedelta(days=40)).date().isoformat()
    data = {
        "title": "Hips that wake up",
        "summary": "Dormant butt syndrome, hands on.",
        "activity": workshop_activity.pk,
        "venue": venue.pk,
        "instructor": instructor.pk,
        "instructor_name": "Ada Rivera, LMT",
        "capacity": "8",
        "is_free": "on",
        "cancellation_policy": "Free until seven days before.",
        "blocks-TOTAL_FORMS": "1",
        "blocks-INITIAL_FORMS": "0",
        "blocks-0-day": day,
        "blocks-0-begins": "09:00",
        "blocks-0-ends": "17:00",
        "blocks-0-kind": "instruction",
        "blocks-0-mode": "in_person_hands_on",
    }
    return {**data, **changes}


def test_an_instructor_plans_and_announces_a_workshop(client, db):
    instructor = user_with_role(Role.INSTRUCTOR)
    client.force_login(instructor)
    client.post(reverse("workshops_desk:workshop_create"), workshop_post(ActivityFactory(), VenueFactory(), instructor))
    workshop = Workshop.objects.get()

    client.post(reverse("workshops_desk:workshop_publish", args=[workshop.pk]))

    workshop.refresh_from_db()
    assert (workshop.state, workshop.slug, workshop.starts_at.astimezone(workshop.zone).hour) == ("published", "hips-that-wake-up", 9)


def test_a_workshop_without_instruction_is_refused_with_words(client, db):
    instructor = user_with_role(Role.INSTRUCTOR)
    client.force_login(instructor)

    data = workshop_post(ActivityFactory(), VenueFactory(), instructor, **{"blocks-0-kind": "break"})
    response = client.post(reverse("workshops_desk:workshop_create"), data)

    assert (response.status_code, "at least one block of instruction" in response.content.decode()) == (422, True)
    assert not Workshop.objects.exists()


def test_a_venue_at_zero_zero_is_refused(client, db):
    client.force_login(user_with_role(Role.STAFF))
    data = {"name": "Null Island", "city": "Sea", "country": "US", "lat": "0", "lng": "0", "time_zone": "UTC"}

    response = client.post(reverse("workshops_desk:venue_create"), data)

    assert (response.status_code, Venue.objects.exists()) == (422, False)


def test_moving_a_venue_moves_its_workshops(client, db):
    workshop = WorkshopFactory()
    client.force_login(user_with_role(Role.STAFF))
    data = {"name": "Bayfront", "city": "Pensacola", "country": "US", "lat": "31.5", "lng": "-86", "time_zone": "America/Chicago"}

    client.post(reverse("workshops_desk:venue_edit", args=[workshop.venue.pk]), data)

    workshop.refresh_from_db()
    assert (workshop.lat, workshop.lng) == (31.5, -86.0)


def test_the_api_lists_nearest_first_and_registers_once(client, db):
    far, near = WorkshopFactory(venue=VenueFactory(**MOBILE)), WorkshopFactory()
    client.force_login(UserFactory())

    listed = client.get("/api/v1/workshops/", {"lat": "30.42", "lng": "-87.22", "radius": "200", "unit": "km"}).json()
    seats = [client.post(f"/api/v1/workshops/{near.slug}/register/").json()["id"] for _ in range(2)]

    assert [row["slug"] for row in listed["results"]] == [near.slug, far.slug]
    assert seats[0] == seats[1]


def test_the_api_refuses_with_a_stable_code(client, db):
    workshop = SeatFactory(workshop__capacity=1).workshop
    client.force_login(UserFactory())

    response = client.post(f"/api/v1/workshops/{workshop.slug}/register/")

    assert (response.status_code, response.json()["code"]) == (409, "workshop_full")


@pytest.mark.parametrize("query", [{"lat": "91", "lng": "0"}, {"lat": "30"}, {"lat": "30", "lng": "-87", "radius": "-1"}])
def test_the_api_refuses_a_position_that_is_none(client, db, query):
    assert client.get("/api/v1/workshops/", query).status_code == 400


def test_a_draft_is_hidden_from_everyone_but_its_people(client, db):
    draft = workshop_with_blocks(state=Workshop.State.DRAFT, instructor=user_with_role(Role.INSTRUCTOR))
    answers = {}
    for name, user in {"stranger": None, "other": UserFactory(), "instructor": draft.instructor, "staff": user_with_role(Role.STAFF)}.items():
        client.logout()
        if user:
            client.force_login(user)
        answers[name] = client.get(draft.get_absolute_url()).status_code

    assert answers == {"stranger": 404, "other": 404, "instructor": 200, "staff": 200}


def test_another_instructor_cannot_touch_the_roster(client, db):
    seat = SeatFactory(workshop=workshop_with_blocks(starts_at=PAST, instructor=user_with_role(Role.INSTRUCTOR)))
    client.force_login(user_with_role(Role.INSTRUCTOR))
    block = seat.workshop.blocks.first()

    roster = client.get(reverse("workshops_desk:workshop_roster", args=[seat.workshop.pk]))
    mark = client.post(reverse("workshops_desk:attendance_mark", args=[seat.workshop.pk, seat.pk, block.pk]), {"present": "yes", "nonce": uuid.uuid4()})

    assert (roster.status_code, mark.status_code, Attendance.objects.exists()) == (404, 404, False)
