"""The roster as programs read and write it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from workshops.models import Attendance, AttendanceCorrection, AttendeeMessage, Block, SeatOutcome
from workshops.roster.selectors import fingerprint


class BoardHoursSerializer(serializers.Serializer):
    """Units of one approval for what was attended. With none, `code` and `sentence` say why."""

    approval = serializers.IntegerField()
    board = serializers.CharField()
    board_code = serializers.CharField()
    unit = serializers.CharField()
    units = serializers.CharField(source="units_shown")
    approved = serializers.CharField(source="approved_shown")
    code = serializers.CharField()
    sentence = serializers.CharField()


class GapSerializer(serializers.Serializer):
    """`code`: not_here, away, late, between, early, no_departure, no_arrival, absent, unsigned or on_paper. `is_now`: in a block that runs."""

    code = serializers.CharField()
    block = serializers.IntegerField()
    sentence = serializers.CharField()
    minutes = serializers.IntegerField()
    is_now = serializers.BooleanField()


class RosterBlockSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    title = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    minutes = serializers.IntegerField()


class AttendanceEntrySerializer(serializers.ModelSerializer):
    """An entry of the log. Whoever reads the roster may load its signature (`is_signed`), and the scan of its sheet.

    `on_paper`: it is signed for on the printed sheet; where a phone noted that, the sheet still has to be keyed in.
    """

    is_signed = serializers.SerializerMethodField()

    class Meta:
        model = Attendance
        fields = ["id", "block", "kind", "at", "annuls", "nonce", "recorded_at", "note", "is_signed", "on_paper", "sheet"]

    def get_is_signed(self, entry: Attendance) -> bool:
        return entry.signature_id is not None


class RosterCellSerializer(serializers.Serializer):
    """One person in one block; `entries` is the log, what was taken back included."""

    block = serializers.IntegerField(source="block.pk")
    minutes = serializers.IntegerField()
    is_full = serializers.BooleanField(source="full")
    is_here = serializers.BooleanField()
    entries = AttendanceEntrySerializer(many=True)


class SeatOutcomeSerializer(serializers.ModelSerializer):
    """A decision; `superseded` when a later one holds."""

    decided_by: serializers.StringRelatedField = serializers.StringRelatedField()
    superseded = serializers.SerializerMethodField()

    class Meta:
        model = SeatOutcome
        fields = ["id", "state", "minutes", "of_minutes", "hours", "note", "decided_by", "decided_at", "superseded"]

    def get_superseded(self, outcome: SeatOutcome) -> bool:
        return hasattr(outcome, "superseded_by")


class OwnOutcomeSerializer(serializers.ModelSerializer):
    """A decision as the learner reads it: without the note."""

    class Meta:
        model = SeatOutcome
        fields = ["state", "minutes", "of_minutes", "hours", "decided_at"]


class RosterRowSerializer(serializers.Serializer):
    """One person. `hours` if they left now, `possible` if they stay to the end; `state` by the log as it stands, `outcome` as decided."""

    seat = serializers.IntegerField(source="seat.pk")
    name = serializers.CharField(source="seat.learner")
    email = serializers.EmailField(source="seat.learner.email")
    place = serializers.CharField(source="seat.place")
    state = serializers.CharField()
    minutes = serializers.IntegerField()
    is_here = serializers.BooleanField()
    cells = RosterCellSerializer(many=True)
    gaps = GapSerializer(many=True)
    hours = BoardHoursSerializer(many=True)
    possible = BoardHoursSerializer(many=True)
    outcome = SeatOutcomeSerializer(allow_null=True)
    is_completed = serializers.SerializerMethodField()

    def get_is_completed(self, row: Any) -> bool:
        return row.completion is not None


class RosterSerializer(serializers.Serializer):
    """`fingerprint` is what a decision is asked with: it says which state of the log was looked at."""

    workshop = serializers.CharField(source="workshop.slug")
    now = serializers.DateTimeField()
    here = serializers.IntegerField()
    fingerprint = serializers.SerializerMethodField()
    blocks = RosterBlockSerializer(many=True)
    rows = RosterRowSerializer(many=True)

    def get_fingerprint(self, found: Any) -> str:
        return fingerprint(found)


class EntryInputSerializer(serializers.Serializer):
    block = serializers.PrimaryKeyRelatedField(queryset=Block.objects.filter(kind=Block.Kind.INSTRUCTION))
    kind = serializers.ChoiceField(choices=["in", "out"])
    at = serializers.DateTimeField()
    nonce = serializers.UUIDField(required=False, allow_null=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class MarkInputSerializer(serializers.Serializer):
    block = serializers.PrimaryKeyRelatedField(queryset=Block.objects.filter(kind=Block.Kind.INSTRUCTION))
    present = serializers.BooleanField()


class AnnulInputSerializer(serializers.Serializer):
    note = serializers.CharField(max_length=200)


class MarkedSerializer(serializers.Serializer):
    marked = serializers.IntegerField()


class DecideInputSerializer(serializers.Serializer):
    """`seen` is the roster's fingerprint."""

    seen = serializers.CharField(max_length=64)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class DecidingSerializer(serializers.Serializer):
    """The job that decides; `state` is none before it was asked for."""

    state = serializers.CharField()
    progress = serializers.IntegerField()


class CorrectionSerializer(serializers.ModelSerializer):
    answered_by: serializers.StringRelatedField = serializers.StringRelatedField()

    class Meta:
        model = AttendanceCorrection
        fields = ["id", "seat", "block", "words", "state", "answer", "answered_by", "answered_at", "created_at"]


class AskInputSerializer(serializers.Serializer):
    words = serializers.CharField(max_length=500)
    block = serializers.PrimaryKeyRelatedField(queryset=Block.objects.filter(kind=Block.Kind.INSTRUCTION), required=False, allow_null=True)


class CorrectionAnswerInputSerializer(serializers.Serializer):
    became = serializers.ChoiceField(choices=["mended", "declined"])
    answer = serializers.CharField(max_length=500)


class OwnAttendanceSerializer(serializers.Serializer):
    """What is noted of the caller."""

    here_since = serializers.DateTimeField(allow_null=True)
    minutes = serializers.IntegerField(source="row.minutes")
    cells = RosterCellSerializer(source="row.cells", many=True)
    gaps = GapSerializer(source="row.gaps", many=True)
    hours = BoardHoursSerializer(source="row.hours", many=True)
    possible = BoardHoursSerializer(source="row.possible", many=True)
    outcome = OwnOutcomeSerializer(source="row.outcome", allow_null=True)
    corrections = CorrectionSerializer(many=True)


class AttendeeMailSerializer(serializers.Serializer):
    to_address = serializers.EmailField()
    state = serializers.CharField()
    sent_at = serializers.DateTimeField(allow_null=True)


class AttendeeMessageSerializer(serializers.ModelSerializer):
    sent_by: serializers.StringRelatedField = serializers.StringRelatedField()
    mails = AttendeeMailSerializer(many=True)

    class Meta:
        model = AttendeeMessage
        fields = ["id", "audience", "subject", "body", "nonce", "sent_by", "created_at", "mails"]


class MessageInputSerializer(serializers.Serializer):
    """`seats` are for the audience "chosen". The same `nonce` sends nothing twice."""

    audience = serializers.ChoiceField(choices=AttendeeMessage.Audience.choices)
    seats = serializers.ListField(child=serializers.IntegerField(), required=False, default=list)
    subject = serializers.CharField(max_length=150)
    body = serializers.CharField(max_length=5000)
    nonce = serializers.UUIDField()
