"""Enrolling, and the grants that let a learner play the lessons."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from courses.errors import NoAccess, NotCompletedYet, NotPublished, VideoNotReady
from courses.models import Attempt, Course, Lesson
from courses.selectors.access import is_course_open
from courses.selectors.progress import policy_of
from courses.signals import attempt_begun
from payments.models import AccessGrant
from payments.selectors import access_through, has_access, streams_open_to, subjects_open_to
from payments.services import grant_access
from payments.subjects import LIBRARY
from streaming.models import Grant, VideoAsset
from streaming.selectors import asset_for
from streaming.services import issue_grant, revoke_grants_of

PREVIEW_LASTS = timedelta(hours=12)


def enroll_learner(*, course: Course, learner: User) -> Attempt:
    """Begin `course`, or return the attempt the learner already has, open or completed.

    A free course opens itself; any other needs access. Raises NotPublished, NoAccess.
    """
    with transaction.atomic():
        course = _lock(course)
        if existing := _latest_attempt(course, learner):
            return existing
        return _begin(course, learner, number=1)


def start_again(*, course: Course, learner: User) -> Attempt:
    """Begin another attempt after a completed one; it has its own evidence, exam and certificate.

    A repeat returns the attempt that is open. Raises NotCompletedYet, NotPublished, NoAccess.
    """
    with transaction.atomic():
        course = _lock(course)
        latest = _latest_attempt(course, learner)
        if latest is None:
            raise NotCompletedYet(_("You have not taken this course yet. Enrol first."))
        if latest.is_open:
            return latest
        return _begin(course, learner, number=latest.number + 1)


def _lock(course: Course) -> Course:
    return Course.objects.select_for_update(of=("self",)).select_related("current_version").get(pk=course.pk)


def _latest_attempt(course: Course, learner: User) -> Attempt | None:
    return Attempt.objects.of(learner).filter(course=course).select_related("version").order_by("-number").first()


def _begin(course: Course, learner: User, *, number: int) -> Attempt:
    if not learner.is_active:
        raise NoAccess(_("This account is deactivated. Write to the school."))
    if course.current_version is None or course.visibility == Course.Visibility.HIDDEN:
        raise NotPublished(_("This course is not open for enrolment. Look in the catalogue for the courses that are."))
    through = access_through(learner, course.subject)
    if through != course.subject and course.is_free and not _was_closed_by_staff(course, learner):
        # A member too: what is free stays open when the membership ends.
        grant_access(user=learner, subject=course.subject, source="free", reason="Enrolled in a free course.")
    elif not through:
        raise NoAccess(_("You need access to this course before you can enrol. Its page says how to get it."))
    attempt = Attempt.objects.create(course=course, version=course.current_version, learner=learner, number=number)
    record_audit(actor=learner, action="courses.enroll_learner", record=attempt, version=course.current_version.pk, number=number)
    attempt_begun.send(sender=Attempt, user=learner, course=course)
    return attempt


def _was_closed_by_staff(course: Course, learner: User) -> bool:
    """A free course does not open itself again for someone whose access was taken away."""
    return AccessGrant.objects.filter(user=learner, subject=course.subject, revoked_at__isnull=False).exists()


def require_access(attempt: Attempt) -> None:
    """Raises NoAccess unless the learner may open the course now."""
    if not has_access(attempt.learner, attempt.course.subject):
        raise NoAccess(_("Your access to this course has ended. What you did is kept; the course’s page says how to open it again."))


def lesson_grant(*, attempt: Attempt, lesson: Lesson) -> Grant:
    """Permission to play `lesson` in `attempt`, issued on first use. Raises NoAccess, VideoNotReady."""
    if lesson.version_id != attempt.version_id:
        raise ValueError("The lesson is not of the attempt's version.")
    subject = attempt.lesson_subject(lesson)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=attempt.learner_id)  # whoever takes access away waits, or has done so
        require_access(attempt)
        asset = _playable(subject, lesson)
        policy = policy_of(attempt.version)
        return issue_grant(user=attempt.learner, asset=asset, subject=subject, rate_cap=policy.rate_cap, streams=streams_open_to(attempt.learner))


def preview_grant(*, lesson: Lesson, user: User) -> Grant:
    """Permission to watch a preview lesson before enrolling. What is watched counts for nothing.

    It ends by itself, so that nobody keeps a lesson that is a preview no more. Raises VideoNotReady.
    """
    if not lesson.is_preview:
        raise NoAccess(_("This lesson is not a preview. Enrol to watch it."))
    subject = f"preview:{user.pk}:{lesson.pk}"
    asset = _playable(subject, lesson)
    return issue_grant(user=user, asset=asset, subject=subject, expires_at=clock.now() + PREVIEW_LASTS, streams=streams_open_to(user))


def _playable(subject: str, lesson: Lesson) -> VideoAsset:
    """The video that `subject` watches for `lesson`: the one it began with, whatever replaced it since."""
    asset = asset_for(subject=subject, asset=lesson.asset)
    if not asset.is_playable:
        raise VideoNotReady(_("The video of this lesson is being worked on. Try again in a few minutes."))
    return asset


def close_library_players(*, user: User) -> None:
    """Revoke the lesson grants of the attempts that only the library opened to `user`. Two queries, and one for each it closes."""
    opened = subjects_open_to(user)
    for attempt in Attempt.objects.of(user).filter(course__in_library=True).select_related("course"):
        if not is_course_open(attempt.course, opened):
            revoke_grants_of(user=user, subject_prefix=attempt.subject_prefix, reason="The membership has ended.")


def close_players_of_members(*, course: Course) -> None:
    """Revoke the lesson grants of those whom only the library opened `course`, which has left it."""
    owners = AccessGrant.objects.live().filter(subject=course.subject).values("user")
    members = AccessGrant.objects.live().filter(subject=LIBRARY).values("user")
    for attempt in Attempt.objects.filter(course=course, learner__in=members).exclude(learner__in=owners).select_related("learner"):
        revoke_grants_of(user=attempt.learner, subject_prefix=attempt.subject_prefix, reason="The course has left the library.")


def close_players(*, user: User, subject: str) -> None:
    """Revoke the lesson grants of every attempt `user` has at the course that payments calls `subject`."""
    pk = subject.removeprefix("course:")
    if subject == pk or not pk.isdigit():
        return
    for attempt in Attempt.objects.of(user).filter(course_id=int(pk)):
        revoke_grants_of(user=user, subject_prefix=attempt.subject_prefix, reason="Access to the course has ended.")
