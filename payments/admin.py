from django.contrib import admin

from core.admin import ReadOnlyAdmin
from payments.models import AccessGrant, ReconcileRun, StripeEvent


@admin.register(AccessGrant)
class AccessGrantAdmin(ReadOnlyAdmin):
    """To look things up; access is given and taken at the desk, which records who and why."""

    list_display = ["user", "subject", "source", "starts_at", "expires_at", "revoked_at"]
    list_filter = ["source", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__display_name", "subject"]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "type", "object_id", "source", "occurred_at", "applied_at", "note"]
    list_filter = ["environment", "source", ("applied_at", admin.EmptyFieldListFilter), "type"]
    search_fields = ["event_id", "object_id"]
    show_full_result_count = False


@admin.register(ReconcileRun)
class ReconcileRunAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "environment", "finished_at", "cursor", "clock_skew_s", "error"]
    list_filter = ["environment"]
    show_full_result_count = False
