"""The shapes of the check-in API."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.errors import DomainError
from workshops.checkin.strokes import read_drawing
from workshops.checkin.sync import Entry
from workshops.models import CheckinConflict, CheckinDevice, PaperSheet, WalkIn

MOST_ENTRIES = 200
MOST_MS = 253_370_764_800_000  # the year 9999


class DrawingSerializer(serializers.Serializer):
    """A signature as the lines it was drawn by, in whole dots of a canvas."""

    width = serializers.IntegerField()
    height = serializers.IntegerField()
    strokes = serializers.ListField(child=serializers.ListField(child=serializers.ListField(child=serializers.IntegerField())))


@extend_schema_field(DrawingSerializer)
class DrawnField(serializers.JSONField):
    """As it was sent. `read_drawing` judges it: a field for each of its thousands of numbers takes a hundred times as long."""


class CheckinEntrySerializer(serializers.Serializer):
    """One thing done on a phone. `made_ms` is by its own clock; `skew_ms` is how far that was ahead, null when it was never measured."""

    nonce = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["in", "out", "annul", "walk_in"])
    made_ms = serializers.IntegerField(min_value=0, max_value=MOST_MS)
    skew_ms = serializers.IntegerField(min_value=-MOST_MS, max_value=MOST_MS, allow_null=True, default=None)
    seat = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
    block = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
    annuls = serializers.UUIDField(required=False, allow_null=True)
    note = serializers.CharField(max_length=200, allow_blank=True, default="")
    signature = DrawnField(required=False, allow_null=True)
    on_paper = serializers.BooleanField(default=False, help_text="The person signs on the printed sheet instead.")
    name = serializers.CharField(max_length=120, allow_blank=True, default="")
    email = serializers.EmailField(allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "annul" and not attrs.get("annuls"):
            raise serializers.ValidationError({"annuls": "Say which entry is taken back."})
        if attrs["kind"] == "walk_in" and not attrs["name"].strip():
            raise serializers.ValidationError({"name": "Give the person’s name."})
        return attrs

    def entry(self) -> Entry:
        values = dict(self.validated_data)
        drawing = values.pop("signature", None)
        if not values.get("annuls"):
            values.pop("annuls", None)
        return Entry(**values, drawing=None if drawing is None else read_drawing(drawing))


def read_entry(sent: Any) -> Entry | str:
    """The entry, or the sentence that says what is wrong with it."""
    form = CheckinEntrySerializer(data=sent)
    if not form.is_valid():
        return " ".join(f"{name}: {lines[0] if isinstance(lines, list) else lines}" for name, lines in form.errors.items())[:300]
    try:
        return form.entry()
    except DomainError as refusal:
        return refusal.message


class SyncSerializer(serializers.Serializer):
    """`device_ms` is the phone's clock as it sends. Entries that cannot be read are answered one by one, so they do not hold up the others."""

    device_ms = serializers.IntegerField(min_value=0, max_value=MOST_MS)
    unsent = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0, help_text="What the phone keeps besides these.")
    entries = CheckinEntrySerializer(many=True)


class LooseSyncSerializer(SyncSerializer):
    entries = serializers.ListField(child=serializers.JSONField(), max_length=MOST_ENTRIES)  # type: ignore[assignment]  # read one by one


class CheckinAnswerSerializer(serializers.Serializer):
    nonce = serializers.CharField()
    state = serializers.CharField(help_text="recorded, already, conflict, set_aside or refused")
    code = serializers.CharField()
    detail = serializers.CharField()


class SyncedSerializer(serializers.Serializer):
    server_ms = serializers.IntegerField()
    answers = CheckinAnswerSerializer(many=True)


class ClaimDeviceSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=200)
    claim = serializers.UUIDField(help_text="A number the phone gives itself, so that it may ask again when the answer was lost.")


class ClaimedSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Send it as “Authorization: Device …”.")
    workshop = serializers.IntegerField()


class CheckinDeviceSerializer(serializers.ModelSerializer):
    state = serializers.CharField()
    workshop: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = CheckinDevice
        fields = ["id", "workshop", "name", "state", "claimed_at", "expires_at", "revoked_at", "last_seen_at", "skew_ms", "unsent"]
        read_only_fields = [name for name in fields if name != "name"]


class EnrolledSerializer(CheckinDeviceSerializer):
    link = serializers.CharField(help_text="Open it on the phone within half an hour.")

    class Meta(CheckinDeviceSerializer.Meta):
        fields = [*CheckinDeviceSerializer.Meta.fields, "link"]


class CheckinConflictSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="seat.learner.__str__", read_only=True)
    kind = serializers.CharField()
    settlement = serializers.CharField()

    class Meta:
        model = CheckinConflict
        fields = ["nonce", "seat", "name", "block", "kind", "at", "code", "detail", "note", "settlement", "settled_at"]


class SettleConflictSerializer(serializers.Serializer):
    to = serializers.ChoiceField(choices=["recorded", "set_aside"])
    note = serializers.CharField(max_length=200, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False, help_text="The time to record instead of the phone’s.")


class WalkInSerializer(serializers.ModelSerializer):
    state = serializers.CharField()

    class Meta:
        model = WalkIn
        fields = ["nonce", "name", "email", "note", "block", "at", "state", "seat"]


class SettleWalkInSerializer(serializers.Serializer):
    """With `email` the person gets a seat and their arrival is noted; without one the note is set aside."""

    email = serializers.EmailField(required=False)


class PaperLineSerializer(serializers.Serializer):
    """Without times a line is the signature alone, of somebody whom a phone signed in."""

    seat = serializers.IntegerField()
    arrived = serializers.TimeField(required=False, allow_null=True)
    left = serializers.TimeField(required=False, allow_null=True)
    signed = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("arrived") and (attrs.get("left") or not attrs["signed"]):
            raise serializers.ValidationError({"arrived": _("Say when the person arrived, or that they signed for what a phone noted.")})
        return attrs


@extend_schema_field(PaperLineSerializer(many=True))
class PaperLinesField(serializers.Field):
    """A list of lines; as JSON text where the rest is sent as a form."""

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except ValueError as error:
                raise serializers.ValidationError(_("Give the lines as JSON text.")) from error
        lines = PaperLineSerializer(data=data, many=True)
        lines.is_valid(raise_exception=True)
        return list(lines.validated_data)


@extend_schema_field(OpenApiTypes.BINARY)
class ScanField(serializers.FileField):
    """A file that comes in; the schema would take it for an address."""


class PaperSheetSerializer(serializers.Serializer):
    """Times of day as the sheet has them, in the venue's own zone. The same `token` again records nothing twice.

    With a `scan` it is sent as multipart/form-data; a scan may come without lines.
    """

    block = serializers.IntegerField()
    token = serializers.UUIDField()
    note = serializers.CharField(max_length=150, allow_blank=True, default="")
    replaces = serializers.BooleanField(default=False)
    lines = PaperLinesField(default=list)
    scan = ScanField(required=False, allow_null=True, max_length=200, help_text="A PDF or a picture, at most 10 MB.")


class ScannedSheetSerializer(serializers.ModelSerializer):
    """A sheet of paper that was scanned; its bytes are at `url`."""

    uploaded_by: serializers.StringRelatedField = serializers.StringRelatedField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = PaperSheet
        fields = ["id", "name", "media_type", "size_bytes", "sha256", "uploaded_by", "created_at", "url"]

    def get_url(self, sheet: PaperSheet) -> str:
        return reverse("workshops_api:checkin-desk-sheet", args=[self.context["slug"], sheet.pk])


class RecordedSerializer(serializers.Serializer):
    recorded = serializers.IntegerField()
