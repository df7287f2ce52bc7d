"""Certificates and keys in the admin: to look at, never to change."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin
from credits.models import Certificate, SigningKey


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ["serial", "version", "state", "award", "issued_at", "failure"]
    list_filter = ["state", "reason_class", "issued_at"]
    search_fields = ["serial", "award__title", "award__dossier__user__email"]
    list_select_related = ["award"]
    exclude = ["staged"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        return super().get_queryset(request).defer("staged", "credential_jwt")


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    list_display = ["kid", "not_before", "not_after", "retired_at", "revoked_at"]
    exclude = ["sealed_private_key"]
