"""The page on the phone, in a real browser: with the network really cut, two phones, a camera, a full disk."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from embedded.chromium import find_chromium
from tests.factories.credits import AccreditationFactory, BoardFactory
from tests.fixtures.browser import ONLY_THIS_MACHINE, PATIENCE_MS, box_of
from tests.workshops.checkin.basement import film_of
from tests.workshops.checkin.conftest import PHONE
from tests.workshops.checkin.factories import running_workshop
from tests.workshops.checkin.thumb import at_time, draw, person, sign, tap
from workshops.booking.tickets import ticket_code
from workshops.checkin.devices import claim_link, enrol_device, revoke_device
from workshops.checkin.paper import PaperLine, key_in_sheet
from workshops.errors import SeatRefused
from workshops.models import Attendance, CheckinConflict, CheckinDevice, WalkIn
from workshops.roster.selectors import roster, standing_log
from workshops.services import cancel_seat


def toast(page):
    return page.locator(".checkin-toast")


def cut(page, cable):
    page.context.set_offline(True)
    cable.pull()


def mend(page, cable):
    cable.plug()
    page.context.set_offline(False)


def kinds(seat):
    return list(standing_log(seat).values_list("kind", flat=True))


def test_a_day_in_a_basement(enrolled, cable):
    """Cut off, closed, opened again without network, and everything arrives once the network is back."""
    workshop = running_workshop(people=3)
    ada, ben, chloe = workshop.seats.order_by("pk")
    page = enrolled(workshop)

    cut(page, cable)
    sign(page, "Ada Rivera")
    page.get_by_text("1 kept on this phone").wait_for()
    page.reload()  # from what the phone keeps: nobody listens at the port
    sign(page, "Ben Okafor")
    sign(page, "Chloë Marsh")
    sign(page, "Ada Rivera", "out")
    expect(toast(page)).to_contain_text("Ada Rivera is signed out")
    toast(page).get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Somebody without a seat").click()
    page.get_by_label("Name", exact=True).fill("Wim Jansen")
    page.get_by_role("button", name="Note the person").click()
    page.get_by_text("6 kept on this phone").wait_for()
    page.close()
    assert not Attendance.objects.exists()
    page = page.context.new_page()
    page.goto(f"{cable.url}/workshops/checkin/")
    page.get_by_text("6 kept on this phone").wait_for()
    mend(page, cable)
    page.get_by_text("All sent").wait_for()

    assert [kinds(seat) for seat in (ada, ben, chloe)] == [["in"], ["in"], ["in"]]
    assert list(Attendance.objects.order_by("pk").values_list("kind", flat=True)) == ["in", "in", "in", "out", "annul"]
    assert WalkIn.objects.get().name == "Wim Jansen"
    assert {line.device for line in Attendance.objects.all()} == {CheckinDevice.objects.get()}


def test_an_answer_that_is_lost_doubles_nothing(enrolled, cable):
    workshop = running_workshop(people=1)
    page = enrolled(workshop)
    lost = []

    def lose_the_first_answer(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch())  # it reached the school
        return route.abort()

    page.context.route("**/checkin/sync/", lose_the_first_answer)
    sign(page, "Ada Rivera")
    page.get_by_text("1 kept on this phone").wait_for()
    assert Attendance.objects.count() == 1
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.get_by_text("All sent").wait_for()

    assert lost[0].status == 200
    assert Attendance.objects.count() == 1
    expect(person(page, "Ada Rivera").get_by_text("Not sent yet")).to_have_count(0)


def test_two_phones_at_once_and_a_person_decides_what_they_contradict(enrolled, cable):
    workshop = running_workshop(people=2)
    ada, ben = workshop.seats.order_by("pk")
    first, second = enrolled(workshop), enrolled(workshop, "Bo’s phone")

    at_time(first, "Ada Rivera", "in", clock(workshop, minutes_ago=50))
    sign(second, "Ben Okafor")
    for page in (first, second):
        page.get_by_text("All sent").wait_for()
        page.get_by_role("button", name="Fetch the roster again").click()
        page.get_by_text("2 here, 0 left, 0 not seen").wait_for()
    cut(second, cable)
    second.get_by_role("banner").get_by_text("No network").wait_for()
    cable.plug()
    cancel_seat_of(ben, workshop)
    at_time(first, "Ada Rivera", "out", clock(workshop, minutes_ago=30))
    first.get_by_text("All sent").wait_for()
    sign(second, "Ada Rivera", "out")
    second.context.set_offline(False)
    second.get_by_text("Needs a decision").wait_for()

    conflict = CheckinConflict.objects.get()
    assert (conflict.seat, conflict.code) == (ada, "other_device")
    second.get_by_role("button", name="Record this entry").click()
    second.get_by_text("Needs a decision").wait_for(state="detached")
    conflict.refresh_from_db()
    assert conflict.settlement == "recorded"
    assert [line.nonce for line in standing_log(ada) if line.kind == "out"] == [conflict.nonce]


def cancel_seat_of(seat, workshop):
    """Not while attendance is recorded: the service refuses, and the phone keeps the person."""
    with pytest.raises(SeatRefused):
        cancel_seat(workshop=workshop, learner=seat.learner, by=None)


def clock(workshop, *, minutes_ago):
    return f"{(timezone.now() - timedelta(minutes=minutes_ago)).astimezone(workshop.zone):%H:%M}"


@pytest.mark.parametrize("how", ["toast", "row"])
def test_a_board_that_asks_gets_a_signature_drawn_without_network(enrolled, cable, axe, how):
    workshop = running_workshop(people=2)
    AccreditationFactory(activity=workshop.activity, board=BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy"))
    ada, ben = workshop.seats.order_by("pk")
    page = enrolled(workshop, bypass_csp=True)

    cut(page, cable)
    page.get_by_role("button", name="Sign in Ada Rivera").click()
    page.get_by_text("Florida Board of Massage Therapy wants the signature").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    page.get_by_text("Let the person sign first.").wait_for()
    assert axe(page) == []
    draw(page)
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign in Ben Okafor").click()
    page.get_by_role("button", name="Signs later").click()
    person(page, "Ben Okafor").get_by_text("Signature missing").wait_for()
    foot = toast(page).filter(has_text="The signature is missing: choose “Sign now”")
    foot.get_by_role("button", name="Sign now").focus()  # so that it stays for as long as this takes
    for place in (foot, person(page, "Ben Okafor")):  # under the thumb, and beside the name once the toast is gone
        assert box_of(place.get_by_role("button", name="Sign now: Ben Okafor"))["height"] >= 44
    assert axe(page) == []
    mend(page, cable)
    page.get_by_text("All sent").wait_for()
    (foot if how == "toast" else person(page, "Ben Okafor")).get_by_role("button", name="Sign now").click()
    draw(page)
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    page.get_by_text("Signature missing").wait_for(state="detached")
    page.get_by_text("All sent").wait_for()

    lines = {seat: standing_log(seat).get() for seat in (ada, ben)}
    assert all(len(line.signature.strokes[0]) > 5 for line in lines.values())
    first, _back, again = Attendance.objects.filter(seat=ben).order_by("pk")
    assert abs((first.at - again.at).total_seconds()) < 1, "the time they came stays"


def test_who_signs_on_paper_is_not_said_to_miss_a_signature(enrolled, cable, axe):
    """Not on the phone, not on the roster, and not once the sheet is keyed in."""
    workshop = running_workshop(people=2)
    AccreditationFactory(activity=workshop.activity, board=BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy"))
    ada, ben = workshop.seats.order_by("pk")
    page = enrolled(workshop, bypass_csp=True)

    cut(page, cable)
    page.get_by_role("button", name="Sign in Ada Rivera").click()
    page.get_by_role("button", name="Signs on paper", exact=True).click()
    person(page, "Ada Rivera").get_by_text("Signs on paper").wait_for()
    page.get_by_role("button", name="Sign in Ben Okafor").click()
    page.get_by_role("button", name="Signs later").click()
    person(page, "Ben Okafor").get_by_role("button", name="Sign now").click()  # he would rather sign on paper too
    page.get_by_role("button", name="Signs on paper", exact=True).click()
    for name in ("Ada Rivera", "Ben Okafor"):
        person(page, name).get_by_text("Signs on paper").wait_for()
    page.get_by_text("Signature missing").wait_for(state="detached")
    assert axe(page) == []
    mend(page, cable)
    page.get_by_text("All sent").wait_for()

    assert [standing_log(seat).get().awaits_paper for seat in (ada, ben)] == [True, True]
    assert [gap.code for row in roster(workshop).rows for gap in row.gaps if gap.code in ("unsigned", "on_paper")] == ["on_paper", "on_paper"]
    key_in_sheet(workshop=workshop, block=workshop.blocks.first(), lines=[PaperLine(ada, None)], by=workshop.instructor, token=uuid4())
    page.get_by_role("button", name="Fetch the roster again").click()
    person(page, "Ada Rivera").get_by_text("Signs on paper").wait_for(state="detached")
    person(page, "Ben Okafor").get_by_text("Signs on paper").wait_for()
    assert [gap.code for row in roster(workshop).rows for gap in row.gaps if gap.code in ("unsigned", "on_paper")] == ["on_paper"]


def test_a_slip_of_the_finger_is_left_or_taken_back(enrolled, cable):
    """The window of a signature that was opened for the wrong person, and a note about somebody who has a seat after all."""
    workshop = running_workshop(people=1)
    AccreditationFactory(activity=workshop.activity, board=BoardFactory(code="us_fl_massage"))
    page = enrolled(workshop)
    # The toast stays, however long the machine takes to press its button.
    page.evaluate("() => { const later = window.setTimeout; window.setTimeout = (act, ms, ...rest) => (ms === 12000 ? 0 : later(act, ms, ...rest)); }")
    cut(page, cable)

    page.get_by_role("button", name="Sign in Ada Rivera").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("button", name="Somebody without a seat").click()
    page.get_by_label("Name", exact=True).fill("Wim Jansen")
    page.get_by_role("button", name="Note the person").click()
    toast(page).get_by_role("button", name="Undo").click()
    page.get_by_text("Wim Jansen, ").wait_for(state="detached")
    page.get_by_text("2 kept on this phone").wait_for()
    mend(page, cable)
    page.get_by_text("All sent").wait_for()

    assert (Attendance.objects.count(), WalkIn.objects.get().state) == (0, "set_aside")


def test_a_revoked_phone_forgets_the_names_and_keeps_what_it_did_not_send(enrolled, cable):
    workshop = running_workshop(people=1)
    page = enrolled(workshop)
    cut(page, cable)
    sign(page, "Ada Rivera")
    revoke_device(device=CheckinDevice.objects.get(), by=workshop.instructor)
    mend(page, cable)
    page.get_by_text("This phone may not check in any more").wait_for()
    page.get_by_text("1 entries are still kept here").wait_for()
    expect(page.get_by_text("Ada Rivera")).to_have_count(0)

    page.get_by_label("Link from the desk").fill(claim_link(enrol_device(workshop=workshop, name="Anew", by=workshop.instructor), cable.url))
    page.get_by_role("button", name="Enrol this phone").click()
    page.get_by_text("All sent").wait_for()

    assert Attendance.objects.get().device.name == "Anew"


def test_a_full_disk_is_said_and_nothing_is_shown_as_noted(enrolled, cable):
    workshop = running_workshop(people=1)
    page = enrolled(workshop)
    page.evaluate("() => { IDBObjectStore.prototype.add = () => { throw new DOMException('No space', 'QuotaExceededError') } }")

    tap(page, "Ada Rivera")

    page.get_by_role("alert").get_by_text("NOT NOTED").wait_for()
    expect(person(page, "Ada Rivera")).to_contain_text("Not seen yet")
    assert not Attendance.objects.exists()


def test_everyone_in_and_out_and_the_typed_code(enrolled, cable):
    workshop = running_workshop(people=3)
    ada = workshop.seats.order_by("pk").first()
    page = enrolled(workshop)
    page.get_by_label("Name or ticket code").fill(ticket_code(ada).lower())
    page.get_by_text("Ben Okafor").wait_for(state="detached")
    page.get_by_label("Name or ticket code").fill("chloe")
    page.get_by_text("Chloë Marsh").wait_for()
    page.get_by_label("Name or ticket code").fill("")
    page.get_by_role("button", name="Everyone in").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("3 here, 0 left, 0 not seen").wait_for()
    page.get_by_label("Signing out").check()
    page.get_by_role("button", name="Everyone out").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_text("0 here, 3 left, 0 not seen").wait_for()
    page.get_by_text("All sent").wait_for()

    assert [kinds(seat) for seat in workshop.seats.all()] == [["in", "out"]] * 3


@pytest.fixture
def camera_browser(browser, conversations):
    """`camera_browser(film)`: a browser of its own, whose camera sees that film. Only a new process can be given one."""

    @contextmanager
    def launch(film):
        found = find_chromium()
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        arguments = [*found.arguments, ONLY_THIS_MACHINE, *camera]
        own = browser.browser_type.launch(executable_path=str(found.executable), args=arguments, env={**os.environ, **found.environment})
        try:
            yield own
        finally:
            own.close()
            conversations.wait_for_the_end()

    return launch


@pytest.mark.parametrize("detector", ["own", "zxing"])
def test_a_ticket_before_the_camera_signs_its_person_in(camera_browser, cable, transactional_db, tmp_path, detector):
    workshop = running_workshop(people=2)
    ada = workshop.seats.order_by("pk").first()
    film = film_of(f"https://school.example/workshops/tickets/{ticket_code(ada)}/", tmp_path / "ticket.y4m")
    with camera_browser(film) as browser:
        context = browser.new_context(viewport=PHONE, permissions=["camera"])
        context.set_default_timeout(PATIENCE_MS)
        if detector == "zxing":
            context.add_init_script("delete window.BarcodeDetector")
        else:  # where the browser has none of its own, as on this machine, one that reads what it is told stands in
            context.add_init_script(
                "window.BarcodeDetector = class { static getSupportedFormats() { return Promise.resolve(['qr_code']) }"
                f" detect() {{ return Promise.resolve([{{rawValue: '{ticket_code(ada)}'}}]) }} }}"
            )
        page = context.new_page()
        page.goto(claim_link(enrol_device(workshop=workshop, name="Door", by=workshop.instructor), cable.url))
        page.get_by_text("All sent").wait_for()
        page.evaluate("navigator.serviceWorker.ready")
        cut(page, cable)
        page.get_by_role("button", name="Scan tickets").click()
        page.get_by_role("dialog").get_by_text(re.compile("Ada Rivera is (signed in|here already)")).wait_for()
        page.get_by_role("button", name="Close").click()
        page.get_by_text("1 here, 0 left, 1 not seen").wait_for()
        mend(page, cable)
        page.get_by_text("All sent").wait_for()

    assert kinds(ada) == ["in"]


def test_the_page_is_installable_accessible_and_asks_no_other_machine(enrolled, cable, axe):
    workshop = running_workshop(people=2)
    page = enrolled(workshop, bypass_csp=True)

    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(answer => answer.json())")
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/workshops/checkin/", "/workshops/checkin/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert page.evaluate(
        "Promise.all([...arguments[0] ?? []].map(url => fetch(url).then(answer => answer.status)))".replace(
            "arguments[0]", repr([icon["src"] for icon in manifest["icons"]])
        )
    ) == [200, 200, 200]
    assert page.evaluate("navigator.serviceWorker.getRegistration().then(found => found.scope)") == f"{cable.url}/workshops/checkin/"
    assert page.evaluate("caches.keys().then(names => caches.open(names[0])).then(cache => cache.keys()).then(found => found.length)") >= 20
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(page) == []
    page.get_by_role("button", name=re.compile("^Ada Rivera")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []
