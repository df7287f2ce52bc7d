"""Retention and legal holds for programs: the same as on the desk."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.permissions import HasRole
from credits.models import Activity, Board, LegalHold, Removal
from credits.retention import selectors
from credits.retention.holds import lift_hold, place_hold
from credits.retention.sources import SOURCES
from credits.selectors import school_today

OFFICER = [HasRole.of(Role.CE_OFFICER)]
READERS = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]


class SourceCountsSerializer(serializers.Serializer):
    """One kind of record: what goes, what stays, and how many are due now, within 90 days, or kept by a hold."""

    code = serializers.CharField(source="source.code")
    title = serializers.CharField(source="source.title")
    goes = serializers.CharField(source="source.goes")
    stays = serializers.CharField(source="source.stays")
    now = serializers.IntegerField()
    coming = serializers.IntegerField()
    held = serializers.IntegerField()


class DueSerializer(serializers.Serializer):
    """One record that goes on `due_on`, unless it `is_held`."""

    id = serializers.IntegerField(source="pk")
    record = serializers.CharField(source="label")
    person = serializers.CharField(source="detail")
    due_on = serializers.DateField()
    is_held = serializers.BooleanField()


class RemovalSerializer(serializers.ModelSerializer):
    class Meta:
        model = Removal
        fields = ["id", "source", "subject", "due_on", "removed", "at"]


class HoldSerializer(serializers.ModelSerializer):
    person: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="email", read_only=True)
    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    placed_by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="email", read_only=True)
    lifted_by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="email", read_only=True)

    class Meta:
        model = LegalHold
        fields = ["id", "person", "activity", "board", "reason", "placed_by", "created_at", "is_standing", "lifted_at", "lifted_by", "lift_reason"]


class PlaceHoldSerializer(serializers.Serializer):
    """Exactly one of person, activity and board."""

    person = serializers.SlugRelatedField(slug_field="email", queryset=User.objects.all(), required=False, allow_null=True)
    activity = serializers.PrimaryKeyRelatedField(queryset=Activity.objects.all(), required=False, allow_null=True)
    board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.all(), required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000)


class LiftHoldSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class RetentionView(APIView):
    """GET: every kind of record that is removed after its time, with counts."""

    permission_classes = READERS

    @extend_schema(responses=SourceCountsSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(SourceCountsSerializer(selectors.counted_sources(), many=True).data)


class DueView(ListAPIView):
    """GET: the records of one kind that go within 90 days, the earliest first."""

    permission_classes = READERS
    serializer_class = DueSerializer

    def get_queryset(self) -> QuerySet[Any]:
        source = SOURCES.get(self.kwargs.get("source", ""))
        if source is None:
            raise Http404
        return source.due(school_today() + selectors.AHEAD)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        source = SOURCES.get(kwargs["source"])
        if source is None:
            raise Http404
        page = self.paginate_queryset(self.get_queryset())
        rows = [source.shown(row) for row in (self.get_queryset() if page is None else page)]
        data = DueSerializer(rows, many=True).data
        return Response(data) if page is None else self.get_paginated_response(data)


class RemovalsView(ListAPIView):
    """GET: what was removed, the latest first. It says nothing of what the records said."""

    permission_classes = READERS
    serializer_class = RemovalSerializer
    queryset = Removal.objects.all()


class HoldListView(ListAPIView):
    """GET: legal holds, lifted ones too."""

    permission_classes = READERS
    serializer_class = HoldSerializer
    queryset = selectors.holds()


class PlaceHoldView(APIView):
    """POST: keep everything about one person, activity or board. A hold that stands already is returned."""

    permission_classes = OFFICER

    @extend_schema(request=PlaceHoldSerializer, responses={201: HoldSerializer})
    def post(self, request: Request) -> Response:
        form = PlaceHoldSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(form.validated_data)
        return Response(HoldSerializer(place_hold(officer=request.user, **values)).data, status=201)


class LiftHoldView(APIView):
    """POST: end a hold. Lifting again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(request=LiftHoldSerializer, responses=HoldSerializer)
    def post(self, request: Request, pk: int) -> Response:
        hold = get_object_or_404(LegalHold, pk=pk)
        form = LiftHoldSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(HoldSerializer(lift_hold(officer=request.user, hold=hold, **form.validated_data)).data)
