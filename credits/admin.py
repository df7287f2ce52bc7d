"""The tool behind the desk. What the ledger wrote can be read and searched here, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from accounts.models import Role, User
from core.admin import ReadOnly
from credits.certificates import admin as certificate_admin  # noqa: F401  registers certificates and keys
from credits.external import admin as external_admin  # noqa: F401  registers credit earned elsewhere and its proofs
from credits.models import Accreditation, Activity, Award, AwardEntry, AwardHolder, Board, Claim, Dossier, DossierFile, Licence
from credits.reports import admin as report_admin  # noqa: F401  registers consents, batches and their rows
from credits.revisions import admin as revision_admin  # noqa: F401  registers the rules and their verifications
from credits.services import verify_board
from credits.transcripts import admin as transcript_admin  # noqa: F401  registers the links


@admin.register(Board)
class BoardAdmin(ReadOnly, admin.ModelAdmin):
    """Facts come from the data files; what a person does here is to say that they have re-read them."""

    list_display = ["name", "kind", "jurisdiction", "unit_printed", "confidence", "as_of", "verified_on", "verified_by"]
    list_filter = ["kind", "confidence", ("verified_on", admin.EmptyFieldListFilter)]
    search_fields = ["name", "code", "jurisdiction"]
    list_select_related = ["verified_by"]
    actions = ["mark_verified"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_verify_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.has_role(Role.CE_OFFICER)

    @admin.action(description="I have re-read the board's own text: its facts are right", permissions=["verify"])
    def mark_verified(self, request: HttpRequest, queryset: Any) -> None:
        for board in queryset:
            verify_board(officer=request.user, board=board)


@admin.register(Activity)
class ActivityAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["title", "kind", "instructor_name", "minutes"]
    list_filter = ["kind"]
    search_fields = ["title", "instructor_name"]


class SplitInWords(ReadOnly, admin.ModelAdmin):
    """Shows a category split by the words of its categories."""

    exclude = ["category_split"]
    readonly_fields = ["categories"]

    def categories(self, row: Accreditation | Award) -> str:
        return ", ".join(f"{part['name']}: {part['units']}" for part in row.split_shown)


@admin.register(Accreditation)
class AccreditationAdmin(SplitInWords):
    list_display = ["approved_title", "board", "units", "mode", "approval_number", "valid_from", "valid_to", "status"]
    list_filter = ["status", "mode", "board"]
    search_fields = ["approved_title", "approval_number", "board__name", "activity__title"]
    list_select_related = ["board", "activity"]


@admin.register(Licence)
class LicenceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["user", "board", "number", "jurisdiction", "expires_on"]
    list_filter = ["board"]
    search_fields = ["user__email", "number", "name_on_licence"]
    list_select_related = ["user", "board"]


class DossierFileInline(ReadOnly, admin.TabularInline):
    model = DossierFile
    fields = ["name", "size_bytes", "sha256"]
    extra = 0


class ClaimInline(ReadOnly, admin.TabularInline):
    model = Claim
    fields = ["licence", "state", "code", "explanation", "award"]
    extra = 0


@admin.register(Dossier)
class DossierAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["key", "user", "activity", "kind", "completed_on"]
    list_filter = ["kind", "completed_on"]
    search_fields = ["key", "user__email", "activity__title"]
    list_select_related = ["user", "activity"]
    inlines = [DossierFileInline, ClaimInline]


class AwardEntryInline(ReadOnly, admin.TabularInline):
    model = AwardEntry
    fields = ["kind", "at", "actor", "reason", "data"]
    readonly_fields = ("at",)
    extra = 0


class AwardHolderInline(ReadOnly, admin.StackedInline):
    model = AwardHolder
    extra = 0


@admin.register(Award)
class AwardAdmin(SplitInWords):
    list_display = ["key", "version", "title", "units", "unit_printed", "board_name", "completed_on", "status_label"]
    list_filter = ["origin", "board", "completed_on"]
    search_fields = ["key", "title", "holder__legal_name_printed", "dossier__user__email", "approval_number"]
    list_select_related = ["board"]
    inlines = [AwardHolderInline, AwardEntryInline]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Award.objects.with_status()
