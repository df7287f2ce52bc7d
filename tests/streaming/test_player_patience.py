"""The player when little moves: a screen that would sleep, data that is dear, a line that hangs, a film that is still being made."""

import re

import pytest
from playwright.sync_api import expect

from streaming.models import VideoAsset
from streaming.stores import store
from tests.fixtures.film import RUNGS, master
from tests.fixtures.player import HIDE, SKIP, SMALL_BUFFER

LOCKS = """window.locks = [];
Object.defineProperty(navigator, "wakeLock", {value: {request: async kind => {
  const lock = {kind, released: false, release: async () => { lock.released = true; }};
  window.locks.push(lock);
  return lock;
}}});"""
# However slowly a crowded machine hands out the pieces, the biggest picture that is allowed is asked for.
LIKES_BIG = "window.hlsMore = {abrBandWidthFactor: 1000, abrBandWidthUpFactor: 1000};"
# hls.js does not lose patience by itself, which a crowded machine would give it time for.
LETS_HANG = "window.hlsPatienceMs = 600_000;"
SAVES_DATA = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}});"


def test_the_screen_stays_awake_while_the_film_plays(open_screen, new_page):
    page = new_page()
    page.add_init_script(LOCKS)
    screen = open_screen(page)
    held = "window.locks.map(lock => `${lock.kind} ${lock.released ? 'let go' : 'held'}`).join()"
    assert page.evaluate(held) == ""

    screen.play()
    screen.wait(f"{held} === 'screen held'")
    screen.video("video.pause()")
    screen.wait(f"{held} === 'screen let go'")
    screen.video("video.play()")
    screen.wait(f"{held} === 'screen let go,screen held'")
    page.evaluate(HIDE)

    screen.wait(f"{held} === 'screen let go,screen let go'")


def test_where_data_is_dear_nothing_loads_before_play_and_no_big_picture_after(open_screen, new_page, lesson_film):
    """The browser says so by itself (Save-Data); the switch takes it back."""
    big = master(*RUNGS).replace("320x180", "854x480")
    store().put_bytes(f"{lesson_film.prefix}/master.m3u8", big.encode(), "text/plain")
    page = new_page()
    page.add_init_script(SAVES_DATA + SMALL_BUFFER + LIKES_BIG)
    segments = []
    page.on("request", lambda request: segments.append(request.url) if request.url.endswith((".m4s", "init.mp4")) else None)
    screen = open_screen(page, loads=False)
    expect(page.locator("[data-player-quality] option")).to_have_count(3)
    assert segments == []

    screen.play()
    screen.wait("video.buffered.length && video.buffered.end(0) > 7")
    assert any("/90/" in url for url in segments)
    assert not any("/180/" in url for url in segments)

    page.get_by_text("More", exact=True).click()
    page.get_by_label("Use little data").uncheck()
    with page.expect_request(lambda request: "/180/seg_" in request.url):
        screen.video("video.currentTime = 16")


def test_a_request_that_hangs_is_asked_again(open_screen, new_page):
    page = new_page()
    page.add_init_script(SMALL_BUFFER + LETS_HANG + SKIP)
    asked = []
    page.route(re.compile(r"/90/seg_00002\.m4s$"), lambda route: route.fallback() if asked.append(route.request.url) or len(asked) > 1 else None)
    screen = open_screen(page, query="?t=6")
    page.locator("[data-player-quality]").select_option("90")
    screen.play()
    screen.wait("video.readyState < 3 && video.currentTime > 7")
    at = screen.video("video.currentTime")
    assert len(asked) == 1
    screen.hear()

    screen.wait("window.skip(1_000) && window.said.includes('The video does not arrive. It goes on by itself when the connection is back.')")

    screen.wait(f"!video.paused && video.currentTime > {at} + 1")
    assert len(asked) == 2
    expect(screen.status).to_have_text("")


def test_a_picture_that_froze_over_good_data_is_set_up_anew(open_screen, new_page):
    page = new_page()
    page.add_init_script(SKIP)
    screen = open_screen(page)
    screen.play()
    screen.page.evaluate("""() => {
      const video = document.querySelector("video");
      const at = video.currentTime;
      Object.defineProperty(video, "currentTime", {get: () => at, set: () => {}, configurable: true});
      video.addEventListener("emptied", () => { window.wasEmptied = true; delete video.currentTime; }, {once: true});
    }""")

    screen.wait("window.skip(1_000) && window.wasEmptied")

    screen.wait("!video.paused && video.readyState >= 3 && video.currentTime > 1")
    expect(screen.status).to_have_text("")


def test_a_line_that_was_gone_for_longer_than_counts_is_told(open_screen, new_page):
    page = new_page()
    page.add_init_script(SKIP)
    screen = open_screen(page)
    screen.open_session()
    screen.play_for(1)
    screen.page.context.set_offline(True)
    page.evaluate("window.skip(61_000)")
    screen.play()
    screen.video("video.pause()")

    expect(screen.status).to_contain_text("The connection has been gone for longer than can be counted.")
    screen.beat_after(lambda: screen.page.context.set_offline(False))
    expect(screen.status).to_have_text("")


@pytest.fixture
def grow(lesson_film, small_hls):
    """`grow(2)`: the film as it is when two segments of its smallest picture are made; `grow(6)` is all there is."""
    lowest = next(iter(RUNGS))
    whole = {name: (small_hls / name / "index.m3u8").read_text() for name in (lowest, "audio")}
    store().put_bytes(f"{lesson_film.prefix}/master.m3u8", master(lowest).encode(), "text/plain")
    VideoAsset.objects.filter(pk=lesson_film.pk).update(state=VideoAsset.State.PROCESSING)

    def to(segments: int) -> None:
        for name, text in whole.items():
            if segments < 6:
                head = text.replace("TYPE:VOD", "TYPE:EVENT").partition("#EXTINF:")[0]
                text = head + "".join(f"#EXTINF:{part}" for part in text.removesuffix("#EXT-X-ENDLIST\n").split("#EXTINF:")[1 : segments + 1])
            store().put_bytes(f"{lesson_film.prefix}/{name}/index.m3u8", text.encode(), "text/plain")

    to(2)
    return to


def test_a_film_that_is_being_made_waits_at_its_end_and_plays_on(open_screen, grow):
    screen = open_screen(query="?t=6.5")
    screen.wait("Math.round(video.duration) === 8")
    screen.play()
    screen.note("pause", "ended", "emptied")
    screen.wait("video.currentTime > 7.5 && video.readyState < 3")

    grow(3)
    screen.wait("video.currentTime > 8.5")
    grow(6)
    screen.wait("Math.round(video.duration) === 24")
    assert screen.noted == []
    expect(screen.status).to_have_text("")

    screen.video("video.currentTime = 23")
    screen.wait("video.ended")
