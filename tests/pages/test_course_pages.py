"""Pages of courses that the general walk does not reach, in a real browser: axe finds nothing, and nothing scrolls sideways at a phone's or a desk's width."""

import pytest
from django.urls import reverse

from courses import services
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.courses import enrolled, exam_passed, published_course, watch, wrong_answers
from tests.factories.credits import AccreditationFactory


@pytest.fixture
def look_at(new_page, axe, sign_in, live_site):
    """Visit each address as `user` (None: a stranger) at both widths; axe gets a page that ignores the content policy."""

    def visit(user, addresses):
        plain, examined = new_page(), new_page(bypass_csp=True)
        for page in (plain, examined):
            if user:
                sign_in(page, user, live_site)
        for address in addresses:
            for page in (plain, examined):
                assert page.goto(live_site + address).ok, address
            for width in (1280, 390):
                plain.set_viewport_size({"width": width, "height": 850})
                assert plain.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways at {width} px"
                examined.set_viewport_size({"width": width, "height": 850})
                assert (address, axe(examined)) == (address, [])
            assert plain.locator("h1").count() == 1

    return visit


@pytest.fixture
def course(transactional_db):
    course = published_course(
        title="SMRT for the knee: hamstrings, gastrocnemius and calcaneal tendon", description="Position before pressure.", instructor_bio="Since 2009."
    )
    AccreditationFactory(activity=course.current_version.activity, board__name="State Board of Massage Therapy and Bodywork")
    return course


def learner_page(name, attempt, *args):
    return reverse(f"courses:{name}", args=[attempt.pk, *args])


def test_the_pages_of_learning_are_accessible(look_at, course):
    attempt = enrolled(course)
    watch(attempt, share=0.5)
    lesson = attempt.version.lessons.first()

    look_at(
        attempt.learner,
        [
            reverse("courses:preview", args=[course.slug, lesson.pk]),
            learner_page("exam", attempt),
            learner_page("evaluation", attempt),
        ],
    )


def test_the_pages_of_the_exam_are_accessible(look_at, course):
    learner = LegalNameFactory().user
    attempt = enrolled(course, learner)
    watch(attempt)
    affirming = enrolled(published_course(), learner)
    watch(affirming)
    services.affirm(attempt=attempt)
    exam = services.start_exam(attempt=attempt)
    services.submit_exam(exam=exam, answers=wrong_answers(exam))
    services.start_exam(attempt=attempt)
    passed = enrolled(published_course(), learner)
    exam_passed(passed)

    look_at(
        learner,
        [
            learner_page("exam", affirming),
            learner_page("exam", attempt),
            learner_page("exam_attempt", attempt, 1),
            learner_page("exam_attempt", attempt, 2),
            learner_page("exam_attempt", passed, 1),
            learner_page("evaluation", passed),
        ],
    )


def test_the_pages_of_the_desk_are_accessible(look_at, course):
    attempt = enrolled(course)
    watch(attempt, share=0.5)
    draft = services.new_draft(course=course, by=attempt.learner)
    lacking = services.create_course(title="Hip flexors", author=attempt.learner)
    parts = [
        ("section_edit", draft.sections.first()),
        ("lesson_edit", draft.lessons.first()),
        ("lesson_delete", draft.lessons.first()),
        ("lesson_watch", draft.lessons.first()),
        ("question_edit", draft.exam_questions.first()),
        ("evaluation_edit", draft.evaluation_questions.first()),
    ]
    tabs = ["details", "outline", "exam", "evaluation", "credit", "preview", "publish"]

    look_at(
        user_with_role("staff"),
        [
            *(reverse(f"courses_desk:{name}", args=[attempt.pk]) for name in ("attempt_detail", "allow_exam")),
            *(reverse(f"courses_desk:version_{tab}", args=[draft.pk]) for tab in [*tabs, "answers", "discard"]),
            *(reverse(f"courses_desk:version_{tab}", args=[lacking.pk]) for tab in ("outline", "exam", "evaluation", "credit", "publish")),
            *(reverse(f"courses_desk:{name}", args=[draft.pk]) for name in ("lesson_create", "question_create")),
            *(reverse(f"courses_desk:{name}", args=[row.pk]) for name, row in parts),
        ],
    )
