"""Chapters: rows at the desk, and the marks an editing program wrote into the file."""

import subprocess

import pytest

from core import jobs
from core.models import AuditEntry, Job
from streaming.models import Chapter, Space
from streaming.pipeline import ffmpeg
from streaming.pipeline.probe import probe_file
from streaming.selectors.player import chapter_stretches
from streaming.selectors.stills import storyboard_path
from streaming.services import create_asset_from_file
from streaming.services.chapters import import_chapters, set_chapters
from streaming.services.transcode import retranscode
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import ReadyAssetFactory
from tests.streaming.making import make

MARKS = ";FFMETADATA1\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 400}\ntitle={title}\n" for start, title in [(0, "Start"), (500, "Hip")]
)


def marked(source, path, text=MARKS):
    """A copy of the film at `source` with chapter marks."""
    marks = path.with_name("marks.txt")
    marks.write_text(text)
    command = [ffmpeg.binary(), "-v", "error", "-i", source, "-i", marks, "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", path]
    subprocess.run(command, check=True, timeout=200)
    return path


@pytest.mark.parametrize("name", ["marked.mp4", "marked.mkv"])
def test_the_probe_reads_the_marks_in_the_file(clip, tmp_path, alone, name):
    assert probe_file(alone(marked(clip("tiny.mp4"), tmp_path / name))).raw["chapters"] == [[0, "Start"], [500, "Hip"]]


@pytest.mark.django_db
def test_a_film_brings_its_chapters_its_poster_and_its_storyboard(clip, tmp_path):
    path = marked(clip("index-last.mp4"), tmp_path / "marked.mp4", MARKS.replace("=500", "=1500").replace("=900", "=1900"))
    with path.open("rb") as file:
        asset = create_asset_from_file(title="Hip", file=file, original_name="hip.mp4", uploaded_by=UserFactory())

    asset = make(asset)

    assert list(asset.chapters.values_list("start_ms", "title")) == [(0, "Start"), (1000, "Hip")]
    assert (asset.poster, storyboard_path(asset)) == ("posters/0.jpg", "storyboard/storyboard.vtt")
    Job.objects.filter(kind="streaming.measure_release").update(run_after="2000-01-01T00:00Z")
    jobs.run(Job.objects.get(kind="streaming.measure_release").pk)
    assert Space.objects.get().original_bytes == path.stat().st_size
    assert Space.objects.get().renditions.keys() == set(asset.renditions.values_list("name", flat=True))
    set_chapters(asset=asset, chapters=[])
    retranscode(asset=asset, by=UserFactory())
    assert not make(asset).chapters.exists()


@pytest.mark.django_db
class TestImport:
    def test_marks_become_chapters_at_whole_seconds(self):
        asset = ReadyAssetFactory(duration_ms=600_000)

        import_chapters(asset=asset, marks=[(0, "Start"), (90_480, "Hip"), (90_900, "Hip again"), (700_000, "After the end")], duration_ms=600_000)

        assert list(asset.chapters.values_list("start_ms", "title")) == [(0, "Start"), (90_000, "Hip")]

    def test_what_staff_wrote_stays_and_one_mark_is_none(self):
        asset, other = ReadyAssetFactory(), ReadyAssetFactory()
        set_chapters(asset=asset, chapters=[(0, "Mine")])

        import_chapters(asset=asset, marks=[(0, "Start"), (90_000, "Hip")], duration_ms=600_000)
        import_chapters(asset=other, marks=[(0, "Chapter 1")], duration_ms=600_000)

        assert list(Chapter.objects.values_list("title", flat=True)) == ["Mine"]


@pytest.mark.django_db
def test_each_wrong_row_says_what_is_wrong_with_it(client):
    staff, asset = user_with_role("staff"), ReadyAssetFactory(duration_ms=600_000)
    client.force_login(staff)
    rows = {"form-TOTAL_FORMS": 4, "form-INITIAL_FORMS": 0, "form-0-start": "0:00", "form-0-title": "Start"}
    rows |= {"form-1-start": "", "form-1-title": "", "form-2-start": "0:00", "form-2-title": "Hip", "form-3-start": "10:00", "form-3-title": "Neck"}

    answer = client.post(f"/desk/video/{asset.uuid}/chapters/", rows)

    assert answer.status_code == 422
    forms = answer.context["chapter_rows"].forms
    assert [list(form.errors.get("start", [])) for form in forms] == [
        [],
        [],
        ["Another chapter starts at the same moment. Give each its own time."],
        ["The video has ended by then: it lasts 10:00. Correct the time."],
    ]
    assert not Chapter.objects.exists()
    client.post(f"/desk/video/{asset.uuid}/chapters/", rows | {"form-2-start": "1:30", "form-3-start": "9:59"})
    assert AuditEntry.objects.get().actor == staff
    assert chapter_stretches(list(asset.chapters.all()), 600_000) == [
        {"start_ms": 0, "end_ms": 90_000, "title": "Start"},
        {"start_ms": 90_000, "end_ms": 599_000, "title": "Hip"},
        {"start_ms": 599_000, "end_ms": 600_000, "title": "Neck"},
    ]
