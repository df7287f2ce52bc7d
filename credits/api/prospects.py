"""What completing something would count for, as JSON; courses and workshops carry it."""

from __future__ import annotations

from rest_framework import serializers


class FillSerializer(serializers.Serializer):
    """Part of what a minimum still misses; `of` is what it misses without."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the form field of that name is not used here
    units = serializers.DecimalField(max_digits=9, decimal_places=6, normalize_output=True)
    of = serializers.DecimalField(max_digits=9, decimal_places=6, normalize_output=True)


class ProspectSerializer(serializers.Serializer):
    """What completing it would do for one of the caller's licences. `units` no longer have to be earned; `worth` is what the board credits."""

    licence = serializers.IntegerField(source="licence.pk")
    board = serializers.CharField(source="licence.board.code")
    place = serializers.CharField()
    counts = serializers.BooleanField()
    code = serializers.CharField()
    units = serializers.DecimalField(max_digits=9, decimal_places=6, normalize_output=True)
    worth = serializers.DecimalField(max_digits=9, decimal_places=6, normalize_output=True)
    unit = serializers.CharField()
    fills = FillSerializer(many=True)
    sentence = serializers.CharField()
    short = serializers.CharField()
    why = serializers.CharField()
    wanted_by = serializers.DateField(source="day", allow_null=True)
    is_verified = serializers.BooleanField()
    if_released = serializers.CharField(help_text="What it reads as once credit that is held or waits for review counts; empty where that changes nothing.")
