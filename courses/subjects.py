"""Courses as payments knows them: subjects `"course:<pk>"`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Attempt, Completion, Course
from courses.selectors.catalogue import course_titles, offer_of, search_courses
from courses.selectors.progress import AttemptProgress, progress_of
from credits.models import Award, Certificate
from credits.prospects.warnings import credit_warnings
from payments.subjects import Consequence, Progress, SubjectKind


class CourseKind(SubjectKind):
    prefix = "course"
    title = gettext_lazy("Course")
    tax_code = "txcd_20060058"  # self-study web based training

    def search(self, text: str) -> Iterable[tuple[str, str]]:
        return search_courses(text)

    def titles(self, names: Collection[str]) -> dict[str, str]:
        return course_titles(names)

    def in_library(self, names: Collection[str]) -> set[str]:
        pks = [int(pk) for name in names if (pk := name.partition(":")[2]).isdecimal()]
        return {f"{self.prefix}:{pk}" for pk in Course.objects.filter(pk__in=pks, in_library=True).values_list("pk", flat=True)}

    def url(self, subject: str) -> str:
        course = _find(subject)
        return course.get_absolute_url() if course else ""

    def notice(self, user: Any, subject: str) -> str:
        course = _find(subject)
        if course is None or not user.is_authenticated:
            return ""
        offer = offer_of(course.current_version) if course.current_version else None
        return " ".join([*self._done(user, course), *(credit_warnings(user, offer) if offer else [])])

    def _done(self, user: Any, course: Course) -> Iterable[str]:
        done = Completion.objects.filter(attempt__learner=user, attempt__course=course).first()
        if done:
            message = _("You finished this on %(day)s. Taking it again is a new attempt with its own exam, and a new certificate will be issued.")
            yield message % {"day": date_format(done.completed_on, "DATE_FORMAT")}

    def is_started(self, user: Any, subject: str) -> bool:
        """Begun is a lesson played, an exam sat or the course completed; enrolling alone uses nothing up."""
        return any(_is_begun(progress) for progress in _progress([user.pk], subject))

    def progress(self, users: Collection[int], subject: str) -> dict[int, Progress]:
        found: dict[int, Progress] = {}
        for progress in _progress(users, subject):  # the latest attempt of each person comes last
            done = progress.completion
            text = _("Completed on %(day)s") % {"day": date_format(done.completed_on, "N j, Y")} if done else _watched(progress)
            found[progress.attempt.learner_id] = Progress(text, 100 if done else progress.percent, done.completed_on if done else None)
        return found

    def consequences(self, user: Any, subject: str) -> list[Consequence]:
        found: list[Consequence] = []
        for progress in _progress([user.pk], subject):
            desk = reverse("courses_desk:attempt_detail", args=[progress.attempt.pk])
            if progress.completion is None:
                if _is_begun(progress):
                    found.append(
                        Consequence("progress", _("%(progress)s. It is kept, and goes on if access is given again.") % {"progress": _watched(progress)}, desk)
                    )
                continue
            day = date_format(progress.completion.completed_on, "N j, Y")
            found.append(Consequence("progress", _("The course was completed on %(day)s.") % {"day": day}, desk, is_serious=True))
            found += _earned(progress.completion)
        return found


def _earned(completion: Completion) -> list[Consequence]:
    found: list[Consequence] = []
    awards = Award.objects.current().filter(dossier=completion.dossier_id).select_related("certificate", "board").defer("certificate__staged")
    for award in awards.order_by("board__name", "pk"):
        if not award.is_plain:
            words = {"units": award.units_shown, "unit": award.unit_printed, "board": award.board_name}
            text = _("%(units)s %(unit)s of credit with %(board)s were earned. They stay.") % words
            found.append(Consequence("credit", text, award.get_absolute_url(), is_serious=True))
        certificate: Certificate | None = getattr(award, "certificate", None)
        if certificate and certificate.is_made and certificate.issued_at:
            words = {"serial": certificate.serial, "day": date_format(certificate.issued_at, "N j, Y")}
            text = _("Certificate %(serial)s was issued on %(day)s. It stays, and the CE officer is told.") % words
            found.append(Consequence("certificate", text, award.get_absolute_url(), is_serious=True))
    return found


def _progress(users: Collection[int], subject: str) -> list[AttemptProgress]:
    attempts = Attempt.objects.filter(learner__in=users, course=_pk(subject)).select_related("course", "version", "learner").order_by("number", "pk")
    return progress_of(list(attempts))


def _is_begun(progress: AttemptProgress) -> bool:
    return bool(progress.completion or progress.percent or any(item.coverage and item.coverage.covered_ms for item in progress.lessons))


def _watched(progress: AttemptProgress) -> str:
    return _("%(percent)s %% of the video is watched") % {"percent": progress.percent}


def _pk(subject: str) -> int:
    """0, which no course has, for a subject that is not ours."""
    pk = subject.partition(":")[2]
    return int(pk) if pk.isdecimal() else 0


def _find(subject: str) -> Course | None:
    pk = subject.partition(":")[2]
    return Course.objects.select_related("current_version__activity").filter(pk=pk).first() if pk.isdecimal() else None
