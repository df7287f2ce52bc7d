from django.contrib import admin

from core.admin import ReadOnly
from credits.models import ExternalCredit, ExternalEntry, ExternalProof


class EntryInline(ReadOnly, admin.TabularInline):
    model = ExternalEntry


@admin.register(ExternalCredit)
class ExternalCreditAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["title", "user", "board", "units", "completed_on", "version", "recorded_at"]
    list_filter = ["board"]
    search_fields = ["title", "provider_name", "user__email", "board__name"]
    list_select_related = ["user", "board"]
    exclude = ["proofs"]
    inlines = [EntryInline]


@admin.register(ExternalProof)
class ExternalProofAdmin(ReadOnly, admin.ModelAdmin):
    """The file itself is opened at the desk, where that is noted."""

    list_display = ["name", "user", "media_type", "size_bytes", "created_at", "purged_at"]
    list_filter = ["media_type", ("purged_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "user__email", "sha256"]
    list_select_related = ["user"]
    exclude = ["file"]
