"""Sections and lessons of a draft."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from courses.models import CourseVersion, Lesson, Section
from courses.services.places import move, next_place
from courses.services.versions import lock_draft
from streaming.models import VideoAsset


def add_section(*, version: CourseVersion, title: str) -> Section:
    with transaction.atomic():
        version = lock_draft(version)
        return Section.objects.create(version=version, title=title, position=next_place(version.sections.all()))


def rename_section(*, section: Section, title: str) -> Section:
    with transaction.atomic():
        lock_draft(section.version)
        section.title = title
        section.save(update_fields=["title", "updated_at"])
    return section


def move_section(*, section: Section, by: int) -> None:
    with transaction.atomic():
        version = lock_draft(section.version)
        move(section, version.sections.all(), by)


def delete_section(*, section: Section) -> None:
    """Delete an empty section; one with lessons is refused, so that no lesson goes unseen."""
    with transaction.atomic():
        lock_draft(section.version)
        if section.lessons.exists():
            raise DomainError(_("Move or delete the lessons of this section first."), code="section_has_lessons")
        section.delete()


def add_lesson(*, section: Section, title: str, asset: VideoAsset, is_preview: bool = False, notes: str = "") -> Lesson:
    """Put a video at the end of `section`. It may still be processing; publishing waits until it is ready."""
    with transaction.atomic():
        version = lock_draft(section.version)
        if asset.state == VideoAsset.State.FAILED:
            raise DomainError(_("This video could not be processed. Upload it again, then add it here."), code="video_failed")
        return Lesson.objects.create(
            version=version, section=section, position=next_place(section.lessons.all()), title=title, asset=asset, is_preview=is_preview, notes=notes
        )


def update_lesson(*, lesson: Lesson, title: str, asset: VideoAsset, is_preview: bool, notes: str, section: Section) -> Lesson:
    """Change a lesson of a draft; another section puts it at that section's end."""
    with transaction.atomic():
        version = lock_draft(lesson.version)
        if section.version_id != version.pk:
            raise ValueError("A lesson stays in its version.")
        if section.pk != lesson.section_id:
            lesson.position = next_place(section.lessons.all())
        lesson.section, lesson.title, lesson.asset, lesson.is_preview, lesson.notes = section, title, asset, is_preview, notes
        lesson.save(update_fields=["section", "position", "title", "asset", "is_preview", "notes", "updated_at"])
    return lesson


def move_lesson(*, lesson: Lesson, by: int) -> None:
    with transaction.atomic():
        lock_draft(lesson.version)
        move(lesson, lesson.section.lessons.all(), by)


def delete_lesson(*, lesson: Lesson) -> None:
    """Take a lesson out of the draft. The video and older versions keep theirs."""
    with transaction.atomic():
        lock_draft(lesson.version)
        lesson.delete()
