"""People in the admin: to look up and mend. Roles and deactivation have desk pages, which ask for a reason."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import LegalName, RoleAssignment, User
from core.admin import ReadOnlyAdmin

# The admin's own sign-in knows neither rate limits nor second proofs; people sign in on the site's page instead.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth documents it so


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "display_name", "time_zone", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "role_assignments__role"]
    search_fields = ["email", "display_name"]
    fields = ["email", "display_name", "time_zone", "is_staff", "is_superuser", "is_active", "last_login", "date_joined"]
    readonly_fields = ["email", "is_active", "last_login", "date_joined"]
    ordering = ["email"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnlyAdmin):
    list_display = ["user", "role", "granted_by", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "granted_by"]
    search_fields = ["user__email", "user__display_name"]


@admin.register(LegalName)
class LegalNameAdmin(ReadOnlyAdmin):
    list_display = ["printed", "user", "confirmed_at", "confirmed_by", "replaced_at"]
    list_select_related = ["user", "confirmed_by"]
    search_fields = ["given_names", "family_name", "user__email"]
