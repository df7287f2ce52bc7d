"""What the player offers for learning with the hands: keys, repeat, mirror, slow motion, words, pictures on the bar, memory."""

import re
from io import BytesIO

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

from tests.factories.accounts import UserFactory
from tests.fixtures.browser import wait_until
from tests.fixtures.player import Screen

KEYS_THAT_MOVE = [("j", 2), ("l", 12), ("ArrowLeft", 7), ("ArrowRight", 12), ("5", 12), ("0", 0), ("n", 12), ("b", 0), ("3", 7.2), (".", 7.3), (",", 7.2)]
SHOWING = "[...video.textTracks].some(track => track.language === '{}' && track.mode === 'showing')"


def test_the_keyboard_does_everything(open_screen):
    screen = open_screen()
    screen.focus()

    screen.press("k")
    screen.wait("!video.paused")
    screen.press("Space")
    screen.wait("video.paused")
    screen.video("video.currentTime = 12")
    for key, position in KEYS_THAT_MOVE:
        screen.press(key)
        screen.wait(f"Math.abs(video.currentTime - {position}) < 0.05")
    screen.press("End")
    screen.wait("video.currentTime > 23.5")
    screen.press("Home", "m")
    screen.wait("video.muted && video.currentTime === 0")
    screen.press("ArrowDown", "ArrowUp")
    screen.wait("!video.muted && video.volume === 1")
    screen.press("<", "s")
    screen.wait("video.playbackRate === 0.5")
    screen.press("s", ">")
    screen.wait("video.playbackRate === 1.25")
    screen.press("x")
    screen.wait("getComputedStyle(video).transform.startsWith('matrix(-1')")
    screen.press("c")
    screen.wait("[...video.textTracks].some(track => track.language === 'en' && track.mode === 'showing')")
    screen.press("c")
    screen.wait("![...video.textTracks].some(track => track.mode === 'showing')")
    screen.press("f")
    screen.page.wait_for_function("() => document.fullscreenElement?.matches('[data-player-stage]')")
    expect(screen.page.locator("media-fullscreen-button")).to_have_attribute("mediaisfullscreen", "")  # else the key would ask for it again
    screen.press("f")
    screen.page.wait_for_function("() => document.fullscreenElement === null")
    screen.press("t")
    expect(screen.page.get_by_label("Search in it")).to_be_focused()
    screen.page.get_by_role("button", name="0:12 Release it").focus()
    screen.press("Enter")
    screen.wait("!video.paused && video.currentTime >= 12")


def test_single_keys_work_in_the_player_alone_and_can_be_switched_off(open_screen):
    screen = open_screen()
    screen.press("k", "m")  # the focus is on the page
    screen.focus()
    screen.press("?")
    dialog = screen.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    listed = {name for name in dialog.locator("kbd").all_inner_texts() if len(name) == 1 and name.isalpha()}
    screen.press("Escape")
    expect(dialog).to_be_hidden()
    assert listed == set("KJLBNSXMCTPF")

    screen.page.get_by_text("More", exact=True).click()
    screen.page.get_by_label("Keyboard shortcuts").uncheck()
    screen.focus()
    screen.press("k", "m", "?")

    assert screen.video("[video.paused, video.muted]") == [True, False]
    expect(dialog).to_be_hidden()


# Where a part lies on its rail and how long it is, both as shares of the rail, looked up at one moment.
SHARE = """band => {
  const [rail, part] = [band.parentNode, band].map(one => one.getBoundingClientRect());
  return [(part.x - rail.x) / rail.width, part.width / rail.width];
}"""
# `window.sought`: the moments the film is sent to from now on.
NOTE_SEEKS = """() => {
  window.sought = [];
  const video = document.querySelector("video");
  video.addEventListener("seeking", () => window.sought.push(video.currentTime));
}"""


def test_a_part_is_repeated_between_two_moments(open_screen):
    screen = open_screen()
    page = screen.page
    screen.focus()
    screen.seek(6)
    screen.open_session()
    screen.press("[")
    screen.seek(7.2)
    page.get_by_role("button", name="To here").click()
    expect(screen.status).to_have_text("Repeats from 0:06 to 0:07")
    band = page.locator("[data-player-loop]")
    expect(band).to_be_visible()
    assert band.evaluate(SHARE) == [pytest.approx(6 / 24, abs=0.01), pytest.approx(1.2 / 24, abs=0.01)]
    screen.seek(6.5)
    page.evaluate(NOTE_SEEKS)

    screen.play()
    page.wait_for_function("() => window.sought.length >= 3")
    assert page.evaluate("window.sought") == pytest.approx([6] * page.evaluate("window.sought.length"), abs=0.1)
    screen.press("\\")
    expect(band).to_be_hidden()
    screen.wait("video.currentTime > 8")

    covered = screen.beat_after(lambda: screen.video("video.pause()"))["covered_ms"]
    assert covered <= screen.video("video.currentTime - 6") * 1000 + 500  # each second once, however often it was played


def test_a_part_is_repeated_though_the_page_was_busy_at_its_end(open_screen):
    screen = open_screen()
    screen.focus()
    screen.seek(1)
    screen.press("[")
    screen.seek(2)
    screen.press("]")
    screen.seek(1.2)
    screen.note("ended")
    screen.page.evaluate(NOTE_SEEKS)

    screen.page.evaluate("async () => { await document.querySelector('video').play(); for (const end = performance.now() + 3000; performance.now() < end;); }")

    screen.page.wait_for_function("() => window.sought.length")
    screen.video("video.pause()")
    assert screen.page.evaluate("window.sought[0]") == pytest.approx(1, abs=0.1)
    assert screen.noted == []


def test_who_leaves_a_repeated_part_by_the_bar_stays_outside(open_screen):
    screen = open_screen()
    screen.focus()
    screen.seek(1)
    screen.press("[")
    screen.seek(2)
    screen.press("]")
    screen.seek(2.5)
    screen.page.evaluate(NOTE_SEEKS)

    screen.play_for(1)

    assert screen.page.evaluate("window.sought") == []


def test_the_picture_switches_to_another_rung(open_screen):
    screen = open_screen(query="?t=3.5")
    quality = screen.page.locator("[data-player-quality]")
    expect(quality.locator("option:not(:first-child)")).to_have_text(["180p", "90p"])
    quality.select_option("90")
    screen.play()
    screen.wait("video.videoHeight === 90")

    quality.select_option("180")

    screen.wait("video.videoHeight === 180 && !video.paused")


LEFT_WORDS = """() => {
    const track = document.querySelector("video").addTextTrack("captions");
    track.addCue(Object.assign(new VTTCue(0, 60, "Left"), { line: -4, align: "start", position: 0, size: 30 }));
    track.mode = "showing";
}"""


def test_captions_of_a_mirrored_picture_stay_readable(open_screen):
    screen = open_screen()
    screen.page.get_by_role("button", name="Mirror").click()
    screen.page.locator("[data-player-status]").evaluate("status => { status.textContent = ''; }")
    screen.seek(4)  # before that the poster hides all captions
    screen.wait("video.getVideoPlaybackQuality().totalVideoFrames > 0")
    before = at_rest(screen)

    screen.page.evaluate(LEFT_WORDS)
    after = at_rest(screen, other_than=before)

    words = ImageChops.difference(before, after).getbbox()
    assert words[2] < before.width / 2


def at_rest(screen, other_than=None):
    """The picture above the bar once two looks at it are the same, and no more the `other_than`."""
    shots = [None]

    def look():
        shot = Image.open(BytesIO(screen.page.locator("video").screenshot(animations="disabled"))).convert("L")
        shots.append(shot.crop((0, 0, shot.width, shot.height * 4 // 5)))
        return shots[-1] == shots[-2] and shots[-1] != other_than

    wait_until(screen.page, look)
    return shots[-1]


def test_what_a_person_likes_is_kept_for_them_alone(open_screen, live_site, sign_in, lesson_film):
    screen = open_screen()
    page = screen.page
    page.get_by_role("button", name="Mirror").click()
    page.locator("[data-player-speed]").select_option("1.5")
    page.locator("[data-player-captions]").select_option("es")
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Caption size").select_option("large")
    page.get_by_label("Caption place").select_option("top")
    page.get_by_label("Use little data").check()
    screen.seek(9)
    page.reload()
    assert screen.video("video.readyState") == 0  # with little data nothing is loaded before the film is played
    page.evaluate(NOTE_SEEKS)
    screen.play()

    screen.wait("video.playbackRate === 1.5")
    expect(page.get_by_role("button", name="Mirror")).to_have_attribute("aria-pressed", "true")
    screen.wait("[...video.textTracks].some(track => track.language === 'es' && track.mode === 'showing' && track.cues?.[0].line === 0)")
    expect(page.locator("[data-player]")).to_have_attribute("data-caption-size", "large")
    assert page.evaluate("window.sought[0]") == pytest.approx(9, abs=0.1)

    sign_in(page, UserFactory(), live_site)
    other = Screen(page, f"{live_site}/try/preview/{lesson_film.pk}/")
    assert other.video("[video.playbackRate, video.currentTime]") == [1, 0]


def test_captions_marked_to_be_shown_first_are_until_the_person_chooses(open_screen, lesson_film):
    lesson_film.captions.filter(language="es").update(is_default=True)
    screen = open_screen()
    screen.wait(SHOWING.format("es"))
    lesson_film.captions.update(is_default=False)
    lesson_film.captions.filter(language="en").update(is_default=True)
    screen.page.reload()
    screen.wait(SHOWING.format("en"))  # what was shown first was no choice

    screen.focus()
    screen.press("c")
    screen.wait("![...video.textTracks].some(track => track.mode === 'showing')")
    asked = []
    screen.page.on("request", lambda request: asked.append(request.url))
    screen.page.reload()
    screen.wait("video.readyState >= 2")

    assert not [url for url in asked if "/captions/" in url]
    assert screen.video("[...video.textTracks].every(track => track.mode !== 'showing')")


def test_the_transcript_is_searched_follows_and_leads_to_a_moment(open_screen):
    screen = open_screen(query="?t=7")
    page = screen.page
    screen.wait("Math.abs(video.currentTime - 7) < 0.1")
    page.get_by_text("Transcript", exact=True).click()
    lines = page.locator("[data-transcript-list] button")
    expect(lines).to_have_count(3)
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")

    page.get_by_label("Search in it").fill("MUSCLE")
    expect(page.locator("[data-transcript-count]")).to_have_text("Found: 1")
    page.get_by_label("Search in it").press("Tab")
    screen.press("Enter")
    screen.wait("!video.paused && video.currentTime >= 12")
    page.locator("[data-player-captions]").select_option("es")

    expect(page.locator("[data-transcript-list]")).to_contain_text("Hunde despacio.")
    expect(lines.filter(has_text="Hunde")).to_have_attribute("aria-current", "true")


def test_the_bar_shows_pictures_and_chapters_of_the_place_under_the_pointer(open_screen):
    screen = open_screen()
    bar = screen.page.locator("media-time-range")

    bar.hover(position={"x": 5, "y": 10})
    screen.wait("[...video.textTracks].some(track => track.label === 'thumbnails' && track.cues?.[0]?.text)")
    bar.hover(position={"x": bar.evaluate("bar => bar.clientWidth * 0.6"), "y": 10})

    expect(bar).to_have_attribute("mediapreviewimage", re.compile(r"/storyboard/000\.jpg#xywh=480,0,160,90$"))
    expect(bar).to_have_attribute("mediapreviewchapter", "Release it")
    screen.page.wait_for_function(
        "() => document.querySelector('media-time-range').shadowRoot.querySelector('media-preview-thumbnail').shadowRoot.querySelector('img').naturalWidth > 0"
    )


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible_and_fits_and_nothing_moves(open_screen, axe, width):
    screen = open_screen(width=width)
    shifts = screen.page.evaluate("""() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
      .observe({type: "layout-shift", buffered: true}) || setTimeout(() => done(0), 300))""")
    screen.page.get_by_text("Transcript", exact=True).click()
    screen.page.get_by_text("More", exact=True).click()
    screen.focus()
    screen.press("[")
    screen.play_for(1)
    expect(screen.page.locator("[data-transcript-list] button")).to_have_count(3)

    assert axe(screen.page) == []
    assert shifts < 0.02
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = screen.page.evaluate("""() => [...document.querySelectorAll('.player button, .player select, .player summary')]
      .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.outerHTML.slice(0, 80))""")
    assert small == []


def test_the_viewer_is_named_on_the_picture_and_cannot_be_wiped_off(open_screen, lesson_film):
    type(lesson_film).objects.filter(pk=lesson_film.pk).update(has_viewer_mark=True)
    screen = open_screen(reduced_motion="reduce")
    mark = screen.page.locator(".player__mark")
    expect(mark).to_have_attribute("aria-hidden", "true")
    name = mark.inner_text()
    assert screen.page.evaluate("getComputedStyle(document.querySelector('.player__mark')).transitionDuration") == "0s"

    screen.page.evaluate("() => document.querySelector('.player__mark').remove()")
    expect(mark).to_have_text(name)
    screen.page.evaluate("() => { const mark = document.querySelector('.player__mark'); mark.style.opacity = 0; mark.textContent = 'nobody'; }")
    expect(mark).to_have_text(name)
    assert float(screen.page.evaluate("getComputedStyle(document.querySelector('.player__mark')).opacity")) > 0.2

    screen.play()
    expect(mark).to_have_text(re.compile(re.escape(name) + r" · \d+"))  # now with the session's number
    screen.focus()
    screen.press("f")
    screen.page.wait_for_function("() => document.fullscreenElement?.contains(document.querySelector('.player__mark'))")
    expect(screen.page.locator("media-pip-button")).to_have_count(0)
    assert screen.video("video.disablePictureInPicture")
