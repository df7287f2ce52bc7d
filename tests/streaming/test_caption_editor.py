"""The desk's pages for captions: files in and out, and the editor for several people, with and without JavaScript."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from core.models import AuditEntry, Job
from streaming.models import Caption, Cue
from streaming.services import save_caption
from streaming.services.captions.keeping import drop_caption_file
from streaming.stores import store
from tests.factories.accounts import user_with_role
from tests.factories.streaming import ReadyAssetFactory

SRT = b"1\n00:00:01,000 --> 00:00:02,000\nFind the psoas\n\n2\n00:00:03,000 --> 00:00:05,000\nBreathe & wait\n"


@pytest.fixture
def staff(client, db):
    person = user_with_role("staff")
    client.force_login(person)
    return person


@pytest.fixture
def asset(db):
    return ReadyAssetFactory()


def add(client, asset, language, data=SRT):
    return client.post(f"/desk/video/{asset.uuid}/captions/", {"language": language, "file": SimpleUploadedFile("x.vtt", data)}, follow=True)


def editor(asset, caption):
    return f"/desk/video/{asset.uuid}/captions/{caption.pk}/"


def whole(*rows):
    return json.dumps([[start, end, text, ""] for start, end, text in rows])


def said(caption):
    return list(caption.cues.order_by("number").values_list("start_ms", "end_ms", "text"))


def test_files_come_in_and_go_out_in_several_languages(client, staff, asset):
    add(client, asset, "español (México)")
    page = add(client, asset, "JA", "WEBVTT\n\n00:01.000 --> 00:01.500\n腸腰筋を見つけるにはここをゆっくり触ります\n".encode())

    spanish, japanese = Caption.objects.get(language="es-MX"), Caption.objects.get(language="ja")
    assert (spanish.label, japanese.label) == ("español (México)", "日本語")
    assert "Line 3: 42 characters a second" in page.content.decode()
    assert client.get(editor(asset, spanish) + "srt/").content == SRT
    assert store().stat(f"{asset.prefix}/{spanish.path}").size == len(spanish.vtt)
    client.post(editor(asset, japanese) + "default/")
    assert [caption.language for caption in asset.captions.shown()] == ["ja", "es-MX"]
    assert "Remove the captions" in client.get(editor(asset, spanish) + "remove/").content.decode()
    client.post(editor(asset, spanish) + "remove/")
    assert list(Caption.objects.values_list("language", flat=True)) == ["ja"]
    assert AuditEntry.objects.filter(action="streaming.remove_caption", actor=staff).count() == 1


def test_a_language_nobody_knows_is_refused(client, staff, asset):
    page = add(client, asset, "xx-!!")

    assert page.status_code == 422
    assert "is no language we know" in page.content.decode()
    assert not Caption.objects.exists()


def test_replaced_words_get_another_name_and_the_old_file_goes_later(client, staff, asset):
    first = save_caption(asset=asset, language="en", data=SRT)
    second = save_caption(asset=asset, language="en", data=SRT.replace(b"psoas", b"sartorius"))

    assert first.path != second.path
    job = Job.objects.get(kind="streaming.drop_caption_file")
    drop_caption_file(**job.args)
    drop_caption_file(asset_id=asset.pk, release=asset.release, path=second.path)
    assert store().stat(f"{asset.prefix}/{first.path}") is None
    assert store().stat(f"{asset.prefix}/{second.path}") is not None


def test_the_editor_saves_all_at_once_or_says_which_is_wrong(client, staff, asset):
    client.post(f"/desk/video/{asset.uuid}/captions/begin/", {"begin-language": "en"})
    caption = Caption.objects.get()
    assert not asset.captions.shown().exists()
    address = editor(asset, caption)

    wrong = client.post(address, {"revision": 1, "cues": whole(("0:01", "0:03", "One"), ("0:05", "0:04", "Two"), ("x", "0:09", "Three"))})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "Caption 2: the caption ends before it starts" in text
    assert "Caption 3: this is not a time" in text
    assert 'value="x"' in text
    assert not Cue.objects.exists()

    client.post(address, {"revision": 1, "cues": whole(("0:05", "0:06.5", "Two <script>x</script>"), ("0:01", "0:03", "One & more"), ("9", "", " "))})
    assert said(caption) == [(1000, 3000, "One & more"), (5000, 6500, "Two")]
    assert AuditEntry.objects.filter(action="streaming.save_caption", actor=staff).count() == 1


def test_plain_fields_are_laid_over_the_whole(client, staff, asset):
    caption = save_caption(asset=asset, language="en", data=SRT)
    rows = whole(("00:00:01.000", "00:00:02.000", "Find the psoas"), ("00:00:03.000", "00:00:05.000", "Breathe"))

    client.post(
        editor(asset, caption), {"revision": 1, "cues": rows, "text-1": "", "text-2": "Wait", "start-new": "0:07", "end-new": "0:08", "text-new": "End"}
    )

    assert said(caption) == [(3000, 5000, "Wait"), (7000, 8000, "End")]


def test_the_later_of_two_editors_is_told_and_keeps_what_they_wrote(client, staff, asset):
    caption = save_caption(asset=asset, language="en", data=SRT)
    address = editor(asset, caption)
    client.post(address, {"revision": 1, "cues": whole(("0:01", "0:02", "Hers"))})

    told = client.post(address, {"revision": 1, "cues": whole(("0:01", "0:02", "Mine"))})

    assert told.status_code == 409
    assert ">Mine</textarea>" in told.content.decode()
    assert said(caption) == [(1000, 2000, "Hers")]
    client.post(address, {"revision": told.context["revision"], "cues": whole(("0:01", "0:02", "Mine"))})
    assert said(caption) == [(1000, 2000, "Mine")]


@pytest.mark.parametrize("cues", ["", "[", "{}", '[["1"]]', "[[1,2,3,4]]", "[" * 3000])
def test_what_our_page_does_not_send_changes_nothing(client, staff, asset, cues):
    caption = save_caption(asset=asset, language="en", data=SRT)

    assert client.post(editor(asset, caption), {"revision": "٣", "cues": cues, "text-٣": "x"}).status_code == 422
    assert len(said(caption)) == 2


def test_half_a_letter_is_left_out_and_not_an_error(client, staff, asset):
    caption = save_caption(asset=asset, language="en", data=SRT)

    wrong = client.post(editor(asset, caption), {"revision": 1, "cues": whole(("x\ud800", "0:02", "Hi\udfff"))})

    assert wrong.status_code == 422
    assert ">Hi</textarea>" in wrong.content.decode()


def test_long_captions_cost_no_more_queries(client, staff, asset, django_assert_num_queries):
    def vtt(count):
        return "\n".join(f"{n + 1}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nx\n" for n in range(count)).encode()

    short, long = (save_caption(asset=asset, language=language, data=vtt(count)) for language, count in [("en", 3), ("es", 2000)])
    client.get(editor(asset, short))
    with django_assert_num_queries(8):
        client.get(editor(asset, short))
    with django_assert_num_queries(8):
        assert client.get(editor(asset, long)).content.count(b"<textarea name=") == 51


@pytest.fixture
def open_editor(live_site, sign_in, new_page, small_film):
    film = small_film("Hamstring release")
    caption = save_caption(asset=film, language="en", data=SRT)

    def open_one(**options):
        page = new_page(**options)
        sign_in(page, user_with_role("staff"), live_site)
        page.goto(f"{live_site}{editor(film, caption)}")
        page.wait_for_function("() => document.querySelector('video').readyState >= 1 && document.querySelector('.cue__line')")
        return page, caption

    return open_one


def test_it_is_worked_by_the_keyboard_beside_the_film(open_editor):
    page, caption = open_editor()
    expect(page.locator("[data-cue-status]")).to_have_text("2 captions")
    page.locator(".cue__line").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 3) < 0.1")
    expect(page.locator(".cue.is-current")).to_have_id("cue-2")

    page.keyboard.press("Control+A")
    page.keyboard.type("Breathe and wait")
    page.evaluate("document.querySelector('video').currentTime = 4")
    page.wait_for_function("() => !document.querySelector('video').seeking")
    page.keyboard.press("Alt+Digit2")
    page.get_by_role("button", name="+0.1 seconds: end later").click()
    page.locator("[data-text]").press("Control+Home")
    for _letter in "Breathe":
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Split").click()
    expect(page.locator(".cue__said")).to_have_text(["Find the psoas", "Breathe", "and wait"])
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".cue__said")).to_have_text(["Find the psoas", "Breathe and wait"])
    page.locator(".cue__line").first.click()
    page.get_by_role("button", name="Join with the next").click()
    page.get_by_role("button", name="New one below").click()
    expect(page.locator(".cue [data-text]")).to_be_focused()
    page.keyboard.type("The end")
    with page.expect_navigation():
        page.keyboard.press("Control+S")

    assert said(caption) == [(1000, 4100, "Find the psoas\nBreathe and wait"), (4100, 6100, "The end")]


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible_and_fits(open_editor, axe, width):
    page, _caption = open_editor(width=width)
    page.locator(".cue__line").first.click()
    expect(page.locator(".cue [data-text]")).to_be_focused()

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
