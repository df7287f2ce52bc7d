"""The code on a ticket."""

import pytest
from django.utils import timezone

from tests.factories.workshops import SeatFactory
from workshops.booking.tickets import ALPHABET, find_ticket, printed_code, read_code, seat_of_ticket, ticket_code, ticket_hash
from workshops.models import Seat


def test_a_code_leads_to_its_seat_however_it_is_read(db):
    seat = SeatFactory()
    code = ticket_code(seat)

    for text in (code, code.lower(), printed_code(code), f" {printed_code(code)} ", f"https://school.example/workshops/tickets/{code}/"):
        assert seat_of_ticket(text) == seat
    assert (len(code), len(ticket_hash(code))) == (17, 64)
    assert printed_code("2222K7Q9XF3MRT4WZ") == "2222K-7Q9X-F3MR-T4WZ"


def test_two_seats_have_two_codes(db):
    assert len({ticket_code(seat) for seat in SeatFactory.create_batch(3)}) == 3


def test_one_wrong_symbol_anywhere_is_no_ticket(db):
    SeatFactory.create_batch(3)
    code = ticket_code(SeatFactory())

    for place, symbol in enumerate(code):
        other = ALPHABET[(ALPHABET.index(symbol) + 1) % len(ALPHABET)]
        assert seat_of_ticket(code[:place] + other + code[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "hello", "0" * 17, "2" * 500, "https://elsewhere.example/", "\x00" * 17, "é" * 17])
def test_what_is_no_code_is_none_and_asks_no_database(text):
    assert (read_code(text), seat_of_ticket(text)) == (None, None)


def test_the_ticket_of_a_seat_given_back_is_void_and_still_known(db):
    seat = SeatFactory(state=Seat.State.CANCELLED)

    assert (seat_of_ticket(ticket_code(seat)), find_ticket(ticket_code(seat))) == (None, seat)


def test_a_held_seat_has_no_ticket_yet(db):
    seat = SeatFactory(state=Seat.State.HELD, reference="order:1:1", hold_until=timezone.now())

    assert seat_of_ticket(ticket_code(seat)) is None


def test_tickets_outlive_a_change_of_the_secret(db, settings):
    seat = SeatFactory()
    code = ticket_code(seat)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 50

    assert (seat_of_ticket(code), ticket_code(seat) == code) == (seat, False)
