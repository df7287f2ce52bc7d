"""The demonstration school is whole, and building it twice equals building it once."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from courses.models import Course
from credits.models import Certificate
from demo import content
from workshops.models import Seat, Workshop


@pytest.fixture
def short_films(monkeypatch):
    """One lesson's film of ten seconds instead of five longer ones: drawing and transcoding are tested elsewhere."""
    course = content.COURSES[2]
    lesson = content.LessonContent(course.lessons[0].title, course.lessons[0].scene, 10, "")
    monkeypatch.setattr(content, "COURSES", (content.replace_lessons(course, (lesson,)),))


def test_seeding_twice_makes_one_school(db, short_films, settings, tmp_path, capsys):
    settings.VAR_DIR, settings.SITE_URL = tmp_path, "http://localhost:8000"
    for _ in range(2):
        call_command("seed_demo")

    assert list(Course.objects.listed().values_list("slug", flat=True)) == ["smrt-for-the-shoulder-and-neck"]
    assert Workshop.objects.exclude(state=Workshop.State.DRAFT).count() == len(content.WORKSHOPS)
    assert Certificate.objects.filter(state=Certificate.State.ISSUED).count() == Seat.objects.filter(completion__isnull=False).count() == 2
    assert "learner@example.org" in (tmp_path / "sign-ins.txt").read_text()


@pytest.mark.parametrize(
    ("is_local", "address"), [(False, "http://localhost:8000"), (True, "https://school.example"), (True, "http://localhost.school.example")]
)
def test_the_demonstration_school_is_refused_on_a_public_site(db, settings, is_local, address):
    settings.LOCAL, settings.SITE_URL = is_local, address

    with pytest.raises(CommandError, match="public passwords"):
        call_command("seed_demo")

    assert not Course.objects.exists()
