"""Chapters: rows at the desk, and the marks an editing program wrote into the file."""

import subprocess

import pytest

from core.models import AuditEntry
from streaming.models import Chapter
from streaming.pipeline import ffmpeg
from streaming.pipeline.probe import probe_file
from streaming.selectors.player import chapter_stretches
from streaming.services.chapters import import_chapters, set_chapters
from tests.factories.accounts import user_with_role
from tests.factories.streaming import ReadyAssetFactory

MARKS = ";FFMETADATA1\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 400}\ntitle={title}\n" for start, title in [(0, "Start"), (500, "Hip")]
)


@pytest.mark.parametrize("name", ["marked.mp4", "marked.mkv"])
def test_the_probe_reads_the_marks_in_the_file(clip, tmp_path, alone, name):
    marks, path = tmp_path / "marks.txt", tmp_path / name
    marks.write_text(MARKS)
    command = [ffmpeg.binary(), "-v", "error", "-i", clip("tiny.mp4"), "-i", marks, "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", path]
    subprocess.run(command, check=True, timeout=30)

    assert probe_file(alone(path)).raw["chapters"] == [[0, "Start"], [500, "Hip"]]


@pytest.mark.django_db
class TestImport:
    def test_marks_become_chapters_at_whole_seconds(self):
        asset = ReadyAssetFactory(duration_ms=600_000)

        import_chapters(asset=asset, marks=[(0, "Start"), (90_480, "Hip"), (90_900, "Hip again"), (700_000, "After the end")])

        assert list(asset.chapters.values_list("start_ms", "title")) == [(0, "Start"), (90_000, "Hip")]

    def test_what_staff_wrote_stays_and_one_mark_is_none(self):
        asset, other = ReadyAssetFactory(), ReadyAssetFactory()
        set_chapters(asset=asset, chapters=[(0, "Mine")])

        import_chapters(asset=asset, marks=[(0, "Start"), (90_000, "Hip")])
        import_chapters(asset=other, marks=[(0, "Chapter 1")])

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
