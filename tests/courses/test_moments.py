"""Find a moment: what is said in a learner's own lessons, and in nobody else's; lessons that say nothing in writing."""

import pytest

from courses.linter import problems_of
from courses.models import Lesson
from payments.models import AccessGrant
from streaming.models import VideoAsset
from streaming.services import save_caption
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import complete_draft, enrolled, published_course

pytestmark = pytest.mark.django_db
VTT = b"WEBVTT\n\n01:02.500 --> 01:05.000\nFind the <b>psoas</b> & wait\n"


def speak(lessons):
    for lesson in lessons:
        save_caption(asset=lesson.asset, language="en", data=VTT)


@pytest.fixture
def learner(client):
    person = UserFactory()
    client.force_login(person)
    return person


def test_a_learner_finds_moments_of_their_own_lessons_only(client, learner):
    attempt = enrolled(published_course(), learner)
    mine, *_rest = lessons = list(attempt.version.lessons.select_related("asset"))
    speak([*lessons, *published_course().current_version.lessons.select_related("asset")])

    page = client.get("/courses/moments/", {"q": "psoas"}).content.decode()

    assert page.count('class="moment"') == len(lessons)
    assert f'href="/courses/attempts/{attempt.pk}/lessons/{mine.pk}/?t=62.5"' in page
    assert "Find the <mark>psoas</mark> &amp; wait" in page
    assert "Nobody says that" in client.get("/courses/moments/", {"q": "sartorius\x00"}).content.decode()


def test_a_course_that_has_closed_tells_nothing(client, learner):
    attempt = enrolled(published_course(), learner)
    speak(attempt.version.lessons.select_related("asset"))
    AccessGrant.objects.filter(user=learner).delete()

    assert "Nobody says that" in client.get("/courses/moments/", {"q": "psoas"}).content.decode()


def test_more_courses_cost_no_more_queries(client, learner, django_assert_num_queries):
    def begin():
        speak(enrolled(published_course(), learner).version.lessons.select_related("asset"))

    begin()
    client.get("/courses/moments/", {"q": "psoas"})
    with django_assert_num_queries(8):
        client.get("/courses/moments/", {"q": "psoas"})
    begin()
    begin()
    with django_assert_num_queries(8):
        client.get("/courses/moments/", {"q": "psoas"})


def test_staff_search_all_videos_and_instructors_their_own(client):
    speak(published_course().current_version.lessons.select_related("asset"))
    instructor = user_with_role("instructor")
    VideoAsset.objects.filter(pk=VideoAsset.objects.first().pk).update(uploaded_by=instructor)

    client.force_login(user_with_role("staff"))
    assert client.get("/desk/video/moments/", {"q": "psoas"}).content.count(b'class="moment"') == VideoAsset.objects.count()
    client.force_login(instructor)
    assert client.get("/desk/video/moments/", {"q": "psoas"}).content.count(b'class="moment"') == 1


def test_the_linter_warns_of_sound_without_captions(django_assert_num_queries):
    version = complete_draft()
    VideoAsset.objects.update(has_audio=True)
    first = Lesson.objects.filter(version=version).select_related("asset").first()
    speak([first])

    warned = [problem for problem in problems_of(version) if problem.code == "lesson_without_captions"]

    assert len(warned) == version.lessons.count() - 1
    assert not any(problem.is_blocking for problem in warned)
    assert not any(first.title in problem.sentence for problem in warned)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible_and_fits(live_site, sign_in, new_page, axe, width):
    learner = UserFactory()
    speak(enrolled(published_course(), learner).version.lessons.select_related("asset"))
    page = new_page(width=width)
    sign_in(page, learner, live_site)

    page.goto(f"{live_site}/courses/moments/?q=psoas")

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
