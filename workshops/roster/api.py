"""The roster for programs: the same as on the desk and on the learner's page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from accounts.permissions import HasRole
from core import clock
from workshops.models import Attendance, AttendanceCorrection, AttendeeMessage, Block, Seat, SeatOutcome, Workshop
from workshops.roster import api_serializers as shapes
from workshops.roster.csv_file import roster_csv
from workshops.roster.papers import PAPERS
from workshops.roster.selectors import completion_job, own_attendance, people_for, roster
from workshops.roster.services import (
    annul_attendance,
    answer_correction,
    ask_for_correction,
    mark_block,
    mark_rest,
    record_attendance,
    send_message,
    start_completion,
)

READERS = [HasRole.of(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)]
TEACHERS = [HasRole.of(Role.STAFF, Role.INSTRUCTOR)]
LOADED = Workshop.objects.select_related("venue", "activity").prefetch_related("blocks")


def _readable(request: Request, pk: int) -> Workshop:
    return get_object_or_404(LOADED.roster_visible_to(request.user), pk=pk)


def _editable(request: Request, pk: int) -> Workshop:
    return get_object_or_404(LOADED.editable_by(request.user), pk=pk)


def _seat(workshop: Workshop, pk: int) -> Seat:
    seat = get_object_or_404(Seat.objects.select_related("learner"), pk=pk, workshop=workshop)
    seat.workshop = workshop
    return seat


def _input(shape: Any, request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = given.validated_data
    return values


class RosterView(APIView):
    """GET: everyone with a seat, what is noted and missing, and what each board would grant."""

    permission_classes = READERS

    @extend_schema(responses=shapes.RosterSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.RosterSerializer(roster(_readable(request, pk))).data)


class EntryView(APIView):
    """POST: note an arrival or a departure. The same nonce again returns the first entry."""

    permission_classes = TEACHERS

    @extend_schema(request=shapes.EntryInputSerializer, responses={201: shapes.AttendanceEntrySerializer})
    def post(self, request: Request, pk: int, seat: int) -> Response:
        held = _seat(_editable(request, pk), seat)
        entry = record_attendance(seat=held, by=request.user, **_input(shapes.EntryInputSerializer, request))
        return Response(shapes.AttendanceEntrySerializer(entry).data, status=201)


class MarkView(APIView):
    """POST: make the log say that the person attended a whole block, or none of it."""

    permission_classes = TEACHERS

    @extend_schema(request=shapes.MarkInputSerializer, responses=shapes.RosterSerializer)
    def post(self, request: Request, pk: int, seat: int) -> Response:
        workshop = _editable(request, pk)
        mark_block(seat=_seat(workshop, seat), by=request.user, **_input(shapes.MarkInputSerializer, request))
        return Response(shapes.RosterSerializer(roster(workshop)).data)


class MarkRestView(APIView):
    """POST: note that everyone attended a block of whom nothing is noted in it."""

    permission_classes = TEACHERS

    @extend_schema(request=None, responses=shapes.MarkedSerializer)
    def post(self, request: Request, pk: int, block: int) -> Response:
        workshop = _editable(request, pk)
        stretch = get_object_or_404(Block, pk=block, workshop=workshop, kind=Block.Kind.INSTRUCTION)
        return Response({"marked": mark_rest(workshop=workshop, block=stretch, by=request.user)})


class AnnulView(APIView):
    """POST: take an entry back by a later one. A repeat returns the same."""

    permission_classes = TEACHERS

    @extend_schema(request=shapes.AnnulInputSerializer, responses=shapes.AttendanceEntrySerializer)
    def post(self, request: Request, pk: int, entry: int) -> Response:
        line = get_object_or_404(Attendance.objects.select_related("seat", "block"), pk=entry, seat__workshop=_editable(request, pk))
        annulled = annul_attendance(entry=line, by=request.user, note=_input(shapes.AnnulInputSerializer, request)["note"])
        return Response(shapes.AttendanceEntrySerializer(annulled).data)


class OutcomesView(ListAPIView):
    """GET: how one person's attendance was decided, the latest first."""

    permission_classes = READERS
    serializer_class = shapes.SeatOutcomeSerializer
    queryset = SeatOutcome.objects.none()

    def get_queryset(self) -> QuerySet[SeatOutcome]:
        if "pk" not in self.kwargs:  # the schema is drawn without an address
            return SeatOutcome.objects.none()
        seat = _seat(_readable(self.request, self.kwargs["pk"]), self.kwargs["seat"])
        return SeatOutcome.objects.filter(seat=seat).select_related("decided_by", "superseded_by").order_by("-pk")


class DecidingView(APIView):
    """GET: how far deciding attendance is. POST: have it decided for all, as the roster with this fingerprint says."""

    permission_classes = TEACHERS

    @extend_schema(responses=shapes.DecidingSerializer)
    def get(self, request: Request, pk: int) -> Response:
        job = completion_job(_editable(request, pk))
        return Response({"state": job.state if job else "none", "progress": job.progress if job else 0})

    @extend_schema(request=shapes.DecideInputSerializer, responses={202: shapes.DecidingSerializer})
    def post(self, request: Request, pk: int) -> Response:
        job = start_completion(workshop=_editable(request, pk), by=request.user, **_input(shapes.DecideInputSerializer, request))
        return Response({"state": job.state, "progress": job.progress}, status=202)


class CorrectionsView(ListAPIView):
    """GET: what learners say is noted wrongly, the latest first."""

    permission_classes = TEACHERS
    serializer_class = shapes.CorrectionSerializer
    queryset = AttendanceCorrection.objects.none()

    def get_queryset(self) -> QuerySet[AttendanceCorrection]:
        if "pk" not in self.kwargs:  # the schema is drawn without an address
            return AttendanceCorrection.objects.none()
        rows = AttendanceCorrection.objects.filter(seat__workshop=_editable(self.request, self.kwargs["pk"]))
        return rows.select_related("answered_by").order_by("-pk")


class AnswerView(APIView):
    """POST: answer a learner. A repeat changes nothing."""

    permission_classes = TEACHERS

    @extend_schema(request=shapes.CorrectionAnswerInputSerializer, responses=shapes.CorrectionSerializer)
    def post(self, request: Request, pk: int, correction: int) -> Response:
        asked = get_object_or_404(AttendanceCorrection, pk=correction, seat__workshop=_editable(request, pk))
        values = _input(shapes.CorrectionAnswerInputSerializer, request)
        row = answer_correction(correction=asked, by=request.user, is_mended=values["became"] == "mended", answer=values["answer"])
        return Response(shapes.CorrectionSerializer(row).data)


class MessagesView(ListAPIView):
    """GET: what was written to attendees and who got it. POST: write to them, each once."""

    permission_classes = TEACHERS
    serializer_class = shapes.AttendeeMessageSerializer
    queryset = AttendeeMessage.objects.none()

    def get_queryset(self) -> QuerySet[AttendeeMessage]:
        if "pk" not in self.kwargs:  # the schema is drawn without an address
            return AttendeeMessage.objects.none()
        rows = AttendeeMessage.objects.filter(workshop=_editable(self.request, self.kwargs["pk"]))
        return rows.select_related("sent_by").prefetch_related("mails").order_by("-pk")

    @extend_schema(request=shapes.MessageInputSerializer, responses={201: shapes.AttendeeMessageSerializer})
    def post(self, request: Request, pk: int) -> Response:
        workshop = _editable(request, pk)
        values = _input(shapes.MessageInputSerializer, request)
        chosen = workshop.seats.confirmed().filter(pk__in=values.pop("seats")).select_related("learner")
        people = people_for(workshop, values["audience"], chosen)
        return Response(shapes.AttendeeMessageSerializer(send_message(workshop=workshop, by=request.user, people=people, **values)).data, status=201)


class PaperView(APIView):
    """GET: a PDF, "badges" or "sign-in"; `?qr=1` prints ticket codes on badges."""

    permission_classes = READERS

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, kind: str) -> HttpResponse:
        workshop = _readable(request, pk)
        if kind not in PAPERS:
            raise Http404
        return HttpResponse(PAPERS[kind](workshop, made_at=clock.now(), with_codes="qr" in request.query_params), content_type="application/pdf")


class RosterCsvView(APIView):
    """GET: the roster as a CSV file."""

    permission_classes = READERS

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, pk: int) -> HttpResponse:
        return HttpResponse(roster_csv(roster(_readable(request, pk))), content_type="text/csv; charset=utf-8")


class OwnAttendanceView(APIView):
    """GET: what is noted of the caller, who has a seat. POST: say that it is wrong."""

    def _own(self, request: Request, slug: str) -> Seat:
        seats = Seat.objects.confirmed().filter(learner_id=request.user.pk, workshop__in=Workshop.objects.visible_to(request.user))
        return get_object_or_404(seats.select_related("workshop__venue", "workshop__activity").prefetch_related("workshop__blocks"), workshop__slug=slug)

    @extend_schema(responses=shapes.OwnAttendanceSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(shapes.OwnAttendanceSerializer(own_attendance(self._own(request, slug))).data)

    @extend_schema(request=shapes.AskInputSerializer, responses={201: shapes.CorrectionSerializer})
    def post(self, request: Request, slug: str) -> Response:
        asked = ask_for_correction(seat=self._own(request, slug), **_input(shapes.AskInputSerializer, request))
        return Response(shapes.CorrectionSerializer(asked).data, status=201)
