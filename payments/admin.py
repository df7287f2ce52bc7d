from django.contrib import admin
from django.http import HttpRequest

from payments.models import AccessGrant


@admin.register(AccessGrant)
class AccessGrantAdmin(admin.ModelAdmin):
    """To look things up; access is given and taken at the desk, which records who and why."""

    list_display = ["user", "subject", "source", "starts_at", "expires_at", "revoked_at"]
    list_filter = ["source", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__display_name", "subject"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessGrant | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AccessGrant | None = None) -> bool:
        return False
