"""Venues: where they stand, and what happens to their workshops when they move."""

import pytest
from django.urls import reverse

from accounts.models import Role
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from workshops.models import Place, Venue


@pytest.fixture
def staff(client, db):
    person = user_with_role(Role.STAFF)
    client.force_login(person)
    values = {"country": "US", "region": "FL", "time_zone": "America/Chicago", "lat": 30.42, "lng": -87.22}
    Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", weight=12, **values)
    Place.objects.create(kind="postal_code", search_key="32501", label="32501 Pensacola, FL", **values)
    return person


def venue_data(**changes):
    return {"name": "Bayfront Studio", "street": "1 Palafox Street", "city": "Pensacola", "region": "FL", "postal_code": "32501", "country": "us", **changes}


def test_position_and_zone_come_from_the_town(client, staff):
    client.post(reverse("workshops_desk:venue_create"), venue_data())

    venue = Venue.objects.get()
    assert (venue.lat, venue.lng, venue.time_zone, venue.country) == (30.42, -87.22, "America/Chicago", "US")


def test_a_position_that_was_typed_is_kept(client, staff):
    client.post(reverse("workshops_desk:venue_create"), venue_data(lat="30.4127", lng="-87.215", time_zone="America/New_York"))

    venue = Venue.objects.get()
    assert (venue.lat, venue.lng, venue.time_zone) == (30.4127, -87.215, "America/New_York")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lat": "-87.2150", "lng": "30.4127"}, "seem to be swapped: did you mean latitude 30.4127 and longitude -87.215?"),
        ({"lat": "-120.5", "lng": "38.5", "city": "Nowhere", "postal_code": "", "region": "CA"}, "seem to be swapped"),
        ({"lat": "30.4127", "lng": "87.2150"}, "did you mean -87.215?"),
        ({"lat": "48.1", "lng": "11.6"}, "km from 32501 Pensacola, FL"),
        ({"lat": "0", "lng": "0"}, "lies in the sea"),
        ({"lat": "95", "lng": "200"}, "does not lie on earth"),
        ({"lat": "30.4127"}, "Enter both latitude and longitude"),
        ({"city": "Atlantis", "postal_code": "", "region": ""}, "We do not know this town"),
        ({"lat": "-75.1", "lng": "123.3", "city": "Dome C", "postal_code": "", "region": "", "country": "AQ"}, "We do not know the time zone there"),
    ],
)
def test_a_place_that_cannot_be_is_refused(client, staff, changes, sentence):
    response = client.post(reverse("workshops_desk:venue_create"), venue_data(**changes))

    assert (response.status_code, sentence in response.content.decode(), Venue.objects.exists()) == (422, True, False)


@pytest.fixture
def taken(staff):
    return SeatFactory(workshop=workshop_with_blocks()).workshop


def test_another_address_is_shown_before_people_are_told(client, taken):
    page = reverse("workshops_desk:venue_edit", args=[taken.venue_id])
    moved = venue_data(street="9 Garden Street", lat="30.4127", lng="-87.215", time_zone="America/Chicago")

    shown = client.post(page, moved)
    assert (shown.status_code, taken.seats.get().learner.email in shown.content.decode(), MailMessage.objects.exists()) == (200, True, False)
    assert Venue.objects.get().street == "1 Palafox Street"
    client.post(page, {**moved, "confirm": shown.context["token"]})

    taken.refresh_from_db()
    assert (Venue.objects.get().street, taken.calendar_sequence, taken.terms_changed_at is not None) == ("9 Garden Street", 1, True)
    assert "9 Garden Street" in MailMessage.objects.get().body_text


def test_another_zone_keeps_the_hours_on_the_wall(client, taken):
    page = reverse("workshops_desk:venue_edit", args=[taken.venue_id])
    before = taken.starts_at.astimezone(taken.zone).time()
    moved = venue_data(lat="30.4127", lng="-87.215", time_zone="America/New_York")

    client.post(page, {**moved, "confirm": client.post(page, moved).context["token"]})

    found = type(taken).objects.select_related("venue").get()
    assert (found.zone.key, found.starts_at.astimezone(found.zone).time(), found.starts_at == taken.starts_at) == ("America/New_York", before, False)
    assert found.blocks.first().starts_at == found.starts_at


def test_other_notes_are_saved_and_nobody_is_told(client, taken):
    page = reverse("workshops_desk:venue_edit", args=[taken.venue_id])
    same = venue_data(lat="30.4127", lng="-87.215", time_zone="America/Chicago", parking="Behind the house.")

    client.post(page, same)

    assert (Venue.objects.get().parking, MailMessage.objects.exists()) == ("Behind the house.", False)
