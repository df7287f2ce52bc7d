"""Uploads in pieces and at once, and the desk pages round them."""

import base64
import hashlib
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import Job
from streaming.gathering import PIECE_BYTES, FolderGathering, incoming_root
from streaming.models import Caption, Chapter, UploadSession, VideoAsset
from streaming.services import uploads
from streaming.services.duplicates import fingerprint_of, same_file
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import GrantFactory, PieceFactory, ReadyAssetFactory
from tests.streaming.making import running_job

pytestmark = pytest.mark.django_db
VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nFind the hamstrings.\n\n00:00:03.000 --> 00:00:04.000\nWait.\n"


@pytest.fixture
def staff(client):
    person = user_with_role("staff")
    client.force_login(person)
    return person


@pytest.fixture
def film(clip) -> bytes:
    return clip("tiny.mp4").read_bytes()


def begin(client, data: bytes, name="IMG_1.MOV", title="", **values):
    print_of = fingerprint_of(len(data), lambda first, length: data[first : first + length])
    head = base64.b64encode(data[:1024]).decode()
    return client.post("/desk/video/uploads/", {"name": name, "size": len(data), "title": title, "fingerprint": print_of, "head": head, **values})


def put(client, address: str, offset: int, data: bytes, sha256=""):
    query = f"?offset={offset}&sha256={sha256 or hashlib.sha256(data).hexdigest()}"
    return client.put(address + query, data, content_type="application/octet-stream")


def folder_file(upload: UploadSession) -> Path:
    return FolderGathering().path(uploads.place_of(upload))


class TestPieces:
    def test_a_file_in_pieces_becomes_an_asset_in_the_queue(self, client, staff, film):
        upload = begin(client, film, title="Hamstrings").json()
        assert (upload["missing"], upload["piece_bytes"], upload["direct"]) == ([[0, len(film)]], 8 * 1024 * 1024, None)

        assert put(client, upload["address"], 0, film[:10_000]).json() == {"kept": 10_000}
        assert put(client, upload["address"], 10_000, film[10_000:]).status_code == 200
        answer = client.post(upload["finish"])

        asset = VideoAsset.objects.get()
        assert answer.json() == {"location": f"/desk/video/{asset.uuid}/", "title": "Hamstrings"}
        assert (asset.title, asset.state, asset.size_bytes, asset.uploaded_by) == ("Hamstrings", "queued", len(film), staff)
        assert Job.objects.get().args["transcode"] == asset.transcodes.get().pk
        assert client.post(upload["finish"]).json()["location"] == f"/desk/video/{asset.uuid}/"
        assert Job.objects.count() == 1
        assert put(client, upload["address"], 0, film).json() == {"code": "wrong_offset", "message": "This piece has arrived already.", "missing": []}
        assert list(incoming_root().iterdir()) == []

    def test_a_wrong_offset_is_told_what_is_missing(self, client, staff, film):
        upload = begin(client, film).json()
        put(client, upload["address"], 0, film[:10_000])

        answer = put(client, upload["address"], 5, film[5:100])

        assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (409, "wrong_offset", [[10_000, len(film)]])
        assert client.get(upload["address"]).json() == {"missing": [[10_000, len(film)]]}
        assert folder_file(UploadSession.objects.get()).read_bytes() == film[:10_000]

    def test_the_same_file_again_goes_on_where_it_stopped_whatever_it_is_called(self, client, staff, film):
        first = begin(client, film).json()
        put(client, first["address"], 0, film[:10_000])

        again = begin(client, film, name="renamed.mov").json()

        assert again == {**first, "missing": [[10_000, len(film)]]}
        assert begin(client, film[:-1] + b"x").json()["address"] != first["address"]

    def test_half_a_piece_or_a_damaged_one_is_not_kept(self, client, staff, film):
        address = begin(client, film).json()["address"]
        upload = UploadSession.objects.get()

        damaged = put(client, address, 0, film[:4000], sha256=hashlib.sha256(film[1:4001]).hexdigest())
        with pytest.raises(uploads.PieceDamaged):
            uploads.keep_piece(upload=upload, offset=0, length=8000, sha256="0" * 64, read=io.BytesIO(film[:4000]).read)

        assert (damaged.status_code, damaged.json()["code"]) == (409, "piece_damaged")
        assert uploads.missing(upload) == [(0, len(film))]

    def test_more_than_announced_is_refused(self, client, staff, film):
        upload = begin(client, film[:5000]).json()

        answer = put(client, upload["address"], 0, film[:6000])

        assert (answer.status_code, answer.json()["missing"]) == (409, [[0, 5000]])

    def test_a_part_is_not_taken_for_the_whole(self, client, staff, film):
        upload = begin(client, film).json()
        put(client, upload["address"], 0, film[:5000])

        answer = client.post(upload["finish"])

        assert (answer.status_code, answer.json()["code"]) == (409, "upload_incomplete")
        assert not Job.objects.exists()

    def test_discarded_while_it_is_finished_it_says_so_and_leaves_nothing(self, client, staff, film, monkeypatch):
        upload = begin(client, film).json()
        put(client, upload["address"], 0, film)
        check = uploads.check_kept_file

        def discarded_meanwhile(**kwargs):
            uploads.abandon_upload(upload=UploadSession.objects.get())
            return check(**kwargs)

        monkeypatch.setattr(uploads, "check_kept_file", discarded_meanwhile)

        answer = client.post(upload["finish"])

        assert (answer.status_code, answer.json()["code"]) == (409, "upload_discarded")
        assert "Choose the file again" in answer.json()["message"]
        assert not VideoAsset.objects.exists()
        assert not Job.objects.exists()

    @pytest.mark.parametrize(("size", "code"), [(0, "not_a_video"), (30 * 1024**3, "not_a_video"), ("", "invalid")])
    def test_impossible_sizes_are_refused_at_the_start(self, client, staff, film, size, code):
        assert begin(client, film, size=size).json()["code"] == code
        assert not VideoAsset.objects.exists()

    def test_a_piece_too_large_or_without_place_is_refused(self, client, staff, film):
        address = begin(client, film).json()["address"]

        assert client.put(f"{address}?offset=x", b"1", content_type="application/octet-stream").status_code == 400
        assert put(client, address, 0, bytes(PIECE_BYTES + 1)).status_code == 413

    def test_the_page_lists_what_is_missing_and_discards_it(self, client, staff, film, django_assert_num_queries):
        first = begin(client, film).json()
        put(client, first["address"], 0, film[:10_000])
        client.get("/desk/video/upload/")
        with django_assert_num_queries(4):
            page = client.get("/desk/video/upload/").content.decode()
        for name in (b"x", b"y"):
            begin(client, film[:-1] + name)
        with django_assert_num_queries(4):
            client.get("/desk/video/upload/")

        answer = client.post(first["discard"])

        assert "missing, begun" in page
        assert (answer.status_code, answer["Location"]) == (302, "/desk/video/upload/")
        assert UploadSession.objects.count() == 2
        assert client.get(first["address"]).status_code == 404

    def test_another_instructor_s_uploads_are_not_listed(self, client, staff, film):
        begin(client, film, name="secret-name.mov")
        client.force_login(user_with_role("instructor"))

        assert "secret-name" not in client.get("/desk/video/upload/").content.decode()


class TestTheSameFile:
    def arrive(self, client, film, **values) -> VideoAsset:
        upload = begin(client, film, **values).json()
        put(client, upload["address"], 0, film)
        return VideoAsset.objects.get(uuid=client.post(upload["finish"]).json()["location"].split("/")[3])

    def test_it_is_found_before_anything_is_sent_and_may_come_in_anyway(self, client, staff, film):
        first = self.arrive(client, film, title="Knee")

        asked = begin(client, film)
        again = self.arrive(client, film, anyway="on")

        assert (asked.status_code, asked.json()["code"]) == (409, "same_file")
        assert asked.json()["message"] == "This file is already here as “Knee”."
        assert asked.json()["location"] == first.get_absolute_url()
        assert again != first

    def test_what_a_person_may_not_see_is_not_told(self, client, staff, film):
        self.arrive(client, film)
        client.force_login(user_with_role("instructor"))

        assert begin(client, film).status_code == 200

    def test_the_whole_checksum_is_told_on_the_page(self, client, staff):
        first, same, other = ReadyAssetFactory(sha256="a" * 64), ReadyAssetFactory(sha256="a" * 64), ReadyAssetFactory(sha256="b" * 64)

        assert f'the same file as <a href="{first.get_absolute_url()}">' in client.get(same.get_absolute_url()).content.decode()
        assert "the same file as" not in client.get(other.get_absolute_url()).content.decode()
        assert same_file(sha256="a" * 64, by=user_with_role("instructor")) is None
        assert same_file(fingerprint="", sha256="") is None


class TestForgotten:
    def test_uploads_and_what_a_crash_left_go_after_a_week(self, client, staff, film):
        put(client, begin(client, film).json()["address"], 0, film[:5000])
        upload = UploadSession.objects.select_related("asset").get()
        UploadSession.objects.update(updated_at="2020-01-01T00:00Z")
        ReadyAssetFactory(state="uploading", release="")  # a form's upload that died halfway
        VideoAsset.objects.update(updated_at="2020-01-01T00:00Z")
        begin(client, film[:-1])

        uploads.forget_stale_uploads()

        assert UploadSession.objects.get().size_bytes == len(film) - 1
        assert VideoAsset.objects.count() == 1
        assert not folder_file(upload).exists()


class TestDesk:
    def test_a_plain_form_post_does_the_same(self, client, staff, film):
        answer = client.post("/desk/video/upload/", {"title": "Hip", "file": SimpleUploadedFile("hip.mp4", film)})

        asset = VideoAsset.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/desk/video/{asset.uuid}/")
        assert (asset.title, asset.state) == ("Hip", "queued")
        page = client.get(f"/desk/video/{asset.uuid}/").content.decode()
        assert "Waiting" in page
        assert f'hx-get="/desk/video/{asset.uuid}/progress/"' in page

    @pytest.mark.parametrize(("data", "says"), [(b"", "0 bytes"), (b"PK" + bytes(3000), "not a video file")])
    def test_a_refused_file_is_explained_beside_the_field(self, client, staff, data, says):
        answer = client.post("/desk/video/upload/", {"title": "Hip", "file": SimpleUploadedFile("hip.mp4", data)})

        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert not VideoAsset.objects.exists()

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_list_costs_the_same_for_any_number(self, client, staff, django_assert_num_queries, count):
        for _ in range(count):
            ReadyAssetFactory(uploaded_by=staff)
            waiting = ReadyAssetFactory(state="queued", uploaded_by=staff)
            piece = PieceFactory(transcode__asset=waiting)
            running_job(piece, progress=40, stage="Encoding the picture")

        with django_assert_num_queries(9):
            page = client.get("/desk/video/").content.decode()

        assert page.count("Encoding the picture") == count
        assert "every 4s" in page

    def test_an_empty_list_says_what_to_do(self, client, staff):
        assert "No videos yet" in client.get("/desk/video/").content.decode()
        assert "Nothing found" in client.get("/desk/video/", {"q": "x"}).content.decode()

    def test_progress_reloads_the_page_when_there_is_nothing_to_wait_for(self, client, staff):
        waiting, ready = ReadyAssetFactory(state="processing", release=""), ReadyAssetFactory()

        assert "HX-Refresh" not in client.get(f"/desk/video/{waiting.uuid}/progress/")
        assert client.get(f"/desk/video/{ready.uuid}/progress/")["HX-Refresh"] == "true"

    def test_a_failed_video_says_why_and_offers_another_try(self, client, staff):
        asset = ReadyAssetFactory(state="failed", release="", error="The file is cut off.")

        assert "The file is cut off." in client.get(f"/desk/video/{asset.uuid}/").content.decode()
        client.post(f"/desk/video/{asset.uuid}/retry/")

        asset.refresh_from_db()
        assert (asset.state, asset.error, Job.objects.get().kind) == ("queued", "", "streaming.prepare_asset")

    def test_captions_are_kept_served_and_removed(self, client, staff):
        asset = ReadyAssetFactory(release="0123456789ab")

        client.post(f"/desk/video/{asset.uuid}/captions/", {"language": "en", "file": SimpleUploadedFile("en.vtt", VTT)})

        caption = Caption.objects.get()
        assert caption.vtt == VTT.decode()
        from streaming.delivery import signed_base

        address = signed_base(asset, grant_id=None) + caption.path
        assert b"".join(client.get(address)) == VTT
        client.post(f"/desk/video/{asset.uuid}/captions/{caption.pk}/remove/")
        assert client.get(address).status_code == 404

    def test_a_broken_caption_file_is_refused_with_its_line(self, client, staff):
        asset = ReadyAssetFactory()
        file = SimpleUploadedFile("en.vtt", b"WEBVTT\n\n00:01.000 -> 00:02.000\nx\n\n00:03 --> soon\ny\n")

        answer = client.post(f"/desk/video/{asset.uuid}/captions/", {"language": "en", "file": file})

        assert answer.status_code == 422
        assert "Line 6:" in answer.content.decode()
        assert not Caption.objects.exists()

    def test_chapters_are_saved_as_rows(self, client, staff):
        asset = ReadyAssetFactory()
        rows = {
            "form-TOTAL_FORMS": 3,
            "form-INITIAL_FORMS": 0,
            "form-0-start": "1:30",
            "form-0-title": "Hip flexors",
            "form-1-start": "0:00",
            "form-1-title": "Start",
        }

        assert client.post(f"/desk/video/{asset.uuid}/chapters/", rows).status_code == 302

        assert list(Chapter.objects.values_list("start_ms", "title")) == [(0, "Start"), (90_000, "Hip flexors")]
        for wrong, says in [("1:3", "minutes:seconds"), ("59:00", "has ended by then"), ("", "both a time and a title")]:
            answer = client.post(f"/desk/video/{asset.uuid}/chapters/", rows | {"form-0-start": wrong})
            assert answer.status_code == 422
            assert says in answer.content.decode()
        assert Chapter.objects.count() == 2

    def test_a_title_is_changed(self, client, staff):
        asset = ReadyAssetFactory()

        client.post(f"/desk/video/{asset.uuid}/title/", {"title": "Neck"})
        refused = client.post(f"/desk/video/{asset.uuid}/title/", {"title": ""})

        asset.refresh_from_db()
        assert (asset.title, refused.status_code) == ("Neck", 422)

    def test_an_unused_video_is_deleted_and_a_used_one_stays(self, client, staff):
        unused, used = ReadyAssetFactory(), GrantFactory().asset

        assert client.get(f"/desk/video/{unused.uuid}/delete/").status_code == 200
        assert client.post(f"/desk/video/{unused.uuid}/delete/").status_code == 302
        refused = client.post(f"/desk/video/{used.uuid}/delete/")

        assert list(VideoAsset.objects.all()) == [used]
        assert refused.status_code == 409
        assert "is in use" in refused.content.decode()


ROUTES = [
    ("get", ""),
    ("get", "upload/"),
    ("post", "upload/"),
    ("post", "uploads/"),
    ("get", "uploads/{upload}/"),
    ("put", "uploads/{upload}/"),
    ("post", "uploads/{upload}/finish/"),
    ("post", "uploads/{upload}/address/"),
    ("post", "uploads/{upload}/discard/"),
    ("get", "{asset}/"),
    ("get", "{asset}/progress/"),
    ("post", "{asset}/title/"),
    ("post", "{asset}/retry/"),
    ("get", "{asset}/delete/"),
    ("post", "{asset}/delete/"),
    ("post", "{asset}/captions/"),
    ("post", "{asset}/captions/begin/"),
    ("get", "{asset}/captions/{caption}/"),
    ("post", "{asset}/captions/{caption}/"),
    ("get", "{asset}/captions/{caption}/srt/"),
    ("post", "{asset}/captions/{caption}/default/"),
    ("get", "{asset}/captions/{caption}/remove/"),
    ("post", "{asset}/captions/{caption}/remove/"),
    ("post", "{asset}/chapters/"),
    ("post", "{asset}/poster/"),
    ("post", "{asset}/poster/upload/"),
]


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_who_may_use_the_desk(client, method, route):
    owner = user_with_role("instructor")
    asset = ReadyAssetFactory(uploaded_by=owner, state="uploading", release="")
    upload = UploadSession.objects.create(asset=asset, size_bytes=5)
    caption = Caption.objects.create(asset=asset, language="en", label="English", vtt="WEBVTT\n")
    address = "/desk/video/" + route.format(asset=asset.uuid, upload=upload.uuid, caption=caption.pk)

    def status(person) -> int:
        client.logout()
        if person:
            client.force_login(person)
        return getattr(client, method)(address).status_code

    about_one = "{" in route
    assert status(None) == 302
    assert status(UserFactory()) == 403
    assert status(user_with_role("ce_officer")) == 403
    assert (status(user_with_role("instructor")) == 404) is about_one
    assert VideoAsset.objects.filter(pk=asset.pk, title=asset.title).exists()
    assert status(owner) not in {302, 403, 404} or (method, route) in {
        ("post", "{asset}/retry/"),
        ("post", "uploads/{upload}/discard/"),
        ("post", "{asset}/delete/"),
        ("post", "{asset}/captions/begin/"),
        ("post", "{asset}/captions/{caption}/default/"),
        ("post", "{asset}/captions/{caption}/remove/"),
    }


def test_a_film_that_never_was_offers_no_captions_or_chapters(client, staff):
    failed = ReadyAssetFactory(state=VideoAsset.State.FAILED, release="", error="The file is damaged.")
    ready = ReadyAssetFactory()

    pages = [client.get(f"/desk/video/{asset.uuid}/").content.decode() for asset in (failed, ready)]

    assert ["Edit chapters" in page for page in pages] == [False, True]
    assert ["Add captions" in page for page in pages] == [False, True]
