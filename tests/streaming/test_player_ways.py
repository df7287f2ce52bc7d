"""The player where somebody else than the site serves the film: a bare bucket of another origin, nginx on the site's own."""

import os
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from playwright.sync_api import expect

from streaming.models import WatchEvidence
from tests.fixtures.browser import wait_until
from tests.fixtures.nginx import FRAME, write_video_conf
from tests.fixtures.player import Screen

SITE_BEHIND = "location / {{ proxy_pass SITE; proxy_set_header Host $http_host; }}\n        include {folder}/video/server.conf;"


def watch(screen: Screen) -> None:
    """From the start, at another place, in another size: each is something that has to be loaded."""
    screen.open_session()
    screen.play_for(1)
    screen.seek(17)
    screen.play_for(1)
    screen.seek(5)  # so that the film is long enough for the other size to come, however slowly
    screen.page.locator("[data-player-quality]").select_option("90")
    screen.play()
    screen.wait("video.videoHeight === 90")
    screen.video("video.pause()")
    wait_until(screen.page, lambda: sum(end - start for start, end in WatchEvidence.objects.get().covered) >= 2_000)
    expect(screen.notice).to_be_hidden()
    expect(screen.status).to_have_text("")


def files_of(page) -> list[tuple[str, int, str]]:
    """Who answered what for which kind of file; filled as they come."""
    seen: list[tuple[str, int, str]] = []

    def note(response) -> None:
        parts = urlsplit(response.url)
        if parts.path.startswith("/v/") or "/video/" in parts.path:
            seen.append((f"{parts.scheme}://{parts.netloc}", response.status, parts.path.rpartition(".")[2]))

    page.on("response", note)
    return seen


@pytest.mark.parametrize("video_store", ["bucket"], indirect=True)
class TestBareBucket:
    @pytest.fixture(autouse=True)
    def _way(self, video_store, settings, live_site):
        settings.VIDEO_DELIVERY = "s3"

    def test_the_page_reads_segments_from_the_bucket_once_it_lets_it_in(self, s3_server, s3_bucket, live_site, open_screen, new_page):
        for_uploads_alone = {"AllowedOrigins": [live_site], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"]}
        s3_server.client().put_bucket_cors(Bucket=s3_bucket, CORSConfiguration={"CORSRules": [for_uploads_alone]})
        with pytest.raises(CommandError, match="may not read segments"):
            call_command("upload_cors")
        call_command("upload_cors", apply=True)
        page = new_page()
        files = files_of(page)

        watch(open_screen(page))

        assert {status for origin, status, kind in files if kind in ("m4s", "mp4") and origin == live_site} == {302}
        assert {status for origin, status, kind in files if kind in ("m4s", "mp4") and origin == s3_server.endpoint} == {200}
        assert {kind for origin, _status, kind in files if origin == s3_server.endpoint} == {"m4s", "mp4"}

    def test_a_browser_with_hls_of_its_own_reads_from_it_too(self, s3_server, open_screen, new_page):
        call_command("upload_cors", apply=True)
        page = new_page()
        page.route("**/hls.min.js", lambda route: route.abort())
        screen = open_screen(page)

        screen.play()
        screen.wait("video.currentSrc.includes('/v/native/') && !video.paused && video.currentTime > 0.5")
        screen.video("video.currentTime = 17")
        screen.wait("video.currentTime > 17.5")

    def test_no_other_page_may_speak_to_the_bucket(self, s3_server, settings, client, lesson_grant):
        settings.ROOT_URLCONF = "tests.streaming.player_site"
        client.force_login(lesson_grant.user)

        policies = [client.get(path)["Content-Security-Policy"].split("; ") for path in (f"/try/{lesson_grant.pk}/", "/courses/")]

        named = [{rule.split()[0] for rule in policy if s3_server.endpoint in rule} for policy in policies]
        assert named == [{"connect-src", "media-src"}, set()]


@pytest.mark.parametrize("video_store", ["folder"], indirect=True)
def test_nginx_serves_the_film_beside_the_site(video_store, settings, live_site, start_nginx, tmp_path, lesson_grant, new_page, sign_in):
    settings.VIDEO_DELIVERY, settings.ROOT_URLCONF = "nginx", "tests.streaming.player_site"
    write_video_conf(tmp_path)
    frame = FRAME.replace("include {folder}/video/server.conf;", SITE_BEHIND.replace("SITE", live_site))
    port = start_nginx(frame.format(folder=tmp_path, user="user root;" if os.geteuid() == 0 else "", port="{port}"))
    school = f"http://localhost:{port}"
    settings.SITE_URL, settings.CSRF_TRUSTED_ORIGINS = school, [school]
    page = new_page()
    files = files_of(page)
    sign_in(page, lesson_grant.user, school)

    watch(Screen(page, f"{school}/try/{lesson_grant.pk}/"))

    assert {(origin, status) for origin, status, _kind in files} <= {(school, 200), (school, 206)}
    assert {"m3u8", "m4s", "mp4"} <= {kind for _origin, _status, kind in files}
