"""A workshop is called off: the totals first, then everybody's seat and money, once, whatever kills the job."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import Job
from notifications.models import MailMessage
from payments.models import Order, Refund
from payments.selectors import has_access
from payments.services import open_checkout, project_dispute, project_session, start_order
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, WorkshopFactory, workshop_with_blocks
from tests.fixtures.at_once import at_once
from tests.workshops.money import charges, on_sale, pay, seat_of
from workshops.cancelling import services
from workshops.cancelling.plans import plan_call_off
from workshops.cancelling.services import call_off, choose, try_again, work_off
from workshops.errors import ScheduleRefused, SeatRefused
from workshops.models import Attendance, CallOff, CallOffEntry, Seat, Workshop

CENTS = 19000


@pytest.fixture
def staff(db):
    return user_with_role("staff")


@pytest.fixture
def sold(db):
    return on_sale(CENTS, capacity=5)


@pytest.fixture
def seats(stripe_api, sold):
    """Two paid seats, each by its own order."""
    return [seat_of(stripe_api.control, *sold, UserFactory(email=f"{name}@example.com")) for name in ("ada", "ben")]


def outcomes(made):
    return list(made.entries.order_by("pk").values_list("seat__learner__email", "action", "outcome", "back_cents"))


def test_the_dry_run_says_who_gets_what_and_moves_nothing(stripe_api, sold, seats):
    free, held = SeatFactory(workshop=sold[0]), start_order(user=UserFactory(), price=sold[1])

    plan = plan_call_off(sold[0])

    assert [(row.seat, row.action, row.back_cents) for row in plan.rows] == [
        (seats[0], "refund", CENTS),
        (seats[1], "refund", CENTS),
        (free, "end", 0),
        (sold[0].seats.get(reference=held.reference), "release", 0),
    ]
    assert (plan.back, plan.counts) == ("$380.00", {"refund": 2, "end": 1, "release": 1})
    assert not Refund.objects.exists()


def test_everybody_gets_the_money_back_once_however_often_it_runs(stripe_api, sold, seats, staff):
    for _time in range(3):
        made = call_off(workshop=sold[0], by=staff, reason="The roof leaks.")
        work_off(call_off=made)

    assert charges(stripe_api.control) == [(CENTS, CENTS), (CENTS, CENTS)]
    assert outcomes(made) == [("ada@example.com", "refund", "done", CENTS), ("ben@example.com", "refund", "done", CENTS)]
    assert not sold[0].seats.taken().exists()
    assert not has_access(seats[0].learner, sold[0].subject)
    assert {refund.reason_class for refund in Refund.objects.all()} == {"school"}
    templates = list(MailMessage.objects.filter(recipient=seats[0].learner).order_by("pk").values_list("template", flat=True))
    assert templates[-2:] == ["workshops/mail/workshop_cancelled", "payments/mail/refund_requested"]
    assert templates.count("workshops/mail/workshop_cancelled") == 1
    assert "$190.00" in MailMessage.objects.filter(template="workshops/mail/workshop_cancelled").first().body_text
    assert MailMessage.objects.filter(template="workshops/mail/call_off_done", recipient=staff).count() == 1


def test_one_order_for_several_goes_back_to_its_buyer_line_by_line(stripe_api, sold, staff):
    buyer, people = UserFactory(), [UserFactory(), UserFactory()]
    pay(stripe_api.control, start_order(user=buyer, price=sold[1], people=people))

    plan = plan_call_off(sold[0])
    work_off(call_off=call_off(workshop=sold[0], by=staff, reason="Ill"))

    assert [row.payer for row in plan.rows] == [buyer, buyer]
    assert charges(stripe_api.control) == [(2 * CENTS, 2 * CENTS)]
    assert Refund.objects.count() == 2
    assert "Whoever paid your seat" in MailMessage.objects.get(recipient=people[0], template="workshops/mail/workshop_cancelled").body_text


def test_whoever_is_paying_is_let_go_and_a_late_payment_goes_back(stripe_api, sold, staff):
    payer, late = UserFactory(), UserFactory()
    open_order = start_order(user=payer, price=sold[1])
    paid = start_order(user=late, price=sold[1])
    session = open_checkout(order=paid).stripe_session_id
    stripe_api.control.pay(session)

    made = call_off(workshop=sold[0], by=staff, reason="Ill")
    work_off(call_off=made)
    project_session(session_id=session)

    assert Order.objects.get(pk=open_order.pk).state == "closed"
    assert charges(stripe_api.control) == [(CENTS, CENTS)]
    assert {outcome for _who, _what, outcome, _cents in outcomes(made)} == {"done"}


def test_people_are_moved_while_seats_last_and_the_others_get_the_money(stripe_api, sold, seats, staff):
    to, _price = on_sale(15000, activity=sold[0].activity, capacity=1, days=60)

    plan = plan_call_off(sold[0], default="move", to=to)
    made = call_off(workshop=sold[0], by=staff, reason="Ill", default="move", to=to, expected=plan.digest)
    work_off(call_off=made)

    assert [(row.action, row.back_cents) for row in plan.rows] == [("move", 4000), ("refund", CENTS)]
    assert outcomes(made) == [("ada@example.com", "move", "done", 4000), ("ben@example.com", "refund", "done", CENTS)]
    assert to.seats.confirmed().get().learner == seats[0].learner
    assert charges(stripe_api.control) == [(CENTS, 4000), (CENTS, CENTS)]


def test_nobody_pays_more_for_a_dearer_date(stripe_api, sold, seats, staff):
    to, _price = on_sale(25000, activity=sold[0].activity, days=60)

    made = call_off(workshop=sold[0], by=staff, reason="Ill", default="move", to=to)
    work_off(call_off=made)

    assert to.seats.confirmed().count() == 2
    assert charges(stripe_api.control) == [(CENTS, 0), (CENTS, 0)]


def test_the_last_place_taken_meanwhile_means_the_money_back(stripe_api, sold, seats, staff):
    to, _price = on_sale(CENTS, activity=sold[0].activity, capacity=2, days=60)
    made = call_off(workshop=sold[0], by=staff, reason="Ill", default="move", to=to)
    SeatFactory(workshop=to)

    work_off(call_off=made)

    assert [(action, cents) for _who, action, _outcome, cents in outcomes(made)] == [("move", 0), ("refund", CENTS)]
    assert charges(stripe_api.control) == [(CENTS, 0), (CENTS, CENTS)]
    assert "Not moved" in made.entries.last().note


def test_for_one_person_otherwise_than_for_all(stripe_api, sold, seats, staff):
    to, _price = on_sale(CENTS, activity=sold[0].activity, days=60)

    made = call_off(workshop=sold[0], by=staff, reason="Ill", to=to, choices={seats[1].pk: "move"})
    work_off(call_off=made)

    assert [action for _who, action, _outcome, _cents in outcomes(made)] == ["refund", "move"]


def test_a_person_chooses_another_date_and_who_does_not_gets_the_money(stripe_api, sold, seats, staff):
    to, _price = on_sale(15000, activity=sold[0].activity, days=60)
    made = call_off(workshop=sold[0], by=staff, reason="Ill", default="ask", choose_until=timezone.now() + timedelta(days=7))
    work_off(call_off=made)
    asked = outcomes(made)
    first, second = made.entries.order_by("pk")

    for _time in range(2):
        choose(entry=first, to=to, by=seats[0].learner)
    with pytest.raises(SeatRefused):
        choose(entry=second, to=to, by=seats[0].learner)  # somebody else's
    CallOff.objects.update(choose_until=timezone.now())
    work_off(call_off=CallOff.objects.get())

    assert {row[2] for row in asked} == {"waiting"}
    assert Job.objects.filter(kind="workshops.work_off").count() == 2  # now, and when the time to choose is over
    assert outcomes(made) == [("ada@example.com", "move", "done", 4000), ("ben@example.com", "ask", "done", CENTS)]
    assert charges(stripe_api.control) == [(CENTS, 4000), (CENTS, CENTS)]
    assert CallOff.objects.get().finished_at


def test_the_first_page_asks_until_one_has_chosen_and_the_order_then_leads_to_the_new_date(client, stripe_api, sold, seats, staff):
    to, _price = on_sale(15000, activity=sold[0].activity, days=60)
    made = call_off(workshop=sold[0], by=staff, reason="Ill", default="ask", choose_until=timezone.now() + timedelta(days=7))
    ada = seats[0].learner
    client.force_login(ada)
    address = reverse("workshops:call_off_choose", args=[sold[0].slug])
    assert f'href="{address}"' in client.get("/dashboard/").content.decode()

    choose(entry=made.entries.get(seat__learner=ada), to=to, by=ada)

    assert f'href="{address}"' not in client.get("/dashboard/").content.decode()
    ben = seats[1].learner
    choose(entry=made.entries.get(seat__learner=ben), to=None, by=ben)
    client.force_login(ben)
    page = client.get(address).content.decode()
    assert ("Your money goes back" in page, "The person chooses" in page) == (True, False)
    client.force_login(staff)
    assert "The person chooses" not in client.get(reverse("workshops_desk:call_off_progress", args=[sold[0].pk])).content.decode()
    client.force_login(ada)
    (given,) = client.get(Order.objects.get(user=ada).get_absolute_url()).context["given"]
    assert (given.url, to.title in given.title) == (to.get_absolute_url(), True)


def test_what_a_bank_questions_needs_a_person_and_can_be_tried_again(stripe_api, sold, seats, staff):
    payment = Order.objects.get(user=seats[0].learner).payments.get()
    dispute = stripe_api.control.open_dispute(payment.stripe_charge_id)
    project_dispute(dispute_id=dispute["id"])

    plan = plan_call_off(sold[0])
    made = call_off(workshop=sold[0], by=staff, reason="Ill")
    work_off(call_off=made)
    before = outcomes(made)
    stripe_api.control.close_dispute(dispute["id"], won=True)
    project_dispute(dispute_id=dispute["id"])
    work_off(call_off=try_again(call_off=made, by=staff))

    assert [(row.is_blocked, row.back_cents) for row in plan.rows] == [(True, 0), (False, CENTS)]
    assert [row[1:] for row in before] == [("refund", "failed", 0), ("refund", "done", CENTS)]
    assert [row[1:] for row in outcomes(made)] == [("refund", "done", CENTS), ("refund", "done", CENTS)]
    assert not Seat.objects.taken().exists()
    assert MailMessage.objects.filter(template="workshops/mail/call_off_done").count() == 2


def test_who_was_there_keeps_seat_and_money(stripe_api, sold, seats, staff):
    block = workshop_with_blocks().blocks.first()
    Attendance.objects.create(seat=seats[0], block=block, kind="in", at=timezone.now(), recorded_by=staff)

    made = call_off(workshop=sold[0], by=staff, reason="Power cut")
    work_off(call_off=made)

    assert [row[1:] for row in outcomes(made)] == [("keep", "done", 0), ("refund", "done", CENTS)]
    assert sold[0].seats.confirmed().get() == seats[0]


def test_a_free_workshop_ends_its_seats_and_tells_everybody_once(db, staff):
    seat = SeatFactory()

    for _time in range(2):
        work_off(call_off=call_off(workshop=seat.workshop, by=staff, reason="Ill"))

    assert [mail.template for mail in MailMessage.objects.filter(recipient=seat.learner)] == ["workshops/mail/workshop_cancelled"]
    assert not Seat.objects.taken().exists()


@pytest.mark.parametrize("moment", ["before", "seat", "refund", "after"])
def test_killed_anywhere_it_is_finished_by_the_next_run(stripe_api, sold, seats, staff, moment, monkeypatch):
    made = call_off(workshop=sold[0], by=staff, reason="Ill")

    class Killed(BaseException):
        pass

    def kill(*args, **kwargs):
        raise Killed

    name = {"before": "_act", "seat": "change_seat", "refund": "give_back", "after": "_finish"}[moment]
    with monkeypatch.context() as broken:
        broken.setattr(services, name, kill)
        with pytest.raises(Killed):
            work_off(call_off=made)
    work_off(call_off=made)

    assert charges(stripe_api.control) == [(CENTS, CENTS), (CENTS, CENTS)]
    assert CallOff.objects.get().finished_at


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_refund_once(stripe_api):
    sold, staff = on_sale(CENTS), user_with_role("staff")
    for _person in range(3):
        seat_of(stripe_api.control, *sold, UserFactory())
    made = call_off(workshop=sold[0], by=staff, reason="Ill")

    at_once(*[partial(work_off, call_off=row) for row in (made, CallOff.objects.get())])

    assert charges(stripe_api.control) == [(CENTS, CENTS)] * 3
    assert Refund.objects.count() == 3


@pytest.mark.parametrize("code", ["completed", "no_other_date", "no_day_to_choose", "plan_changed"])
def test_what_cannot_be_called_off_so_stays(stripe_api, sold, seats, staff, code):
    options = {}
    if code == "completed":
        Workshop.objects.filter(pk=sold[0].pk).update(state="completed")
    elif code == "no_other_date":
        options = {"default": "move", "to": WorkshopFactory(state="draft")}
    elif code == "no_day_to_choose":
        options = {"default": "ask", "choose_until": timezone.now()}
    else:
        options = {"expected": "another"}

    with pytest.raises(ScheduleRefused) as refusal:
        call_off(workshop=sold[0], by=staff, reason="Ill", **options)

    assert refusal.value.code == code
    assert (sold[0].seats.confirmed().count(), CallOff.objects.count()) == (2, 0)


def test_the_dry_run_asks_the_same_number_of_questions_for_one_seat_and_three(stripe_api, sold, seats, django_assert_max_num_queries):
    to, _price = on_sale(15000, activity=sold[0].activity)
    seat_of(stripe_api.control, *sold, UserFactory())
    with django_assert_max_num_queries(18):
        assert len(plan_call_off(sold[0], default="move", to=to).rows) == 3


# Pages


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def test_staff_look_at_the_totals_then_call_it_off(desk, stripe_api, sold, seats):
    address = reverse("workshops_desk:workshop_cancel", args=[sold[0].pk])
    to, _price = on_sale(15000, activity=sold[0].activity)

    first = desk.get(address).content.decode()
    preview = desk.post(address, {"default": "refund", "to": to.pk, f"seat-{seats[0].pk}": "move", "do": "preview"})
    plan = preview.context["plan"]
    unsaid = desk.post(address, {"default": "refund", "to": to.pk, f"seat-{seats[0].pk}": "move", "do": "cancel", "expected": plan.digest})
    answer = desk.post(
        address, {"default": "refund", "to": to.pk, f"seat-{seats[0].pk}": "move", "do": "cancel", "expected": plan.digest, "reason": "The roof leaks."}
    )

    assert "give $380.00 back" in first
    assert "give $230.00 back" in preview.content.decode()
    assert (unsaid.status_code, answer.status_code) == (422, 302)
    work_off(call_off=CallOff.objects.get())
    page = desk.get(answer["Location"]).content.decode()
    assert "2 of 2 seats are seen to" in page
    assert "$230.00" in page
    assert desk.get(address)["Location"] == answer["Location"]


def test_totals_that_changed_are_shown_again(desk, stripe_api, sold, seats):
    address = reverse("workshops_desk:workshop_cancel", args=[sold[0].pk])
    old = desk.get(address).context["plan"].digest
    SeatFactory(workshop=sold[0])

    answer = desk.post(address, {"default": "refund", "do": "cancel", "expected": old, "reason": "Ill"})

    assert (answer.status_code, "have changed while you looked" in answer.content.decode()) == (409, True)
    assert not CallOff.objects.exists()


@pytest.mark.parametrize(
    "values",
    [{"default": "move"}, {"default": "ask"}, {"default": "ask", "choose_until": "2020-01-01"}, {"default": "nonsense"}, {"default": "refund", "to": "999"}],
)
def test_bad_input_calls_nothing_off(desk, sold, values):
    answer = desk.post(reverse("workshops_desk:workshop_cancel", args=[sold[0].pk]), values | {"do": "cancel", "reason": "Ill"})

    assert (answer.status_code, CallOff.objects.count()) == (422, 0)


def test_what_needs_staff_is_shown_and_tried_again(desk, stripe_api, sold, seats):
    project_dispute(dispute_id=stripe_api.control.open_dispute(Order.objects.get(user=seats[0].learner).payments.get().stripe_charge_id)["id"])
    work_off(call_off=call_off(workshop=sold[0], by=user_with_role("staff"), reason="Ill"))

    page = desk.get(reverse("workshops_desk:call_off_progress", args=[sold[0].pk])).content.decode()
    desk.post(reverse("workshops_desk:call_off_again", args=[sold[0].pk]))

    assert "1 seat needs you" in page
    assert CallOffEntry.objects.filter(outcome="waiting").count() == 1


def test_a_person_chooses_on_their_page(client, stripe_api, sold, seats, staff):
    to, _price = on_sale(15000, activity=sold[0].activity, days=60)
    call_off(workshop=sold[0], by=staff, reason="The roof leaks.", default="ask", choose_until=timezone.now() + timedelta(days=7))
    address = reverse("workshops:call_off_choose", args=[sold[0].slug])
    client.force_login(seats[0].learner)

    workshop_page = client.get(sold[0].get_absolute_url()).content.decode()
    dashboard = client.get("/dashboard/").content.decode()
    page = client.get(address).content.decode()
    client.post(address, {"to": to.pk})
    after = client.get(address).content.decode()
    client.force_login(seats[1].learner)
    client.post(address, {"to": "money"})
    client.post(address, {"to": "nonsense"})
    client.force_login(UserFactory())

    assert (address in workshop_page, "The roof leaks." in workshop_page, "Your ticket" in workshop_page) == (True, True, False)
    assert "Does not take place" in dashboard
    assert ("The roof leaks." in page, "$40.00 goes back" in page) == (True, True)
    assert ("Moved to another date" in after, f", {to.starts_at.astimezone(to.zone).year}, {to.venue.town}." in after) == (True, True)
    assert [row[1:] for row in outcomes(CallOff.objects.get())] == [("move", "done", 4000), ("ask", "done", CENTS)]
    assert client.get(address).status_code == 404


def test_the_api_shows_the_dry_run_calls_off_and_lets_people_choose(stripe_api, sold, seats, staff):
    to, _price = on_sale(15000, activity=sold[0].activity, days=60)
    until = (timezone.now() + timedelta(days=7)).isoformat()
    wish = {"default": "ask", "choose_until": until, "choices": {str(seats[1].pk): "refund"}}
    desk, person = APIClient(), APIClient()
    desk.force_authenticate(staff)
    person.force_authenticate(seats[0].learner)
    names = ("call-off-plan", "call-off", "call-off-choose", "call-off-again")
    plan_at, call_off_at, choose_at, again_at = (reverse(f"workshops_api:{name}", args=[sold[0].slug]) for name in names)

    plan = desk.post(plan_at, wish, format="json").json()
    bad = desk.post(call_off_at, wish | {"choices": {"x": "refund"}, "reason": "Ill"}, format="json")
    refused = desk.post(call_off_at, wish | {"reason": "Ill", "expected": "another"}, format="json")
    begun = desk.post(call_off_at, wish | {"reason": "Ill", "expected": plan["digest"]}, format="json")
    work_off(call_off=CallOff.objects.get())
    chosen = person.post(choose_at, {"to": to.slug}, format="json").json()

    assert ([row["action"] for row in plan["rows"]], plan["back"]) == (["ask", "refund"], "$190.00")
    assert (bad.status_code, refused.status_code, refused.json()["code"], begun.status_code) == (400, 409, "plan_changed", 201)
    assert (chosen["action"], chosen["outcome"], chosen["back_cents"]) == ("move", "done", 4000)
    assert (desk.get(call_off_at).json()["done"], desk.post(again_at).json()["failed"]) == (2, 0)
