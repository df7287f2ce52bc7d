from django.contrib import admin

from core.admin import ReadOnlyAdmin
from workshops.models import (
    Attendance,
    AttendanceCorrection,
    AttendeeMessage,
    Block,
    CheckinConflict,
    CheckinDevice,
    PaperSheet,
    Place,
    Seat,
    SeatOutcome,
    Venue,
    WalkIn,
    Workshop,
    WorkshopCompletion,
)


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin):
    list_display = ["name", "city", "region", "country", "time_zone"]
    list_filter = ["country", "region"]
    search_fields = ["name", "city", "postal_code"]


@admin.register(Workshop)
class WorkshopAdmin(ReadOnlyAdmin):
    list_display = ["title", "starts_at", "venue", "capacity", "state"]
    list_filter = ["state"]
    list_select_related = ["venue"]
    search_fields = ["title", "venue__city", "instructor_name"]


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ["workshop", "starts_at", "ends_at", "kind", "mode"]
    list_select_related = ["workshop"]
    search_fields = ["workshop__title"]


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    list_display = ["workshop", "learner", "state", "reference", "hold_until", "created_at"]
    list_filter = ["state"]
    list_select_related = ["workshop", "learner"]
    search_fields = ["workshop__title", "learner__email", "=reference"]


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ["seat", "block", "kind", "at", "recorded_by", "note"]
    list_filter = ["kind"]
    list_select_related = ["seat__learner", "seat__workshop", "block", "recorded_by"]
    search_fields = ["seat__learner__email", "seat__workshop__title"]


@admin.register(WorkshopCompletion)
class WorkshopCompletionAdmin(ReadOnlyAdmin):
    list_display = ["seat", "completed_on", "decided_by"]
    list_select_related = ["seat__learner", "seat__workshop", "decided_by"]
    search_fields = ["seat__learner__email", "seat__workshop__title"]


@admin.register(Place)
class PlaceAdmin(ReadOnlyAdmin):
    list_display = ["label", "kind", "lat", "lng"]
    list_filter = ["kind"]
    search_fields = ["search_key"]


@admin.register(CheckinDevice)
class CheckinDeviceAdmin(ReadOnlyAdmin):
    list_display = ["name", "workshop", "enrolled_by", "claimed_at", "expires_at", "revoked_at", "last_seen_at", "unsent"]
    list_select_related = ["workshop", "enrolled_by"]
    search_fields = ["name", "workshop__title", "enrolled_by__email"]


@admin.register(CheckinConflict)
class CheckinConflictAdmin(ReadOnlyAdmin):
    list_display = ["seat", "kind", "at", "code", "settlement", "device"]
    list_filter = ["settlement", "code"]
    list_select_related = ["seat__learner", "seat__workshop", "device"]
    search_fields = ["seat__learner__email", "seat__workshop__title"]


@admin.register(WalkIn)
class WalkInAdmin(ReadOnlyAdmin):
    list_display = ["name", "workshop", "at", "state", "device"]
    list_filter = ["state"]
    list_select_related = ["workshop", "device"]
    search_fields = ["name", "email", "workshop__title"]


@admin.register(PaperSheet)
class PaperSheetAdmin(ReadOnlyAdmin):
    list_display = ["name", "workshop", "uploaded_by", "created_at"]
    list_select_related = ["workshop", "uploaded_by"]
    search_fields = ["name", "workshop__title"]


@admin.register(SeatOutcome)
class SeatOutcomeAdmin(ReadOnlyAdmin):
    list_display = ["seat", "state", "minutes", "of_minutes", "decided_by", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["seat__learner", "seat__workshop", "decided_by"]
    search_fields = ["seat__learner__email", "seat__workshop__title"]


@admin.register(AttendanceCorrection)
class AttendanceCorrectionAdmin(ReadOnlyAdmin):
    list_display = ["seat", "state", "created_at", "answered_by"]
    list_filter = ["state"]
    list_select_related = ["seat__learner", "seat__workshop", "answered_by"]
    search_fields = ["seat__learner__email", "seat__workshop__title"]


@admin.register(AttendeeMessage)
class AttendeeMessageAdmin(ReadOnlyAdmin):
    list_display = ["subject", "workshop", "audience", "sent_by", "created_at"]
    list_select_related = ["workshop", "sent_by"]
    search_fields = ["subject", "workshop__title"]
