"""The command that brings a folder of films in."""

import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.models import Job
from streaming.management.commands import import_videos
from streaming.models import UploadSession, VideoAsset
from streaming.services import uploads
from tests.factories.accounts import UserFactory, user_with_role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(clip, tmp_path):
    """Two films in two folders, one of them twice, a text file with a film's name, and an empty one."""
    root = tmp_path / "films"
    (root / "Knee").mkdir(parents=True)
    shutil.copyfile(clip("tiny.mp4"), root / "first_lesson.mp4")
    shutil.copyfile(clip("tiny.mp4"), root / "Knee" / "again.mp4")
    shutil.copyfile(clip("no-sound.webm"), root / "Knee" / "no-sound.webm")
    (root / "Knee" / "notes.mov").write_text("not a film " * 200)
    (root / "Knee" / "empty.mp4").touch()
    (root / "Knee" / "readme.txt").write_text("left out")
    return root


@pytest.fixture
def teacher():
    return user_with_role("staff")


def import_(folder, *options: str) -> tuple[str, str]:
    """What it wrote, and the error it ended with."""
    written = StringIO()
    try:
        call_command("import_videos", str(folder), *options, stdout=written, stderr=StringIO())
    except CommandError as error:
        return written.getvalue(), str(error)
    return written.getvalue(), ""


def test_a_folder_comes_in_and_what_cannot_is_named(video_store, folder, teacher):
    said, error = import_(folder, "--recursive", "--title-from", "folder", "--jobs", "1", "--by", teacher.email)

    assert sorted(VideoAsset.objects.values_list("title", "state", "uploaded_by__email")) == [
        ("Knee again", "queued", teacher.email),
        ("Knee no sound", "queued", teacher.email),
    ]
    assert "the same file as" in said
    assert "notes.mov: This is not a video file we can read." in said
    assert "empty.mp4: " in said
    assert "3 of 5 files are in." in said
    assert error == "2 did not come in; they are named above."
    assert Job.objects.count() == 2
    again, _ = import_(folder, "--recursive", "--by", teacher.email)
    assert again.count("it is here already as") == 2
    assert VideoAsset.objects.count() == 2


def test_stopped_halfway_it_goes_on_inside_the_file(video_store, folder, teacher, monkeypatch):
    film = folder / "first_lesson.mp4"
    with film.open("ab") as file:
        file.truncate(film.stat().st_size + uploads.PIECE_BYTES)
    sent, real = [], uploads.keep_piece

    def stops_after_one(**piece):
        if sent:
            raise OSError(5, "Input/output error")
        sent.append(piece["offset"])
        real(**piece)

    monkeypatch.setattr(import_videos, "keep_piece", stops_after_one)
    said, error = import_(folder, "--by", teacher.email)
    assert ("cannot be read: Input/output error" in said, bool(error)) == (True, True)

    monkeypatch.setattr(import_videos, "keep_piece", lambda **piece: (sent.append(piece["offset"]), real(**piece)))
    said, error = import_(folder, "--by", teacher.email)

    assert (sent, error) == ([0, uploads.PIECE_BYTES], "")
    assert VideoAsset.objects.get().state == "queued"
    assert UploadSession.objects.get().finished_at


def test_a_dry_run_says_what_it_would_do_and_does_nothing(folder, teacher):
    said, error = import_(folder, "--recursive", "--dry-run", "--by", teacher.email)

    assert "Knee/again.mp4: would come in as “again”." in said
    assert "3 of 5 files would be in." in said
    assert error
    assert not VideoAsset.objects.exists()


def test_waiting_for_the_films_ends_when_the_last_is_prepared_or_given_up(folder, teacher, monkeypatch):
    def work(seconds):
        VideoAsset.objects.filter(title="first lesson").update(state="failed", error="The file is cut off.")

    monkeypatch.setattr(import_videos.time, "sleep", work)

    said, error = import_(folder, "--wait", "--by", teacher.email)

    assert "first_lesson.mp4: The file is cut off." in said
    assert error == "1 did not come in; they are named above."


@pytest.mark.parametrize(
    ("options", "says"),
    [(["--by", "nobody@example.org"], "Nobody here has the address"), ([], "Say with --by"), (["--jobs", "0"], "at least 1")],
)
def test_what_cannot_be_is_refused_with_a_sentence(folder, options, says):
    assert says in import_(folder, *options)[1]
    assert not VideoAsset.objects.exists()


def test_a_folder_without_films_says_so(tmp_path):
    UserFactory(is_superuser=True)

    assert "No video files" in import_(tmp_path)[1]
    assert "is not a folder" in import_(tmp_path / "none")[1]
