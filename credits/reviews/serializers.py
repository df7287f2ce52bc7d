"""Held awards in JSON."""

from __future__ import annotations

from rest_framework import serializers

from credits.closed_cycles.api import ClosedCycleSerializer
from credits.models import CompletionFlag


class HeldCreditSerializer(serializers.Serializer):
    """A credit that a standing leaves out while it is held. `codes` say why, `would_count` how much of it would count in the board's unit."""

    award = serializers.IntegerField(source="award.pk")
    title = serializers.CharField(source="award.title")
    completed_on = serializers.DateField(source="day")
    since = serializers.DateTimeField(source="hold.since")
    codes = serializers.ListField(child=serializers.CharField(), source="hold.codes")
    would_count = serializers.CharField()
    sentence = serializers.CharField()
    what_next = serializers.CharField(source="next")


class ReachSerializer(serializers.Serializer):
    """One licence: `units` would be held or counted again, in the board's unit, and `needed` says what is missing without and with the change."""

    licence = serializers.IntegerField(source="licence.pk")
    board = serializers.CharField(source="licence.board.code")
    units = serializers.CharField(source="units_plain")
    needed_before = serializers.CharField(source="missing_before")
    needed_after = serializers.CharField(source="missing_after")


class PreviewSerializer(serializers.Serializer):
    """What a change would do, without doing it. `cases` of closed cycles would be raised or changed, `undone` ones would end by themselves."""

    licences = ReachSerializer(many=True)
    cases = ClosedCycleSerializer(many=True)
    undone = ClosedCycleSerializer(many=True)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class FlagSerializer(serializers.ModelSerializer):
    """A completion whose payment went back or is questioned. One that `suspends` holds its awards while it stands."""

    class Meta:
        model = CompletionFlag
        fields = ["id", "dossier", "suspends", "reason", "created_at", "lifted_at", "lift_reason"]
