"""Petition packs for programs: the same as on the learner's pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.limits import check_limit
from credits.models import Board, Dossier, PetitionPack
from credits.petitions.book import petition_book
from credits.petitions.selectors import answered_for, candidates_for, packs_of
from credits.petitions.services import MAX_WORDS, request_petition
from credits.petitions.views import RATE, file_answer

LEARNER = [IsAuthenticated]


class PetitionBodySerializer(serializers.Serializer):
    """What is known of a body's petitions. `possible` is yes, no or unknown; `is_known` is false where only the usual is asked."""

    board = serializers.CharField()
    possible = serializers.CharField()
    fee = serializers.CharField()
    conditions = serializers.ListField(child=serializers.CharField())
    cautions = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()  # type: ignore[assignment]  # the form field of that name is not used here
    as_of = serializers.DateField(allow_null=True)
    confidence = serializers.CharField()
    is_known = serializers.BooleanField()


class PetitionCandidateSerializer(serializers.Serializer):
    """A body that gave a completion no credit; `refusal` says why a petition to it is of no use."""

    body = PetitionBodySerializer()
    pack = serializers.IntegerField(source="pack.pk", allow_null=True, default=None)
    refusal = serializers.CharField()


class PetitionPackSerializer(serializers.ModelSerializer):
    """A pack. `missing` names the subjects the record could not answer; `progress` (percent) is of the job that makes it."""

    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    completion = serializers.IntegerField(source="dossier_id")
    title = serializers.CharField(source="dossier.activity.title")
    is_ready = serializers.BooleanField()
    progress = serializers.IntegerField(source="job.progress", read_only=True, default=None)
    stage = serializers.CharField(source="job.stage", read_only=True, default="")

    class Meta:
        model = PetitionPack
        fields = [
            "id", "completion", "title", "board", "words", "state", "is_ready", "progress", "stage", "failure", "missing", "size_bytes", "sha256",
            "made_at", "expires_at",
        ]  # fmt: skip


class PetitionAnswerSerializer(serializers.Serializer):
    """A question of the body's (`is_usual`: one petitions usually ask) with the answer as text; `todo` where there is none."""

    section = serializers.CharField(source="answer.section")
    ask = serializers.CharField()
    is_usual = serializers.BooleanField()
    answer = serializers.CharField(source="answer.text")
    is_missing = serializers.BooleanField(source="answer.is_missing")
    todo = serializers.CharField(source="answer.todo")


class PetitionDetailSerializer(PetitionPackSerializer):
    answers = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    class Meta(PetitionPackSerializer.Meta):
        fields = [*PetitionPackSerializer.Meta.fields, "body", "answers"]

    @extend_schema_field(PetitionAnswerSerializer(many=True))
    def get_answers(self, pack: PetitionPack) -> Any:
        return PetitionAnswerSerializer(answered_for(pack), many=True).data

    @extend_schema_field(PetitionBodySerializer)
    def get_body(self, pack: PetitionPack) -> Any:
        return PetitionBodySerializer(petition_book().of(pack.board.code)).data


class PetitionRequestSerializer(serializers.Serializer):
    completion = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.all())
    words = serializers.CharField(max_length=MAX_WORDS, required=False, allow_blank=True, default="")


class PetitionListView(ListAPIView):
    """GET: one's own packs, the latest first."""

    permission_classes = LEARNER
    serializer_class = PetitionPackSerializer
    queryset = PetitionPack.objects.none()

    def get_queryset(self) -> QuerySet[PetitionPack]:
        return packs_of(self.request.user) if self.request.user.is_authenticated else PetitionPack.objects.none()


class PetitionView(RetrieveAPIView):
    """GET: one pack, with the body's questions and what the record answers."""

    permission_classes = LEARNER
    serializer_class = PetitionDetailSerializer
    queryset = PetitionPack.objects.none()

    def get_queryset(self) -> QuerySet[PetitionPack]:
        return packs_of(self.request.user) if self.request.user.is_authenticated else PetitionPack.objects.none()


class CandidatesView(APIView):
    """GET: which bodies one's own completion can be put before, and what is known of their petitions."""

    permission_classes = LEARNER

    @extend_schema(responses=PetitionCandidateSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        dossier = get_object_or_404(Dossier.objects.visible_to(request.user).select_related("activity"), pk=pk)
        return Response(PetitionCandidateSerializer(candidates_for(dossier), many=True).data)


class RequestPetitionView(APIView):
    """POST: have a pack made in the background. The same again returns the same pack; other words have it made again.

    409 says what stands in the way.
    """

    permission_classes = LEARNER

    @extend_schema(request=PetitionRequestSerializer, responses={201: PetitionPackSerializer})
    def post(self, request: Request) -> Response:
        form = PetitionRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        dossier = get_object_or_404(Dossier.objects.visible_to(request.user), pk=form.validated_data["completion"])
        check_limit(request, group="petition", rate=RATE)
        pack = request_petition(dossier=dossier, board=form.validated_data["board"], words=form.validated_data["words"])
        return Response(PetitionPackSerializer(packs_of(request.user).get(pk=pack.pk)).data, status=201)


class PetitionFileView(APIView):
    """GET: the ZIP. 409 when it is not ready, or its time is over."""

    permission_classes = LEARNER

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        return file_answer(get_object_or_404(packs_of(request.user), pk=pk))
