"""A learner's reminders over the API."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from credits.models import Licence
from credits.models.reminders import DAYS
from credits.reminders.selectors import reminders_of
from credits.reminders.services import choose_days, set_licence_reminders, set_reminders


class ComingSerializer(serializers.Serializer):
    """One deadline and the day of the next mail; without one, `code` and `why` say why."""

    kind = serializers.ChoiceField(choices=["cycle", "expiry", "credential"])
    what = serializers.CharField()
    deadline = serializers.DateField(allow_null=True)
    next_on = serializers.DateField(allow_null=True)
    code = serializers.CharField()
    why = serializers.CharField()


class LicenceRemindersSerializer(serializers.Serializer):
    licence = serializers.IntegerField(source="licence.pk")
    board = serializers.CharField(source="licence.board.code")
    number = serializers.CharField(source="licence.number")
    is_on = serializers.BooleanField()
    coming = ComingSerializer(many=True)


class RemindersSerializer(serializers.Serializer):
    is_on = serializers.BooleanField()
    days = serializers.ListField(child=serializers.IntegerField())
    licences = LicenceRemindersSerializer(many=True)
    credentials = ComingSerializer(many=True)


class ChooseDaysSerializer(serializers.Serializer):
    days = serializers.ListField(child=serializers.ChoiceField(choices=DAYS), allow_empty=False)


class SwitchSerializer(serializers.Serializer):
    is_on = serializers.BooleanField()


def _answer(user: Any) -> Response:
    return Response(RemindersSerializer(reminders_of(user)).data)


class RemindersView(APIView):
    """When you are written to before a deadline, and what comes next."""

    @extend_schema(responses=RemindersSerializer)
    def get(self, request: Request) -> Response:
        return _answer(request.user)


class ChooseDaysView(APIView):
    """POST: choose how many days before a deadline you are written to."""

    @extend_schema(request=ChooseDaysSerializer, responses=RemindersSerializer)
    def post(self, request: Request) -> Response:
        form = ChooseDaysSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        choose_days(user=request.user, days=form.validated_data["days"])
        return _answer(request.user)


class SwitchView(APIView):
    """POST: stop all reminders, or have them sent again."""

    @extend_schema(request=SwitchSerializer, responses=RemindersSerializer)
    def post(self, request: Request) -> Response:
        form = SwitchSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        set_reminders(user=request.user, is_on=form.validated_data["is_on"], how="api")
        return _answer(request.user)


class SwitchLicenceView(APIView):
    """POST: stop the reminders about one licence, or have them sent again."""

    @extend_schema(request=SwitchSerializer, responses=RemindersSerializer)
    def post(self, request: Request, pk: int) -> Response:
        licence = get_object_or_404(Licence.objects.visible_to(request.user).on_file(), pk=pk)
        form = SwitchSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        set_licence_reminders(licence=licence, is_on=form.validated_data["is_on"], how="api")
        return _answer(request.user)
