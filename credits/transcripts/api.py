"""One's own transcript over the API, the links to it, and what a link shows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.limits import check_limit, count_visit
from credits.api.serializers import DayField
from credits.models import Board, TranscriptLink
from credits.transcripts.build import Section, Transcript, TranscriptFilter, transcript_of
from credits.transcripts.files import csv_answer, pdf_answer
from credits.transcripts.lines import Line, Origin, State
from credits.transcripts.links import DEFAULT_DAYS, MAX_DAYS, find_link, make_link, note_opening, revoke_link
from credits.transcripts.public import GUESSES, OPENINGS, shared_transcript, shared_url
from credits.transcripts.views import FILES_AN_HOUR

FILTERS = [
    OpenApiParameter("board", str, description="A board's code."),
    OpenApiParameter("period", str, description="A year, or two days such as 2025-09-01..2027-08-31."),
    OpenApiParameter("kind", str, enum=Origin.values),
    OpenApiParameter("status", str, enum=[*State.values, "all"], description="Earned and pending without one."),
]


class LineSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(source="origin", choices=Origin.choices)
    state = serializers.ChoiceField(choices=State.choices)
    status = serializers.CharField(source="code")
    title = serializers.CharField()
    provider = serializers.CharField()
    completed_on = serializers.DateField(source="day", allow_null=True)
    units = serializers.SerializerMethodField()
    unit = serializers.CharField()
    categories = serializers.SerializerMethodField()
    delivery = serializers.CharField(source="mode")
    approval = serializers.CharField()
    certificate = serializers.CharField()

    def get_units(self, line: Line) -> str | None:
        return line.units_shown or None

    def get_categories(self, line: Line) -> list[dict[str, str]]:
        return [{"name": name, "units": units} for name, units in line.split]


class SectionSerializer(serializers.Serializer):
    """One board in one cycle or year, with its sums as exact decimals in the board's unit; `board` is null for what has no board's units."""

    board = serializers.SerializerMethodField()
    heading = serializers.CharField()
    first = serializers.DateField(allow_null=True)
    last = serializers.DateField(allow_null=True)
    is_cycle = serializers.BooleanField()
    is_current = serializers.BooleanField()
    licence_number = serializers.CharField()
    unit = serializers.CharField()
    earned = serializers.CharField()
    earned_here = serializers.CharField(source="here")
    earned_elsewhere = serializers.CharField(source="elsewhere")
    pending = serializers.CharField()
    lines = LineSerializer(many=True)

    def get_board(self, section: Section) -> str | None:
        return section.board.code if section.board else None


class TranscriptSerializer(serializers.Serializer):
    name = serializers.CharField()
    is_name_confirmed = serializers.BooleanField()
    made_on = serializers.DateField()
    sections = SectionSerializer(many=True)


class LinkSerializer(serializers.ModelSerializer):
    """`url` is null once the link is over."""

    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=TranscriptLink.State.choices, read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = TranscriptLink
        fields = [
            "id", "name", "board", "first_on", "last_on", "with_external", "with_pending", "state", "url", "created_at", "expires_at", "revoked_at",
            "opened_count", "last_opened_at",
        ]  # fmt: skip

    def get_url(self, link: TranscriptLink) -> str | None:
        return shared_url(link.token) if link.is_open and link.token else None


class LinkInputSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    days = serializers.IntegerField(min_value=1, max_value=MAX_DAYS, default=DEFAULT_DAYS)
    board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.all(), allow_null=True, default=None)
    first_on = DayField(allow_null=True, default=None)
    last_on = DayField(allow_null=True, default=None)
    with_external = serializers.BooleanField(default=True)
    with_pending = serializers.BooleanField(default=False)


class TranscriptView(APIView):
    """GET: the caller's own transcript."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=FILTERS, responses=TranscriptSerializer)
    def get(self, request: Request) -> Response:
        return Response(TranscriptSerializer(_asked(request)).data)


class TranscriptPdfView(APIView):
    """GET: the same as a PDF."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=FILTERS, responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponse:
        check_limit(request, group="transcript-file", rate=FILES_AN_HOUR)
        return pdf_answer(_asked(request))


class TranscriptCsvView(APIView):
    """GET: the same as a CSV file."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=FILTERS, responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        check_limit(request, group="transcript-file", rate=FILES_AN_HOUR)
        return csv_answer(_asked(request))


class LinkViewSet(ReadOnlyModelViewSet):
    """The caller's own links to their transcript."""

    queryset = TranscriptLink.objects.none()
    serializer_class = LinkSerializer

    def get_queryset(self) -> QuerySet[TranscriptLink]:
        user = self.request.user
        return TranscriptLink.objects.visible_to(user).select_related("board") if user.is_authenticated else TranscriptLink.objects.none()


class MakeLinkView(APIView):
    """POST: make a link that shows the transcript, or a part of it, to whoever has it."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=LinkInputSerializer, responses={201: LinkSerializer})
    def post(self, request: Request) -> Response:
        check_limit(request, group="transcript-link", rate="30/h")
        form = LinkInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(LinkSerializer(make_link(user=request.user, **form.validated_data)).data, status=201)


class RevokeLinkView(APIView):
    """POST: end one of one's own links at once. Calling again changes nothing."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=LinkSerializer)
    def post(self, request: Request, pk: int) -> Response:
        link = get_object_or_404(TranscriptLink.objects.visible_to(request.user), pk=pk)
        return Response(LinkSerializer(revoke_link(link=link, actor=request.user)).data)


class SharedTranscriptView(APIView):
    """GET: what a link shows, to whoever has its token. 404 for a guess and for a link that is over."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(responses={200: TranscriptSerializer, 404: OpenApiTypes.OBJECT}, auth=[])
    def get(self, request: Request, token: str) -> Response:
        check_limit(request, group="shared-transcript-guess", rate=GUESSES, counts=False)
        link = find_link(token)
        if link is None:
            count_visit(request, group="shared-transcript-guess", rate=GUESSES)
            return _private(Response({"code": "unknown", "detail": "Nothing is shown at this address."}, status=404))
        check_limit(request, group="shared-transcript", rate=OPENINGS)
        if not link.is_open:
            return _private(Response({"code": link.state, "detail": "This link is over. Ask for a new one."}, status=404))
        note_opening(link=link)
        return _private(Response(TranscriptSerializer(shared_transcript(link)).data))


def _asked(request: Request) -> Transcript:
    return transcript_of(request.user, TranscriptFilter.of(request.query_params.dict()))


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
