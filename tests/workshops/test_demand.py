"""“Bring SMRT to my town”: double opt-in, counting towns once, drafts, and who may book first."""

import random
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from core import clock, jobs
from core.models import Job
from notifications.models import MailMessage
from notifications.services import deliver
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PinFactory, VenueFactory, workshop_with_blocks
from tests.fixtures.at_once import at_once
from workshops.asking.links import link_token, read_link
from workshops.asking.services import AskingRefused, forget_old
from workshops.cancelling.services import call_off
from workshops.demand import pins
from workshops.demand.clusters import PinFacts, clusters
from workshops.demand.counting import CallRefused, count_demand, set_aside, set_threshold
from workshops.demand.drafts import open_draft, suggestion_for
from workshops.demand.first_booking import FirstBookingRefused, offer_first, tell_pins
from workshops.demand.pins import PinInput
from workshops.errors import SeatRefused
from workshops.models import Announcement, DemandCall, FirstBooking, Pin, Place, SearchAlert, Workshop
from workshops.services import check_may_register, may_register, publish_workshop, register_learner

pytestmark = pytest.mark.django_db
MOBILE = PinInput("Mobile, AL", 30.6944, -88.0431, 50, "mi")
CREATE = reverse("workshops:pin_create")
TYPED = {"place": "Mobile, AL", "radius": "50", "unit": "mi", "level": "all", "people": "2"}


@pytest.fixture(autouse=True)
def _nobody_was_here():
    cache.clear()  # how often a visitor came


@pytest.fixture
def town():
    return Place.objects.create(kind="city", search_key="mobile, al", label="Mobile, AL", lat=30.6944, lng=-88.0431)


def run(*kinds):
    while row := Job.objects.filter(kind__in=kinds, state=Job.State.QUEUED).first():
        assert jobs.run(row.pk), Job.objects.get(pk=row.pk).error


def link_in(message):
    return re.search(rf"{re.escape(settings.SITE_URL)}(/workshops/wanted/\S+/)", message.body_text)[1]


def later(monkeypatch, **delta):
    instant = clock.now() + timedelta(**delta)
    monkeypatch.setattr(clock, "now", lambda: instant)
    return instant


# Setting a pin


def test_an_address_counts_only_once_its_link_was_confirmed(client, town):
    response = client.post(CREATE, TYPED | {"email": "Rosa@Example.org"})

    pin = Pin.objects.get()
    assert response.status_code == 200
    assert (pin.state, pin.email, pin.people, pin.radius_km) == ("unconfirmed", "rosa@example.org", 2, pytest.approx(80.4672))
    assert not Job.objects.filter(kind="workshops.count_demand").exists()
    page = link_in(MailMessage.objects.get())
    assert b"Yes, put it on the map" in client.get(page).content
    pin.refresh_from_db()
    assert pin.state == "unconfirmed", "looking confirms nothing"
    client.post(f"{page}confirm/")
    client.post(f"{page}confirm/")
    pin.refresh_from_db()
    assert pin.state == "active"
    assert Job.objects.filter(kind="workshops.count_demand").count() == 1


def test_somebody_signed_in_has_a_pin_at_once_and_a_mail(client, town):
    user = UserFactory()
    client.force_login(user)

    first = client.post(CREATE, TYPED)
    client.post(CREATE, TYPED)

    pin = Pin.objects.get()
    place = reverse("workshops:pin_detail", args=[link_token(pin)])
    assert first["Location"].partition(":")[0] == place.partition(":")[0]  # the rest is the second in which it was signed
    assert (pin.user, pin.email, pin.state) == (user, "", "active")
    assert MailMessage.objects.get().template == "workshops/demand/mail/pin_set"


@pytest.mark.parametrize(
    "wrong",
    [
        *({"place": "Nowhere at all"}, {"place": ""}, {"people": "0"}, {"people": "11"}, {"radius": "51"}, {"unit": "ell"}, {"level": "x"}),
        *({"months": "13"}, {"email": "no address"}, {"email": ""}, {"lat": "0", "lng": "0"}, {"lat": "91", "lng": "1"}, {"note": "x" * 301}),
    ],
)
def test_bad_input_sets_no_pin(client, town, wrong):
    response = client.post(CREATE, TYPED | {"email": "rosa@example.org"} | wrong)

    assert response.status_code == 422
    assert not Pin.objects.exists()
    assert not MailMessage.objects.exists()


def test_a_name_of_several_places_asks_which(client, town):
    other = Place.objects.create(kind="city", search_key="mobile, az", label="Mobile, AZ", lat=33.05, lng=-112.27)
    answer = client.post(CREATE, TYPED | {"place": "Mobile", "email": "rosa@example.org"})

    assert answer.status_code == 422
    assert b"more than one place" in answer.content
    assert b"Mobile, AZ" in answer.content
    client.post(CREATE, TYPED | {"place": "Mobile", "which": str(other.pk), "email": "rosa@example.org"})
    assert Pin.objects.get().label == "Mobile, AZ"


def test_the_form_takes_over_the_position_a_search_looked_from(client):
    initial = client.get(CREATE, {"place": "Your position", "lat": "30.7", "lng": "-88.05", "radius": "100"}).context["form"].initial

    assert (initial["place"], initial["lat"], initial["lng"]) == ("Your position", "30.7", "-88.05")


def test_the_devices_position_gets_the_name_of_the_nearest_town(client, town):
    client.post(CREATE, TYPED | {"place": "Your position", "lat": "30.70", "lng": "-88.05", "email": "rosa@example.org"})

    pin = Pin.objects.get()
    assert (pin.label, pin.lat, pin.lng) == ("Mobile, AL", 30.70, -88.05)


def test_nobody_can_be_pestered_with_confirmations(town):
    for number in range(3):
        pins.set_pin(wish=PinInput(f"Town {number}", 30.0, -88.0, 50, "mi"), email="rosa@example.org")

    with pytest.raises(AskingRefused) as refusal:
        pins.set_pin(wish=MOBILE, email="rosa@example.org")

    assert refusal.value.code == "mailed_enough"
    assert Pin.objects.count() == MailMessage.objects.count() == 3


def test_a_visitor_who_sets_pin_after_pin_is_stopped(client, town):
    codes = [client.post(CREATE, TYPED | {"email": f"p{number}@example.org"}).status_code for number in range(21)]

    assert codes == [200] * 20 + [422]
    assert Pin.objects.count() == 20


def test_the_link_changes_and_withdraws_and_nothing_else_does(client, town):
    pin = PinFactory(user=None, email="rosa@example.org", lat=1.0)
    page = reverse("workshops:pin_detail", args=[link_token(pin)])

    assert client.post(page, TYPED | {"place": "Mobile, AL", "people": "3", "months": ["3", "4"]}).status_code == 302
    pin.refresh_from_db()
    assert (pin.people, pin.months, pin.lat) == (3, [3, 4], 1.0), "the same name keeps the position it had"
    assert client.get(reverse("workshops:pin_detail", args=["x"])).status_code == 404
    alert = SearchAlert.objects.create(user=UserFactory(), state="unconfirmed", words="x")
    assert read_link(link_token(alert), Pin) is None
    assert b"Withdraw your pin" in client.get(f"{page}withdraw/").content
    assert Pin.objects.get().state == "active", "looking withdraws nothing"
    client.post(f"{page}withdraw/")
    client.post(f"{page}withdraw/")
    assert Pin.objects.get().state == "withdrawn"
    assert client.post(page, TYPED).status_code == 422
    client.post(f"{page}renew/")
    assert Pin.objects.get().state == "active"


def test_mail_programs_withdraw_with_one_click(client):
    pin = pins.set_pin(wish=MOBILE, user=UserFactory())
    deliver(message=MailMessage.objects.get())
    address = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")

    Client(enforce_csrf_checks=True).post(address.removeprefix(settings.SITE_URL), {"List-Unsubscribe": "One-Click"})

    pin.refresh_from_db()
    assert pin.state == "withdrawn"


def test_an_unconfirmed_pin_withdrawn_is_not_put_back_without_confirmation(client):
    pin = pins.set_pin(wish=MOBILE, email="rosa@example.org")
    pins.withdraw_pin(pin=pin)

    with pytest.raises(AskingRefused):
        pins.renew_pin(pin=pin)
    with pytest.raises(AskingRefused):
        pins.confirm_pin(pin=pin)

    pin.refresh_from_db()
    assert pin.state == "withdrawn"


def test_a_pin_runs_out_after_a_year_asked_about_once(monkeypatch):
    pin = pins.set_pin(wish=MOBILE, user=UserFactory())
    MailMessage.objects.all().delete()

    pins.ask_again(pin=pin)
    assert not MailMessage.objects.exists()
    later(monkeypatch, days=352)
    pins.ask_again(pin=pin)
    pins.ask_again(pin=pin)
    assert MailMessage.objects.get().template == "workshops/demand/mail/pin_runs_out"
    pins.renew_pin(pin=pin)
    later(monkeypatch, days=20)
    assert pins.expire_pins() == 0
    later(monkeypatch, days=400)
    assert [pins.expire_pins(), pins.expire_pins()] == [1, 0]


def test_what_is_over_is_deleted_with_its_address(monkeypatch):
    pins.set_pin(wish=MOBILE, email="never@example.org")
    pins.withdraw_pin(pin=PinFactory())
    kept = PinFactory()

    later(monkeypatch, days=8)
    assert forget_old(Pin) == 1
    later(monkeypatch, days=90)
    assert forget_old(Pin) == 1
    assert list(Pin.objects.all()) == [kept]


# Counting


def facts(pk, label, lat, lng, radius_km=80.0, people=1):
    return PinFacts(pk, label, lat, lng, radius_km, people)


def test_the_town_most_people_reach_is_the_middle():
    a, b, c, far = facts(1, "A", 30.0, -88.0), facts(2, "B", 30.5, -88.0), facts(3, "C", 31.0, -88.0), facts(4, "D", 45.0, -88.0)

    found = clusters([a, b, c, far])

    assert [(cluster.label, cluster.pins) for cluster in found] == [("B", (a, b, c)), ("D", (far,))]


def test_clusters_depend_on_no_order_and_lose_nobody():
    chance = random.Random(5)
    towns = [(f"T{n}", chance.uniform(-60, 60), chance.uniform(-180, 180)) for n in range(40)]
    all_pins = [PinFacts(n, *chance.choice(towns), chance.choice([40.0, 800.0]), chance.randint(1, 3)) for n in range(200)]
    shuffled = all_pins[:]
    chance.shuffle(shuffled)

    found = clusters(all_pins)

    assert [(c.label, {p.pk for p in c.pins}) for c in found] == [(c.label, {p.pk for p in c.pins}) for c in clusters(shuffled)]
    assert sorted(pin.pk for cluster in found for pin in cluster.pins) == list(range(200))
    seats = [cluster.seats for cluster in found]
    assert seats == sorted(seats, reverse=True)


def test_a_pin_across_the_date_line_is_near():
    assert len(clusters([facts(1, "W", -17.0, 179.9), facts(2, "E", -17.0, -179.9)])) == 1


def test_a_town_over_its_threshold_calls_once_and_opens_a_draft():
    held = workshop_with_blocks(title="The Knee", venue=VenueFactory(city="Mobile", region="AL", lat=30.69, lng=-88.04))
    for _ in range(3):
        PinFactory(people=2)
    assert count_demand() == []
    PinFactory(people=2)

    (call,) = count_demand()
    assert count_demand() == []
    PinFactory()
    assert count_demand() == []

    draft = call.workshop
    assert (call.state, call.label, call.pins.count()) == ("drafted", "Mobile, AL", 5)
    assert (draft.state, draft.title, draft.venue, draft.activity, draft.instructor) == ("draft", "The Knee", held.venue, held.activity, held.instructor)
    assert draft.first_booking.hours == 72
    message = MailMessage.objects.get()
    assert message.to_address == settings.SCHOOL_EMAIL
    assert message.subject == "8 seats are asked for around Mobile, AL"


def test_without_a_venue_the_call_says_what_is_missing():
    PinFactory(people=8)

    (call,) = count_demand()

    assert (call.state, call.workshop) == ("open", None)
    assert call.gap.startswith("No venue lies within 50 miles.")
    assert "No venue lies within 50 miles." in MailMessage.objects.get().body_text


def test_levels_are_counted_apart():
    PinFactory(level="advanced", people=5)
    PinFactory(level="foundation", people=5)
    assert count_demand() == []
    PinFactory(level="all", people=3)

    (call,) = count_demand()

    assert (call.level, call.pins.count()) == ("foundation", 2)


def test_thresholds_are_data_and_can_be_switched_off():
    staff = user_with_role("staff")
    PinFactory(people=4)
    set_threshold(level="all", seats=4, is_on=False, by=staff)
    set_threshold(level="foundation", seats=50, is_on=True, by=staff)
    set_threshold(level="advanced", seats=50, is_on=True, by=staff)
    assert count_demand() == []

    set_threshold(level="all", seats=4, is_on=True, by=staff)

    assert len(count_demand()) == 1


def test_what_is_set_aside_comes_back_on_its_day(monkeypatch):
    staff = user_with_role("staff")
    PinFactory(people=9)
    (call,) = count_demand()
    with pytest.raises(CallRefused):
        set_aside(call=call, until=clock.now().date(), note="", by=staff)

    set_aside(call=call, until=clock.now().date() + timedelta(days=30), note="No instructor", by=staff)
    assert count_demand() == []
    later(monkeypatch, days=31)

    assert len(count_demand()) == 1


# Announcing


@pytest.fixture
def asked_for():
    """A draft that people near it asked for, with 72 hours of first booking."""
    draft = workshop_with_blocks(state="draft", capacity=10, lat=30.69, lng=-88.04)
    FirstBooking.objects.create(workshop=draft)
    return draft


def publish(draft):
    return publish_workshop(workshop=draft, by=user_with_role("staff"))


def test_those_who_asked_book_first_then_everybody(asked_for, monkeypatch):
    pin, by_address, stranger = PinFactory(), PinFactory(user=None, email="rosa@example.org"), UserFactory()
    rosa = UserFactory(email="rosa@example.org")

    workshop = publish(asked_for)

    opens_at = workshop.first_booking.ends_at
    assert opens_at - clock.now() > timedelta(hours=71)
    assert Announcement.objects.get(workshop=workshop).opens_at == opens_at
    for person in (pin.user, rosa):
        assert may_register(workshop, person).is_open
        check_may_register(workshop=workshop, learner=person, by=person)
    answer = may_register(workshop, stranger)
    assert (answer.is_open, answer.code, answer.opens_at) == (False, "first_booking", opens_at)
    assert answer.sentence.startswith("Until ")
    with pytest.raises(SeatRefused):
        check_may_register(workshop=workshop, learner=stranger, by=stranger)
    check_may_register(workshop=workshop, learner=stranger, by=user_with_role("staff"))
    by_address.refresh_from_db()
    assert (by_address.state, by_address.answered_by) == ("fulfilled", workshop)
    later(monkeypatch, hours=73)
    assert may_register(workshop, stranger).is_open


def test_who_asked_for_three_brings_two(asked_for):
    pin = PinFactory(people=3)
    workshop = publish(asked_for)
    friends = [UserFactory() for _ in range(3)]

    for friend in friends[:2]:
        check_may_register(workshop=workshop, learner=friend, by=pin.user)
        check_may_register(workshop=workshop, learner=friend, by=pin.user)
    with pytest.raises(SeatRefused) as refusal:
        check_may_register(workshop=workshop, learner=friends[2], by=pin.user)

    assert refusal.value.code == "first_booking_people"
    assert may_register(workshop, friends[0]).is_open
    with pytest.raises(SeatRefused):
        check_may_register(workshop=workshop, learner=friends[2], by=friends[0])


def test_everyone_who_asked_is_told_once_however_often_the_job_runs(asked_for):
    PinFactory()
    PinFactory(user=None, email="rosa@example.org", people=3)
    far = PinFactory(lat=45.0)
    other_month = PinFactory(months=[asked_for.starts_at.astimezone(asked_for.zone).month % 12 + 1])
    advanced = PinFactory(level="advanced")
    closed = PinFactory(user__is_active=False)

    workshop = publish(asked_for)
    run("workshops.tell_pins")
    tell_pins(workshop=workshop)

    told = MailMessage.objects.filter(template="workshops/demand/mail/pin_answered")
    assert told.count() == 2
    assert "You book first" in told.first().body_text
    assert "Sign in or sign up with this address, rosa@example.org" in told.get(to_address="rosa@example.org").body_text
    for pin in (far, other_month, advanced):
        pin.refresh_from_db()
        assert pin.state == "active"
    closed.refresh_from_db()
    assert closed.state == "fulfilled"


def test_a_workshop_that_nobody_drafted_for_them_answers_pins_too_but_opens_for_all():
    pin = PinFactory()
    workshop = publish(workshop_with_blocks(state="draft", lat=30.69, lng=-88.04))
    run("workshops.tell_pins")

    pin.refresh_from_db()
    assert (pin.state, pin.answered_by) == ("fulfilled", workshop)
    assert may_register(workshop, UserFactory()).is_open
    body = MailMessage.objects.get(template="workshops/demand/mail/pin_answered").body_text
    assert "You book first" not in body


def test_with_nobody_to_wait_for_it_opens_at_once(asked_for):
    workshop = publish(asked_for)

    assert may_register(workshop, UserFactory()).is_open


def test_a_cancelled_workshop_gives_the_pins_back_and_their_town_calls_again(asked_for):
    pin = PinFactory(people=8)
    DemandCall.objects.create(level="all", label="Mobile, AL", lat=30.69, lng=-88.04, workshop=asked_for, state="drafted")
    workshop = publish(asked_for)
    assert DemandCall.objects.get().state == "announced"

    call_off(workshop=workshop, by=user_with_role("staff"), reason="Storm")

    pin.refresh_from_db()
    assert (pin.state, pin.answered_by) == ("active", None)
    assert len(count_demand()) == 1


def test_first_booking_is_chosen_while_it_is_a_draft(asked_for):
    staff = user_with_role("staff")
    assert offer_first(workshop=asked_for, hours=24, by=staff).hours == 24
    assert offer_first(workshop=asked_for, hours=0, by=staff) is None
    publish(asked_for)

    with pytest.raises(FirstBookingRefused):
        offer_first(workshop=asked_for, hours=24, by=staff)

    assert not FirstBooking.objects.exists()


# The desk


def test_staff_see_towns_revenue_and_open_a_draft(client):
    staff = user_with_role("staff")
    client.force_login(staff)
    held = workshop_with_blocks(venue=VenueFactory(lat=45.0, lng=-93.0, city="Minneapolis", region="MN"), instructor=user_with_role("instructor"))
    PinFactory(people=9, note="We are a clinic of nine.")
    (call,) = count_demand()

    page = client.get(reverse("workshops_desk:demand_map") + "?price=300").content.decode()
    assert "Mobile, AL" in page
    assert "$2,700.00" in page
    detail = client.get(reverse("workshops_desk:call_detail", args=[call.pk])).content.decode()
    assert "We are a clinic of nine." in detail
    values = {"title": "Knee in Mobile", "activity": held.activity.pk, "venue": held.venue.pk, "instructor": held.instructor.pk, "capacity": 12, "hours": 48}
    assert client.post(reverse("workshops_desk:call_draft", args=[call.pk]), values | {"venue": "0"}).status_code == 422
    first = client.post(reverse("workshops_desk:call_draft", args=[call.pk]), values)
    again = client.post(reverse("workshops_desk:call_draft", args=[call.pk]), values)

    draft = Workshop.objects.get(state="draft")
    assert first["Location"] == again["Location"] == reverse("workshops_desk:workshop_edit", args=[draft.pk])
    assert (draft.title, draft.capacity, draft.first_booking.hours, draft.demand_call) == ("Knee in Mobile", 12, 48, call)


def test_the_draft_of_a_town_is_opened_once():
    held = workshop_with_blocks(venue=VenueFactory(lat=30.69, lng=-88.04))
    PinFactory(people=9)
    (call,) = count_demand()
    wish = suggestion_for(call, seats=9).wish

    assert open_draft(call=call, wish=wish, by=None) == call.workshop
    assert Workshop.objects.exclude(pk=held.pk).count() == 1


@pytest.mark.parametrize("towns", [1, 3])
def test_the_map_asks_the_same_queries_for_one_town_and_for_three(client, django_assert_num_queries, towns):
    client.force_login(user_with_role("staff"))
    for number in range(towns):
        PinFactory(label=f"Town {number}", lat=20.0 + 10 * number, people=9)
    count_demand()
    client.get(reverse("workshops_desk:demand_map"))

    with django_assert_num_queries(7):
        client.get(reverse("workshops_desk:demand_map"))


def test_a_threshold_typed_wrong_changes_nothing(client):
    client.force_login(user_with_role("staff"))

    client.post(reverse("workshops_desk:threshold_edit", args=["all"]), {"all-seats": "1", "all-is_on": "on"})
    client.post(reverse("workshops_desk:threshold_edit", args=["none"]), {"none-seats": "5"})
    assert count_demand() == []
    client.post(reverse("workshops_desk:threshold_edit", args=["all"]), {"all-seats": "5", "all-is_on": "on"})

    PinFactory(people=5)
    assert len(count_demand()) == 1


def test_first_booking_page_says_who_would_be_told(client, asked_for):
    client.force_login(user_with_role("staff"))
    PinFactory(people=3)

    page = client.get(reverse("workshops_desk:first_booking", args=[asked_for.pk])).content.decode()
    assert "1 pin lies near enough (for 3 seats)." in page
    assert client.post(reverse("workshops_desk:first_booking", args=[asked_for.pk]), {"hours": "-1"}).status_code == 422
    client.post(reverse("workshops_desk:first_booking", args=[asked_for.pk]), {"hours": "0"})
    assert not FirstBooking.objects.exists()


def test_a_draft_without_dates_can_be_opened_and_read_everywhere(client):
    workshop_with_blocks(venue=VenueFactory(city="Mobile", region="AL", lat=30.69, lng=-88.04))
    PinFactory(people=8)
    (call,) = count_demand()
    client.force_login(user_with_role("staff"))
    draft = call.workshop

    pages = [draft.get_absolute_url(), reverse("workshops_desk:workshop_list"), reverse("workshops_desk:workshop_roster", args=[draft.pk])]
    pages += [reverse(f"workshops_desk:{name}", args=[draft.pk]) for name in ("workshop_edit", "first_booking")]
    pages += [reverse("workshops_desk:call_detail", args=[call.pk]), reverse("workshops_api:workshop-detail", args=[draft.slug])]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    assert reverse("workshops_desk:first_booking", args=[draft.pk]) in client.get(pages[2]).content.decode()


def test_registration_itself_is_refused_until_it_opens_for_all(asked_for, monkeypatch):
    pin, stranger = PinFactory(), UserFactory()
    workshop = publish(asked_for)

    with pytest.raises(SeatRefused) as refusal:
        register_learner(workshop=workshop, learner=stranger)
    assert refusal.value.code == "first_booking"
    assert register_learner(workshop=workshop, learner=pin.user).state == "confirmed"
    assert workshop.seats.count() == 1
    later(monkeypatch, hours=73)
    assert register_learner(workshop=workshop, learner=stranger).state == "confirmed"


def test_the_api_says_from_when_everybody_may_register(client, asked_for):
    PinFactory()
    workshop = publish(asked_for)

    said = client.get(reverse("workshops_api:workshop-detail", args=[workshop.slug])).json()

    assert said["registration_opens_at"] is not None
    FirstBooking.objects.update(ends_at=clock.now())
    Announcement.objects.update(opens_at=clock.now())
    assert client.get(reverse("workshops_api:workshop-detail", args=[workshop.slug])).json()["registration_opens_at"] is None


@pytest.mark.django_db(transaction=True)
def test_two_counts_at_once_make_one_call():
    for _ in range(4):
        PinFactory(people=2)

    at_once(*[count_demand] * 2)

    assert DemandCall.objects.count() == 1
    assert MailMessage.objects.filter(template="workshops/demand/mail/call").count() == 1


def test_a_radius_of_five_thousand_digits_is_left_alone(client, db):
    assert client.get(CREATE, {"place": "Mobile, AL", "radius": "9" * 5000}).status_code == 200


@pytest.mark.parametrize("by_address", [False, True])
def test_many_pins_of_one_person_are_one_wish(town, by_address):
    """Each was counted: two pins of ten people made a town call, by one person with no colleague at all."""
    person = UserFactory(email="rosa@example.org")
    asker = {"email": person.email} if by_address else {"user": person}

    def ask(**changes):
        pin = pins.set_pin(wish=replace(MOBILE, **changes), **asker)
        return pins.confirm_pin(pin=pin) if by_address else pin

    first, far, other_level = ask(people=3), ask(lat=45.0, lng=-120.0, label="Portland, OR"), ask(level="advanced")
    stranger = PinFactory(label="Mobile, AL")
    last = pins.set_pin(wish=replace(MOBILE, people=4, lat=MOBILE.lat + 0.1, note="Anew"), user=person)  # also once with an account, once by address

    first.refresh_from_db()
    assert (first.state, first.closed_at is None) == ("withdrawn", False)
    assert set(Pin.objects.filter(state="active")) == {far, other_level, stranger, last}
    pins.renew_pin(pin=first)
    last.refresh_from_db()
    assert last.state == "withdrawn"
