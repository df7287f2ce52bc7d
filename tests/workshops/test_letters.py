"""Who is written what when a seat begins, changes hands or ends: holder, payer and school each read what is true for them."""

import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import reverse

from notifications.models import MailMessage
from payments.models import Balance
from payments.services import request_refund, set_deposit, start_order, waive_balance
from payments.services.refunds import RefundPart
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.booking import RegistrationFactory, RequirementFactory, WaiverVersionFactory
from tests.factories.workshops import PAST, PolicyFactory, SeatFactory, WorkshopFactory, workshop_with_blocks
from tests.workshops.money import on_sale, pay, seat_of
from tests.workshops.test_deposits import run_out
from workshops.booking.inviting import accept
from workshops.booking.mail import invitation_token, write_of_new_waiver
from workshops.booking.services import Guest, greet, keep_booking, review_statement, take_seats
from workshops.booking.tickets import ticket_code, ticket_url
from workshops.cancelling.services import call_off
from workshops.leaving.services import leave_seat
from workshops.models import Registration, Seat, Statement
from workshops.moving.services import start_move
from workshops.payers import line_paying
from workshops.roster.services import answer_correction, ask_for_correction, decide_seat
from workshops.schedule.changes import Change, Line, make_known
from workshops.services import cancel_seat
from workshops.services.locking import locked_workshop
from workshops.transferring.services import accept_transfer, offer_seat, transfer_token
from workshops.waiting.services import join_list

CENTS = 19000


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com", display_name="Ada Buyer")


@pytest.fixture
def ben(db):
    return UserFactory(email="ben@example.com", display_name="Ben Guest")


@pytest.fixture
def staff(db):
    return user_with_role("staff")


@pytest.fixture
def sold(db):
    return on_sale(CENTS, capacity=5)


def guest_seat(control, sold, buyer, guest, **options):
    """A seat of `guest` that `buyer` paid for, of which the guest has heard."""
    pay(control, start_order(user=buyer, price=sold[1], people=[guest], **options))
    seat = sold[0].seats.confirmed().get(learner=guest)
    greet(seat=seat)
    return seat


def told(user):
    """The last part of each template's name with the text, in the order of writing."""
    rows = MailMessage.objects.filter(recipient=user).order_by("pk")
    return [(mail.template.rpartition("/")[2], f"{mail.subject}\n{mail.body_text}") for mail in rows]


def assert_unnamed(buyer, holder):
    """Who pays for somebody knows the address they typed; the name is not theirs to learn."""
    assert not [template for template, words in told(buyer) if holder.display_name in words]


def last(user, name):
    return [words for template, words in told(user) if template == name][-1]


def assert_links_open(client, user):
    """Every link in every mail to `user` leads them to a page."""
    for _template, words in told(user):
        for link in re.findall(rf"{re.escape(settings.SITE_URL)}(/\S*)", words):
            client.force_login(user)
            path = urlsplit(link).path
            assert client.get(path, follow=True).status_code == 200, (user.email, path)


# A seat that somebody else paid for


def test_whom_somebody_paid_for_gets_one_mail_with_links_ticket_and_calendar(client, stripe_api, sold, ada, ben):
    seat = guest_seat(stripe_api.control, sold, ada, ben)
    greet(seat=seat)
    accept(registration=Registration.objects.get())
    greet(seat=seat)  # a job may run twice

    [(template, words)] = told(ben)
    assert template == "seat_confirmed"
    assert words.startswith(f"A seat for you: {sold[0].title}\nHello Ben Guest,\n\nAda Buyer has registered you for")
    assert "There is nothing for you to pay." in words
    names = {"invitation_detail": "TOKEN", "invitation_decline": "TOKEN", "ticket_detail": ticket_code(seat)}
    pages = [re.escape(settings.SITE_URL + reverse(f"workshops:{name}", args=[argument])) for name, argument in names.items()]
    missing = [page for page in pages if not re.search(page.replace("TOKEN", r"[\w:-]+") + "\n", words)]  # a token says the second it was made in
    assert missing == []
    mail = MailMessage.objects.get(recipient=ben)
    assert mail.is_confidential
    files = list(mail.attachments.values_list("content_type", flat=True))
    assert [kind for kind in files if kind.startswith("text/calendar")] == ["text/calendar; charset=utf-8; method=REQUEST"]
    assert [name for name, _words in told(ada)] == ["order_paid"]
    assert_links_open(client, ben)
    assert_links_open(client, ada)
    assert_unnamed(ada, ben)


def test_whom_somebody_registers_for_nothing_gets_one_mail_too(client, ada, ben):
    workshop = workshop_with_blocks()
    take_seats(booking=keep_booking(workshop=workshop, buyer=ada, is_coming=True, guests=[Guest(ben.email, "Benny")]))

    [(template, words)] = told(ben)
    assert (template, "Hello Ben Guest,\n\nAda Buyer has registered you for" in words) == ("seat_confirmed", True)
    [(template, words)] = told(ada)
    assert (template, "has registered you" in words, "you have a seat in" in words) == ("seat_confirmed", False, True)
    assert not MailMessage.objects.get(recipient=ada).is_confidential
    assert_links_open(client, ben)


def test_who_accepted_before_reads_of_a_new_seat_without_links_to_answer(stripe_api, sold, ada, ben):
    guest_seat(stripe_api.control, sold, ada, ben)
    accept(registration=Registration.objects.get(learner=ben))
    leave_seat(seat=Seat.objects.get(), by=ben)

    line = line_paying(Seat.objects.get())
    request_refund(payment=line.order.payments.get(), by=None, parts=[RefundPart(line, CENTS, closes_access=True)], reason="x", reason_class="school")
    guest_seat(stripe_api.control, sold, ada, ben)

    assert [name for name, _words in told(ben)].count("seat_confirmed") == 2
    assert "you have a seat in" in last(ben, "seat_confirmed")
    assert not MailMessage.objects.filter(recipient=ben).latest("pk").is_confidential


def test_a_rest_that_is_owed_is_not_called_nothing_to_pay(client, stripe_api, sold, ada, ben, staff):
    workshop, price = on_sale(CENTS, days=60, capacity=2)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="kept", by=staff)

    guest_seat(stripe_api.control, (workshop, price), ada, ben, with_deposit=True)

    words = last(ben, "seat_confirmed")
    assert ("There is nothing for you to pay" in words, "the rest, $130.00, is due by" in words) == (False, True)
    assert Balance.objects.get().get_absolute_url() in words
    assert_links_open(client, ben)


def test_who_is_offered_a_seat_with_a_rest_reads_of_it_before_accepting(client, stripe_api, ada, ben, staff):
    workshop, price = on_sale(CENTS, days=60, capacity=2)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="kept", by=staff)
    seat = guest_seat(stripe_api.control, (workshop, price), ada, ben, with_deposit=True)
    invited = client.get(reverse("workshops:invitation_detail", args=[invitation_token(Registration.objects.get())])).content.decode()
    assert ("you owe nothing" in invited, "the rest, $130.00, is due by" in invited) == (False, True)

    transfer = offer_seat(seat=seat, email="noa@example.org", name="Noa", by=ben)

    words = MailMessage.objects.get(template="workshops/mail/transfer_offered").body_text
    page = client.get(reverse("workshops:transfer_detail", args=[transfer_token(transfer)])).content.decode()
    for text in (words, page):
        assert ("owe the school nothing" in text, "The rest, $130.00, is due by" in text) == (False, True)
    accept_transfer(transfer=transfer)
    client.force_login(transfer.to_user)
    assert client.get(Balance.objects.get().get_absolute_url()).status_code == 200
    told = dict(MailMessage.objects.filter(template="workshops/mail/transfer_accepted").values_list("to_address", "body_text"))
    assert ("The rest, $130.00, is still due by" in told[ada.email], "you can pay it" in told[ada.email]) == (True, True)
    assert "who paid the deposit can pay it" in told[ben.email]


def test_letters_about_the_rest_name_whose_seat_it_is_and_who_else_reads_them(client, stripe_api, ada, ben, staff):
    workshop, price = on_sale(CENTS, days=60, capacity=2)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="policy", by=staff)
    guest_seat(stripe_api.control, (workshop, price), ada, ben, with_deposit=True)
    balance = run_out(Balance.objects.get())

    assert (balance.state, Seat.objects.get().state) == ("forfeited", "cancelled")
    late = last(ada, "balance_late")
    assert "Not paid yet: the seat of ben@example.com is kept until" in late
    assert "for ben@example.com”" in late
    assert "ben@example.com has this message too. One of you pays it, once." in late
    assert "Not paid yet: your seat is kept until" in last(ben, "balance_late")
    assert "Ada Buyer has this message too." in last(ben, "balance_late")
    assert last(ada, "balance_forfeited").startswith("A seat was given back: ")
    assert last(ben, "balance_forfeited").startswith("Your seat was given back: ")
    for user in (ada, ben):  # no policy decides, and both read so
        assert "The school decides by its policy what goes back of the deposit" in last(user, "balance_forfeited")
    school = MailMessage.objects.get(to_address=settings.SCHOOL_EMAIL, template="workshops/mail/paid_seat_given_back")
    assert "the rest after the deposit was not paid in time" in school.body_text
    for user in (ada, ben):
        assert_links_open(client, user)
    assert_unnamed(ada, ben)


def test_a_rest_that_is_let_off_is_said_to_each(stripe_api, ada, ben, staff):
    workshop, price = on_sale(CENTS, days=60, capacity=2)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="policy", by=staff)
    guest_seat(stripe_api.control, (workshop, price), ada, ben, with_deposit=True)

    waive_balance(balance=Balance.objects.get(), by=staff, reason="A hard year.")

    assert "Nothing more is to be paid for the seat of ben@example.com" in last(ada, "balance_changed")
    assert "The seat stays with ben@example.com." in last(ada, "balance_changed")
    assert "The seat stays yours." in last(ben, "balance_changed")


def test_one_who_pays_for_oneself_reads_of_nobody_else(stripe_api, ada, staff):
    _workshop, price = on_sale(CENTS, days=60, capacity=2)
    set_deposit(product=price.product, currency="usd", amount_cents=6000, balance_days=14, grace_days=3, rule="policy", by=staff)
    pay(stripe_api.control, start_order(user=ada, price=price, with_deposit=True))

    run_out(Balance.objects.get())

    assert "has this message too" not in last(ada, "balance_late")
    assert [name for name, _words in told(ada)].count("balance_forfeited") == 1


# A seat that ends


def test_who_gives_a_seat_back_that_another_paid_for(client, stripe_api, sold, ada, ben):
    PolicyFactory()
    seat = guest_seat(stripe_api.control, sold, ada, ben)

    leave_seat(seat=seat, by=ben)

    words = last(ben, "seat_cancelled")
    assert "is given back, as you asked. What goes back of the money goes to whoever paid." in words
    assert "for ben@example.com” is closed now." in last(ada, "refund_requested")
    assert "closed for you" not in last(ada, "refund_requested")
    assert "seat_cancelled_to_payer" not in [name for name, _words in told(ada)], "the mail of the refund says it"
    assert_links_open(client, ben)
    assert_links_open(client, ada)
    assert_unnamed(ada, ben)


def test_who_gives_their_own_paid_seat_back_is_not_asked_whether_it_surprises_them(stripe_api, sold, ada):
    PolicyFactory()
    leave_seat(seat=seat_of(stripe_api.control, *sold, ada), by=ada)

    words = last(ada, "seat_cancelled")
    assert "as you asked. What goes back of your money stands in a mail of its own." in words
    assert "did not ask" not in words
    assert "is closed for you now." in last(ada, "refund_requested")


def test_the_payer_hears_of_a_seat_that_is_given_back_without_money(client, stripe_api, sold, ada, ben):
    seat = guest_seat(stripe_api.control, sold, ada, ben)

    leave_seat(seat=seat, by=ben)  # no policy: the school decides

    assert "ben@example.com has given back the seat in" in last(ada, "seat_cancelled_to_payer")
    assert "the school decides by the policy of your order and has been told" in last(ada, "seat_cancelled_to_payer")
    assert "What was paid for it does not go back by itself" in last(ben, "seat_cancelled")
    school = MailMessage.objects.get(to_address=settings.SCHOOL_EMAIL)
    assert reverse("payments_sales:order_detail", args=[line_paying(Seat.objects.get()).order_id]) in school.body_text
    assert_links_open(client, ada)
    assert_unnamed(ada, ben)


def test_a_seat_that_the_school_takes_back(stripe_api, sold, ada, ben, staff):
    seat = guest_seat(stripe_api.control, sold, ada, ben)

    cancel_seat(workshop=sold[0], learner=ben, by=staff)

    assert "the school has taken your seat in" in last(ben, "seat_cancelled")
    assert "as you asked" not in last(ben, "seat_cancelled")
    assert "the school has taken back the seat of ben@example.com in" in last(ada, "seat_cancelled_to_payer")
    assert "has been told" not in last(ada, "seat_cancelled_to_payer"), "it was the school itself"
    assert not MailMessage.objects.filter(to_address=settings.SCHOOL_EMAIL).exists()
    assert seat.learner == ben


@pytest.mark.parametrize("is_own", [True, False])
def test_a_refund_that_staff_make(stripe_api, sold, ada, ben, staff, is_own):
    seat = seat_of(stripe_api.control, *sold, ada) if is_own else guest_seat(stripe_api.control, sold, ada, ben)
    line = line_paying(seat)

    parts = [RefundPart(line, CENTS, closes_access=True)]
    request_refund(payment=line.order.payments.get(), by=staff, parts=parts, reason="Ill.", reason_class="requested_by_customer")

    if is_own:
        assert "what you paid for your seat" in last(ada, "seat_cancelled")
        assert "If you did not ask for this" in last(ada, "seat_cancelled")
    else:
        assert "goes back to whoever paid, so the seat is given back too. If you still want to come, ask who registered you" in last(ben, "seat_cancelled")
    assert [name for name, _words in told(ada)].count("refund_requested") == 1


# A seat that changes hands or its date


@pytest.mark.parametrize("by_payer", [True, False])
def test_a_seat_passed_on_is_told_to_giver_and_payer_in_their_own_words(client, stripe_api, sold, ada, ben, by_payer):
    seat = guest_seat(stripe_api.control, sold, ada, ben)

    accept_transfer(transfer=offer_seat(seat=seat, email="noa@example.org", name="Noa", by=ada if by_payer else ben))

    giver, payer = last(ben, "transfer_accepted"), last(ada, "transfer_accepted")
    assert giver.startswith("Passed on: your seat in")
    assert payer.startswith("Passed on: a seat in")
    assert "Your ticket is void now" in giver
    assert "The ticket of ben@example.com is void now" in payer
    assert ("Ada Buyer, who paid for your seat in" in giver) is by_payer
    assert ("Noa has accepted the seat of ben@example.com in" in payer) is by_payer
    assert ("ben@example.com has passed the seat in" in payer) is not by_payer
    assert "What you paid stays as it is" in payer
    assert "What was paid stays as it is" in giver
    assert len(told(ada)) == len({words for _name, words in told(ada)})
    for user in (ada, ben):
        assert_links_open(client, user)
    assert_unnamed(ada, ben)


def test_a_moved_guest_reads_in_one_mail_of_both_dates_and_keeps_the_links(client, stripe_api, sold, ada, ben, staff):
    seat = guest_seat(stripe_api.control, sold, ada, ben)
    to, _price = on_sale(CENTS, days=40, activity=sold[0].activity)

    move = start_move(seat=seat, to=to, by=staff, is_waived=True)
    greet(seat=move.new_seat)

    assert [name for name, _words in told(ben)] == ["seat_confirmed", "seat_moved"]
    assert "the seat of ben@example.com that you paid for is moved to another date." in last(ada, "seat_moved_to_payer")
    words = last(ben, "seat_moved")
    assert (to.get_absolute_url() in words, "Ada Buyer has registered you for" in words) == (True, True)
    assert f"at the door (as a picture in this mail, on your phone, or printed): {ticket_url(move.new_seat)}\n" in words
    assert MailMessage.objects.get(template="workshops/mail/seat_moved").is_confidential
    files = [list(mail.attachments.values_list("content_type", flat=True)) for mail in MailMessage.objects.filter(recipient=ben).order_by("pk")]
    methods = [[kind.rpartition("=")[2] for kind in kinds if kind.startswith("text/calendar")] for kinds in files]
    assert methods == [["REQUEST"], ["REQUEST", "CANCEL"]]
    assert_links_open(client, ben)


def test_a_moved_guest_who_had_accepted_is_not_invited_again(stripe_api, sold, ada, ben, staff):
    seat = guest_seat(stripe_api.control, sold, ada, ben)
    accept(registration=Registration.objects.get(learner=ben))
    to, _price = on_sale(CENTS, days=40, activity=sold[0].activity)

    start_move(seat=seat, to=to, by=staff, is_waived=True)

    words = last(ben, "seat_moved")
    assert ("your seat is moved." in words, "has registered you" in words, "/invitations/" in words) == (True, False, False)
    registration = Registration.objects.get(workshop=to, learner=ben)
    assert (registration.invited_by, registration.accepted_at is not None) == (ada, True)


def test_what_stays_after_a_move_to_a_cheaper_date_is_that_date(stripe_api, sold, ada):
    seat = seat_of(stripe_api.control, *sold, ada)
    to, _price = on_sale(CENTS - 5000, days=40, activity=sold[0].activity, title="The Hip, Slowly")

    start_move(seat=seat, to=to, by=ada)

    assert "The Hip, Slowly" in last(ada, "refund_requested").partition("stays open")[0].rpartition("\n")[2]


# A workshop that changes or is called off


def test_a_workshop_called_off_is_told_to_holders_and_to_who_pays_for_others(client, stripe_api, sold, ada, ben, staff):
    guest_seat(stripe_api.control, sold, ada, ben)
    start_order(user=ada, price=sold[1], people=[UserFactory(email="cara@example.com"), ada])

    call_off(workshop=sold[0], by=staff, reason="The roof leaks.")

    words = last(ada, "workshop_cancelled_to_payer")
    assert "- ben@example.com: $190.00 goes back to you" in words
    assert "- cara@example.com: not paid yet." in words
    assert "You were about to pay for a seat." in last(ada, "workshop_cancelled")
    assert "Whoever paid your seat gets $190.00 back" in last(ben, "workshop_cancelled")
    assert not MailMessage.objects.filter(to_address="cara@example.com").exists(), "nobody has told her of a seat yet"
    for user in (ada, ben):
        assert_links_open(client, user)
    assert_unnamed(ada, ben)


def test_a_changed_workshop_is_told_to_who_pays_while_a_seat_is_held(stripe_api, sold, ada, ben):
    workshop = sold[0]
    start_order(user=ada, price=sold[1], people=[ben])
    change = Change((Line("When", "then", "later"),), tuple(workshop.seats.select_related("learner")), (), 1)

    with locked_workshop(workshop) as locked:
        make_known(workshop=locked, change=change, by=None)

    assert told(ben) == []
    assert "Seats are held for people you register." in last(ada, "workshop_moved")


def test_a_guest_of_a_changed_workshop_is_not_promised_anothers_money(stripe_api, sold, ada, ben):
    seat = guest_seat(stripe_api.control, sold, ada, ben)

    with locked_workshop(sold[0]) as locked:
        make_known(workshop=locked, change=Change((Line("When", "then", "later"),), (seat,), (), 1), by=None)

    assert "everything that was paid goes back to whoever paid" in last(ben, "workshop_moved")
    assert "you get back everything you paid" not in last(ben, "workshop_moved")


def test_when_it_begins_is_said_by_the_venues_clock(stripe_api, ada):
    workshop, price = on_sale(CENTS)

    seat_of(stripe_api.control, workshop, price, ada)

    begins = workshop.starts_at.astimezone(workshop.zone)
    assert f"When: {begins:%A}, " in last(ada, "seat_confirmed")
    assert f"m. {begins.tzname()}\n" in last(ada, "seat_confirmed")


# Letters of the other kinds: whatever they lead to opens to who reads them


def test_letters_about_attendance_open_to_learner_and_instructor(client, db):
    seat = SeatFactory(workshop=WorkshopFactory(starts_at=PAST, instructor=user_with_role("instructor")))
    teacher, learner = seat.workshop.instructor, seat.learner

    asked = ask_for_correction(seat=seat, words="I was there all day.")
    answer_correction(correction=asked, by=teacher, is_mended=False, answer="The sheet says otherwise.")
    decide_seat(seat=seat, by=teacher)

    assert [name for name, _words in told(teacher)] == ["correction_asked"]
    assert [name for name, _words in told(learner)] == ["correction_answered", "attendance_decided"]
    for user in (teacher, learner):
        assert_links_open(client, user)


def test_letters_about_what_is_asked_and_of_waiting_open_to_their_reader(client, db, staff, ada, ben):
    workshop = workshop_with_blocks(capacity=1, waiver=WaiverVersionFactory().waiver)
    requirement = RequirementFactory(workshop=workshop, kind="statement", words="You have taught for a year.", takes_statement=True)
    SeatFactory(workshop=workshop, learner=ada)
    statement = Statement.objects.create(registration=RegistrationFactory(workshop=workshop, learner=ada), requirement=requirement, text="Half a year.")

    review_statement(statement=statement, by=staff, is_enough=False, note="A year is a year.")
    write_of_new_waiver(statement.registration, version=2)
    join_list(workshop=workshop, learner=ben)
    cancel_seat(workshop=workshop, learner=ada, by=ada)

    assert [name for name, _words in told(ada)] == ["statement_reviewed", "waiver_changed", "seat_cancelled"]
    assert "goes back in full to whoever paid" in last(ada, "statement_reviewed")
    assert [name for name, _words in told(ben)] == ["joined", "offer"]
    for user in (ada, ben):
        assert_links_open(client, user)


def test_giving_back_a_seat_that_another_paid_for_links_no_order_of_theirs(client, stripe_api, sold, ada, ben):
    seat = guest_seat(stripe_api.control, sold, ada, ben)
    order = line_paying(seat).order

    def links(user):
        client.force_login(user)
        page = client.get(reverse("workshops:seat_cancel", args=[sold[0].slug])).content.decode()
        return order.get_absolute_url() in page, "goes to whoever paid for your seat" in page

    assert links(ben) == (False, True)
    own = seat_of(stripe_api.control, *sold, ada)
    order = line_paying(own).order
    assert links(ada) == (True, False)
