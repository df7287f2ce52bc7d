"""The roster's pages in a real browser: axe finds nothing, nothing scrolls sideways, and the roster keeps itself up to date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from tests.fixtures.browser import box_of
from workshops.roster.selectors import fingerprint, roster
from workshops.roster.services import ask_for_correction, complete_workshop, mark_block, record_attendance, start_completion


def day(starts_at, instructor):
    activity = ActivityFactory(kind="workshop", title="The Knee, Hands On")
    for code, name in (("ncbtmb_ap", "NCBTMB"), ("us_id_massage", "Idaho Board of Massage Therapy")):
        AccreditationFactory(activity=activity, mode="in_person_hands_on", board=BoardFactory(code=code, name=name))
    workshop = workshop_with_blocks(starts_at=starts_at, instructor=instructor, activity=activity)
    seats = [SeatFactory(workshop=workshop, learner=UserFactory(display_name=name)) for name in ("Ana Ruiz", "Bo Lindqvist", "Cy Okafor")]
    return workshop, seats


@pytest.fixture
def staff(transactional_db):
    return user_with_role(Role.STAFF)


@pytest.fixture
def running(staff):
    workshop, seats = day((timezone.now() - timedelta(hours=1)).replace(microsecond=0), staff)
    block = workshop.blocks.first()
    for seat in seats[:2]:
        record_attendance(seat=seat, block=block, kind="in", at=block.starts_at, by=staff)
    record_attendance(seat=seats[1], block=block, kind="out", at=block.starts_at + timedelta(minutes=20), by=staff)
    return workshop, seats


@pytest.fixture
def past(staff):
    workshop, seats = day(PAST, staff)
    for block in workshop.blocks.filter(kind="instruction"):
        mark_block(seat=seats[0], block=block, present=True, by=staff)
    mark_block(seat=seats[1], block=workshop.blocks.first(), present=True, by=staff)
    record_attendance(seat=seats[1], block=workshop.blocks.last(), kind="in", at=workshop.blocks.last().starts_at, by=staff)
    return workshop, seats


def desk(name, workshop, *args):
    return reverse(f"workshops_desk:{name}", args=[workshop.pk, *args])


def test_the_roster_is_accessible_while_it_runs(look_at, staff, running):
    workshop, seats = running
    assert look_at([desk("workshop_roster", workshop), desk("workshop_complete", workshop), desk("message_list", workshop)], staff) == {}
    assert look_at([reverse("workshops:attendance", args=[workshop.slug])], seats[0].learner) == {}


def test_the_roster_is_accessible_when_it_is_over(look_at, staff, past):
    workshop, seats = past
    asked = ask_for_correction(seat=seats[2], words="I was there all day.")
    before = [desk("workshop_roster", workshop), desk("workshop_complete", workshop), desk("correction_answer", workshop, asked.pk)]
    assert look_at(before, staff) == {}
    start_completion(workshop=workshop, by=staff, seen=fingerprint(roster(workshop)))
    complete_workshop(workshop=workshop, by=staff)

    after = [desk("workshop_roster", workshop), desk("completion_progress", workshop), desk("outcome_list", workshop, seats[1].pk)]
    assert look_at(after, staff) == {}
    assert look_at([reverse("workshops:attendance", args=[workshop.slug])], seats[1].learner) == {}


def test_the_roster_shows_who_left_without_being_asked(live_site, new_page, sign_in, staff, running):
    workshop, seats = running
    page = new_page(width=390)
    sign_in(page, staff, live_site)
    page.goto(f"{live_site}{desk('workshop_roster', workshop)}")
    expect(page.get_by_text("1 of 3 are here")).to_be_visible()
    record_attendance(seat=seats[0], block=workshop.blocks.first(), kind="out", at=timezone.now(), by=staff)

    expect(page.get_by_text("0 of 3 are here")).to_be_visible()
    expect(page.locator("#alarms")).to_be_visible()


@pytest.mark.parametrize("how", ["mouse", "space"])
def test_a_click_counts_though_the_roster_is_renewed_between_press_and_release(live_site, new_page, sign_in, staff, past, how):
    """The attendance of a workshop that ended runs no more; one that still runs has had its first block."""
    workshop, seats = past
    block = workshop.blocks.first()
    moved = timezone.now() - timedelta(hours=4) - block.starts_at
    for each in (workshop, *workshop.blocks.all()):
        each.starts_at, each.ends_at = each.starts_at + moved, each.ends_at + moved
        each.save(update_fields=["starts_at", "ends_at"])
    page, held = new_page(width=1280), []
    page.clock.install()
    sign_in(page, staff, live_site)
    page.goto(f"{live_site}{desk('workshop_roster', workshop)}")
    page.route("**/*", lambda route: held.append(route) if "hx-request" in route.request.headers else route.continue_())
    button = page.get_by_role("button", name=f"Mark {seats[2].learner} present")
    button.evaluate("button => { button.isTheSame = true }")
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))  # it asks for news, and its time stands still from here on
    while not held:
        page.wait_for_timeout(50)

    if how == "mouse":
        button.scroll_into_view_if_needed()
        box = box_of(button)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
    else:
        button.focus()
        page.keyboard.down("Space")
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers) as answered:
        held[0].continue_()
    answered.value.finished()
    page.wait_for_timeout(300)
    page.unroute("**/*")
    assert button.evaluate("button => button.isTheSame")
    page.mouse.up() if how == "mouse" else page.keyboard.up("Space")

    expect(page.get_by_role("button", name=f"Mark {seats[2].learner} absent")).to_be_visible()
