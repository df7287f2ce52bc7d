"""The upload as a teacher meets it, on a folder and straight to a bucket: several files, a network that fails, a closed page."""

import re
import shutil

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from accounts.models import Role
from core.models import Job
from streaming.gathering import PIECE_BYTES
from streaming.models import UploadSession, VideoAsset
from streaming.stores import store
from tests.factories.accounts import user_with_role
from tests.factories.streaming import ReadyAssetFactory
from tests.fixtures.browser import wait_until
from tests.streaming.making import make

pytestmark = pytest.mark.django_db(transaction=True)
SLOW_MS = 90_000  # pieces that pass through the test's hands take their time on a crowded machine
PIECES = re.compile(r"/desk/video/uploads/[0-9a-f-]{36}/\?offset|uploadId=")


@pytest.fixture
def staff():
    return user_with_role(Role.STAFF)


def pad(path, length):
    """Lengthen a film by a box that players skip."""
    with path.open("ab") as file:
        file.write(length.to_bytes(4) + b"free")
        file.truncate(path.stat().st_size + length)


@pytest.fixture
def films(clip, tmp_path):
    """Two small films; the first is padded to two pieces."""
    long, short = tmp_path / "hip_flexors-1.mp4", tmp_path / "bikes.mp4"
    shutil.copyfile(clip("tiny.mp4"), long)
    pad(long, PIECE_BYTES)
    shutil.copyfile(clip("bikes.mp4"), short)
    return long, short


@pytest.fixture
def open_page(new_page, live_site, sign_in, staff):
    def open_(**options):
        page = new_page(**options)
        sign_in(page, staff, live_site)
        page.goto(f"{live_site}/desk/video/upload/")
        return page

    return open_


@pytest.fixture
def both_stores(video_store, live_site, settings, request):
    """Uploads go through the site into a folder, then straight to a bucket that lets this site's pages in."""
    if "bucket" in request.node.callspec.id:
        settings.S3_BROWSER_URL = request.getfixturevalue("s3_server").endpoint
        call_command("upload_cors", apply=True)


def is_piece(request):
    return bool(PIECES.search(request.url)) and request.method == "PUT"


def row(page, name):
    return page.get_by_role("listitem").filter(has_text=name)


def kept(asset) -> bytes:
    body = store().read(asset.original_key, 0, asset.size_bytes)
    try:
        return body.read()
    finally:
        body.close()


def test_two_files_come_in_though_the_network_fails_and_the_page_is_closed(both_stores, open_page, films, live_site):
    page = open_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url) if is_piece(request) else None)
    reached = []

    def cut_at_the_second(route):
        reached.append(route.request.url)
        if len(reached) == 2:
            page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route(PIECES, cut_at_the_second)
    page.get_by_label("Video file").set_input_files(films)
    expect(page.get_by_text("The connection is lost; what has arrived is kept.").or_(page.get_by_text("does not answer; what")).first).to_be_visible(
        timeout=SLOW_MS
    )
    page.context.set_offline(False)
    for film in films:
        expect(row(page, film.name).get_by_role("link", name="Open the video")).to_be_visible(timeout=SLOW_MS)

    assets = {asset.original_name: asset for asset in VideoAsset.objects.all()}
    for film in films:
        assert kept(assets[film.name]) == film.read_bytes()
    assert assets["hip_flexors-1.mp4"].title == "hip flexors 1"
    assert Job.objects.count() == 2
    assert all((("uploadId" in url) == ("127.0.0.1" in url and live_site not in url)) for url in requests)


def test_after_the_browser_was_closed_the_same_file_goes_on(both_stores, open_page, films, live_site):
    page = open_page()
    sent = []
    page.route(PIECES, lambda route: route.continue_() if len(sent) < 1 and not sent.append(route.request.url) else route.abort("connectionreset"))
    with page.expect_event("requestfinished", is_piece):  # the other lanes of a bucket fail before it has arrived
        page.get_by_label("Video file").set_input_files(films[0])
    expect(page.get_by_text("Trying again in").first).to_be_visible(timeout=SLOW_MS)
    page.close(run_before_unload=False)

    page = open_page()
    sent_again = []
    page.on("request", lambda request: sent_again.append(request.url) if is_piece(request) else None)
    expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_visible()
    page.get_by_label("Video file").set_input_files(films[0])
    expect(row(page, films[0].name).get_by_role("link", name="Open the video")).to_be_visible(timeout=SLOW_MS)

    assert kept(VideoAsset.objects.get()) == films[0].read_bytes()
    assert 0 < len(sent_again) < 2, "what had arrived was sent again"
    expect(page.get_by_role("heading", name="Unfinished uploads")).to_be_hidden()


def test_pause_go_on_cancel_and_a_file_that_is_here_already(open_page, films):
    pad(films[0], PIECE_BYTES)  # long enough to be paused on the way
    page = open_page()
    reached = []
    page.route(PIECES, lambda route: reached.append(route) if reached else reached.append(route) or route.continue_())  # the second piece hangs
    page.get_by_label("Video file").set_input_files(films[0])
    upload = row(page, films[0].name)
    wait_until(page, lambda: len(reached) == 2)
    upload.get_by_role("button", name="Pause hip_flexors-1.mp4").click()
    expect(upload.get_by_text("Paused.")).to_be_visible()
    expect(upload.get_by_role("button", name="Go on hip_flexors-1.mp4")).to_be_focused()
    page.unroute(PIECES)
    page.keyboard.press("Enter")
    expect(upload.get_by_role("link", name="Open the video")).to_be_visible(timeout=SLOW_MS)

    page.get_by_label("Video file").set_input_files(films[0])
    again = row(page, films[0].name).last
    expect(again.get_by_text("This file is already here as “hip flexors 1”.")).to_be_visible(timeout=SLOW_MS)
    again.get_by_role("button", name="Use that one").click()
    expect(again.get_by_text("It was here already; nothing was sent.")).to_be_visible()
    assert VideoAsset.objects.count() == 1

    page.route(PIECES, lambda route: route.abort("connectionreset"))
    page.get_by_label("Video file").set_input_files(films[1])
    expect(row(page, films[1].name).get_by_text("Trying again")).to_be_visible(timeout=SLOW_MS)
    row(page, films[1].name).get_by_role("button", name="Cancel").click()
    expect(row(page, films[1].name)).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="Cancelled")).to_be_attached(timeout=SLOW_MS)
    page.reload()
    expect(page.get_by_role("heading", name="Unfinished uploads")).to_have_count(0)


def test_a_file_that_is_chosen_before_the_module_has_come_is_taken_and_one_a_reload_remembers_is_not(open_page, clip):
    page, held = open_page(), []
    page.route("**/js/upload.js", lambda route: held.append(route))
    page.goto(f"{page.url}?early", wait_until="commit")
    page.get_by_label("Video file").set_input_files(clip("tiny.mp4"))

    wait_until(page, lambda: held)
    held[0].continue_()
    expect(row(page, "tiny.mp4").get_by_role("link", name="Open the video")).to_be_visible(timeout=SLOW_MS)

    page.unroute("**/js/upload.js")
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="tiny.mp4")).to_have_count(0)


def test_what_is_no_video_is_refused_in_its_row_and_drops_are_taken(open_page, tmp_path):
    page = open_page()
    data = page.evaluate_handle(
        "() => { const data = new DataTransfer(); for (const name of ['notes.mp4', 'empty.mov'])"
        " data.items.add(new File([name === 'notes.mp4' ? 'not a film '.repeat(500) : ''], name)); return data; }"
    )
    page.dispatch_event("[data-upload]", "drop", {"dataTransfer": data})

    expect(row(page, "notes.mp4").get_by_text("This is not a video file we can read.")).to_be_visible()
    expect(row(page, "empty.mov").get_by_text("is empty (0 bytes)")).to_be_visible()
    assert not VideoAsset.objects.exists()
    row(page, "notes.mp4").get_by_role("button", name="Remove from the list").click()
    expect(row(page, "notes.mp4")).to_have_count(0)


def test_a_film_uploaded_in_the_browser_plays_there(open_page, clip):
    page = open_page()
    page.get_by_label("Video file").set_input_files(clip("tiny.mp4"))
    page.get_by_role("link", name="Open the video").click(timeout=SLOW_MS)
    expect(page.get_by_role("heading", name="Being prepared")).to_be_visible()
    asset = VideoAsset.objects.get()
    make(asset)
    expect(page.locator("[data-player]")).to_be_visible()  # the waiting page found out by itself
    video = page.locator("video")
    wait_until(page, lambda: video.evaluate("video => video.readyState") >= 1)
    assert video.evaluate("video => video.duration") == pytest.approx(1.2, abs=0.1)


def test_the_plain_form_stays_without_javascript(open_page, clip):
    page = open_page(java_script_enabled=False)
    page.get_by_label("Title").fill("Hip")
    page.get_by_label("Video file").set_input_files(clip("tiny.mp4"))
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("heading", level=1, name="Hip")).to_be_visible()


@pytest.mark.parametrize("state", ["list", "upload", "uploading", "waiting", "failed", "ready", "delete"])
def test_the_desk_is_accessible_and_fits_a_phone(open_page, live_site, staff, axe, state, films):
    waiting = ReadyAssetFactory(state="processing", release="")
    failed = ReadyAssetFactory(state="failed", release="", error="The file is cut off.")
    ready = ReadyAssetFactory()
    UploadSession.objects.create(
        asset=ReadyAssetFactory(state="uploading", release="", uploaded_by=staff, original_name="a_very_long_file_name_of_a_camera" * 3), size_bytes=5_000_000
    )
    paths = {
        "list": "",
        "upload": "upload/",
        "uploading": "upload/",
        "waiting": f"{waiting.uuid}/",
        "failed": f"{failed.uuid}/",
        "ready": f"{ready.uuid}/",
        "delete": f"{ready.uuid}/delete/",
    }
    page = open_page(width=390, bypass_csp=True)
    page.goto(f"{live_site}/desk/video/{paths[state]}")
    if state == "uploading":
        page.route(PIECES, lambda route: route.abort("connectionreset"))
        page.get_by_label("Video file").set_input_files(films)
        expect(page.get_by_text("Trying again").first).to_be_visible(timeout=SLOW_MS)

    expect(page.locator("h1")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe(page) == []
