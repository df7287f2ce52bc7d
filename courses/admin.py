"""The tool behind the desk: to look things up. What has consequences is done at the desk, through services."""

from __future__ import annotations

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from courses.models import Attempt, Completion, Course, CourseVersion, EvaluationResponse, ExamAttempt, Lesson


@admin.register(Course)
class CourseAdmin(ReadOnlyAdmin):
    list_display = ["slug", "current_version", "visibility", "is_free", "in_library", "instructor", "updated_at"]
    list_filter = ["visibility", "is_free", "in_library"]
    list_select_related = ["current_version", "instructor"]
    search_fields = ["slug", "versions__title", "instructor__email"]


@admin.register(CourseVersion)
class CourseVersionAdmin(ReadOnlyAdmin):
    list_display = ["title", "course", "number", "state", "published_at", "published_by"]
    list_filter = ["state", "topic"]
    list_select_related = ["course", "published_by"]
    search_fields = ["title", "course__slug", "instructor_name"]


@admin.register(Lesson)
class LessonAdmin(ReadOnlyAdmin):
    list_display = ["title", "version", "asset", "is_preview"]
    list_select_related = ["version", "asset"]
    search_fields = ["title", "version__title", "asset__title", "=key"]


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["learner", "course", "version", "number", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["learner", "course", "version"]
    search_fields = ["learner__email", "learner__display_name", "course__slug"]
    date_hierarchy = "created_at"


@admin.register(ExamAttempt)
class ExamAttemptAdmin(ReadOnlyAdmin):
    list_display = ["attempt", "number", "started_at", "submitted_at", "score", "passed"]
    list_filter = ["passed"]
    list_select_related = ["attempt__learner"]
    search_fields = ["attempt__learner__email", "attempt__course__slug"]


@admin.register(Completion)
class CompletionAdmin(ReadOnlyAdmin):
    list_display = ["attempt", "completed_on", "zone", "dossier"]
    list_select_related = ["attempt__learner", "dossier"]
    search_fields = ["attempt__learner__email", "attempt__course__slug", "dossier__key"]
    date_hierarchy = "completed_at"


@admin.register(EvaluationResponse)
class EvaluationResponseAdmin(ReadOnlyAdmin):
    """In the order of random keys, so that the list does not say who answered last."""

    list_display = ["id", "version"]
    list_select_related = ["version"]
    search_fields = ["version__title"]
