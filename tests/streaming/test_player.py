"""The player in a real browser: plays, is credited, resumes."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from streaming.models import Caption, Chapter, PlaybackSession, WatchEvidence
from streaming.selectors import player_context
from tests.factories.accounts import UserFactory
from tests.fixtures.player import Screen


def evidence():
    return WatchEvidence.objects.get()


def test_it_plays_counts_and_resumes_at_the_same_second(open_screen):
    screen = open_screen()
    assert screen.summary == "0 % counted, 95 % needed"

    answer = screen.play_for(2)

    assert answer["message"] == ""
    assert [start for start, _end in evidence().covered] == [0]
    assert 1_800 <= answer["covered_ms"] <= 3_500
    assert screen.summary == f"{answer['covered_ms'] * 100 // 24_000} % counted, 95 % needed"
    at = screen.video("video.currentTime")

    screen.page.reload()
    screen.wait("video.readyState >= 2 && video.currentTime > 0")
    assert abs(screen.video("video.currentTime") - at) <= 1

    fresh = Screen(screen.page.context.new_page(), screen.page.url)
    fresh.wait("video.currentTime > 0")
    assert abs(fresh.video("video.currentTime") - at) <= 1


def test_leaving_in_the_middle_loses_nothing(open_screen):
    screen = open_screen()
    screen.video("video.play()")
    screen.wait("video.currentTime >= 1.5")

    at = screen.video("video.currentTime")
    screen.page.reload()
    screen.wait("video.readyState >= 2 && video.currentTime > 0")

    assert abs(screen.video("video.currentTime") - at) <= 1
    ((start, end),) = evidence().covered
    assert start == 0
    assert end >= at * 1000 - 300


def test_the_missing_stretches_are_buttons_that_jump_there(open_screen):
    screen = open_screen()
    screen.video("video.currentTime = 10")
    screen.play_for(1.5)
    names = screen.page.locator(".player__stretch").all_inner_texts()
    assert names[0] == "0:00–0:10"
    assert len(names) == 2

    screen.page.get_by_role("button", name="0:00–0:10, still to watch: play it").click()
    screen.wait("!video.paused && video.currentTime < 9")
    screen.wait("video.currentTime >= 1")
    screen.beat_after(lambda: screen.video("video.pause()"))

    assert len(evidence().covered) == 2
    assert evidence().covered[0][0] == 0


def test_to_the_end_at_double_speed_is_all_of_it(open_screen):
    screen = open_screen()
    screen.play_for(1)  # at the cap nothing is left for the time in which a busy machine opens the session
    WatchEvidence.objects.update(covered=[(0, 16_000)])
    screen.video("video.currentTime = 15.5")
    screen.page.locator("[data-player-speed]").select_option("2")
    answers = []
    screen.page.on("response", lambda response: answers.append(response) if response.url.endswith("/beats") else None)

    screen.beat_after(lambda: (screen.video("video.play()"), screen.wait("video.ended", 30)))
    screen.page.wait_for_function("() => document.querySelector('[data-player-summary]').textContent.startsWith('All')")

    assert evidence().covered == [(0, 24_000)]
    assert screen.page.locator(".player__stretch").count() == 0


def test_a_speed_above_the_cap_is_said_not_to_count(open_screen, lesson_grant):
    type(lesson_grant).objects.update(rate_cap=Decimal("1.5"))
    screen = open_screen()

    screen.page.locator("[data-player-speed]").select_option("2")
    screen.page.wait_for_timeout(100)

    assert screen.page.locator("[data-player-status]").inner_text() == "Faster than 1.5× you see everything, but only 1.5× counts; the rest stays to watch."


FORGE = """async ([grant, csrf]) => {
  const post = async (url, body) => (await fetch(url, {method: "POST", headers: {"content-type": "application/json", "x-csrftoken": csrf},
    body: JSON.stringify(body)})).json();
  const session = await post("/api/v1/streaming/sessions", {grant});
  return post(session.beats, {key: session.key, seq: 1, ranges: [[0, 24000]], position_ms: 24000, rate: 1, visible: true});
}"""


def test_i_watched_all_of_it_is_credited_seconds_and_the_open_player_told(open_screen, lesson_grant):
    screen = open_screen()
    csrf = screen.page.locator("[data-player]").get_attribute("data-csrf")

    answer = screen.page.evaluate(FORGE, [lesson_grant.pk, csrf])

    assert answer["credited_ms"] <= 6_000
    assert answer["message"].startswith("You claimed 24 s; ")
    assert sum(end - start for start, end in evidence().covered) == answer["credited_ms"]


def test_the_newer_tab_counts_and_the_older_can_take_over(open_screen, lesson_grant):
    older, newer = open_screen(), open_screen()
    older.play_for(1)
    newer.play_for(1)

    told = older.play_for(0.5)

    assert told["state"] == "replaced"
    assert older.notice.inner_text().startswith("Playing elsewhere.")
    older.page.get_by_role("button", name="Play here instead").click()
    older.wait("!video.paused")
    assert older.beat_after(lambda: older.video("video.pause()"))["state"] == "open"
    assert newer.play_for(0.5)["state"] == "replaced"


def test_a_preview_reports_nothing(live_site, settings, sign_in, new_page, lesson_film):
    settings.ROOT_URLCONF = "tests.streaming.player_site"
    page = new_page()
    sign_in(page, UserFactory(), live_site)
    page.add_init_script("const now = performance.now.bind(performance); performance.now = () => now() + 10_000;")  # a beat would be due
    screen = Screen(page, f"{live_site}/try/preview/{lesson_film.pk}/")

    screen.video("video.play()")
    screen.wait("video.currentTime >= 2.5")

    assert not screen.video("video.paused")
    expect(screen.notice).to_be_hidden()
    assert not PlaybackSession.objects.exists()
    assert page.locator("[data-player-coverage]").count() == 0


def test_the_context_of_a_player_costs_constant_queries(lesson_grant, django_assert_num_queries):
    for n in range(3):
        Chapter.objects.create(asset=lesson_grant.asset, start_ms=1_000 + n, title="More")
        Caption.objects.create(asset=lesson_grant.asset, language=f"e{n}", label="More", vtt="WEBVTT", digest="0")
    with django_assert_num_queries(4):
        player_context(grant=lesson_grant)


def test_a_player_needs_a_grant_or_a_preview(lesson_film):
    with pytest.raises(ValueError, match="grant"):
        player_context(asset=lesson_film)
