"""Telling the credits ledger what a course offers, so that it can be held against the approvals."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.models import Course
from courses.services.dossier import approved_minutes
from credits.services import end_offering, note_offering


def note_current_version(*, course: Course) -> None:
    """Hand over what new learners of the course take now; called again, it changes nothing."""
    version = Course.objects.select_related("current_version__activity").get(pk=course.pk).current_version
    if version is None or version.activity is None:
        end_offering(key=course.subject)
        return
    note_offering(
        key=course.subject,
        activity=version.activity,
        label=_("the course “%(title)s”, version %(number)d") % {"title": version.title, "number": version.number},
        address=reverse("courses_desk:version_credit", args=[version.pk]),
        facts={
            "kind": "home_study",
            "title": version.title,
            "instructor": version.instructor_name,
            "minutes": approved_minutes(version),
            "pass_mark": version.pass_mark,
        },
    )
