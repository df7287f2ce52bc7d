"""The pages of moving and calling off as people see them: accessible, and no wider than a phone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, WorkshopFactory
from workshops.cancelling.services import call_off, work_off


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [390, 1280])
def test_moving_and_calling_off_read_well(new_page, live_site, sign_in, axe, width):
    ada, staff = UserFactory(email="ada@example.com"), user_with_role("staff")
    workshop, asked = WorkshopFactory(), WorkshopFactory(title="The Shoulder")
    others = [WorkshopFactory(activity=workshop.activity, starts_at=workshop.starts_at + timedelta(days=30 * n), capacity=n) for n in (1, 2)]
    others.append(WorkshopFactory(activity=workshop.activity, is_free=False))
    PriceFactory(product__subject=others[2].subject, product__kind="workshop")
    SeatFactory(workshop=others[0])
    seats = [SeatFactory(workshop=workshop, learner=ada), SeatFactory(workshop=workshop)]
    SeatFactory(workshop=asked, learner=ada)
    off = WorkshopFactory(activity=workshop.activity)
    SeatFactory.create_batch(3, workshop=off)
    work_off(call_off=call_off(workshop=off, by=staff, reason="The roof leaks."))
    call_off(workshop=asked, by=staff, reason="The roof leaks.", default="ask", choose_until=timezone.now() + timedelta(days=7))
    pages = [
        (ada, reverse("workshops:seat_move", args=[workshop.slug])),
        (ada, reverse("workshops:seat_move_confirm", args=[workshop.slug, others[1].pk])),
        (ada, reverse("workshops:call_off_choose", args=[asked.slug])),
        (staff, reverse("workshops_desk:workshop_cancel", args=[workshop.pk])),
        (staff, reverse("workshops_desk:call_off_progress", args=[off.pk])),
        (staff, reverse("workshops_desk:seat_move", args=[workshop.pk, seats[0].pk])),
        (staff, reverse("workshops_desk:seat_move_confirm", args=[workshop.pk, seats[0].pk, others[1].pk])),
    ]
    for person, address in pages:
        page = new_page(width=width)
        sign_in(page, person, live_site)
        page.goto(live_site + address)
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
