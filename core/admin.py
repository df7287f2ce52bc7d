"""Jobs and the audit log in the admin: to look things up. Changing them has its own page or no way at all."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.models import AuditEntry, Job


class ReadOnly:
    """For tables that services alone may write, and for logs that nobody may: look, never add, change or delete."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    """`ReadOnly` for a whole model; inlines take `ReadOnly` itself."""


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["key", "kind", "state", "attempts", "progress", "run_after", "lease_until", "finished_at"]
    list_filter = ["state", "kind", "queue"]
    search_fields = ["key", "kind", "error"]
    show_full_result_count = False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "action", "subject", "reason"]
    list_filter = ["action"]
    list_select_related = ["actor"]
    search_fields = ["subject", "action", "reason", "actor__email"]
    date_hierarchy = "at"
    show_full_result_count = False
