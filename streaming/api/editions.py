"""What a player asks about a film that is still being made."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from streaming.models import Grant
from streaming.selectors.assets import edition_of


class EditionAnswer(serializers.Serializer):
    edition = serializers.IntegerField(help_text="Grows whenever more can be played: read the master playlist again.")
    state = serializers.CharField(help_text="ready when the film is whole.")
    percent = serializers.IntegerField()
    stage = serializers.CharField()
    left_text = serializers.CharField(help_text="How long it will take, such as 3 minutes; empty when nobody knows.")


class GrantEditionView(APIView):
    """GET: how much of the granted video can be played by now."""

    @extend_schema(responses=EditionAnswer)
    def get(self, request: Request, pk: int) -> Response:
        grant = get_object_or_404(Grant.objects.visible_to(request.user).live().select_related("asset"), pk=pk)
        return Response(EditionAnswer(edition_of(grant.asset)).data)
