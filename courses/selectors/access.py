"""Whether a course is open to somebody, for lists that have asked once what is."""

from __future__ import annotations

from collections.abc import Set

from courses.models import Course
from payments.subjects import LIBRARY


def is_course_open(course: Course, opened: Set[str]) -> bool:
    """By itself or with the library; `opened` is what payments.selectors.subjects_open_to says of the person."""
    return course.subject in opened or (course.in_library and LIBRARY in opened)
