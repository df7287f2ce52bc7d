"""Who was reminded of a workshop, for programs."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from accounts.models import Role
from accounts.permissions import HasRole
from notifications.models import MailMessage
from workshops.models import Workshop
from workshops.reminding.due import Kind
from workshops.reminding.log import letters_of, what_it_is


class ReminderSerializer(serializers.ModelSerializer):
    """`day`: the workshop's date at the time, by the venue's calendar. `kind`: "seat", "joining" or "instructor"."""

    day = serializers.SerializerMethodField()
    kind = serializers.SerializerMethodField()

    class Meta:
        model = MailMessage
        fields = ["id", "day", "kind", "to_address", "state", "created_at", "sent_at"]

    @extend_schema_field(serializers.DateField)
    def get_day(self, letter: MailMessage) -> str:
        return what_it_is(letter)[0].isoformat()

    @extend_schema_field(serializers.ChoiceField(choices=Kind.values))
    def get_kind(self, letter: MailMessage) -> str:
        return str(what_it_is(letter)[1])


class RemindersView(ListAPIView):
    """GET: the letters that went out by themselves before a workshop, the latest first."""

    permission_classes = [HasRole.of(Role.STAFF, Role.INSTRUCTOR)]
    serializer_class = ReminderSerializer
    queryset = MailMessage.objects.none()

    def get_queryset(self) -> QuerySet[MailMessage]:
        if "pk" not in self.kwargs:  # the schema is drawn without an address
            return MailMessage.objects.none()
        return letters_of(get_object_or_404(Workshop.objects.editable_by(self.request.user), pk=self.kwargs["pk"]))
