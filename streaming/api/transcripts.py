"""The transcript beside a player: to whom the film is open, and to nobody else."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from streaming.models import Grant, VideoAsset
from streaming.selectors.words import asset_of_preview, transcript
from streaming.services.watching import refuse_unless_watchable

PREVIEW_LASTS_S = 12 * 3600
LANGUAGE = OpenApiParameter("language", str, description="The language of one of the film's captions; without it, the default one.")


class LineAnswer(serializers.Serializer):
    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()
    text = serializers.CharField()


class TranscriptAnswer(serializers.Serializer):
    cues = LineAnswer(many=True)


class GrantTranscriptView(APIView):
    """GET: everything said in the film of one of the caller's own grants, for as long as it lasts."""

    @extend_schema(parameters=[LANGUAGE], responses=TranscriptAnswer)
    def get(self, request: Request, pk: int) -> Response:
        grant = get_object_or_404(Grant.objects.visible_to(request.user).select_related("asset", "user"), pk=pk)
        refuse_unless_watchable(grant, grant.user)
        return _answer(request, grant.asset)


class PreviewTranscriptView(APIView):
    """GET: everything said in the film of a preview; the key is in the preview's page."""

    @extend_schema(parameters=[LANGUAGE], responses=TranscriptAnswer)
    def get(self, request: Request, key: str) -> Response:
        pk = asset_of_preview(key, lasts_s=PREVIEW_LASTS_S)
        if pk is None:
            raise NotFound(_("This preview has ended. Reload its page."))
        return _answer(request, get_object_or_404(VideoAsset, pk=pk))


def _answer(request: Request, asset: VideoAsset) -> Response:
    lines = transcript(asset, request.query_params.get("language", "").replace("\x00", "")[:40])
    return Response({"cues": lines}, headers={"Cache-Control": "private, no-cache"})
