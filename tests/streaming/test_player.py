"""The player in a real browser: plays, is credited, resumes, stops."""

from decimal import Decimal

import pytest

from streaming.models import Caption, Chapter, PlaybackSession, WatchEvidence
from streaming.selectors import player_context
from streaming.services import issue_grant, revoke_grants, save_caption
from tests.factories.accounts import UserFactory


@pytest.fixture
def asset(small_film):
    asset = small_film("Hamstring release")
    words = "WEBVTT\n\n00:00.000 --> 00:20.000\nPlace your hand here.\n"
    save_caption(asset=asset, language="en", label="English", data=words.encode())
    Chapter.objects.bulk_create([Chapter(asset=asset, start_ms=0, title="Find the muscle"), Chapter(asset=asset, start_ms=12_000, title="Release it")])
    return asset


class Screen:
    """A person's tab with the player of one grant."""

    def __init__(self, page, address):
        self.page = page
        page.goto(address)
        self.wait("video.readyState >= 2")

    def wait(self, condition, limit_s=15):
        self.page.wait_for_function(f"() => {{ const video = document.querySelector('video'); return {condition}; }}", timeout=limit_s * 1000)

    def video(self, expression):
        return self.page.evaluate(f"() => {{ const video = document.querySelector('video'); return {expression}; }}")

    def beat_after(self, act):
        """Do `act`, and wait for the answer to the next beat."""
        with self.page.expect_response(lambda response: response.url.endswith("/beats")) as caught:
            act()
        answer = caught.value
        self.page.wait_for_timeout(50)  # let the page hear it too
        return answer.json()

    def play_for(self, seconds):
        """Play until the media has moved on by `seconds`, then pause; the answer to the beat of the pause."""
        start = self.video("video.currentTime")
        self.video("video.play()")
        self.wait(f"video.currentTime >= {start + seconds}")
        return self.beat_after(lambda: self.video("video.pause()"))

    @property
    def notice(self):
        return self.page.locator(".player__notice")

    @property
    def summary(self):
        return self.page.locator("[data-player-summary]").inner_text()


@pytest.fixture
def grant(asset):
    return issue_grant(user=UserFactory(), asset=asset, subject="attempt:81:lesson:12")


@pytest.fixture
def open_screen(live_site, settings, sign_in, grant, new_page):
    settings.ROOT_URLCONF = "tests.streaming.player_site"

    def open_one(page=None, **options):
        page = page or new_page(**options)
        sign_in(page, grant.user, live_site)
        return Screen(page, f"{live_site}/try/{grant.pk}/")

    return open_one


def evidence():
    return WatchEvidence.objects.get()


def test_it_plays_counts_and_resumes_at_the_same_second(open_screen):
    screen = open_screen()
    assert screen.summary == "0 % counted, 95 % needed"

    answer = screen.play_for(4)

    assert answer["message"] == ""
    assert [start for start, _end in evidence().covered] == [0]
    assert 3_800 <= answer["covered_ms"] <= 5_500
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
    screen.wait("video.currentTime >= 3")

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
    screen.play_for(3)
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
    screen.page.locator("[data-player-speed]").select_option("2")
    answers = []
    screen.page.on("response", lambda response: answers.append(response) if response.url.endswith("/beats") else None)

    screen.beat_after(lambda: (screen.video("video.play()"), screen.wait("video.ended", 30)))
    screen.page.wait_for_function("() => document.querySelector('[data-player-summary]').textContent.startsWith('All')")

    assert evidence().covered == [(0, 24_000)]
    assert screen.page.locator(".player__stretch").count() == 0


def test_a_speed_above_the_cap_is_said_not_to_count(open_screen, grant):
    type(grant).objects.update(rate_cap=Decimal("1.5"))
    screen = open_screen()

    screen.page.locator("[data-player-speed]").select_option("2")
    screen.page.wait_for_timeout(100)

    assert screen.page.locator("[data-player-status]").inner_text() == ("Faster than 1.5× you see everything, but only 1.5× counts; the rest stays to watch.")


FORGE = """async ([grant, csrf]) => {
  const post = async (url, body) => (await fetch(url, {method: "POST", headers: {"content-type": "application/json", "x-csrftoken": csrf},
    body: JSON.stringify(body)})).json();
  const session = await post("/api/v1/streaming/sessions", {grant});
  return post(session.beats, {key: session.key, seq: 1, ranges: [[0, 24000]], position_ms: 24000, rate: 1, visible: true});
}"""


def test_i_watched_all_of_it_is_credited_seconds_and_the_open_player_told(open_screen, grant):
    screen = open_screen()
    csrf = screen.page.locator("[data-player]").get_attribute("data-csrf")

    answer = screen.page.evaluate(FORGE, [grant.pk, csrf])

    assert answer["credited_ms"] <= 6_000
    assert answer["message"].startswith("You claimed 24 s; ")
    assert sum(end - start for start, end in evidence().covered) == answer["credited_ms"]


def test_a_revoked_grant_stops_the_open_player_with_its_reason(open_screen, grant):
    screen = open_screen()
    screen.play_for(1)
    screen.video("video.play()")
    screen.wait("!video.paused")
    revoke_grants(subject=grant.subject, reason="The order was refunded.")

    screen.notice.get_by_text("The order was refunded.").wait_for(timeout=15_000)  # by the beat that was due anyway

    assert screen.video("video.paused")
    screen.video("video.play()")
    screen.wait("video.paused")
    assert not screen.page.get_by_role("button", name="Play here instead").is_visible()


def test_the_newer_tab_counts_and_the_older_can_take_over(open_screen, grant):
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


def test_an_address_that_ended_is_renewed_without_a_word(open_screen, monkeypatch):
    monkeypatch.setattr("streaming.selectors.player.SHORTEST_ADDRESS_S", -60)
    monkeypatch.setattr("streaming.api.sessions.ADDRESS_TTL_S", 5)
    screen = open_screen()

    screen.page.wait_for_timeout(5_000)
    screen.video("video.currentTime = 16")
    screen.play_for(1)

    assert screen.notice.is_hidden()
    assert screen.video("video.textTracks.length") == 1


def test_what_is_watched_without_a_connection_counts_once_it_is_back(open_screen):
    screen = open_screen()
    screen.play_for(1)
    screen.page.context.set_offline(True)
    screen.video("video.play()")
    screen.wait("video.currentTime >= 4")
    screen.video("video.pause()")
    screen.page.get_by_text("The connection is gone.").wait_for()
    assert evidence().covered[0][1] < 2_500

    screen.beat_after(lambda: screen.page.context.set_offline(False))

    assert len(evidence().covered) == 1
    assert evidence().covered[0][1] >= 3_900
    assert screen.page.locator("[data-player-status]").inner_text() == ""


HIDE = """() => {
  Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_out_of_sight_it_pauses_and_says_why(open_screen):
    screen = open_screen()
    screen.video("video.play()")
    screen.wait("video.currentTime >= 1")

    screen.page.evaluate(HIDE)
    screen.wait("video.paused")

    assert screen.page.locator("[data-player-status]").inner_text().startswith("Paused, because time out of sight")


def test_the_keyboard_does_everything(open_screen):
    screen = open_screen()
    press = screen.page.keyboard.press

    press("k")
    screen.wait("!video.paused")
    press("Space")
    screen.wait("video.paused")
    screen.video("video.currentTime = 12")
    for key, position in [("j", 2), ("l", 12), ("ArrowLeft", 7), ("ArrowRight", 12)]:
        press(key)
        screen.wait(f"Math.abs(video.currentTime - {position}) < 0.2")
    press("m")
    screen.wait("video.muted")
    press("c")
    screen.wait("video.textTracks[0].mode === 'showing'")
    assert screen.page.locator("[data-player-captions]").input_value() == "en"
    press("c")
    screen.wait("video.textTracks[0].mode === 'disabled'")
    press("f")
    screen.page.wait_for_function("() => document.fullscreenElement !== null")
    press("f")
    screen.page.wait_for_function("() => document.fullscreenElement === null")
    screen.page.get_by_role("button", name="0:12 Release it").focus()
    press("Enter")
    screen.wait("!video.paused && video.currentTime >= 12")


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible_and_fits(open_screen, axe, width):
    screen = open_screen(width=width)
    screen.play_for(1)

    assert axe(screen.page) == []
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_preview_reports_nothing(live_site, settings, sign_in, new_page, asset):
    settings.ROOT_URLCONF = "tests.streaming.player_site"
    page = new_page()
    sign_in(page, UserFactory(), live_site)
    screen = Screen(page, f"{live_site}/try/preview/{asset.pk}/")

    screen.video("video.play()")
    screen.wait("video.currentTime >= 1")

    assert not PlaybackSession.objects.exists()
    assert page.locator("[data-player-coverage]").count() == 0


def test_the_context_of_a_player_costs_constant_queries(grant, django_assert_num_queries):
    for n in range(3):
        Chapter.objects.create(asset=grant.asset, start_ms=1_000 + n, title="More")
        Caption.objects.create(asset=grant.asset, language=f"e{n}", label="More", vtt="WEBVTT", digest="0")
    with django_assert_num_queries(3):
        player_context(grant=grant)


def test_a_player_needs_a_grant_or_a_preview(asset):
    with pytest.raises(ValueError, match="grant"):
        player_context(asset=asset)


def test_a_browser_with_hls_of_its_own_plays_and_gets_a_new_address(open_screen, new_page):
    """As on an iPhone: without hls.js the browser reads the playlist; an address that ended is replaced at the same position."""
    page = new_page()
    page.route("**/hls.min.js", lambda route: route.abort())
    screen = open_screen(page)
    assert screen.video("window.Hls === undefined && video.canPlayType('application/vnd.apple.mpegurl') !== ''")

    answer = screen.play_for(2)
    assert answer["covered_ms"] >= 1_800
    before = screen.video("video.currentSrc")
    screen.video("video.dispatchEvent(new Event('error'))")
    screen.wait(f"video.currentSrc !== '{before}' && video.readyState >= 2 && video.currentTime > 1.5")

    assert screen.notice.is_hidden()
