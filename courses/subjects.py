"""Courses as payments knows them: subjects `"course:<pk>"`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Completion, Course
from courses.selectors.catalogue import course_titles, search_courses
from payments.subjects import SubjectKind


class CourseKind(SubjectKind):
    prefix = "course"
    title = gettext_lazy("Course")
    in_library = True
    tax_code = "txcd_20060058"  # self-study web based training

    def search(self, text: str) -> Iterable[tuple[str, str]]:
        return search_courses(text)

    def titles(self, names: Collection[str]) -> dict[str, str]:
        return course_titles(names)

    def url(self, subject: str) -> str:
        course = _find(subject)
        return course.get_absolute_url() if course else ""

    def notice(self, user: Any, subject: str) -> str:
        course = _find(subject)
        if course is None or not user.is_authenticated:
            return ""
        done = Completion.objects.filter(attempt__learner=user, attempt__course=course).first()
        if done is None:
            return ""
        message = _("You finished this on %(day)s. Taking it again is a new attempt with its own exam, and a new certificate will be issued.")
        return message % {"day": date_format(done.completed_on, "DATE_FORMAT")}


def _find(subject: str) -> Course | None:
    pk = subject.partition(":")[2]
    return Course.objects.filter(pk=pk).first() if pk.isdigit() else None
