"""Registering, tickets, questions and transfers through the API."""

import pytest

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.booking import QuestionFactory, WaiverVersionFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from workshops.booking.tickets import seat_of_ticket
from workshops.models import Question, Seat, Transfer, WaitingEntry
from workshops.services.locking import locked_workshop
from workshops.waiting.turns import serve_list

JSON = "application/json"


@pytest.fixture
def asking(db):
    workshop = workshop_with_blocks(waiver=WaiverVersionFactory().waiver)
    return workshop, QuestionFactory(workshop=workshop)


def test_what_is_missing_is_refused_with_a_code_and_told_before(client, asking):
    workshop, _question = asking
    client.force_login(UserFactory())

    asked = client.get(f"/api/v1/workshops/{workshop.slug}/registration/").json()
    refused = client.post(f"/api/v1/workshops/{workshop.slug}/register/")

    assert (len(asked["missing"]), asked["is_complete"], refused.status_code, refused.json()["code"]) == (2, False, 409, "details_missing")
    assert not Seat.objects.exists()


def test_one_call_answers_and_registers_with_colleagues(client, asking):
    workshop, question = asking
    client.force_login(UserFactory())
    body = {
        "answers": [{"question": question.pk, "answer": "None"}],
        "waiver": {"version": workshop.waiver.versions.get().pk, "name": "Ada Rivera"},
        "colleagues": [{"email": "noa@example.org", "name": "Noa"}],
    }

    response = client.post(f"/api/v1/workshops/{workshop.slug}/register/", body, content_type=JSON)

    ticket = client.get(f"/api/v1/workshops/seats/{response.json()['id']}/ticket/").json()
    assert (response.status_code, workshop.seats.confirmed().count(), seat_of_ticket(ticket["url"]).pk) == (201, 2, response.json()["id"])


@pytest.mark.parametrize("body", [{"answers": "x"}, {"place": "moon"}, {"colleagues": [{"email": "x"}]}, {"waiver": {"version": "a"}}])
def test_what_makes_no_sense_is_refused(client, asking, body):
    workshop, _question = asking
    client.force_login(UserFactory())

    assert client.post(f"/api/v1/workshops/{workshop.slug}/register/", body, content_type=JSON).status_code == 400
    assert not Seat.objects.exists()


def test_paid_seats_are_ordered_and_paid_at_the_answers_address(client, db, stripe_api):
    workshop = workshop_with_blocks(is_free=False)
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=19000)
    client.force_login(UserFactory())
    body = {"price": price.pk, "colleagues": [{"email": "noa@example.org", "name": "Noa"}]}

    answers = [client.post(f"/api/v1/workshops/{workshop.slug}/order/", body, content_type=JSON) for _ in range(2)]

    assert ([answer.status_code for answer in answers], workshop.seats.held().count()) == ([201, 201], 2)
    assert (answers[0].json()["order"] == answers[1].json()["order"], answers[0].json()["pay_at"].startswith("http")) == (True, True)


def test_a_seat_is_offered_and_accepted(client, db):
    seat, taker = SeatFactory(workshop=workshop_with_blocks()), UserFactory()
    client.force_login(seat.learner)
    offer = client.post(f"/api/v1/workshops/seats/{seat.pk}/transfer/", {"email": taker.email, "name": "Noa"}, content_type=JSON).json()
    client.force_login(taker)

    listed = client.get("/api/v1/workshops/transfers/").json()["results"]
    new = client.post(f"/api/v1/workshops/transfers/{offer['id']}/accept/").json()

    assert ([row["id"] for row in listed], Seat.objects.confirmed().get().pk, Transfer.objects.get().state) == ([offer["id"]], new["id"], "accepted")


def test_the_desk_asks_and_reads_through_the_api(client, asking):
    workshop, question = asking
    SeatFactory(workshop=workshop)
    client.force_login(user_with_role(Role.STAFF))
    base = f"/api/v1/workshops/{workshop.slug}"

    made = client.post(f"{base}/questions/", {"text": "Table?", "kind": "choice", "choices": ["Own", "Yours"]}, content_type=JSON)
    gone = client.delete(f"{base}/questions/{question.pk}/")
    needed = client.post(f"{base}/requirements/", {"kind": "level"}, content_type=JSON)
    none = client.put(f"{base}/waiver/", {"waiver": None}, content_type=JSON)
    rows = client.get(f"{base}/answers/").json()["results"]

    assert [made.status_code, gone.status_code, needed.status_code, none.status_code, len(rows)] == [201, 204, 201, 200, 1]
    assert Question.objects.get(withdrawn_at__isnull=True).choices == ["Own", "Yours"]


def test_how_to_join_is_told_to_the_holder_of_a_seat_alone(client, db):
    """Whoever names somebody that has a seat already gets it as the answer."""
    workshop = workshop_with_blocks(format="online", capacity=1)
    seat = SeatFactory(workshop=workshop)
    client.force_login(UserFactory())
    body = {"is_coming": False, "colleagues": [{"email": seat.learner.email, "name": "Noa"}]}

    answer = client.post(f"/api/v1/workshops/{workshop.slug}/register/", body, content_type=JSON).json()
    client.force_login(seat.learner)
    own = client.get("/api/v1/workshops/seats/").json()["results"][0]

    assert (answer["id"], answer["joining"], own["joining"] is None) == (seat.pk, None, False)


def test_an_offer_is_taken_once_what_the_workshop_asks_is_told(client, asking):
    workshop, _question = asking
    waiting = UserFactory()
    entry = WaitingEntry.objects.create(workshop=workshop, learner=waiting)
    with locked_workshop(workshop) as locked:
        serve_list(locked)
    client.force_login(waiting)

    refused = client.post(f"/api/v1/workshops/{workshop.slug}/waiting/accept/")

    entry.refresh_from_db()
    assert (refused.status_code, refused.json()["code"], entry.state) == (409, "details_missing", "offered")
    assert not Seat.objects.confirmed().exists()


@pytest.mark.parametrize(("does", "undoes", "full"), [("register", "cancel", False), ("waiting/join", "waiting/leave", True)])
def test_doing_and_undoing_writes_so_many_letters_an_hour(client, db, does, undoes, full):
    """Each time is a letter with files, a row that is kept, and for a seat a new entry in the calendar."""
    workshop = workshop_with_blocks(capacity=1)
    if full:
        SeatFactory(workshop=workshop)
    client.force_login(UserFactory())

    told = []
    for _time in range(41):
        told.append(client.post(f"/api/v1/workshops/{workshop.slug}/{does}/").status_code)
        assert client.post(f"/api/v1/workshops/{workshop.slug}/{undoes}/").status_code == 200  # giving back is always possible

    assert (set(told[:40]), told[40]) == ({201}, 429)


@pytest.mark.parametrize(("verb", "most"), [("move", 40), ("offer-seat", 20)])
def test_moving_and_offering_a_seat_are_slowed_down(client, db, verb, most):
    seat = SeatFactory()
    client.force_login(seat.learner)
    address = f"/api/v1/workshops/{seat.workshop.slug}/{verb}/"

    told = [client.post(address, {"to": seat.workshop.slug}, content_type=JSON).status_code for _time in range(most + 1)]

    assert (429 in told[:most], told[most]) == (False, 429)
