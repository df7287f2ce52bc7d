from django.contrib import admin

from core.admin import ReadOnly
from credits.models import ReportBatch, ReportConsent, ReportRow


@admin.register(ReportConsent)
class ReportConsentAdmin(ReadOnly, admin.ModelAdmin):
    """Each word a person gave or took back, with the text they read."""

    list_display = ["user", "board", "word", "at"]
    list_filter = ["word", "board"]
    search_fields = ["user__email", "board__name", "board__code"]
    list_select_related = ["user", "board"]


@admin.register(ReportBatch)
class ReportBatchAdmin(ReadOnly, admin.ModelAdmin):
    """Batches as they were made, locked and posted. Work on them is done in the post room."""

    list_display = ["file_name", "board", "state", "row_count", "made_by", "locked_by", "posted_by", "posted_at", "receipt"]
    list_filter = ["state", "board"]
    search_fields = ["file_name", "sha256", "receipt", "board__name"]
    list_select_related = ["board", "made_by", "locked_by", "posted_by"]
    exclude = ["content"]


@admin.register(ReportRow)
class ReportRowAdmin(ReadOnly, admin.ModelAdmin):
    """One award in one batch, and what the regulator said of it."""

    list_display = ["batch", "position", "award", "action", "outcome", "code", "decided_at"]
    list_filter = ["outcome", "action"]
    search_fields = ["key", "award__key", "award__dossier__user__email", "reason"]
    list_select_related = ["batch__board", "award", "corrects"]
