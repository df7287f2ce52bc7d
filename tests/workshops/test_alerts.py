"""“Tell me when one is near”: double opt-in, only what is new, each workshop once, stopped with one click."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from core import clock, jobs
from core.models import Job
from notifications.models import MailMessage
from notifications.services import deliver
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import BoardFactory
from tests.factories.workshops import PinFactory, workshop_with_blocks
from workshops.alerts import services
from workshops.asking.links import link_token
from workshops.asking.services import AskingRefused
from workshops.models import AlertedWorkshop, FirstBooking, Pin, Place, SearchAlert
from workshops.near.searches import NearSearch
from workshops.services import publish_workshop

pytestmark = pytest.mark.django_db
CREATE = reverse("workshops:alert_create")
NEAR = "?place=Pensacola%2C+FL&radius=50"
NEWS = "workshops/alerts/mail/alert_news"


@pytest.fixture(autouse=True)
def town():
    cache.clear()  # how often a visitor came
    return Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.42, lng=-87.22)


def near(**values):
    return NearSearch(place="Pensacola, FL", radius=50, **values)


def alert_for(pace="at_once", **values):
    return services.set_alert(search=near(**values), pace=pace, user=UserFactory())


def publish(**values):
    return publish_workshop(workshop=workshop_with_blocks(state="draft", **values), by=user_with_role("staff"))


def run(*kinds):
    while row := Job.objects.filter(kind__in=kinds, state=Job.State.QUEUED, run_after__lte=clock.now() + timedelta(seconds=5)).first():
        assert jobs.run(row.pk), Job.objects.get(pk=row.pk).error


def news():
    return list(MailMessage.objects.filter(template=NEWS).order_by("pk"))


def later(monkeypatch, **delta):
    instant = clock.now() + timedelta(**delta)
    monkeypatch.setattr(clock, "now", lambda: instant)


def test_an_address_is_on_only_once_its_link_was_confirmed(client):
    response = client.post(CREATE + NEAR, {"pace": "daily", "email": "Rosa@Example.org"})

    alert = SearchAlert.objects.get()
    assert response.status_code == 200
    assert (alert.state, alert.email, alert.search) == ("unconfirmed", "rosa@example.org", "place=Pensacola%2C+FL&radius=50")
    page = re.search(rf"{re.escape(settings.SITE_URL)}(/workshops/alerts/\S+/)", MailMessage.objects.get().body_text)[1]
    assert b"Yes, switch it on" in client.get(page).content
    alert.refresh_from_db()
    assert alert.state == "unconfirmed", "looking confirms nothing"
    client.post(f"{page}confirm/")
    client.post(f"{page}confirm/")
    alert.refresh_from_db()
    assert alert.state == "active"


def test_an_alert_for_a_zip_code_finds_its_place_again(client):
    Place.objects.create(kind="postal_code", search_key="32501", label="32501 Pensacola, FL", lat=30.42, lng=-87.22)
    client.force_login(UserFactory())

    page = client.get(f"{CREATE}?place=32501&radius=50").content.decode()
    client.post(f"{CREATE}?place=32501&radius=50", {"pace": "daily"})

    assert ("Workshops within 50 miles of 32501 Pensacola, FL" in page, "We do not know" in page) == (True, False)
    assert NearSearch.from_query(QueryDict(SearchAlert.objects.get().search)).problem == ""


def test_somebody_signed_in_has_an_alert_at_once_and_the_same_search_once(client):
    user = UserFactory()
    client.force_login(user)

    client.post(CREATE + NEAR, {"pace": "daily"})
    client.post(CREATE + NEAR, {"pace": "at_once"})

    alert = SearchAlert.objects.get()
    assert (alert.user, alert.state, alert.pace) == (user, "active", "at_once")
    assert alert.words.startswith("Workshops within 50 miles of Pensacola, FL")
    assert b"Workshops within 50 miles" in client.get(reverse("workshops:alert_list")).content


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("?radius=x", {"pace": "daily", "email": "a@example.org"}),
        ("?place=Nowhere+at+all", {"pace": "daily", "email": "a@example.org"}),
        ("?last=2020-01-01", {"pace": "daily", "email": "a@example.org"}),
        (NEAR, {"pace": "hourly", "email": "a@example.org"}),
        (NEAR, {"pace": "daily", "email": "x"}),
        (NEAR, {"pace": "daily"}),
    ],
)
def test_bad_input_sets_no_alert(client, query, data):
    assert client.post(CREATE + query, data).status_code == 422
    assert not SearchAlert.objects.exists()
    assert not MailMessage.objects.exists()


def test_a_new_workshop_is_told_of_at_once_and_once():
    publish(title="Before")
    alert = alert_for()
    far, elsewhere = alert_for(level="advanced"), publish(title="Far away", lat=45.0)

    workshop = publish(title="The Knee")
    run("workshops.match_alerts", "workshops.mail_alert")
    services.match_alerts(workshop=workshop)
    run("workshops.match_alerts", "workshops.mail_alert")
    services.mail_alert(alert=alert)

    (message,) = news()
    assert message.recipient == alert.user
    assert message.subject == "New workshop: The Knee, Pensacola, FL"
    assert "Before" not in message.body_text
    assert list(AlertedWorkshop.objects.values_list("alert", "workshop")) == [(alert.pk, workshop.pk)]
    assert far.told.count() == elsewhere.seats.count() == 0


def test_daily_alerts_wait_for_the_morning_and_gather(monkeypatch):
    alert = alert_for(pace="daily")
    titles = [publish(title=f"Day {number}").title for number in (1, 2)]
    run("workshops.match_alerts", "workshops.mail_alert")
    assert news() == []

    for _twice in range(2):
        services.queue_alerts(day="2027-01-05")
        run("workshops.mail_alert")
    services.queue_alerts(day="2027-01-06")
    run("workshops.mail_alert")

    (message,) = news()
    assert message.subject == "2 new workshops that fit your search"
    assert all(title in message.body_text for title in titles)
    assert alert.told.count() == 2


def test_nothing_is_queued_when_nothing_is_new():
    alert_for(pace="daily")

    assert services.queue_alerts(day="2027-01-05") == 0


def test_alerts_wait_until_those_who_asked_have_booked(monkeypatch):
    alert = alert_for()
    PinFactory(lat=30.42, lng=-87.22)
    draft = workshop_with_blocks(state="draft")
    FirstBooking.objects.create(workshop=draft)

    publish_workshop(workshop=draft, by=user_with_role("staff"))

    assert services.mail_alert(alert=alert) is None
    job = Job.objects.get(kind="workshops.match_alerts")
    assert job.run_after == FirstBooking.objects.get().ends_at
    later(monkeypatch, hours=73)
    assert services.mail_alert(alert=alert).subject == "New workshop: The Knee, Hands On, Pensacola, FL"


def test_mail_programs_stop_it_with_one_click():
    alert = alert_for()
    deliver(message=MailMessage.objects.get())
    address = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")

    Client(enforce_csrf_checks=True).post(address.removeprefix(settings.SITE_URL), {"List-Unsubscribe": "One-Click"})
    publish()
    run("workshops.match_alerts", "workshops.mail_alert")

    alert.refresh_from_db()
    assert alert.state == "withdrawn"
    assert news() == []


def test_the_link_changes_stops_and_switches_on_again(client):
    alert = alert_for()
    page = reverse("workshops:alert_detail", args=[link_token(alert)])

    assert client.post(page, {"pace": "never"}).status_code == 422
    client.post(page, {"pace": "daily"})
    alert.refresh_from_db()
    assert alert.pace == "daily"
    assert b"Stop this alert?" in client.get(f"{page}stop/").content
    client.post(f"{page}stop/")
    client.post(f"{page}stop/")
    assert client.post(page, {"pace": "at_once"}).status_code == 422
    publish(title="While it was off")
    client.post(f"{page}renew/")
    alert.refresh_from_db()
    assert (alert.state, alert.pace) == ("active", "daily")
    assert services.mail_alert(alert=alert) is None, "what came while it was off is no news"
    assert client.get(reverse("workshops:alert_detail", args=["x"])).status_code == 404


def test_an_alert_ends_with_its_search_or_after_a_year(monkeypatch):
    year, dated = alert_for(), alert_for(last=clock.now().date() + timedelta(days=30))
    MailMessage.objects.all().delete()

    later(monkeypatch, days=20)
    services.ask_again(alert=dated)
    assert not MailMessage.objects.exists()
    later(monkeypatch, days=15)
    assert services.expire_alerts() == 1
    dated.refresh_from_db()
    assert dated.state == "expired"
    with pytest.raises(AskingRefused):
        services.renew_alert(alert=dated)
    later(monkeypatch, days=320)
    services.ask_again(alert=year)
    services.ask_again(alert=year)
    assert MailMessage.objects.get().template == "workshops/alerts/mail/alert_runs_out"


def test_a_closed_account_is_written_to_no_more():
    alert = alert_for()
    alert.user.is_active = False
    alert.user.save()

    publish()
    run("workshops.match_alerts", "workshops.mail_alert")

    assert news() == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_queries_for_one_alert_and_for_three(client, django_assert_num_queries, count):
    user = UserFactory()
    for number in range(count):
        services.set_alert(search=near(seats=number + 1), pace="daily", user=user)
    client.force_login(user)
    client.get(reverse("workshops:alert_list"))

    with django_assert_num_queries(5):
        client.get(reverse("workshops:alert_list"))


@pytest.mark.parametrize(("lat", "named"), [(30.4, "Pensacola, FL"), (10.0, "your position")])
def test_a_letter_repeats_no_words_of_whoever_asked_for_it(client, lat, named):
    """Beside a position any words may stand as the place: an address of theirs, in a letter of the school's to somebody else."""
    query = f"?place=You+won,+see+http://example.net/&lat={lat}&lng=-87.2&radius=50"

    client.post(CREATE + query, {"pace": "daily", "email": "rosa@example.org"})

    letter = MailMessage.objects.get(to_address="rosa@example.org")
    assert ("example.net" in letter.body_text, named in letter.body_text, "example.net" in SearchAlert.objects.get().search) == (False, True, False)


def test_a_letter_names_no_body_that_nobody_knows(client):
    answer = client.post(f"{CREATE}{NEAR}&board=call-555-0100-and-claim-your-prize", {"pace": "daily", "email": "rosa@example.org"})

    assert (answer.status_code, "We do not know the body" in answer.content.decode()) == (422, True)
    assert not MailMessage.objects.exists()
    BoardFactory(code="known-board")
    assert client.post(f"{CREATE}{NEAR}&board=known-board", {"pace": "daily", "email": "rosa@example.org"}).status_code == 200


@pytest.mark.parametrize("address", [f"{CREATE}{NEAR}", f"/api/v1/workshops/alerts/{NEAR}", reverse("workshops:pin_create"), "/api/v1/workshops/pins/"])
def test_nobody_is_shown_the_link_that_was_mailed_to_an_address(client, address):
    """It would confirm somebody else's."""
    typed = {"pace": "daily", "email": "rosa@example.org", "place": "Pensacola, FL", "radius": "50", "unit": "mi", "level": "all", "people": "1"}

    answer = client.post(address, typed)

    (asked,) = [*SearchAlert.objects.all(), *Pin.objects.all()]
    assert (answer.status_code in (200, 202), asked.state) == (True, "unconfirmed")
    names_it = link_token(asked).partition(":")[0]  # the rest is the second in which it was signed
    assert (names_it in MailMessage.objects.get().body_text, names_it in answer.content.decode()) == (True, False)
