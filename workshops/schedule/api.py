"""The schedule over the API: putting it right, and repeating a workshop."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from accounts.permissions import HasRole
from workshops.models import Block, Workshop
from workshops.schedule.changes import change_of_terms
from workshops.schedule.forms.repeats import HOW
from workshops.schedule.page import Joining
from workshops.schedule.repeats import MOST, first_day, following_days, look_at_days, repeat_workshop
from workshops.services import BlockInput, save_workshop


class PlaceLeftSerializer(serializers.Serializer):
    """Seats of one place: in the room, or online."""

    place = serializers.CharField()
    free = serializers.IntegerField()
    all = serializers.IntegerField()


class JoiningSerializer(serializers.Serializer):
    """How to join online; `url` and `notes` are empty until `opens_at`."""

    opens_at = serializers.DateTimeField()
    is_open = serializers.BooleanField()
    url = serializers.CharField()
    notes = serializers.CharField()

    @staticmethod
    def shown(joining: Joining | None) -> Any:
        return JoiningSerializer(joining).data if joining else None


class PlannedBlockSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=Block.Kind.choices, default=Block.Kind.INSTRUCTION)
    mode = serializers.ChoiceField(choices=Block.Mode.choices, default=Block.Mode.HANDS_ON)
    topic = serializers.CharField(max_length=160, allow_blank=True, default="")


class PlannedScheduleSerializer(serializers.Serializer):
    """The whole schedule. `confirm` is what the answer 409 named, once somebody has seen whom the change concerns."""

    blocks = PlannedBlockSerializer(many=True, allow_empty=False)
    confirm = serializers.CharField(required=False, allow_blank=True, default="")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class ChangeLineSerializer(serializers.Serializer):
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class MovedRestSerializer(serializers.Serializer):
    """What is still to be paid after a deposit for the seat of `person`: due by `before` until now, by `after` from now on."""

    balance = serializers.IntegerField(source="balance.pk")
    person = serializers.CharField(source="line.person")
    amount = serializers.CharField()
    before = serializers.DateField()
    after = serializers.DateField()


class ScheduleAnswerSerializer(serializers.Serializer):
    """What changed, or would change, for people with seats. With status 409 nothing is saved yet."""

    code = serializers.ChoiceField(choices=["saved", "look_at_change"])
    lines = ChangeLineSerializer(many=True)
    rests = MovedRestSerializer(many=True)
    people = serializers.IntegerField()
    confirm = serializers.CharField()


class RepeatSerializer(serializers.Serializer):
    days = serializers.ListField(child=serializers.DateField(), allow_empty=False, max_length=MOST)
    series_title = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class ProposalSerializer(serializers.Serializer):
    """A rule that proposes days, or with “dates” the days themselves, looked at one by one."""

    how = serializers.ChoiceField(choices=HOW)
    every = serializers.IntegerField(min_value=1, max_value=52, default=1, help_text="So many weeks or months lie between two days.")
    count = serializers.IntegerField(min_value=1, max_value=MOST, default=4)
    days = serializers.ListField(child=serializers.DateField(), default=list, max_length=MOST, help_text="For “dates” alone.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["how"] == "dates") != bool(attrs["days"]):
            raise serializers.ValidationError({"days": "Name the days with how=dates, and only then."})
        return attrs

    def days_after(self, first: date) -> list[date]:
        values = self.validated_data
        if values["how"] == "dates":
            return sorted(set(values["days"]))
        return following_days(first, how=values["how"], every=values["every"], count=values["count"])


class PlannedDaySerializer(serializers.Serializer):
    """A proposed first day. With a `refusal` no draft can be made on it; `warnings` are for a person to judge."""

    day = serializers.DateField()
    refusal = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())


class RepeatedWorkshopSerializer(serializers.ModelSerializer):
    class Meta:
        model = Workshop
        fields = ["slug", "title", "starts_at", "ends_at"]


class _TeachersView(APIView):
    permission_classes = [HasRole.of(Role.STAFF, Role.INSTRUCTOR)]

    def workshop(self, request: Request, slug: str) -> Workshop:
        found = Workshop.objects.editable_by(request.user).select_related("venue", "series").prefetch_related("blocks")
        return get_object_or_404(found, slug=slug)


class ScheduleView(_TeachersView):
    """POST: write the whole schedule. When people with seats will be told, the first answer is 409 and says of what."""

    @extend_schema(request=PlannedScheduleSerializer, responses={200: ScheduleAnswerSerializer, 409: ScheduleAnswerSerializer})
    def post(self, request: Request, slug: str) -> Response:
        workshop = self.workshop(request, slug)
        asked = PlannedScheduleSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        blocks = [BlockInput(**line) for line in values["blocks"]]
        change = change_of_terms(old=workshop, new=workshop, blocks=blocks)
        seats = change.seats if change else ()
        answer = {"lines": change.lines if change else [], "people": len(seats), "confirm": change.token if change else ""}
        answer["rests"] = change.rests_told if change else ()
        if change and seats and values["confirm"] != change.token:
            return Response(ScheduleAnswerSerializer({"code": "look_at_change", **answer}).data, status=409)
        save_workshop(workshop=workshop, blocks=blocks, by=request.user, note=values["note"])
        return Response(ScheduleAnswerSerializer({"code": "saved", **answer}).data)


class RepeatDaysView(_TeachersView):
    """GET: the days a rule proposes for more dates of the workshop, and what stands in the way of each. Nothing is made."""

    @extend_schema(parameters=[ProposalSerializer], responses={200: PlannedDaySerializer(many=True)}, operation_id="workshops_repeats_days")
    def get(self, request: Request, slug: str) -> Response:
        workshop = self.workshop(request, slug)
        asked = ProposalSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(PlannedDaySerializer(look_at_days(workshop, asked.days_after(first_day(workshop))), many=True).data)


class RepeatView(_TeachersView):
    """POST: make drafts of the workshop on other days, all or none. Calling again makes none twice."""

    @extend_schema(request=RepeatSerializer, responses={201: RepeatedWorkshopSerializer(many=True)})
    def post(self, request: Request, slug: str) -> Response:
        asked = RepeatSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = repeat_workshop(workshop=self.workshop(request, slug), by=request.user, **asked.validated_data)
        return Response(RepeatedWorkshopSerializer(made, many=True).data, status=201)
