from django.contrib import admin

from core.admin import ReadOnlyAdmin
from payments.models import AccessGrant


@admin.register(AccessGrant)
class AccessGrantAdmin(ReadOnlyAdmin):
    """To look things up; access is given and taken at the desk, which records who and why."""

    list_display = ["user", "subject", "source", "starts_at", "expires_at", "revoked_at"]
    list_filter = ["source", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__display_name", "subject"]
