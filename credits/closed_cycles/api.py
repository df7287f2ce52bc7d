"""Closed cycles over the API: one's own, and every one for CE officers, who decide."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role
from accounts.permissions import HasRole
from credits.models import ClosedCycle
from credits.services import decide_closed_cycle


class CycleMissingSerializer(serializers.Serializer):
    code = serializers.CharField()
    units = serializers.CharField()


class FiguresSerializer(serializers.Serializer):
    """A cycle as the engine evaluates it. Amounts are exact decimals as text."""

    start = serializers.DateField()
    end = serializers.DateField()
    status = serializers.CharField()
    required = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a declared field: the metaclass takes it off the class
    applied = serializers.CharField(allow_null=True)
    needed = serializers.CharField(allow_null=True)
    carried_out = serializers.CharField()
    missing = CycleMissingSerializer(many=True)


class ClosedCycleSerializer(serializers.ModelSerializer):
    """A cycle that was over, or renewed, when an award was changed: without and with the change. `outcome` is empty until it is decided."""

    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()

    class Meta:
        model = ClosedCycle
        fields = ["id", "licence", "award", "cause", "cycle_end", "renewed_on", "unit", "before", "after", "outcome", "word", "decided_at"]

    @extend_schema_field(FiguresSerializer)
    def get_before(self, cycle: ClosedCycle) -> dict[str, Any]:
        return dict(cycle.before)

    @extend_schema_field(FiguresSerializer)
    def get_after(self, cycle: ClosedCycle) -> dict[str, Any]:
        return dict(cycle.after)


class DecideSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=ClosedCycle.DECISIONS)
    word = serializers.CharField(max_length=1000, allow_blank=True, default="")
    note = serializers.CharField(max_length=2000)


class ClosedCycleViewSet(ReadOnlyModelViewSet):
    """The caller's own; every one for CE officers."""

    queryset = ClosedCycle.objects.none()
    serializer_class = ClosedCycleSerializer

    def get_queryset(self) -> QuerySet[ClosedCycle]:
        user = self.request.user
        if not user.is_authenticated:
            return ClosedCycle.objects.none()
        return ClosedCycle.objects.all() if user.has_role(Role.CE_OFFICER) else ClosedCycle.objects.visible_to(user)


class DecideView(APIView):
    """POST: say what follows for a closed cycle. The same decision again changes nothing."""

    permission_classes = [HasRole.of(Role.CE_OFFICER)]

    @extend_schema(request=DecideSerializer, responses=ClosedCycleSerializer)
    def post(self, request: Request, pk: int) -> Response:
        cycle = get_object_or_404(ClosedCycle.objects.select_related("licence"), pk=pk)
        form = DecideSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(ClosedCycleSerializer(decide_closed_cycle(officer=request.user, cycle=cycle, **form.validated_data)).data)
