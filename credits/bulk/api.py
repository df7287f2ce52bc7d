"""Correcting or revoking many awards over the API: begin, read the preview, confirm or discard."""

from __future__ import annotations

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
from credits.bulk.services import MOST_AWARDS, begin_bulk_change, confirm_bulk_change, discard_bulk_change
from credits.models import Accreditation, BulkChange, BulkLine, RevocationReason


class BulkLineSerializer(serializers.ModelSerializer):
    """`fate` is empty until it was tried; `sentence` says why an award stays; `closed` names the closed cycles that are reached."""

    closed = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = BulkLine
        fields = ["award", "fate", "sentence", "closed", "successor"]


class BulkCountsSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    will = serializers.IntegerField()
    refused = serializers.IntegerField()
    done = serializers.IntegerField()
    closed = serializers.IntegerField()


class BulkSerializer(serializers.ModelSerializer):
    counts = serializers.SerializerMethodField()

    class Meta:
        model = BulkChange
        fields = ["id", "kind", "state", "reason", "reason_class", "completed_on", "accreditation", "created_at", "confirmed_at", "counts"]

    @extend_schema_field(BulkCountsSerializer)
    def get_counts(self, change: BulkChange) -> dict[str, int]:
        return change.counts()


class BulkDetailSerializer(BulkSerializer):
    lines = BulkLineSerializer(many=True)

    class Meta(BulkSerializer.Meta):
        fields = [*BulkSerializer.Meta.fields, "lines"]


class BeginSerializer(serializers.Serializer):
    """To revoke, give `reason_class`; to correct, `completed_on`, `accreditation` or both."""

    kind = serializers.ChoiceField(choices=BulkChange.Kind.choices)
    awards = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), max_length=MOST_AWARDS)
    reason = serializers.CharField(max_length=2000)
    reason_class = serializers.ChoiceField(choices=RevocationReason.choices, allow_blank=True, default="")
    completed_on = serializers.DateField(allow_null=True, default=None)
    accreditation = serializers.PrimaryKeyRelatedField(queryset=Accreditation.objects.all(), allow_null=True, default=None)


class BulkViewSet(ReadOnlyModelViewSet):
    """Bulk changes, the latest first; one by its id comes with what becomes of each award."""

    permission_classes = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]
    queryset = BulkChange.objects.all()

    def get_queryset(self) -> QuerySet[BulkChange]:
        return BulkChange.objects.prefetch_related("lines") if self.action == "retrieve" else BulkChange.objects.all()

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return BulkDetailSerializer if self.action == "retrieve" else BulkSerializer


class BeginBulkView(APIView):
    """POST: have a change of many awards tried. Nothing changes before it is confirmed."""

    permission_classes = [HasRole.of(Role.CE_OFFICER)]

    @extend_schema(request=BeginSerializer, responses={201: BulkSerializer})
    def post(self, request: Request) -> Response:
        form = BeginSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(BulkSerializer(begin_bulk_change(officer=request.user, **form.validated_data)).data, status=201)


class ConfirmBulkView(APIView):
    """POST: have it done. Calling again changes nothing."""

    permission_classes = [HasRole.of(Role.CE_OFFICER)]

    @extend_schema(request=None, responses=BulkSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(BulkSerializer(confirm_bulk_change(officer=request.user, change=get_object_or_404(BulkChange, pk=pk))).data)


class DiscardBulkView(APIView):
    """POST: leave every award as it is."""

    permission_classes = [HasRole.of(Role.CE_OFFICER)]

    @extend_schema(request=None, responses=BulkSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(BulkSerializer(discard_bulk_change(officer=request.user, change=get_object_or_404(BulkChange, pk=pk))).data)
