from django.contrib import admin
from django.http import HttpRequest

from planner.models import Route, RouteEvent, RouteStep


class StepInline(admin.TabularInline):
    model = RouteStep
    fields = readonly_fields = ("position", "title", "state", "reason", "day", "price_cents", "book_by", "is_spare")
    extra = 0
    can_delete = False


class EventInline(admin.TabularInline):
    model = RouteEvent
    fields = readonly_fields = ("at", "code", "data")
    extra = 0
    can_delete = False


@admin.register(Route)
class RouteAdmin(admin.ModelAdmin):
    """For reading: a route is its person's own, and what it says comes from looks at it."""

    list_display = ["name", "user", "goal", "state", "is_closing", "finishes_on", "looked_at"]
    list_filter = ["state", "goal", "is_closing"]
    list_select_related = ["user"]
    search_fields = ["name", "user__email"]
    exclude = ["lat", "lng"]
    inlines = [StepInline, EventInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Route | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Route | None = None) -> bool:
        return False
