"""The player in a real browser: plays, is credited, resumes."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from streaming.models import Caption, Chapter, PlaybackSession, WatchEvidence
from streaming.selectors import player_context
from streaming.services.watching import SLACK_MS
from tests.factories.accounts import UserFactory
from tests.fixtures.browser import wait_until
from tests.fixtures.player import STOP_AT, Screen


def evidence():
    return WatchEvidence.objects.get()


def test_it_plays_counts_and_resumes_at_the_same_second(open_screen):
    screen = open_screen()
    expect(screen.summary).to_have_text("0 % counted, 95 % needed")
    screen.open_session()

    answer = screen.play_for(2)

    at = screen.video("video.currentTime")
    assert answer["message"] == ""
    assert [start for start, _end in evidence().covered] == [0]
    assert answer["covered_ms"] == pytest.approx(at * 1000, abs=300)
    expect(screen.summary).to_have_text(f"{answer['covered_ms'] * 100 // 24_000} % counted, 95 % needed")

    screen.page.reload()
    screen.wait(f"video.readyState >= 2 && Math.abs(video.currentTime - {at}) <= 1")

    fresh = Screen(screen.page.context.new_page(), screen.page.url)
    fresh.wait(f"Math.abs(video.currentTime - {at}) <= 1")


def test_play_that_is_pressed_before_the_module_has_come_is_counted_too(open_screen, new_page):
    page = new_page()
    held = []
    page.route("**/js/player/player.js", lambda route: held.append(route))
    page.add_init_script("addEventListener('play', () => { window.isPressed = true; }, true)")
    page.add_init_script("const every = setInterval; window.setInterval = (act, ms) => (ms === 1000 ? 0 : every(act, ms))")  # no second chance later
    screen = open_screen(page, loads=False, until="commit")
    button = page.locator("media-play-button")
    expect(button).to_have_attribute("mediapaused", "")  # the bar knows the film, the player does not yet
    button.click()
    screen.wait("window.isPressed && !video.paused")
    assert not PlaybackSession.objects.exists()

    wait_until(page, lambda: held)
    with page.expect_response(lambda response: response.url.endswith("/sessions")):
        held[0].continue_()

    screen.wait("!video.paused && video.currentTime >= 1")
    assert screen.beat_after(lambda: screen.video("video.pause()"))["covered_ms"] > 500


def test_leaving_in_the_middle_loses_nothing(open_screen):
    screen = open_screen()
    screen.open_session()
    screen.play()
    screen.wait("video.currentTime >= 1.5")
    screen.page.evaluate("addEventListener('pagehide', () => sessionStorage.setItem('left', document.querySelector('video').currentTime))")

    screen.page.reload()
    at = float(screen.page.evaluate("sessionStorage.getItem('left')"))
    screen.wait(f"video.readyState >= 2 && Math.abs(video.currentTime - {at}) <= 1")

    wait_until(screen.page, lambda: [(start, end >= at * 1000 - 300) for start, end in evidence().covered] == [(0, True)])  # it travels by itself


def test_the_missing_stretches_are_buttons_that_jump_there(open_screen):
    screen = open_screen()
    screen.seek(10)
    screen.open_session()
    screen.play_for(1.5)
    stretches = screen.page.locator(".player__stretch")
    expect(stretches).to_have_count(2)
    expect(stretches.first).to_have_text("0:00–0:10")

    screen.page.get_by_role("button", name="0:00–0:10, still to watch: play it").click()
    screen.wait("!video.paused && video.currentTime >= 1 && video.currentTime < 9")
    screen.beat_after(lambda: screen.video("video.pause()"))

    assert len(evidence().covered) == 2
    assert evidence().covered[0][0] == 0


def test_to_the_end_at_double_speed_is_all_of_it(open_screen):
    screen = open_screen()
    screen.play_for(1)  # at the cap nothing is left for the time in which a busy machine opens the session
    WatchEvidence.objects.update(covered=[(0, 16_000)])
    screen.seek(14)
    screen.page.locator("[data-player-speed]").select_option("2")
    screen.wait("video.playbackRate === 2")

    screen.play()

    expect(screen.summary).to_have_text("All of it is counted.")
    assert evidence().covered == [(0, 24_000)]
    screen.wait("video.ended")
    expect(screen.page.locator(".player__stretch")).to_have_count(0)


def test_a_speed_above_the_cap_is_said_not_to_count(open_screen, lesson_grant):
    type(lesson_grant).objects.update(rate_cap=Decimal("1.5"))
    screen = open_screen()

    screen.page.locator("[data-player-speed]").select_option("2")

    expect(screen.status).to_have_text("Faster than 1.5× you see everything, but only 1.5× counts; the rest stays to watch.")


# Answers what the server said, and how many milliseconds had passed for the page.
FORGE = """async ([grant, csrf]) => {
  const post = async (url, body) => (await fetch(url, {method: "POST", headers: {"content-type": "application/json", "x-csrftoken": csrf},
    body: JSON.stringify(body)})).json();
  const began = performance.now();
  const session = await post("/api/v1/streaming/sessions", {grant});
  const answer = await post(session.beats, {key: session.key, seq: 1, ranges: [[0, 24000]], position_ms: 24000, rate: 1, visible: true});
  return [answer, performance.now() - began];
}"""


def test_i_watched_all_of_it_is_credited_seconds_and_the_open_player_told(open_screen, lesson_grant):
    screen = open_screen()
    csrf = screen.page.locator("[data-player]").get_attribute("data-csrf")

    answer, passed_ms = screen.page.evaluate(FORGE, [lesson_grant.pk, csrf])

    assert answer["credited_ms"] <= passed_ms * float(lesson_grant.rate_cap) + SLACK_MS
    assert answer["message"].startswith("You claimed 24 s; ")
    assert sum(end - start for start, end in evidence().covered) == answer["credited_ms"]


def test_the_newer_tab_counts_and_the_older_can_take_over(open_screen, lesson_grant):
    older, newer = open_screen(), open_screen()
    older.play_for(1)
    newer.play_for(1)

    expect(learns_it_is_replaced(older)).to_be_visible()

    older.page.get_by_role("button", name="Play here instead").click()
    older.wait("!video.paused")
    assert older.beat_after(lambda: older.video("video.pause()"))["state"] == "open"
    expect(learns_it_is_replaced(newer)).to_be_visible()


def learns_it_is_replaced(screen):
    """Plays on; whichever beat is due first, that of the pause or one of a slow machine's tenth second, is told."""
    screen.page.evaluate(STOP_AT, screen.video("video.currentTime") + 0.5)
    return screen.notice.get_by_text("Playing elsewhere.")


def test_a_preview_reports_nothing(live_site, settings, sign_in, new_page, lesson_film):
    settings.ROOT_URLCONF = "tests.streaming.player_site"
    page = new_page()
    sign_in(page, UserFactory(), live_site)
    page.add_init_script("const now = performance.now.bind(performance); performance.now = () => now() + 10_000;")  # a beat would be due
    screen = Screen(page, f"{live_site}/try/preview/{lesson_film.pk}/")

    screen.play()
    screen.wait("!video.paused && video.currentTime >= 2.5")

    expect(screen.notice).to_be_hidden()
    assert not PlaybackSession.objects.exists()
    expect(page.locator("[data-player-coverage]")).to_have_count(0)


def test_the_context_of_a_player_costs_constant_queries(lesson_grant, django_assert_num_queries):
    for n in range(3):
        Chapter.objects.create(asset=lesson_grant.asset, start_ms=1_000 + n, title="More")
        Caption.objects.create(asset=lesson_grant.asset, language=f"e{n}", label="More", vtt="WEBVTT", digest="0")
    with django_assert_num_queries(4):
        player_context(grant=lesson_grant)


def test_a_player_needs_a_grant_or_a_preview(lesson_film):
    with pytest.raises(ValueError, match="grant"):
        player_context(asset=lesson_film)
