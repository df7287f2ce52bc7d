"""The player when the line, the address or the permission ends, on real media."""

from functools import partial

import pytest
from playwright.sync_api import expect

from streaming.delivery import address_for
from streaming.models import VideoAsset, WatchEvidence
from streaming.services import revoke_grants
from streaming.stores import store
from tests.fixtures.browser import wait_until
from tests.fixtures.film import RUNGS, master
from tests.fixtures.player import HIDE, SMALL_BUFFER, STOP_AT


def evidence():
    return WatchEvidence.objects.get()


@pytest.fixture
def addresses_last(monkeypatch):
    """`addresses_last(4)`: addresses of open players really end after four seconds."""

    def let(seconds: int) -> None:
        monkeypatch.setattr("streaming.api.sessions.LONGEST_S", seconds)
        monkeypatch.setattr("streaming.api.sessions.address_for", partial(address_for, ttl_s=seconds))

    return let


# `window.leap`: by how many seconds the film has jumped when it was loaded anew.
NOTE_LEAP = """() => {
  const video = document.querySelector("video");
  let at;
  const follow = () => { if (video.readyState > 0 && video.currentTime > 1) at = video.currentTime; };
  const follows = setInterval(follow, 20);
  video.addEventListener("emptied", () => {
    clearInterval(follows);
    video.addEventListener("seeking", () => { window.leap ??= video.currentTime - at; });
  }, {once: true});
}"""


def small_buffer(new_page):
    page = new_page()
    page.add_init_script(SMALL_BUFFER)
    return page


def test_ten_seconds_without_a_network_are_survived_and_counted(open_screen, new_page):
    screen = open_screen(small_buffer(new_page))
    screen.open_session()
    screen.play()
    screen.wait("video.currentTime >= 1")
    screen.page.context.set_offline(True)
    screen.page.wait_for_timeout(10_000)
    screen.wait("video.readyState < 3")
    stuck_at = screen.video("video.currentTime")
    assert stuck_at < 20

    screen.page.context.set_offline(False)

    screen.wait(f"!video.paused && video.currentTime > {stuck_at} + 2")
    screen.beat_after(lambda: screen.video("video.pause()"))
    assert len(evidence().covered) == 1
    assert evidence().covered[0][0] == 0
    assert evidence().covered[0][1] >= stuck_at * 1000 + 1_500
    expect(screen.notice).to_be_hidden()
    expect(screen.status).to_have_text("")


def test_what_is_watched_without_a_connection_counts_once_it_is_back(open_screen):
    screen = open_screen()
    screen.open_session()
    before = screen.play_for(1)
    screen.page.context.set_offline(True)
    screen.page.evaluate(STOP_AT, screen.video("video.currentTime") + 2)
    expect(screen.status).to_contain_text("The connection is gone.")
    assert evidence().covered == [(0, before["covered_ms"])]
    answered = []
    screen.page.on("response", lambda response: answered.append(response.request.post_data_json["seq"]) if response.url.endswith("/beats") else None)

    screen.beat_after(lambda: screen.page.context.set_offline(False))

    assert len(evidence().covered) == 1
    assert evidence().covered[0][1] >= 2_900
    expect(screen.status).to_have_text("")
    assert len(answered) == 1


def test_an_address_is_renewed_ahead_of_its_end_and_after_a_refusal_without_a_stutter(open_screen, new_page, addresses_last):
    addresses_last(4)
    page = small_buffer(new_page)
    asked, answers = [], []
    page.on("response", lambda response: asked.append(response.url) if response.url.endswith("/address") else None)
    page.on("response", lambda response: answers.append(response.status) if "/v/" in response.url else None)
    refused = []

    def refuse_once(route):
        refused.append(route.request.url)
        if len(refused) == 1:
            route.fulfill(status=403, body="This address has expired.")
        else:
            route.fallback()

    page.route("**/seg_00002.m4s", refuse_once)
    screen = open_screen(page, query="?t=3")
    screen.play()
    screen.note("pause", "emptied", "seeking")  # a wait for the next piece is no fault of the player where the machine is slow

    screen.wait("video.currentTime >= 9.5")

    assert screen.noted == []
    assert len(asked) >= 2
    assert 403 in answers
    assert refused[0] != refused[1]
    expect(screen.notice).to_be_hidden()
    expect(screen.status).to_have_text("")


def test_a_paused_player_asks_for_another_address_when_it_goes_on(open_screen, new_page, addresses_last, monkeypatch):
    monkeypatch.setattr("streaming.selectors.player.LONGEST_S", -60)
    addresses_last(2)
    screen = open_screen(small_buffer(new_page))
    screen.page.wait_for_timeout(2_500)

    screen.video("video.currentTime = 16")
    screen.play_for(1)

    expect(screen.notice).to_be_hidden()


def test_a_revoked_grant_stops_the_open_player_and_takes_the_film(open_screen, lesson_grant):
    screen = open_screen()
    screen.play_for(1)
    screen.play()
    revoke_grants(subject=lesson_grant.subject, reason="The order was refunded.")

    screen.page.evaluate("window.dispatchEvent(new Event('online'))")  # the next beat, without ten seconds of waiting
    expect(screen.notice.get_by_text("The order was refunded.")).to_be_visible()

    screen.wait("video.paused && video.readyState === 0 && video.buffered.length === 0")
    expect(screen.page.get_by_role("button", name="Play here instead")).to_be_hidden()


def test_out_of_sight_it_pauses_says_why_and_reports_at_once(open_screen):
    screen = open_screen()
    screen.open_session()
    screen.play()

    answer = screen.beat_after(lambda: screen.page.evaluate(HIDE))

    assert answer["covered_ms"] > 0
    expect(screen.status).to_contain_text("Paused, because time out of sight")


def test_a_browser_with_hls_of_its_own_plays_by_cookie(open_screen, new_page, addresses_last):
    """As on an iPhone: without hls.js the browser asks for the files itself, under one address, with a pass that is renewed."""
    addresses_last(4)
    page = new_page()
    page.route("**/hls.min.js", lambda route: route.abort())
    renewed = []
    page.on("response", lambda response: renewed.append(response) if "/address?native=true" in response.url else None)
    screen = open_screen(page)
    assert screen.video("window.Hls === undefined && video.canPlayType('application/vnd.apple.mpegurl') !== ''")
    screen.play()
    screen.wait("video.currentSrc.includes('/v/native/') && !video.paused && video.currentTime > 0.5")
    before, at = screen.video("[video.currentSrc, video.currentTime]")
    screen.note("pause", "emptied")

    screen.wait(f"video.currentTime >= {at} + 5")

    assert screen.noted == []
    wait_until(screen.page, lambda: renewed)
    assert "HttpOnly" in renewed[0].all_headers()["set-cookie"]
    assert screen.video("video.currentSrc") == before
    assert screen.beat_after(lambda: screen.video("video.pause()"))["covered_ms"] >= 4_500  # all since the session was open, at least

    screen.note("emptied")
    screen.video("video.dispatchEvent(new Event('error'))")
    screen.wait("window.noted.length && video.readyState >= 2 && video.currentTime > 4.5")
    expect(screen.notice).to_be_hidden()


def test_a_film_that_grows_is_loaded_again_at_the_same_second(open_screen, lesson_film, lesson_grant):
    lowest = next(iter(RUNGS))
    store().put_bytes(f"{lesson_film.prefix}/master.m3u8", master(lowest).encode(), "text/plain")
    VideoAsset.objects.filter(pk=lesson_film.pk).update(state=VideoAsset.State.PROCESSING)
    screen = open_screen(query="?t=2")
    expect(screen.page.locator("[data-player-quality] option:not(:first-child)")).to_have_text(["90p"])
    screen.open_session()
    screen.page.locator("[data-player-slow='0.5']").click()  # the film lasts until a slow machine has noticed
    screen.play()
    screen.note("pause", "ended")
    screen.page.evaluate(NOTE_LEAP)

    store().put_bytes(f"{lesson_film.prefix}/master.m3u8", master(*RUNGS).encode(), "text/plain")
    VideoAsset.objects.filter(pk=lesson_film.pk).update(edition=lesson_film.edition + 1, state=VideoAsset.State.READY)
    screen.page.wait_for_function("() => document.querySelectorAll('[data-player-quality] option').length === 3")
    screen.wait("window.leap !== undefined && !video.paused && video.currentTime > 3")
    at = screen.video("video.currentTime")
    screen.wait(f"!video.paused && video.currentTime > {at} + 1")
    assert screen.noted == []
    assert abs(screen.page.evaluate("window.leap")) < 2
    screen.beat_after(lambda: screen.video("video.pause()"))
    assert sum(end - start for start, end in evidence().covered) >= at * 1000 - 3_000
    assert evidence().covered[0][0] <= 3_000
    expect(screen.page.locator(".player__still")).to_have_count(0)
