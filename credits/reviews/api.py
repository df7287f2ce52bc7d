"""Held awards over the API: one's own, and for CE officers what a hold reaches, its beginning and its end, and flags."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role
from accounts.permissions import HasRole
from credits.api.serializers import AwardSerializer
from credits.models import Award, Certificate, CompletionFlag, Licence
from credits.reviews.serializers import FlagSerializer, HeldCreditSerializer, PreviewSerializer, ReasonSerializer
from credits.selectors import today_of
from credits.services import begin_review, end_review, lift_flag, preview_begin, preview_end, preview_lift
from credits.standings import standing_of_licence

OFFICER = [HasRole.of(Role.CE_OFFICER)]


class HeldView(APIView):
    """GET: what the standing of the caller's own licence leaves out because it is held. Empty too where nothing can be said of the licence."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=HeldCreditSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        licence = get_object_or_404(Licence.objects.visible_to(request.user).with_facts(), pk=pk)
        return Response(HeldCreditSerializer(standing_of_licence(licence, today_of(licence.user)).held, many=True).data)


class HoldAwardView(APIView):
    """GET: what holding an award for review would reach. POST: hold it, and suspend its certificate; calling again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(operation_id="credits_award_hold_preview", responses=PreviewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(PreviewSerializer(preview_begin(certificate=_certificate(pk), officer=request.user)).data)

    @extend_schema(request=ReasonSerializer, responses=AwardSerializer)
    def post(self, request: Request, pk: int) -> Response:
        begin_review(certificate=_certificate(pk), officer=request.user, reason=_reason(request))
        return Response(AwardSerializer(Award.objects.get(pk=pk)).data)


class ReleaseAwardView(APIView):
    """GET: what ending the review of an award would reach. POST: end it; the certificate is valid again. Calling again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(operation_id="credits_award_release_preview", responses=PreviewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(PreviewSerializer(preview_end(certificate=_certificate(pk), officer=request.user)).data)

    @extend_schema(request=ReasonSerializer, responses=AwardSerializer)
    def post(self, request: Request, pk: int) -> Response:
        end_review(certificate=_certificate(pk), officer=request.user, reason=_reason(request))
        return Response(AwardSerializer(Award.objects.get(pk=pk)).data)


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("all", bool, description="`1` for lifted ones too.")]))
class FlagViewSet(ReadOnlyModelViewSet):
    """Completions whose payment went back or is questioned: those to decide."""

    permission_classes = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]
    queryset = CompletionFlag.objects.none()
    serializer_class = FlagSerializer

    def get_queryset(self) -> QuerySet[CompletionFlag]:
        rows = CompletionFlag.objects.all()
        return rows.standing() if self.action == "list" and self.request.query_params.get("all") != "1" else rows


class LiftFlagView(APIView):
    """GET: what lifting a flag would reach. POST: what was earned stands. Lifting again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(operation_id="credits_flag_lift_preview", responses=PreviewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(PreviewSerializer(preview_lift(flag=_flag(pk), officer=request.user)).data)

    @extend_schema(request=ReasonSerializer, responses=FlagSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(FlagSerializer(lift_flag(flag=_flag(pk), officer=request.user, reason=_reason(request))).data)


def _certificate(award: int) -> Certificate:
    return get_object_or_404(Certificate.objects.defer("staged", "credential_jwt", "snapshot"), award=award)


def _flag(pk: int) -> CompletionFlag:
    return get_object_or_404(CompletionFlag.objects.select_related("dossier"), pk=pk)


def _reason(request: Request) -> Any:
    form = ReasonSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data["reason"]
