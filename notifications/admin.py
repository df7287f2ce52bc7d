from django.contrib import admin

from core.admin import ReadOnlyAdmin
from notifications.models import MailMessage


@admin.register(MailMessage)
class MailMessageAdmin(ReadOnlyAdmin):
    list_display = ["subject", "to_address", "state", "created_at", "sent_at"]
    list_filter = ["state", "template"]
    search_fields = ["to_address", "subject", "recipient__email"]
    exclude = ["body_text"]
    readonly_fields = ["shown_body"]
    list_select_related = ["recipient"]
    show_full_result_count = False
