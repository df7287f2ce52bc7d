from django.contrib import admin

from core.admin import ReadOnly
from credits.models import FactVerification, RuleRevision


@admin.register(RuleRevision)
class RuleRevisionAdmin(ReadOnly, admin.ModelAdmin):
    """Who changed a board's rules, when, why, and who agreed. Changes are made at the desk."""

    list_display = ["board", "number", "purpose", "state", "origin", "author", "approved_by", "sole_officer", "in_force_from"]
    list_filter = ["state", "purpose", "origin", "sole_officer"]
    search_fields = ["board__name", "board__code", "reason", "author__email"]
    list_select_related = ["board", "author", "approved_by"]
    exclude = ["content"]


@admin.register(FactVerification)
class FactVerificationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["board", "kind", "name", "verified_by_name", "verified_on", "withdrawn_at"]
    list_filter = ["kind", ("withdrawn_at", admin.EmptyFieldListFilter)]
    search_fields = ["board__name", "board__code", "name", "verified_by_name", "source_seen"]
    list_select_related = ["board"]
