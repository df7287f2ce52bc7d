"""The upload as a teacher meets it: progress, a network that fails, the film at the end."""

import re
import time

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from core import jobs
from core.models import Job
from streaming.models import VideoAsset
from tests.factories.accounts import user_with_role
from tests.factories.streaming import ReadyAssetFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff():
    return user_with_role(Role.STAFF)


@pytest.fixture
def upload_page(page, live_site, sign_in, staff, clip):
    sign_in(page, staff, live_site)
    page.goto(f"{live_site}/desk/video/upload/")
    page.set_input_files("input[type=file]", clip("tiny.mp4"))
    return page


def test_a_film_uploaded_in_the_browser_plays_there(upload_page, live_site):
    page = upload_page
    expect(page.get_by_label("Title")).to_have_value("tiny")

    page.get_by_role("button", name="Upload").click()

    page.wait_for_url(re.compile(r"/desk/video/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("heading", name="Being prepared")).to_be_visible()
    asset = VideoAsset.objects.get()
    assert jobs.run(Job.objects.get(key=asset.job_key).pk)
    expect(page.locator("[data-player]")).to_be_visible()  # the waiting page found out by itself
    video, end = page.locator("video"), time.monotonic() + 15
    while video.evaluate("video => video.readyState") < 1:
        assert time.monotonic() < end
        page.wait_for_timeout(100)
    assert video.evaluate("video => video.duration") == pytest.approx(1.2, abs=0.1)


def test_a_network_that_fails_only_delays_the_upload(upload_page):
    page = upload_page
    failed = []

    def fail_twice(route):
        if route.request.method == "PUT" and len(failed) < 2:
            failed.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/desk/video/uploads/**", fail_twice)
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_text("The connection is lost.")).to_be_visible()
    page.wait_for_url(re.compile(r"/desk/video/[0-9a-f-]{36}/$"))
    assert len(failed) == 2
    assert VideoAsset.objects.get().state == VideoAsset.State.QUEUED


def test_what_is_no_video_is_refused_in_the_page(page, live_site, sign_in, staff, tmp_path):
    sign_in(page, staff, live_site)
    page.goto(f"{live_site}/desk/video/upload/")
    (tmp_path / "notes.mp4").write_bytes(b"not a film" * 500)
    page.set_input_files("input[type=file]", tmp_path / "notes.mp4")

    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("alert")).to_contain_text("This is not a video file we can read.")
    expect(page.get_by_role("button", name="Upload")).to_be_enabled()


@pytest.mark.parametrize("state", ["list", "upload", "waiting", "failed", "ready", "delete"])
def test_the_desk_is_accessible_and_fits_a_phone(new_page, live_site, sign_in, staff, axe, state):
    waiting = ReadyAssetFactory(state="processing", release="")
    failed = ReadyAssetFactory(state="failed", release="", error="The file is cut off.")
    ready = ReadyAssetFactory()
    paths = {
        "list": "",
        "upload": "upload/",
        "waiting": f"{waiting.uuid}/",
        "failed": f"{failed.uuid}/",
        "ready": f"{ready.uuid}/",
        "delete": f"{ready.uuid}/delete/",
    }
    page = new_page(width=390, bypass_csp=True)
    sign_in(page, staff, live_site)

    page.goto(f"{live_site}/desk/video/{paths[state]}")

    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe(page) == []
