"""News from the network while somebody presses: nothing under the thumb is replaced, and no tap is lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.workshops.checkin.factories import running_workshop
from tests.workshops.checkin.thumb import person, press, tap
from workshops.models import Attendance
from workshops.roster.services import record_attendance

FETCHED = """() => new Promise(resolve => {
    const opening = indexedDB.open('smrt-checkin')
    opening.onsuccess = () => {
        const asking = opening.result.transaction('rooms').objectStore('rooms').getAll()
        asking.onsuccess = () => { opening.result.close(); resolve(asking.result[0].fetchedAt) }
    }
})"""
DRAWN = "() => new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))), 200))"


@pytest.fixture
def room(enrolled):
    """A phone at the door, and `news()`: Ben is signed in at the desk, and the phone has heard of it and had the time to show it."""
    workshop = running_workshop(people=2)
    page = enrolled(workshop)

    def news():
        ben = workshop.seats.get(learner__display_name="Ben Okafor")
        record_attendance(seat=ben, block=workshop.blocks.first(), kind="in", at=timezone.now(), by=workshop.instructor)
        before = page.evaluate(FETCHED)
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_function(f"before => ({FETCHED})().then(at => at > before)", arg=before)
        page.evaluate(DRAWN)

    return page, news


def test_a_tap_counts_whatever_arrives_while_the_thumb_is_down(room):
    page, news = room
    press(page, page.get_by_role("button", name="Sign in Ada Rivera"))

    news()
    expect(person(page, "Ben Okafor")).to_contain_text("Not seen yet")
    page.mouse.up()

    expect(person(page, "Ada Rivera")).to_contain_text("Here since")
    expect(person(page, "Ben Okafor")).to_contain_text("Here since")
    expect(page.get_by_text("All sent")).to_be_visible()
    assert Attendance.objects.filter(seat__learner__display_name="Ada Rivera").count() == 1


def test_the_space_bar_counts_whatever_arrives_while_it_is_down(room):
    page, news = room
    page.get_by_role("button", name="Sign in Ada Rivera").focus()
    page.keyboard.down("Space")

    news()
    page.keyboard.up("Space")

    expect(person(page, "Ada Rivera")).to_contain_text("Here since")
    expect(person(page, "Ben Okafor")).to_contain_text("Here since")
    expect(person(page, "Ada Rivera").get_by_role("button", name=re.compile("^Ada Rivera"))).to_be_focused()


@pytest.mark.parametrize("ends", ["pointercancel", "contextmenu", "elsewhere"])
def test_a_press_that_comes_to_nothing_holds_the_news_no_longer(room, ends):
    page, news = room
    press(page, page.get_by_role("button", name="Sign in Ada Rivera"))

    news()
    if ends == "elsewhere":
        page.mouse.move(5, 5)
        page.mouse.up()
    else:
        page.evaluate("name => document.body.dispatchEvent(new PointerEvent(name, {bubbles: true, pointerId: 1}))", ends)

    expect(person(page, "Ben Okafor")).to_contain_text("Here since")
    expect(person(page, "Ada Rivera")).to_contain_text("Not seen yet")
    page.mouse.up()


def test_the_focus_and_an_open_list_stay_where_they_are(room):
    page, news = room
    other = page.get_by_role("button", name="Other workshops")
    other.focus()
    page.get_by_label("Block").evaluate("list => { list.isTheSame = true }")

    news()

    expect(person(page, "Ben Okafor")).to_contain_text("Here since")
    expect(other).to_be_focused()
    assert page.get_by_label("Block").evaluate("list => list.isTheSame")


def test_what_can_be_done_stays_while_somebody_points_at_it_or_has_the_focus_there(enrolled):
    page = enrolled(running_workshop(people=1))
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(minutes=1))  # from here on only the test lets time pass
    tap(page, "Ada Rivera")
    undo = page.get_by_role("button", name="Undo")
    while not undo.is_visible():
        page.clock.run_for(100)

    undo.hover()
    page.clock.run_for(60_000)
    expect(undo).to_be_visible()
    undo.focus()
    page.mouse.move(5, 5)
    page.clock.run_for(60_000)
    expect(undo).to_be_visible()
    undo.evaluate("button => button.blur()")
    page.clock.run_for(5_000)

    expect(undo).to_be_hidden()


def test_two_taps_on_one_name_are_one_entry(enrolled):
    page = enrolled(running_workshop(people=1))

    page.get_by_role("button", name="Sign in Ada Rivera").dblclick()

    expect(person(page, "Ada Rivera")).to_contain_text("Here since")
    page.get_by_role("button", name="Undo").click()
    expect(person(page, "Ada Rivera")).to_contain_text("Not seen yet")


def test_a_link_for_the_workshop_that_is_open_leads_back_to_it(enrolled):
    page = enrolled(running_workshop(people=1))

    page.evaluate("location.hash = '#join=gone-long-ago'")

    expect(page.get_by_role("alert")).to_contain_text(re.compile("."))
    expect(person(page, "Ada Rivera")).to_be_visible()
