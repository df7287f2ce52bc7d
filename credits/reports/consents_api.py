"""One's own word on being reported to a board."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from credits.models import Board
from credits.reports import consents
from credits.reports.consents import Consent


class ConsentSerializer(serializers.Serializer):
    """`state` is open until the person answers. A yes or a no carries the digest of the text it answers: `digest` or `withdrawal_digest`."""

    board = serializers.CharField(source="board.code")
    board_name = serializers.CharField(source="board.name")
    state = serializers.ChoiceField(choices=["open", "given", "withdrawn"])
    since = serializers.DateTimeField(source="latest.at", default=None, allow_null=True)
    words = serializers.CharField()
    digest = serializers.CharField()
    withdrawal = serializers.CharField()
    withdrawal_digest = serializers.CharField()


class ConsentWordSerializer(serializers.Serializer):
    digest = serializers.CharField(max_length=64)


class ConsentListView(APIView):
    """GET: what the boards of one's licences ask, and what one said."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=ConsentSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(ConsentSerializer(consents.consents_of(request.user), many=True).data)


class GiveConsentView(APIView):
    """POST: agree to the words with this digest. Calling again changes nothing; 409 when the words have changed since."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=ConsentWordSerializer, responses=ConsentSerializer)
    def post(self, request: Request, code: str) -> Response:
        board, digest = _asked(request, code)
        consents.give_consent(user=request.user, board=board, digest=digest)
        return _answer(consents.consent_of(request.user, board))


class WithdrawConsentView(APIView):
    """POST: take the consent back, with the digest of the withdrawal's words. Calling again changes nothing."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=ConsentWordSerializer, responses=ConsentSerializer)
    def post(self, request: Request, code: str) -> Response:
        board, digest = _asked(request, code)
        consents.withdraw_consent(user=request.user, board=board, digest=digest)
        return _answer(consents.consent_of(request.user, board))


def _asked(request: Request, code: str) -> tuple[Board, str]:
    board = get_object_or_404(Board, code=code)
    form = ConsentWordSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    if consents.consent_of(request.user, board) is None:
        raise consents.nothing_to_ask(board)
    return board, form.validated_data["digest"]


def _answer(consent: Consent | None) -> Response:
    return Response(ConsentSerializer(consent).data)
