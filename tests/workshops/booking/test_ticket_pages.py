"""The ticket's page and PDF."""

import pypdfium2
import pytest
from django.urls import reverse

from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from workshops.booking.pdf import ticket_pdf
from workshops.booking.tickets import printed_code, ticket_code


@pytest.fixture
def seat(db):
    return SeatFactory(workshop=workshop_with_blocks())


def test_the_holder_sees_the_code_and_its_picture(client, seat):
    client.force_login(seat.learner)
    code = ticket_code(seat)

    page = client.get(reverse("workshops:ticket_detail", args=[code])).content.decode()

    assert (printed_code(code) in page, "ticket__qr" in page, "Download as PDF" in page) == (True, True, True)
    assert reverse("workshops:ticket_detail", args=[code]) in client.get(seat.workshop.get_absolute_url()).content.decode()


def test_nobody_else_learns_that_it_exists(client, seat):
    answers = {}
    for name, user in {"stranger": None, "other": UserFactory(), "staff": user_with_role("staff"), "instructor": user_with_role("instructor")}.items():
        client.logout()
        if user:
            client.force_login(user)
        answers[name] = client.get(reverse("workshops:ticket_detail", args=[ticket_code(seat)])).status_code

    assert answers == {"stranger": 302, "other": 404, "staff": 200, "instructor": 404}


def test_a_ticket_of_a_seat_given_back_says_that_it_is_void(client, seat):
    seat.state = "cancelled"
    seat.save()
    client.force_login(seat.learner)

    page = client.get(reverse("workshops:ticket_detail", args=[ticket_code(seat)])).content.decode()
    pdf = client.get(reverse("workshops:ticket_pdf", args=[ticket_code(seat)]))

    assert ("This ticket is void" in page, "ticket__qr" in page, pdf.status_code) == (True, False, 302)


def test_the_pdf_says_what_the_page_says(client, seat):
    client.force_login(seat.learner)

    response = client.get(reverse("workshops:ticket_pdf", args=[ticket_code(seat)]))

    text = " ".join(pypdfium2.PdfDocument(response.content)[0].get_textpage().get_text_range().split())
    assert printed_code(ticket_code(seat)) in text
    assert (seat.workshop.title in text, response.headers["Content-Type"]) == (True, "application/pdf")


def test_no_title_is_run_and_no_sign_breaks_it(db):
    workshop = workshop_with_blocks(title='#import "x" $1$ 🦵', what_to_bring="*bold* @ref")
    seat = SeatFactory(workshop=workshop, learner=UserFactory(display_name="#panic()"))

    assert ticket_pdf(seat).startswith(b"%PDF")
