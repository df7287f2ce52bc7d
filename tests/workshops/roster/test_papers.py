"""Name badges and sign-in sheets, as a PDF reader reads them."""

import io

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from core import clock
from tests.factories.accounts import LegalNameFactory, UserFactory
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from workshops.roster.papers import badges_pdf, sign_in_pdf


def pages(content):
    return int(PdfFileReader(io.BytesIO(content)).root["/Pages"]["/Count"])


@pytest.mark.parametrize(("people", "expected"), [(0, 1), (1, 1), (8, 1), (9, 2)])
def test_eight_badges_are_a_page(db, people, expected):
    workshop = workshop_with_blocks(capacity=20)
    SeatFactory.create_batch(people, workshop=workshop)

    assert pages(badges_pdf(workshop, made_at=clock.now())) == expected


def test_badges_with_codes_and_names_of_any_length_and_script(db):
    workshop = workshop_with_blocks()
    for name in ("Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh von und zu Hohenlohe", "李小龍", '#import "x" $1$', ""):
        SeatFactory(workshop=workshop, learner=UserFactory(display_name=name))

    assert pages(badges_pdf(workshop, made_at=clock.now(), with_codes=True)) == 1


def test_a_sheet_for_each_block(db):
    workshop = workshop_with_blocks()
    SeatFactory(workshop=workshop, learner=LegalNameFactory().user)

    assert pages(sign_in_pdf(workshop, made_at=clock.now())) == 2


def test_the_same_moment_gives_the_same_bytes(db):
    workshop, now = workshop_with_blocks(), clock.now()

    assert sign_in_pdf(workshop, made_at=now) == sign_in_pdf(workshop, made_at=now)


@pytest.mark.parametrize("count", [1, 3])
def test_papers_cost_the_same_for_any_number(db, django_assert_max_num_queries, count):
    workshop = workshop_with_blocks()
    SeatFactory.create_batch(count, workshop=workshop)

    with django_assert_max_num_queries(9):
        sign_in_pdf(workshop, made_at=clock.now())
        badges_pdf(workshop, made_at=clock.now())
