"""Writing courses: the draft's details, a new draft, publishing."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from courses.errors import NotReadyToPublish, StaffPublishesCredit, VersionPublished
from courses.linter import blocking_problems
from courses.models import Choice, Course, CourseVersion, EvaluationQuestion, ExamQuestion, Lesson, Section
from courses.services.enrolment import close_players_of_members
from courses.services.offerings import note_current_version
from courses.signals import course_changed

# Slugs that are pages of this app.
RESERVED_SLUGS = frozenset({"attempts", "mine", "new"})

DETAIL_FIELDS = (
    "title",
    "summary",
    "description",
    "objectives",
    "prerequisites",
    "topic",
    "instructor_name",
    "instructor_credentials",
    "instructor_bio",
    "policies",
    "questions_asked",
    "pass_mark",
    "max_exam_attempts",
    "exam_wait_minutes",
)
COPIED_FIELDS = (*DETAIL_FIELDS, "instructor", "activity")


def lock_draft(version: CourseVersion) -> CourseVersion:
    """The version under lock. Raises VersionPublished; the caller holds a transaction."""
    version = CourseVersion.objects.select_for_update(of=("self",)).select_related("course").get(pk=version.pk)
    if not version.is_draft:
        raise VersionPublished(_("A published version never changes. Start a new draft and publish that."))
    return version


def create_course(*, title: str, author: User, slug: str = "", instructor: User | None = None) -> CourseVersion:
    """A new course with its first draft. Raises DomainError when the address is taken."""
    slug = slugify(slug or title)[:80] or "course"
    if slug in RESERVED_SLUGS:
        raise DomainError(_("The address “%(slug)s” is a page of the site. Choose another.") % {"slug": slug}, code="slug_taken")
    try:
        with transaction.atomic():
            course = Course.objects.create(slug=slug, instructor=instructor)
            version = CourseVersion.objects.create(course=course, number=1, title=title, instructor=instructor, instructor_name=str(instructor or ""))
            record_audit(actor=author, action="courses.create_course", record=course, title=title)
    except IntegrityError as taken:
        raise DomainError(_("The address “%(slug)s” is taken. Choose another.") % {"slug": slug}, code="slug_taken") from taken
    return version


def update_course(*, course: Course, by: User, visibility: str, is_free: bool, instructor: User | None, in_library: bool = True) -> Course:
    """Change what is not part of a version: who sees it, whether it is free or for members too, and whose it is."""
    with transaction.atomic():
        course = Course.objects.select_for_update().get(pk=course.pk)
        leaves_library = course.in_library and not in_library
        course.visibility, course.is_free, course.in_library, course.instructor = Course.Visibility(visibility), is_free, in_library, instructor
        course.save(update_fields=["visibility", "is_free", "in_library", "instructor", "updated_at"])
        CourseVersion.objects.filter(course=course, state=CourseVersion.State.DRAFT).update(instructor=instructor)
        record_audit(
            actor=by,
            action="courses.update_course",
            record=course,
            visibility=visibility,
            is_free=is_free,
            in_library=in_library,
            instructor=instructor.pk if instructor else None,
        )
        course_changed.send(sender=Course, course=course)
        if leaves_library:
            close_players_of_members(course=course)
    return course


def update_draft(*, version: CourseVersion, values: dict[str, Any]) -> CourseVersion:
    """Write `values` of DETAIL_FIELDS into the draft."""
    unknown = set(values) - set(DETAIL_FIELDS)
    if unknown:
        raise ValueError(f"Not details of a draft: {sorted(unknown)}.")
    with transaction.atomic():
        version = lock_draft(version)
        for name, value in values.items():
            setattr(version, name, value)
        version.save(update_fields=[*values, "updated_at"])
    return version


def choose_activity(*, version: CourseVersion, activity: Any) -> CourseVersion:
    """Say which activity of the credits ledger this version teaches; its accreditations then apply."""
    with transaction.atomic():
        version = lock_draft(version)
        version.activity = activity
        version.save(update_fields=["activity", "updated_at"])
    return version


def new_draft(*, course: Course, by: User) -> CourseVersion:
    """A draft copied from the latest version, or the draft that is already open."""
    with transaction.atomic():
        course = Course.objects.select_for_update().get(pk=course.pk)
        latest = course.versions.order_by("-number")[0]
        if latest.is_draft:
            return latest
        draft = CourseVersion.objects.create(course=course, number=latest.number + 1, **{name: getattr(latest, name) for name in COPIED_FIELDS})
        _copy_content(latest, draft)
        record_audit(actor=by, action="courses.new_draft", record=draft, copied_from=latest.pk)
    return draft


def _copy_content(old: CourseVersion, new: CourseVersion) -> None:
    lessons: dict[int, Lesson] = {}
    for section in old.sections.all():
        twin = Section.objects.create(version=new, position=section.position, title=section.title)
        for lesson in section.lessons.select_related("asset__replaced_by"):
            lessons[lesson.pk] = Lesson.objects.create(
                version=new,
                section=twin,
                position=lesson.position,
                key=lesson.key,
                title=lesson.title,
                asset=lesson.asset.current,
                is_preview=lesson.is_preview,
                notes=lesson.notes,
            )
    for question in old.exam_questions.prefetch_related("choices"):
        copied = ExamQuestion.objects.create(
            version=new,
            position=question.position,
            text=question.text,
            explanation=question.explanation,
            lesson=lessons.get(question.lesson_id or 0),
            rewatch_ms=question.rewatch_ms,
        )
        Choice.objects.bulk_create(
            Choice(question=copied, position=choice.position, text=choice.text, is_right=choice.is_right) for choice in question.choices.all()
        )
    EvaluationQuestion.objects.bulk_create(
        EvaluationQuestion(version=new, position=item.position, text=item.text, kind=item.kind, is_required=item.is_required)
        for item in old.evaluation_questions.all()
    )


def discard_draft(*, version: CourseVersion, by: User) -> None:
    """Throw away a draft whose course has a published version. Raises DomainError when it is the only one."""
    with transaction.atomic():
        version = lock_draft(version)
        if version.course.current_version_id is None:
            raise DomainError(_("This draft is all there is of the course. Hide the course instead of discarding it."), code="only_version")
        record_audit(actor=by, action="courses.discard_draft", record=version.course, number=version.number)
        version.delete()


def publish_version(*, version: CourseVersion, by: User) -> CourseVersion:
    """Make the draft what new learners take. A repeat returns it; attempts on older versions stay on them.

    Raises NotReadyToPublish naming what is missing, StaffPublishesCredit when boards' credit would hang on an instructor's word.
    """
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=version.course_id)
        version = CourseVersion.objects.select_for_update(of=("self",)).select_related("course").get(pk=version.pk)
        if not version.is_draft:
            return version
        if version.activity and version.activity.accreditations.exists() and not by.has_role(Role.STAFF):
            raise StaffPublishesCredit(_("A board has approved what this course teaches, so staff publish it. Ask them to look through the draft."))
        if problems := blocking_problems(version):
            raise NotReadyToPublish(_("This version can not be published yet: %(what)s") % {"what": " ".join(problem.sentence for problem in problems)})
        version.state, version.published_at, version.published_by = CourseVersion.State.PUBLISHED, clock.now(), by
        version.save(update_fields=["state", "published_at", "published_by", "updated_at"])
        Course.objects.filter(pk=version.course_id).update(current_version=version, updated_at=clock.now())
        record_audit(actor=by, action="courses.publish_version", record=version, number=version.number)
        note_current_version(course=version.course)
        course_changed.send(sender=Course, course=version.course)
    version.course.refresh_from_db()
    return version
