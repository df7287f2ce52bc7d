"""Grants, players and evidence in the admin: to look things up. Services alone write them."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from streaming.models import Grant, PlaybackSession, WatchEvidence


@admin.register(Grant)
class GrantAdmin(ReadOnlyAdmin):
    list_display = ["subject", "user", "asset", "rate_cap", "streams", "expires_at", "revoked_at", "revoke_reason"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "asset"]
    search_fields = ["subject", "user__email"]
    show_full_result_count = False


@admin.register(PlaybackSession)
class PlaybackSessionAdmin(ReadOnlyAdmin):
    list_display = ["pk", "user", "grant", "opened_at", "last_beat_at", "beats", "credited_ms", "wall_ms", "ended"]
    list_filter = ["ended"]
    list_select_related = ["user", "grant__user", "grant__asset"]
    search_fields = ["=pk", "grant__subject", "user__email"]  # the number is in the viewer's mark
    exclude = ["token"]
    show_full_result_count = False


@admin.register(WatchEvidence)
class WatchEvidenceAdmin(ReadOnlyAdmin):
    list_display = ["subject", "user", "asset", "wall_ms", "position_ms", "updated_at"]
    list_select_related = ["user", "asset"]
    search_fields = ["subject", "user__email"]
    show_full_result_count = False
