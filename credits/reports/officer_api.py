"""The post room over the API: boards with what waits, batches from draft to answers, rows, settings."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role
from accounts.permissions import HasRole
from credits.models import Accreditation, Award, Board, ReportBatch, ReportCourse, ReportOmission, ReportRoute, ReportRow
from credits.reports import batches, corrections, results, routes
from credits.reports.consents import ask_again
from credits.reports.duties import duty_of
from credits.reports.overview import batches as counted_batches
from credits.reports.overview import board_lines, rows_of
from credits.reports.queue import Waiting, waiting
from credits.reports.systems import layouts, systems
from credits.selectors import school_today

READERS = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]
OFFICER = [HasRole.of(Role.CE_OFFICER)]


class ReportBoardSerializer(serializers.Serializer):
    """One board whose text speaks of reports. `next_due` may be the school's own aim (`is_own_aim`) where the board names no deadline."""

    board = serializers.CharField(source="board.code")
    name = serializers.CharField(source="board.name")
    system = serializers.CharField(source="duty.system.code", default=None, allow_null=True)
    deadline_days = serializers.IntegerField(source="duty.deadline_days", allow_null=True)
    needs_consent = serializers.BooleanField(source="duty.needs_consent")
    is_verified = serializers.BooleanField(source="duty.is_verified")
    reference = serializers.CharField(source="duty.reference")
    is_on = serializers.BooleanField()
    ready = serializers.IntegerField()
    blocked = serializers.IntegerField()
    overdue = serializers.IntegerField()
    to_mend = serializers.SerializerMethodField()
    next_due = serializers.DateField(allow_null=True)
    is_own_aim = serializers.BooleanField()
    open_batch = serializers.IntegerField(source="open_batch.pk", default=None, allow_null=True)
    unanswered = serializers.IntegerField()

    def get_to_mend(self, line: Any) -> int:
        return len(line.corrections)


class ReportProblemSerializer(serializers.Serializer):
    code = serializers.CharField()
    sentence = serializers.CharField()
    address = serializers.CharField()


class ReportWaitingSerializer(serializers.Serializer):
    """An award that is to be reported; `problems` say what keeps it out of the next batch."""

    award = serializers.IntegerField(source="award.pk")
    action = serializers.ChoiceField(choices=ReportRow.Action.choices)
    completed_on = serializers.DateField(source="award.completed_on")
    due_on = serializers.DateField(allow_null=True)
    is_own_aim = serializers.BooleanField()
    is_overdue = serializers.SerializerMethodField()
    open_batch = serializers.IntegerField(allow_null=True)
    payload = serializers.DictField()
    problems = ReportProblemSerializer(many=True)

    def get_is_overdue(self, item: Waiting) -> bool:
        return item.is_overdue(school_today())


class ReportRouteSerializer(serializers.ModelSerializer):
    system = serializers.ChoiceField(choices=sorted(systems()))
    layout = serializers.ChoiceField(choices=sorted(layouts()))
    own_days = serializers.IntegerField(min_value=1, max_value=365, allow_null=True, default=None)

    class Meta:
        model = ReportRoute
        fields = ["is_on", "system", "layout", "report_from", "provider_number", "state", "profession_code", "licence_mask", "own_days"]
        extra_kwargs = {name: {"default": ""} for name in ("provider_number", "state", "profession_code", "licence_mask")} | {"is_on": {"default": True}}


class ReportCourseNumberSerializer(serializers.Serializer):
    """The numbers of an approval's course; all empty takes them out."""

    accreditation = serializers.PrimaryKeyRelatedField(queryset=Accreditation.objects.all())
    course_number = serializers.CharField(max_length=20, allow_blank=True, default="")
    own_course_id = serializers.CharField(max_length=40, allow_blank=True, default="")
    publishing_number = serializers.CharField(max_length=20, allow_blank=True, default="")


class ReportBatchSerializer(serializers.ModelSerializer):
    """`sha256` is the file's; a draft has it too, and locking it names the one that was looked at."""

    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    accepted = serializers.IntegerField(read_only=True)
    refused = serializers.IntegerField(read_only=True)
    waiting = serializers.IntegerField(read_only=True)

    class Meta:
        model = ReportBatch
        fields = [
            "id", "board", "number", "system", "layout", "state", "file_name", "sha256", "row_count", "made_at", "locked_at", "posted_at", "receipt",
            "abandoned_at", "abandon_reason", "accepted", "refused", "waiting",
        ]  # fmt: skip


class ReportRowSerializer(serializers.ModelSerializer):
    class Meta:
        model = ReportRow
        fields = ["id", "position", "award", "action", "corrects", "key", "payload", "outcome", "code", "reason", "decided_at", "again_at"]


class ReportLockSerializer(serializers.Serializer):
    sha256 = serializers.CharField(max_length=64)


class ReportPostSerializer(serializers.Serializer):
    posted_on = serializers.DateField(allow_null=True, default=None)
    receipt = serializers.CharField(max_length=200, allow_blank=True, default="")


class ReportWhySerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=1000)


class ReportAnswersSerializer(serializers.Serializer):
    file = serializers.FileField()


class ReportReadSerializer(serializers.Serializer):
    accepted = serializers.IntegerField()
    refused = serializers.IntegerField()


class ReportOutcomeSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=[ReportRow.Outcome.ACCEPTED, ReportRow.Outcome.REFUSED])
    code = serializers.CharField(max_length=60, allow_blank=True, default="")
    reason = serializers.CharField(max_length=1000, allow_blank=True, default="")


class ReportMendSerializer(serializers.Serializer):
    """`agrees`: the regulator's entry says now what the award says; `removed`: it took the entry out."""

    what = serializers.ChoiceField(choices=["agrees", "removed"])
    note = serializers.CharField(max_length=1000)


class ReportOmissionSerializer(serializers.ModelSerializer):
    class Meta:
        model = ReportOmission
        fields = ["id", "award", "reason", "at", "lifted_at"]


class ReportAskedSerializer(serializers.Serializer):
    asked = serializers.BooleanField()


def _valid(serializer: type[serializers.BaseSerializer], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


def _board(code: str) -> Board:
    board = get_object_or_404(Board, code=code)
    if duty_of(code) is None:
        raise NotFound
    return board


def _batch(pk: int) -> ReportBatch:
    return get_object_or_404(ReportBatch.objects.listed().select_related("board"), pk=pk)


def _shown(batch: ReportBatch, status: int = 200) -> Response:
    return Response(ReportBatchSerializer(counted_batches().get(pk=batch.pk)).data, status=status)


class ReportBoardsView(APIView):
    """GET: every board whose text speaks of reports, with what waits for it."""

    permission_classes = READERS

    @extend_schema(responses=ReportBoardSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(ReportBoardSerializer(board_lines(today=school_today()), many=True).data)


class WaitingListView(ListAPIView[Any]):
    """GET: what waits to be reported to one board, the most urgent first."""

    permission_classes = READERS
    serializer_class = ReportWaitingSerializer
    queryset = ReportRoute.objects.none()

    def get_queryset(self) -> Any:
        board = _board(self.kwargs["code"])
        found = ReportRoute.objects.filter(board=board, is_on=True).select_related("board")
        return waiting(list(found), today=school_today())


class RouteView(APIView):
    """GET: how one board is reported to, 404 before anybody entered it. PUT: enter or change it."""

    permission_classes = OFFICER

    @extend_schema(responses=ReportRouteSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(ReportRouteSerializer(get_object_or_404(ReportRoute, board=_board(code))).data)

    @extend_schema(request=ReportRouteSerializer, responses=ReportRouteSerializer)
    def put(self, request: Request, code: str) -> Response:
        route = routes.save_route(board=_board(code), officer=request.user, values=_valid(ReportRouteSerializer, request))
        return Response(ReportRouteSerializer(route).data)


class CourseNumbersView(APIView):
    """GET: the numbers entered for a board's courses. PUT: enter, change or take out one approval's."""

    permission_classes = OFFICER

    @extend_schema(responses=ReportCourseNumberSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        rows = ReportCourse.objects.filter(route__board=_board(code)).order_by("pk")
        return Response(ReportCourseNumberSerializer(rows, many=True).data)

    @extend_schema(request=ReportCourseNumberSerializer, responses=ReportCourseNumberSerializer)
    def put(self, request: Request, code: str) -> Response:
        values = _valid(ReportCourseNumberSerializer, request)
        route = get_object_or_404(ReportRoute.objects.select_related("board"), board=_board(code))
        accreditation = get_object_or_404(routes.approvals_to_number(route), pk=values.pop("accreditation").pk)
        row = routes.save_course(route=route, accreditation=accreditation, officer=request.user, values=values)
        shown = row or ReportCourse(route=route, accreditation=accreditation)
        return Response(ReportCourseNumberSerializer(shown).data)


class BatchViewSet(ReadOnlyModelViewSet):
    """Batches, the newest first."""

    permission_classes = READERS
    queryset = ReportBatch.objects.none()
    serializer_class = ReportBatchSerializer

    def get_queryset(self) -> QuerySet[ReportBatch]:
        return counted_batches()


class RowListView(ListAPIView[ReportRow]):
    """GET: the rows of one batch, in the order of the file."""

    permission_classes = READERS
    serializer_class = ReportRowSerializer
    queryset = ReportRow.objects.none()

    def get_queryset(self) -> QuerySet[ReportRow]:
        return rows_of(_batch(self.kwargs["pk"]))


class MakeBatchView(APIView):
    """POST: a draft of what is ready for one board, or its open batch."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses={201: ReportBatchSerializer})
    def post(self, request: Request, code: str) -> Response:
        return _shown(batches.make_batch(board=_board(code), officer=request.user), 201)


class RenewBatchView(APIView):
    """POST: make the draft anew; 204 when nothing is ready any more, and the draft is gone."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses={200: ReportBatchSerializer, 204: None})
    def post(self, request: Request, pk: int) -> Response:
        batch = batches.renew_draft(batch=_batch(pk), officer=request.user)
        return _shown(batch) if batch else Response(status=204)


class DiscardBatchView(APIView):
    """POST: throw the draft away."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        batches.discard_draft(batch=_batch(pk), officer=request.user)
        return Response(status=204)


class LockBatchView(APIView):
    """POST: freeze the draft with this hash, so that the caller alone hands it over."""

    permission_classes = OFFICER

    @extend_schema(request=ReportLockSerializer, responses=ReportBatchSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return _shown(batches.lock_batch(batch=_batch(pk), officer=request.user, **_valid(ReportLockSerializer, request)))


class PostBatchView(APIView):
    """POST: note that the regulator took the locked file. Again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(request=ReportPostSerializer, responses=ReportBatchSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return _shown(batches.post_batch(batch=_batch(pk), officer=request.user, **_valid(ReportPostSerializer, request)))


class AbandonBatchView(APIView):
    """POST: the locked file was not posted; its rows wait again."""

    permission_classes = OFFICER

    @extend_schema(request=ReportWhySerializer, responses=ReportBatchSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return _shown(batches.abandon_batch(batch=_batch(pk), officer=request.user, **_valid(ReportWhySerializer, request)))


class BatchFileView(APIView):
    """GET: the file as it was locked; each download is logged. 409 for a draft."""

    permission_classes = READERS

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        batch = get_object_or_404(ReportBatch.objects.select_related("board"), pk=pk)
        answer = HttpResponse(batches.download(batch=batch, actor=request.user), content_type="application/octet-stream")
        answer.headers["Content-Disposition"] = f'attachment; filename="{batch.file_name}"'
        return answer


class ReadAnswersView(APIView):
    """POST: read the regulator's answers from a CSV (`file`). 409 with every mistake, and then nothing is read."""

    permission_classes = OFFICER
    parser_classes = [MultiPartParser]

    @extend_schema(request=ReportAnswersSerializer, responses=ReportReadSerializer)
    def post(self, request: Request, pk: int) -> Response:
        upload = _valid(ReportAnswersSerializer, request)["file"]
        content = upload.read(results.MOST_BYTES + 1)
        found = results.read_results(batch=_batch(pk), officer=request.user, file_name=upload.name, content=content)
        return Response(ReportReadSerializer(found).data)


class AcceptRestView(APIView):
    """POST: every row without an answer was accepted."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses=ReportBatchSerializer)
    def post(self, request: Request, pk: int) -> Response:
        batch = _batch(pk)
        results.accept_rest(batch=batch, officer=request.user)
        return _shown(batch)


def _row(pk: int) -> ReportRow:
    return get_object_or_404(ReportRow.objects.select_related("batch__board", "award").defer("batch__content"), pk=pk)


class DecideRowView(APIView):
    """POST: what the regulator said of one row."""

    permission_classes = OFFICER

    @extend_schema(request=ReportOutcomeSerializer, responses=ReportRowSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(ReportRowSerializer(results.decide_row(row=_row(pk), officer=request.user, **_valid(ReportOutcomeSerializer, request))).data)


class SendAgainView(APIView):
    """POST: let a refused row go into the next batch as it is."""

    permission_classes = OFFICER

    @extend_schema(request=ReportWhySerializer, responses=ReportRowSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(ReportRowSerializer(results.send_again(row=_row(pk), officer=request.user, **_valid(ReportWhySerializer, request))).data)


class MendRowView(APIView):
    """POST: what the regulator did about an entry that no longer says what its award says."""

    permission_classes = OFFICER

    @extend_schema(request=ReportMendSerializer, responses=ReportRowSerializer)
    def post(self, request: Request, pk: int) -> Response:
        row, values = _row(pk), _valid(ReportMendSerializer, request)
        if values["what"] == "removed":
            row = corrections.note_removal(row=row, officer=request.user, note=values["note"])
        else:
            latest = Award.objects.filter(key=row.award.key).order_by("-version")[0]
            row = corrections.note_agreement(row=row, award=latest, officer=request.user, note=values["note"])
        return Response(ReportRowSerializer(row).data)


class LeaveOutView(APIView):
    """POST: keep an award out of every batch. DELETE: take it in again."""

    permission_classes = OFFICER

    @extend_schema(request=ReportWhySerializer, responses={201: ReportOmissionSerializer})
    def post(self, request: Request, pk: int) -> Response:
        award = get_object_or_404(Award.objects.filter(board__isnull=False), pk=pk)
        row = corrections.leave_out(award=award, officer=request.user, **_valid(ReportWhySerializer, request))
        return Response(ReportOmissionSerializer(row).data, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        award = get_object_or_404(Award, pk=pk)
        for row in ReportOmission.objects.standing().filter(award__key=award.key):
            corrections.take_in_again(omission=row, officer=request.user)
        return Response(status=204)


class AskConsentView(APIView):
    """POST: have the learner asked for their consent once more, at most once a day."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses=ReportAskedSerializer)
    def post(self, request: Request, pk: int) -> Response:
        award = get_object_or_404(Award.objects.select_related("board", "dossier__user"), pk=pk)
        return Response({"asked": ask_again(award=award, officer=request.user, today=school_today())})
