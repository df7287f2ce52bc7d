"""What a version lacks before it may be published, and what publishing it changes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.completion import clock_time
from courses.models import Attempt, Choice, CourseVersion
from courses.selectors.moments import lessons_without_captions
from credits.changes.selectors import to_file
from credits.models import Activity
from credits.selectors import accreditations_for, school_today
from streaming.models import VideoAsset


@dataclass(frozen=True)
class Problem:
    """Something that is missing or odd. A blocking one stops publication; `page` is the editor's page where to mend it."""

    code: str
    sentence: str
    page: str
    is_blocking: bool = True


def problems_of(version: CourseVersion) -> list[Problem]:
    """Everything to mend, in the order of the editor's pages."""
    return [*_details(version), *_outline(version), *_exam(version), *_evaluation(version), *_credit(version)]


def blocking_problems(version: CourseVersion) -> list[Problem]:
    return [problem for problem in problems_of(version) if problem.is_blocking]


def _details(version: CourseVersion) -> list[Problem]:
    page = "details"
    wanted = [
        ("summary", version.summary, _("A summary for the catalogue is missing.")),
        ("objectives", version.objective_list, _("Learning objectives are missing.")),
        ("instructor", version.instructor_name, _("The instructor's name is missing.")),
        ("instructor_credentials", version.instructor_credentials, _("The instructor's credentials are missing.")),
        ("policies", version.policies, _("The policies (registration, cancellation, refunds) are missing.")),
        ("topic", version.topic, _("The topic is not chosen.")),
    ]
    return [Problem(code, sentence, page) for code, value, sentence in wanted if not value]


def _outline(version: CourseVersion) -> list[Problem]:
    page = "outline"
    lessons = list(version.lessons.select_related("asset__replaced_by"))
    if not lessons:
        return [Problem("lessons", _("The course has no lessons."), page)]
    found = [
        Problem("lesson_not_ready", _("The video of “%(title)s” is not ready yet.") % {"title": lesson.title}, page)
        for lesson in lessons
        if lesson.asset.current.state != VideoAsset.State.READY
    ]
    silent = lessons_without_captions(lessons)
    found += [
        Problem(
            "lesson_without_captions",
            _("The video of “%(title)s” has sound and no captions. Whoever cannot hear it cannot learn from it: add captions at the desk for videos.")
            % {"title": lesson.title},
            page,
            is_blocking=False,
        )
        for lesson in silent
    ]
    if any(section.held == 0 for section in version.sections.annotate(held=Count("lessons"))):
        found.append(Problem("empty_section", _("A section has no lessons."), page, is_blocking=False))
    return found


def _exam(version: CourseVersion) -> list[Problem]:
    page = "exam"
    questions = list(
        version.exam_questions.select_related("lesson__asset__replaced_by").annotate(
            offered=Count("choices"), right=Count("choices", filter=Q(choices__is_right=True))
        )
    )
    found = []
    if len(questions) < version.questions_asked:
        sentence = _("The exam asks %(asked)d questions and the pool has %(pool)d.") % {"asked": version.questions_asked, "pool": len(questions)}
        found.append(Problem("exam_questions", sentence, page))
    for place, question in enumerate(questions, start=1):
        if question.offered < 2 or question.right != 1:
            found.append(Problem("question_incomplete", _("Question %(place)d needs two answers and one of them right.") % {"place": place}, page))
        elif question.lesson is None:
            sentence = _("Question %(place)d names no lesson to watch again.") % {"place": place}
            found.append(Problem("question_without_lesson", sentence, page, is_blocking=False))
        elif (question.rewatch_ms or 0) > (question.lesson.asset.current.duration_ms or 0):
            sentence = _("Question %(place)d points to %(time)s, after the end of its lesson.") % {
                "place": place,
                "time": clock_time(question.rewatch_ms or 0),
            }
            found.append(Problem("rewatch_after_end", sentence, page, is_blocking=False))
    return found


def _evaluation(version: CourseVersion) -> list[Problem]:
    if version.evaluation_questions.exists():
        return []
    return [Problem("evaluation", _("The evaluation has no questions."), "evaluation")]


def _credit(version: CourseVersion) -> list[Problem]:
    page = "credit"
    activity = version.activity
    if activity is None:
        return [Problem("activity", _("The hours are not stated: choose the activity this course teaches."), page)]
    found = []
    if activity.kind != Activity.Kind.HOME_STUDY:
        found.append(Problem("activity_kind", _("The activity is a workshop; a video course needs one of home study."), page))
    if not activity.minutes:
        found.append(Problem("hours", _("The activity states no minutes of study."), page))
    rows = accreditations_for(activity)
    if not rows:
        sentence = _("No board has approved this activity today: learners get the school's plain certificate only.")
        found.append(Problem("accreditation", sentence, page, is_blocking=False))
    for row in rows:
        if _plain(row.approved_title) != _plain(version.title):
            names = {"board": row.board.name, "title": row.approved_title}
            if row.board.title_must_match:
                sentence = _("%(board)s credits the title “%(title)s” and no other. Use that title, or have the change approved first.") % names
            else:
                sentence = _("%(board)s approved the title “%(title)s”. File the change with the board, or use that title.") % names
            found.append(Problem("title_differs", sentence, page, is_blocking=row.board.title_must_match))
        if row.passing_score and row.passing_score > version.pass_mark:
            sentence = _("%(board)s asks for %(score)d %% in the exam; that counts instead of %(mark)d %%.") % {
                "board": row.board.name,
                "score": row.passing_score,
                "mark": version.pass_mark,
            }
            found.append(Problem("pass_mark_lower", sentence, page, is_blocking=False))
    facts = {"kind": Activity.Kind.HOME_STUDY.value, "instructor": version.instructor_name}
    differ = to_file(activity, facts, day=school_today()) if activity.kind == Activity.Kind.HOME_STUDY else []
    return found + [Problem("instructor_differs", sentence, page, is_blocking=False) for sentence in differ]


def _plain(title: str) -> str:
    """A title as credits compares it with an approval: case and spaces aside."""
    return " ".join(title.split()).casefold()


def change_impact(version: CourseVersion) -> list[str]:
    """What publishing this draft changes for people and approvals, in sentences. Empty for a first version."""
    previous = version.course.current_version
    if previous is None:
        return []
    lines = []
    staying = Attempt.objects.open().filter(course=version.course).count()
    if staying:
        lines.append(
            ngettext(
                "%(count)d learner is in the middle of the course and stays on the version they began.",
                "%(count)d learners are in the middle of the course and stay on the version they began.",
                staying,
            )
            % {"count": staying}
        )
    before = {lesson.key: lesson for lesson in previous.lessons.select_related("asset__replaced_by")}
    after = {lesson.key: lesson for lesson in version.lessons.select_related("asset__replaced_by")}
    lines += [_("Lesson added: “%(title)s”.") % {"title": after[key].title} for key in after.keys() - before.keys()]
    lines += [_("Lesson removed: “%(title)s”.") % {"title": before[key].title} for key in before.keys() - after.keys()]
    lines += [
        _("The video of “%(title)s” is another one.") % {"title": after[key].title}
        for key in after.keys() & before.keys()
        if after[key].asset.current != before[key].asset.current
    ]
    minutes_before, minutes_after = (sum(lesson.asset.current.duration_ms or 0 for lesson in side.values()) // 60_000 for side in (before, after))
    if minutes_before != minutes_after:
        lines.append(_("Video goes from %(before)d to %(after)d minutes; approvals are given for hours.") % {"before": minutes_before, "after": minutes_after})
    for field, label in (("title", _("Title")), ("instructor_name", _("Instructor")), ("activity", _("Activity"))):
        old, new = getattr(previous, field), getattr(version, field)
        if old != new:
            lines.append(_("%(field)s changes from “%(old)s” to “%(new)s”; boards ask that such a change is filed.") % {"field": label, "old": old, "new": new})
    if previous.pass_mark != version.pass_mark or previous.questions_asked != version.questions_asked:
        lines.append(
            _("The exam changes from %(old)s to %(new)s.")
            % {
                "old": f"{previous.questions_asked} × {previous.pass_mark} %",
                "new": f"{version.questions_asked} × {version.pass_mark} %",
            }
        )
    if _pool(previous) != _pool(version):
        lines.append(_("The pool of exam questions is another one."))
    return lines or [_("Nothing a learner or a board would notice.")]


def _pool(version: CourseVersion) -> list[tuple[str, str, bool]]:
    rows = Choice.objects.filter(question__version=version).order_by("question__position", "position")
    return list(rows.values_list("question__text", "text", "is_right"))
