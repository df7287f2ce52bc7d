"""Audit packs for programs: the same as on the desk."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.permissions import HasRole
from credits.audits import selectors, services
from credits.audits.desk import file_answer
from credits.audits.scope import about
from credits.days import IN_OUR_TIME
from credits.models import Activity, AuditPack, Board

OFFICER = [HasRole.of(Role.CE_OFFICER)]
READERS = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]


class PackSerializer(serializers.ModelSerializer):
    """A pack. `progress` (percent) and `stage` are of the job that makes it; `sha256` is the finished file's."""

    about = serializers.SerializerMethodField()
    learner: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="email", read_only=True)
    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    progress = serializers.IntegerField(source="job.progress", read_only=True, default=None)
    stage = serializers.CharField(source="job.stage", read_only=True, default="")
    is_ready = serializers.BooleanField(read_only=True)

    class Meta:
        model = AuditPack
        fields = [
            "id", "uuid", "about", "learner", "activity", "board", "first_day", "last_day", "purpose", "state", "is_ready", "progress", "stage", "failure",
            "completion_count", "file_count", "size_bytes", "sha256", "created_at", "made_at", "expires_at", "removed_at",
        ]  # fmt: skip

    def get_about(self, pack: AuditPack) -> str:
        return about(pack)


class RequestPackSerializer(serializers.Serializer):
    """What the pack is about: one of learner, activity, board and period, or several."""

    learner = serializers.SlugRelatedField(slug_field="email", queryset=User.objects.all(), required=False, allow_null=True)
    activity = serializers.PrimaryKeyRelatedField(queryset=Activity.objects.all(), required=False, allow_null=True)
    board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.all(), required=False, allow_null=True)
    first_day = serializers.DateField(required=False, allow_null=True, validators=IN_OUR_TIME)
    last_day = serializers.DateField(required=False, allow_null=True, validators=IN_OUR_TIME)
    purpose = serializers.CharField(max_length=300)


class PackListView(ListAPIView):
    """GET: every pack, the latest first."""

    permission_classes = READERS
    serializer_class = PackSerializer
    queryset = selectors.packs()


class PackView(RetrieveAPIView):
    """GET: one pack, and how far it is."""

    permission_classes = READERS
    serializer_class = PackSerializer
    queryset = selectors.packs()


def _answer(pack: AuditPack, status: int = 200) -> Response:
    return Response(PackSerializer(selectors.packs().get(pk=pack.pk)).data, status=status)


class RequestPackView(APIView):
    """POST: have a pack made in the background. The same again, while it is being made, returns the same pack."""

    permission_classes = OFFICER

    @extend_schema(request=RequestPackSerializer, responses={201: PackSerializer})
    def post(self, request: Request) -> Response:
        form = RequestPackSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(form.validated_data)
        return _answer(services.request_pack(officer=request.user, **values), status=201)


class PackFileView(APIView):
    """POST: the ZIP. Each download is logged with the person. 409 when the file is not ready or was removed."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def post(self, request: Request, pk: int) -> StreamingHttpResponse:
        return file_answer(services.hand_out(pack=get_object_or_404(AuditPack, pk=pk), officer=request.user))


class MakePackAgainView(APIView):
    """POST: make a pack anew whose file was removed, or that failed. One that is ready or under way stays as it is."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses=PackSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return _answer(services.make_again(pack=get_object_or_404(AuditPack, pk=pk), officer=request.user))


class RemovePackView(APIView):
    """POST: delete a ready pack's file before its time. Its record stays."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses=PackSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return _answer(services.remove_pack(pack=get_object_or_404(AuditPack, pk=pk), officer=request.user))
