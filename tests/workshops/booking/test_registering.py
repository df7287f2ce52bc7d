"""Registering oneself and others: what is asked, what is kept, when a seat is taken."""

import html
import re

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from accounts.models import User
from accounts.names import NameRefused
from accounts.services import update_profile
from core.errors import DomainError
from notifications.models import MailMessage
from payments.models import Order
from payments.services import open_checkout, project_session, start_order
from tests.factories.accounts import UserFactory
from tests.factories.booking import QuestionFactory, RegistrationFactory, RequirementFactory, WaiverVersionFactory
from tests.factories.credits import BoardFactory, DossierFactory, LicenceFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, WorkshopFactory, workshop_with_blocks
from workshops.booking.asking import write_of_version, write_waiver
from workshops.booking.details import details_by_learner, details_of
from workshops.booking.inviting import decline, invite_guest
from workshops.booking.mail import invitation_token
from workshops.booking.services import Guest, Told, check_details, greet, keep_booking, order_seats, save_details, take_seats
from workshops.models import Answer, Booking, CancellationPolicy, Question, Registration, Requirement, Seat, Statement, WaiverAcceptance
from workshops.transferring.services import offer_seat, withdraw_transfer


def rows(*people):
    """Form data of colleagues."""
    data = {"guests-TOTAL_FORMS": str(len(people)), "guests-INITIAL_FORMS": "0"}
    for number, (email, name) in enumerate(people):
        data |= {f"guests-{number}-email": email, f"guests-{number}-name": name}
    return data


def register_page(workshop):
    return reverse("workshops:workshop_register", args=[workshop.slug])


def test_a_workshop_that_asks_nothing_gives_the_seat_at_once(client, db):
    workshop, learner = workshop_with_blocks(), UserFactory()
    client.force_login(learner)

    page = client.get(register_page(workshop)).content.decode()
    client.post(register_page(workshop), {"who": "me"})

    assert ("Take the seat" in page, Seat.objects.get().learner) == (True, learner)


@pytest.fixture
def asking(db):
    """A workshop with a required question, a choice, a licence and a waiver."""
    workshop = workshop_with_blocks(waiver=WaiverVersionFactory().waiver)
    question = QuestionFactory(workshop=workshop)
    choice = QuestionFactory(workshop=workshop, kind=Question.Kind.CHOICE, text="Table", choices=["Own", "Yours"], is_required=False, position=2)
    RequirementFactory(workshop=workshop)
    return workshop, question, choice


def test_everything_asked_is_answered_on_one_page(client, asking):
    workshop, question, choice = asking
    board, learner = BoardFactory(), UserFactory()
    client.force_login(learner)
    version = workshop.waiver.versions.get()
    page = client.get(register_page(workshop)).content.decode()
    assert (version.text in page, question.text in page, "Licence or certification of" in page) == (True, True, True)
    data = {
        f"question_{question.pk}": "A stiff neck",
        f"question_{choice.pk}": "Own",
        "licence_board": board.pk,
        "licence_number": "MA 12345",
        "waiver_version": version.pk,
        "waiver_accepted": "on",
        "waiver_name": "Ada Rivera",
    }

    response = client.post(register_page(workshop), data)

    assert (response.status_code, Seat.objects.get().learner, learner.licences.get().number) == (302, learner, "MA 12345")
    assert list(Answer.objects.order_by("pk").values_list("value", flat=True)) == ["A stiff neck", "Own"]
    acceptance = WaiverAcceptance.objects.get()
    assert (acceptance.name, acceptance.version) == ("Ada Rivera", version)
    assert details_of(workshop, learner).is_complete


def test_what_is_missing_is_said_and_takes_no_seat(client, asking):
    workshop, question, _choice = asking
    client.force_login(UserFactory())

    response = client.post(register_page(workshop), {"who": "me", f"question_{question.pk}": ""})

    page = response.content.decode()
    assert (response.status_code, "Please look at this again" in page, Seat.objects.exists(), WaiverAcceptance.objects.exists()) == (422, True, False, False)


@pytest.mark.parametrize(
    "told",
    [{"answers": {"choice": "Somebody’s"}}, {"waiver": 0, "waiver_name": "Ada"}, {"waiver": "newest", "waiver_name": "  "}],
)
def test_what_nobody_can_say_is_refused_and_changes_nothing(asking, told):
    workshop, _question, choice = asking
    if "answers" in told:
        told = {"answers": {choice.pk: "Somebody’s"}}
    elif told["waiver"] == "newest":
        told = told | {"waiver": workshop.waiver.versions.get().pk}

    with pytest.raises(DomainError):
        save_details(workshop=workshop, learner=UserFactory(), told=Told(**told))

    assert (Answer.objects.exists(), WaiverAcceptance.objects.exists(), Registration.objects.exists()) == (False, False, False)


def test_what_is_asked_of_another_workshop_is_not_answered_here(asking):
    workshop, _question, _choice = asking
    other = QuestionFactory()

    save_details(workshop=workshop, learner=UserFactory(), told=Told(answers={other.pk: "x"}))

    assert not Answer.objects.exists()


def test_a_changed_waiver_is_accepted_anew_and_people_are_told_once(asking):
    workshop, _question, _choice = asking
    learner, old = UserFactory(), workshop.waiver.versions.get()
    SeatFactory(workshop=workshop, learner=learner)
    save_details(workshop=workshop, learner=learner, told=Told(waiver=old.pk, waiver_name="Ada Rivera"))

    new = write_waiver(waiver=workshop.waiver, text="Other words.", by=UserFactory())
    told = [write_of_version(version=new) for _ in range(2)]

    assert (new.number, told, MailMessage.objects.filter(template="workshops/mail/waiver_changed").count()) == (2, [1, 1], 1)
    assert "its wording has changed" in " ".join(details_of(workshop, learner).missing)
    with pytest.raises(DomainError, match="changed while you read"):
        save_details(workshop=workshop, learner=learner, told=Told(waiver=old.pk, waiver_name="Ada Rivera"))
    save_details(workshop=workshop, learner=learner, told=Told(waiver=new.pk, waiver_name="Ada Rivera"))
    assert details_of(workshop, learner).accepted.version == new


def test_the_same_words_make_no_new_version(asking):
    workshop, _question, _choice = asking

    assert write_waiver(waiver=workshop.waiver, text=workshop.waiver.versions.get().text, by=UserFactory()).number == 1


@pytest.mark.parametrize("change", ["UPDATE workshops_waiverversion SET text = 'x'", "DELETE FROM workshops_waiveracceptance"])
def test_the_database_keeps_wordings_and_acceptances(asking, change):
    workshop, _question, _choice = asking
    save_details(workshop=workshop, learner=UserFactory(), told=Told(waiver=workshop.waiver.versions.get().pk, waiver_name="Ada"))

    with pytest.raises(DatabaseError, match="kept as they were"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_requirements_are_met_by_what_is_on_file(db):
    workshop = workshop_with_blocks()
    dossier = DossierFactory()
    learner = dossier.user
    RequirementFactory(workshop=workshop, kind=Requirement.Kind.ACTIVITY, activity=dossier.activity)
    RequirementFactory(workshop=workshop, board=LicenceFactory(user=learner).board)
    RequirementFactory(workshop=workshop, kind=Requirement.Kind.LEVEL)

    assert [check.is_met for check in details_of(workshop, learner).checked] == [True, True, False]
    assert [check.is_met for check in details_of(workshop, UserFactory()).checked] == [False, False, False]
    with pytest.raises(DomainError, match="attended a workshop of this school before"):
        check_details(workshop=workshop, learner=learner)


def test_an_expired_licence_does_not_count(db):
    workshop = workshop_with_blocks()
    licence = LicenceFactory(issued_on="2020-01-01", expires_on="2021-01-01")
    RequirementFactory(workshop=workshop, board=licence.board)

    assert not details_of(workshop, licence.user).is_complete


def test_a_statement_lets_in_and_a_refused_one_asks_again(db):
    workshop, learner = workshop_with_blocks(), UserFactory()
    requirement = RequirementFactory(workshop=workshop, kind=Requirement.Kind.LEVEL, takes_statement=True)

    details = save_details(workshop=workshop, learner=learner, told=Told(statements={requirement.pk: "I taught this for ten years."}))
    assert (details.is_complete, details.waits_for_staff) == (True, True)
    statement = Statement.objects.get()
    statement.state, statement.reviewed_by, statement.reviewed_at, statement.note = "refused", UserFactory(), statement.created_at, "Where?"
    statement.save()
    assert not details_of(workshop, learner).is_complete
    save_details(workshop=workshop, learner=learner, told=Told(statements={requirement.pk: "At Bayfront, 2010 to 2020."}))

    assert (Statement.objects.get().state, Statement.objects.get().note) == ("waiting", "")


@pytest.mark.parametrize("count", [1, 3])
def test_details_cost_the_same_for_any_number(asking, django_assert_max_num_queries, count):
    workshop, _question, _choice = asking
    people = [RegistrationFactory(workshop=workshop).learner.pk for _ in range(count)]

    with django_assert_max_num_queries(8):
        details_by_learner(workshop, people)


def test_colleagues_get_seats_and_a_letter_each(client, db):
    workshop, buyer, known = workshop_with_blocks(), UserFactory(), UserFactory(email="known@example.org")
    client.force_login(buyer)

    client.post(register_page(workshop), {"who": "me"} | rows(("known@example.org", "Kim"), ("New@Example.org", "Noa")))

    new = User.objects.get(email="new@example.org")
    assert set(workshop.seats.confirmed().values_list("learner", flat=True)) == {buyer.pk, known.pk, new.pk}
    assert (new.has_usable_password(), new.display_name) == (False, "Noa")
    letters = MailMessage.objects.filter(template="workshops/mail/seat_confirmed").exclude(recipient=buyer)
    assert sorted(letters.values_list("to_address", "is_confidential")) == [("known@example.org", True), ("new@example.org", True)]
    page = client.get(workshop.get_absolute_url()).content.decode()
    assert ("Noa" in page, "Kim" in page, str(known) in page) == (True, True, str(known) == known.email)
    assert Booking.objects.get().colleagues == []


def test_all_get_seats_or_nobody(client, db):
    workshop = workshop_with_blocks(capacity=2)
    client.force_login(UserFactory())

    response = client.post(register_page(workshop), {"who": "me"} | rows(("a@example.org", "A"), ("b@example.org", "B")))

    assert (response.status_code, workshop.seats.count(), User.objects.filter(email="a@example.org").exists(), MailMessage.objects.count()) == (
        409,
        0,
        False,
        0,
    )
    assert [guest["email"] for guest in Booking.objects.get().colleagues] == ["a@example.org", "b@example.org"]
    assert "b@example.org" in client.get(register_page(workshop)).content.decode()


@pytest.mark.parametrize(
    ("is_coming", "emails", "code"),
    [
        (False, [], "nobody_comes"),
        (True, ["a@example.org", "A@example.org"], "named_twice"),
        (True, ["me@example.org"], "named_oneself"),
        (True, [f"p{n}@example.org" for n in range(9)], "registration_refused"),
    ],
)
def test_who_comes_is_checked(db, is_coming, emails, code):
    with pytest.raises(DomainError) as refusal:
        keep_booking(workshop=WorkshopFactory(), buyer=UserFactory(email="me@example.org"), is_coming=is_coming, guests=[Guest(email) for email in emails])

    assert (refusal.value.code, Booking.objects.exists()) == (code, False)


def test_one_more_row_is_given_without_checking(client, db):
    client.force_login(UserFactory())

    page = client.post(register_page(workshop_with_blocks()), rows(("not an address", "")) | {"more": "1"})

    assert (page.status_code, "guests-1-email" in page.content.decode()) == (200, True)


def test_one_address_is_written_to_three_times_a_day_at_most(db):
    stranger = UserFactory(email="stranger@example.org")
    for _ in range(3):
        take_seats(booking=keep_booking(workshop=WorkshopFactory(), buyer=UserFactory(), is_coming=False, guests=[Guest(stranger.email, "S")]))
    booking = keep_booking(workshop=WorkshopFactory(), buyer=UserFactory(), is_coming=False, guests=[Guest("stranger@example.org", "S")])

    with pytest.raises(DomainError) as refusal:
        take_seats(booking=booking)

    assert (refusal.value.code, Seat.objects.count()) == ("person_refused", 3)


@pytest.mark.parametrize("how", ["orders", "transfers"])
def test_one_person_names_forty_people_a_day_at_most_whichever_way(db, stripe_api, monkeypatch, how):
    """An order that nobody pays makes accounts, and a seat that is offered and withdrawn writes letters."""
    monkeypatch.setattr("workshops.booking.inviting.DAILY_PEOPLE", 4)
    buyer, named = UserFactory(), [f"person-{n}@example.org" for n in range(6)]

    def name(address):
        if how == "transfers":
            withdraw_transfer(transfer=offer_seat(seat=seat, email=address, name="P", by=buyer), by=buyer)
        else:
            workshop = WorkshopFactory(is_free=False)
            price = PriceFactory(product__subject=workshop.subject, product__kind="workshop")
            booking = keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest(address, "P")])
            for _time in range(2):  # an honest retry counts once
                order_seats(booking=booking, price=price)

    seat = SeatFactory(learner=buyer)
    for address in named[:4]:
        name(address)
    with pytest.raises(DomainError) as refusal:
        name(named[4])

    assert (refusal.value.code, User.objects.filter(email__in=named).count()) == ("invited_too_often", 4)


@pytest.mark.parametrize("name", ["You won: http://example.net", "WWW.example.net", "Claim at example.net/prize"])
def test_no_letter_of_the_schools_carries_an_address_as_a_name(client, db, name):
    workshop, buyer = workshop_with_blocks(), UserFactory()
    client.force_login(buyer)

    page = client.post(register_page(workshop), rows(("victim@example.org", name)))
    with pytest.raises(NameRefused):
        offer_seat(seat=SeatFactory(learner=buyer), email="victim@example.org", name=name, by=buyer)
    with pytest.raises(NameRefused):
        update_profile(user=buyer, display_name=name, time_zone="UTC")

    assert "A name has no web address in it" in page.content.decode()
    assert not User.objects.filter(email="victim@example.org").exists()
    assert not MailMessage.objects.filter(to_address="victim@example.org").exists()


def test_the_letter_lets_a_new_person_in_without_a_password(client, db):
    workshop, buyer = workshop_with_blocks(), UserFactory()
    booking = keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest("new@example.org", "Noa")])
    QuestionFactory(workshop=workshop)
    take_seats(booking=booking)
    registration = Registration.objects.get(learner__email="new@example.org")
    page = reverse("workshops:invitation_detail", args=[invitation_token(registration)])

    shown = client.get(page)
    assert (shown.status_code, "_auth_user_id" in client.session) == (200, False)
    response = client.post(page)

    assert response.headers["Location"] == reverse("workshops:registration_details", args=[workshop.slug])
    assert client.session["_auth_user_id"] == str(registration.learner_id)
    registration.refresh_from_db()
    assert registration.accepted_at is not None


def test_the_letter_of_somebody_with_a_password_asks_for_it(client, db):
    workshop, known = workshop_with_blocks(), UserFactory()
    known.set_password("a long enough secret")
    known.save()
    registration = invite_guest(workshop=workshop, person=known, name="K", by=UserFactory())
    SeatFactory(workshop=workshop, learner=known)

    response = client.post(reverse("workshops:invitation_detail", args=[invitation_token(registration)]))

    assert ("login" in response.headers["Location"], "_auth_user_id" in client.session) == (True, False)


def test_somebody_else_cannot_accept(client, db):
    registration = invite_guest(workshop=workshop_with_blocks(), person=UserFactory(), name="K", by=UserFactory())
    client.force_login(UserFactory())

    client.post(reverse("workshops:invitation_detail", args=[invitation_token(registration)]))

    registration.refresh_from_db()
    assert registration.accepted_at is None


def test_declining_needs_no_sign_in_frees_the_seat_and_tells_the_buyer(client, db):
    workshop, buyer = workshop_with_blocks(), UserFactory()
    take_seats(booking=keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest("new@example.org", "Noa")]))
    page = reverse("workshops:invitation_decline", args=[invitation_token(Registration.objects.get())])

    assert (client.get(page).status_code, workshop.seats.taken().count()) == (200, 1)  # a mail program that looks ahead declines nothing
    for _ in range(2):
        assert client.post(page).status_code == 200

    assert (workshop.seats.taken().count(), MailMessage.objects.filter(recipient=buyer, template="workshops/mail/invitation_declined").count()) == (0, 1)


@pytest.mark.parametrize("token", ["x", "WzFd:1abc:def", "%00"])
def test_a_link_we_did_not_sign_says_so(client, db, token):
    assert client.get(reverse("workshops:invitation_detail", args=[token])).status_code == 410


def test_who_is_too_late_is_led_to_the_waiting_list_and_keeps_what_they_answered(client, db):
    workshop, learner = workshop_with_blocks(capacity=1), UserFactory()
    question = QuestionFactory(workshop=workshop)
    client.force_login(learner)
    assert client.get(register_page(workshop)).status_code == 200
    SeatFactory(workshop=workshop)

    pressed = client.post(register_page(workshop), {"who": "me", f"question_{question.pk}": "None"}, follow=True)

    assert pressed.redirect_chain == [(workshop.get_absolute_url(), 302)]
    page = pressed.content.decode()
    assert ("is full. Join its waiting list" in page, reverse("workshops:waiting_join", args=[workshop.slug]) in page) == (True, True)
    assert (Answer.objects.get().value, Seat.objects.filter(learner=learner).exists()) == ("None", False)
    assert client.get(register_page(workshop)).headers["Location"] == workshop.get_absolute_url()


def test_a_group_that_is_too_large_for_what_is_left_can_change_who_comes(client, db):
    workshop = workshop_with_blocks(capacity=1)
    client.force_login(UserFactory())

    pressed = client.post(register_page(workshop), {"who": "me"} | rows(("new@example.org", "Noa")))

    page = pressed.content.decode()
    assert (pressed.status_code, Seat.objects.exists()) == (409, False)
    assert ("1 seat is left; you ask for 2." in page, "The workshop has no room for so many." in page) == (True, True)


def waiting_link(page):
    """Where a refusal leads: the waiting list, for that place and so many."""
    return html.unescape(re.search(r'<a href="([^"]*/waiting/[^"]*)">Join the waiting list', page)[1])


def test_a_group_with_too_few_seats_left_is_led_to_wait_for_all_of_them(client, db):
    workshop, ada = workshop_with_blocks(capacity=3), UserFactory()
    for _ in range(2):
        SeatFactory(workshop=workshop)
    client.force_login(ada)

    pressed = client.post(register_page(workshop), {"who": "me"} | rows(("new@example.org", "Noa")))

    page = pressed.content.decode()
    assert (pressed.status_code, "1 seat is left; you ask for 2." in page) == (409, True)
    link = waiting_link(page)
    asked = client.get(link)
    assert (asked.context["form"]["party"].value(), asked.context["form"]["place"].value()) == (2, "room")
    assert client.post(link, {"place": "room", "party": "2"}).status_code == 302
    assert workshop.waiting.get().party == 2


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_full_place_of_a_hybrid_workshop_leads_to_the_list_for_that_place(client, db, stripe_api, is_paid):
    workshop = workshop_with_blocks(format="hybrid", capacity=2, remote_capacity=1, is_free=not is_paid)
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop")
    SeatFactory(workshop=workshop, place="remote")
    client.force_login(UserFactory())

    pressed = client.post(register_page(workshop), {"who": "me", "place": "remote"})
    if is_paid:
        pressed = client.post(pressed.headers["Location"], {"price": price.pk})

    page = pressed.content.decode()
    assert (pressed.status_code, "No seat is left (Online); you ask for 1." in page, Order.objects.exists()) == (409, True, False)
    asked = client.get(waiting_link(page))
    assert (asked.context["form"]["place"].value(), asked.context["form"]["party"].value()) == ("remote", 1)


def test_who_has_a_seat_learns_that_colleagues_wait_themselves(client, db):
    workshop, ada = workshop_with_blocks(capacity=2), UserFactory()
    SeatFactory(workshop=workshop, learner=ada)
    client.force_login(ada)

    pressed = client.post(register_page(workshop), {"who": "others"} | rows(("a@example.org", "A"), ("b@example.org", "B")))

    page = pressed.content.decode()
    assert (pressed.status_code, "your colleagues join the waiting list themselves" in page, "?place=" in page) == (409, True, False)


@pytest.mark.parametrize("wish", ["?place=moon&party=0", "?place=&party=999", "?party=-1", "?place=remote&party=%00", "?party=²"])
def test_a_link_that_asks_for_what_is_not_there_opens_the_list_as_always(client, db, wish):
    workshop = workshop_with_blocks(capacity=3)
    client.force_login(UserFactory())

    form = client.get(reverse("workshops:waiting_join", args=[workshop.slug]) + wish).context["form"]

    assert (form["place"].value(), form["party"].value()) == ("room", 1)


@pytest.fixture
def sold(db):
    workshop = workshop_with_blocks(is_free=False, capacity=3)
    return workshop, PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=19000)


def test_what_goes_back_is_read_before_paying(client, sold):
    workshop, _price = sold
    CancellationPolicy.objects.create(name="Ours", tiers=[{"days": 14, "percent": 100}], fee_cents=1000, is_default=True)
    client.force_login(UserFactory())

    check = client.get(client.post(register_page(workshop), {"who": "me"} | rows()).headers["Location"]).content.decode()

    assert ("(14 days before it begins) everything goes back." in check, "A fee of $10.00 is kept." in check) == (True, True)


def test_a_paid_workshop_holds_at_the_last_step_only_and_keeps_the_answers(client, sold, stripe_api):
    workshop, price = sold
    question, buyer = QuestionFactory(workshop=workshop), UserFactory()
    client.force_login(buyer)

    first = client.post(register_page(workshop), {"who": "me", f"question_{question.pk}": "None"} | rows(("new@example.org", "Noa")))
    check = client.get(first.headers["Location"]).content.decode()
    assert (Seat.objects.exists(), "$380.00" in check, "Noa" in check, "None" in check) == (False, True, True, True)
    assert "None" in client.get(register_page(workshop)).content.decode()  # the back button
    paying = client.post(first.headers["Location"], {"price": price.pk})

    order = Order.objects.get()
    assert (paying.status_code, workshop.seats.held().count(), order.lines.count()) == (302, 2, 2)


def test_the_order_is_shown_to_who_paid_and_to_nobody_else(client, sold, stripe_api):
    workshop, price = sold
    buyer, colleague = UserFactory(), UserFactory()
    RequirementFactory(workshop=workshop, kind="licence", takes_statement=True)
    booking = keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest(colleague.email, "Noa")])
    order = order_seats(booking=booking, price=price)
    client.force_login(colleague)
    held = client.get(workshop.get_absolute_url()).content.decode()
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)

    paid = client.get(workshop.get_absolute_url()).content.decode()

    assert ("Whoever registered you has until" in held, order.get_absolute_url() in held) == (True, False)
    assert ("You have a seat" in paid, order.get_absolute_url() in paid) == (True, False)
    assert ("Choose its body and give its number." in paid, "If you have something else instead, write what." in paid) == (True, True)


def test_who_pays_too_late_is_led_to_the_waiting_list(client, sold, stripe_api):
    workshop, price = sold
    client.force_login(UserFactory())
    check = client.post(register_page(workshop), {"who": "me"}).headers["Location"]
    for _ in range(3):
        SeatFactory(workshop=workshop)

    pressed = client.post(check, {"price": price.pk}, follow=True)

    assert (pressed.redirect_chain, Order.objects.exists()) == ([(workshop.get_absolute_url(), 302)], False)
    assert reverse("workshops:waiting_join", args=[workshop.slug]) in pressed.content.decode()


def test_whom_somebody_paid_for_is_written_to_once_it_is_paid(sold, stripe_api):
    workshop, price = sold
    buyer = UserFactory()
    booking = keep_booking(workshop=workshop, buyer=buyer, is_coming=True, guests=[Guest("new@example.org", "Noa")])
    order = order_seats(booking=booking, price=price)
    session = open_checkout(order=order).stripe_session_id
    assert not MailMessage.objects.filter(template="workshops/mail/seat_confirmed").exists()

    stripe_api.control.pay(session)
    project_session(session_id=session)
    for _ in range(2):
        for seat in workshop.seats.confirmed():
            greet(seat=seat)

    [letter] = MailMessage.objects.filter(template="workshops/mail/seat_confirmed").exclude(recipient=buyer)
    registration = Registration.objects.get(learner__email="new@example.org")
    assert (letter.to_address, registration.invited_by, registration.invited_as, workshop.seats.confirmed().count()) == ("new@example.org", buyer, "Noa", 2)
    assert Booking.objects.get().colleagues == []


def test_a_declined_paid_seat_stays_for_the_buyer_to_give(sold, stripe_api):
    workshop, price = sold
    buyer = UserFactory()
    order = order_seats(booking=keep_booking(workshop=workshop, buyer=buyer, is_coming=False, guests=[Guest("new@example.org", "Noa")]), price=price)
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)
    seat = workshop.seats.confirmed().get()
    greet(seat=seat)

    decline(registration=Registration.objects.get(learner=seat.learner))

    assert workshop.seats.confirmed().get() == seat


def test_a_price_of_something_else_is_refused(sold):
    workshop, _price = sold
    booking = keep_booking(workshop=workshop, buyer=UserFactory(), is_coming=True, guests=[])

    with pytest.raises(DomainError):
        order_seats(booking=booking, price=PriceFactory())

    assert not Order.objects.exists()


def test_whoever_sells_it_a_seat_is_for_who_told_what_the_workshop_asks(sold, stripe_api):
    """The page of the product in the shop asks nothing; a prerequisite would hold on one page alone."""
    workshop, price = sold
    QuestionFactory(workshop=workshop)

    with pytest.raises(DomainError) as refusal:
        start_order(user=UserFactory(), price=price)

    assert (refusal.value.code, Seat.objects.exists(), Order.objects.exists()) == ("details_missing", False, False)


def test_naming_somebody_who_has_a_seat_changes_nothing_of_theirs(sold, stripe_api):
    workshop, price = sold
    seat = SeatFactory(workshop=workshop)
    told = Registration.objects.create(workshop=workshop, learner=seat.learner, place="remote")
    booking = keep_booking(workshop=workshop, buyer=UserFactory(), is_coming=False, guests=[Guest(seat.learner.email, "Noa")])

    with pytest.raises(DomainError):
        order_seats(booking=booking, price=price)

    told.refresh_from_db()
    assert (told.place, told.invited_by, told.invited_as) == ("remote", None, "")
