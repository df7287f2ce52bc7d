"""What is offered under an activity beside its approvals, over the API."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from accounts.permissions import HasRole
from credits.changes.selectors import offerings_of
from credits.models import Activity
from credits.selectors import school_today


class DifferenceSerializer(serializers.Serializer):
    """`stops_credit`: nothing is credited until it is filed. `is_to_file`: the board has to hear of it."""

    code = serializers.CharField()
    approved = serializers.CharField()
    offered = serializers.CharField()
    sentence = serializers.CharField()
    stops_credit = serializers.BooleanField()
    is_to_file = serializers.BooleanField()


class ComparisonSerializer(serializers.Serializer):
    approval = serializers.IntegerField(source="accreditation.pk")
    board = serializers.CharField(source="accreditation.board.code")
    differences = DifferenceSerializer(many=True)


class OfferingSerializer(serializers.Serializer):
    """A course or workshop date; `on` is the day it is completed, null when that is any day. `gaps` are boards that cover other days only."""

    key = serializers.CharField(source="offering.key")
    what = serializers.CharField(source="offering.label")
    address = serializers.CharField(source="offering.address")
    on = serializers.DateField(source="offering.on", allow_null=True)
    approvals = ComparisonSerializer(many=True, source="comparisons")
    gaps = serializers.SerializerMethodField()

    def get_gaps(self, view: object) -> list[str]:
        return [gap.board.code for gap in getattr(view, "gaps", ())]


class OfferingsView(APIView):
    """GET: what is offered under an activity, and how each differs from the approvals that cover its day."""

    permission_classes = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]

    @extend_schema(responses=OfferingSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        activity = get_object_or_404(Activity, pk=pk)
        return Response(OfferingSerializer(offerings_of(activity, today=school_today()), many=True).data)
