from django.contrib import admin

from core.admin import ReadOnly
from credits.models import TranscriptLink


@admin.register(TranscriptLink)
class TranscriptLinkAdmin(ReadOnly, admin.ModelAdmin):
    """Who shows what to whom is the holder's own matter: neither the address nor its seed is shown."""

    list_display = ["user", "created_at", "expires_at", "revoked_at", "opened_count", "last_opened_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["user__email"]
    list_select_related = ["user"]
    exclude = ["seed", "token_sha256", "name"]
