"""Courses as payments knows them: subjects `"course:<pk>"`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from courses.selectors.catalogue import course_titles, search_courses
from payments.subjects import SubjectKind


class CourseKind(SubjectKind):
    prefix = "course"
    title = _("Course")
    in_library = True
    tax_code = "txcd_20060058"  # self-study web based training

    def search(self, text: str) -> Iterable[tuple[str, str]]:
        return search_courses(text)

    def titles(self, names: Collection[str]) -> dict[str, str]:
        return course_titles(names)
