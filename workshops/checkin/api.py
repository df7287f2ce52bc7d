"""Check-in over the API: what a phone asks with its token, and what the desk does with a session."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.permissions import HasRole
from core import clock
from core.api import JSONParser
from workshops.checkin.devices import claim_device, claim_link, device_of_token, enrol_device, note_contact, revoke_device, token_of
from workshops.checkin.files import sheet_answer, signature_answer
from workshops.checkin.paper import PaperLine, key_in_sheet
from workshops.checkin.selectors import milliseconds, open_conflicts, phone_roster
from workshops.checkin.serializers import (
    CheckinConflictSerializer,
    CheckinDeviceSerializer,
    ClaimDeviceSerializer,
    ClaimedSerializer,
    EnrolledSerializer,
    LooseSyncSerializer,
    PaperSheetSerializer,
    RecordedSerializer,
    ScannedSheetSerializer,
    SettleConflictSerializer,
    SettleWalkInSerializer,
    SyncedSerializer,
    SyncSerializer,
    WalkInSerializer,
    read_entry,
)
from workshops.checkin.settling import record_conflict, seat_walk_in, set_conflict_aside, set_walk_in_aside
from workshops.checkin.sync import Answer, Entry, sync_entries
from workshops.errors import AttendanceRefused
from workshops.models import Block, CheckinConflict, CheckinDevice, PaperSheet, Signature, WalkIn, Workshop


class DeviceAuthentication(BaseAuthentication):
    """“Authorization: Device TOKEN”. `request.auth` is the phone, `request.user` the person who answers for it."""

    def authenticate(self, request: Request) -> tuple[User, CheckinDevice] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Device":
            return None
        device = device_of_token(token)
        return device.enrolled_by, device

    def authenticate_header(self, request: Request) -> str:
        return "Device"


class DeviceScheme(OpenApiAuthenticationExtension):
    target_class = DeviceAuthentication
    name = "checkinDevice"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "“Device ”, then the token of an enrolled phone."}


class IsDevice(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, CheckinDevice)


class DeviceView(APIView):
    authentication_classes = [DeviceAuthentication]
    permission_classes = [IsDevice]

    @property
    def device(self) -> CheckinDevice:
        return cast(CheckinDevice, self.request.auth)


class ClaimView(APIView):
    """POST: become the phone that a link enrols. The same phone may ask again, another may not."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes = [AllowAny]

    @extend_schema(request=ClaimDeviceSerializer, responses={200: ClaimedSerializer})
    def post(self, request: Request) -> Response:
        form = ClaimDeviceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        device = claim_device(**form.validated_data)
        return Response({"token": token_of(device), "workshop": device.workshop_id})


class PhoneRosterView(DeviceView):
    """GET: everything the phone takes along: blocks, names, hashes of tickets, the log as it stands, what is in conflict."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        note_contact(device=self.device)
        return Response(phone_roster(self.device), headers={"Cache-Control": "no-store"})


class SyncView(DeviceView):
    """POST: up to 200 entries in their order. Each is recorded once, however often it is sent, and has an answer of its own."""

    @extend_schema(request=SyncSerializer, responses={200: SyncedSerializer})
    def post(self, request: Request) -> Response:
        form = LooseSyncSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        skew = form.validated_data["device_ms"] - milliseconds(clock.now())
        read = [(sent, read_entry(sent)) for sent in form.validated_data["entries"]]
        answers = {id(sent): Answer(_nonce(sent), "refused", "unreadable", found) for sent, found in read if isinstance(found, str)}
        entries = [(sent, found) for sent, found in read if isinstance(found, Entry)]
        for (sent, _entry), answer in zip(entries, sync_entries(device=self.device, entries=[entry for _sent, entry in entries], skew_ms=skew), strict=True):
            answers[id(sent)] = answer
        note_contact(device=self.device, skew_ms=skew, unsent=form.validated_data["unsent"])
        return Response({"server_ms": milliseconds(clock.now()), "answers": [vars(answers[id(sent)]) for sent, _found in read]})


def _nonce(sent: Any) -> str:
    return str(sent.get("nonce", ""))[:36] if isinstance(sent, dict) else ""


class SettleOnPhoneView(DeviceView):
    """POST: the person with the phone decides an entry in conflict. Deciding again changes nothing."""

    @extend_schema(request=SettleConflictSerializer, responses={200: CheckinConflictSerializer}, operation_id="workshops_checkin_phone_settle")
    def post(self, request: Request, nonce: str) -> Response:
        conflict = get_object_or_404(CheckinConflict, nonce=nonce, device__workshop=self.device.workshop_id)
        return Response(_settled(request, conflict))


def _settled(request: Request, conflict: CheckinConflict) -> Any:
    form = SettleConflictSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    values = dict(form.validated_data)
    if values.pop("to") == "recorded":
        settled = record_conflict(conflict=conflict, by=request.user, **values)
    else:
        settled = set_conflict_aside(conflict=conflict, by=request.user, note=values["note"])
    return CheckinConflictSerializer(settled).data


class DeskView(APIView):
    permission_classes = [HasRole.of(Role.STAFF, Role.INSTRUCTOR)]

    def workshop(self, slug: str) -> Workshop:
        rows: QuerySet[Workshop] = Workshop.objects.editable_by(self.request.user)
        return get_object_or_404(rows.select_related("venue", "activity").prefetch_related("blocks"), slug=slug)


class DevicesView(DeskView):
    """The phones of a workshop. POST enrols one and answers with the link to open on it."""

    @extend_schema(responses={200: CheckinDeviceSerializer(many=True)}, operation_id="workshops_checkin_devices")
    def get(self, request: Request, slug: str) -> Response:
        return Response(CheckinDeviceSerializer(self.workshop(slug).devices.select_related("workshop"), many=True).data)

    @extend_schema(request=CheckinDeviceSerializer, responses={201: EnrolledSerializer})
    def post(self, request: Request, slug: str) -> Response:
        form = CheckinDeviceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        device = enrol_device(workshop=self.workshop(slug), name=form.validated_data["name"], by=request.user)
        device.link = claim_link(device, settings.SITE_URL)  # type: ignore[attr-defined]  # shown once, kept nowhere
        return Response(EnrolledSerializer(device).data, status=201)


class RevokeView(DeskView):
    """POST: take a phone off the workshop, at once. Calling again changes nothing."""

    @extend_schema(request=None, responses={200: CheckinDeviceSerializer})
    def post(self, request: Request, slug: str, pk: int) -> Response:
        device = get_object_or_404(self.workshop(slug).devices, pk=pk)
        return Response(CheckinDeviceSerializer(revoke_device(device=device, by=request.user)).data)


class ConflictsView(DeskView):
    """GET: entries of phones that wait for a person."""

    @extend_schema(responses={200: CheckinConflictSerializer(many=True)}, operation_id="workshops_checkin_conflicts")
    def get(self, request: Request, slug: str) -> Response:
        return Response(CheckinConflictSerializer(open_conflicts(self.workshop(slug)), many=True).data)


class SettleView(DeskView):
    """POST: decide an entry in conflict. Deciding again changes nothing."""

    @extend_schema(request=SettleConflictSerializer, responses={200: CheckinConflictSerializer})
    def post(self, request: Request, slug: str, nonce: str) -> Response:
        return Response(_settled(request, get_object_or_404(CheckinConflict, nonce=nonce, device__workshop=self.workshop(slug))))


class WalkInsView(DeskView):
    """GET: people who came without a seat."""

    @extend_schema(responses={200: WalkInSerializer(many=True)}, operation_id="workshops_checkin_walk_ins")
    def get(self, request: Request, slug: str) -> Response:
        return Response(WalkInSerializer(self.workshop(slug).walk_ins.all(), many=True).data)


class SettleWalkInView(DeskView):
    """POST: staff give the person a seat, or the note is set aside. Deciding again changes nothing."""

    permission_classes = [HasRole.of(Role.STAFF)]

    @extend_schema(request=SettleWalkInSerializer, responses={200: WalkInSerializer})
    def post(self, request: Request, slug: str, nonce: str) -> Response:
        walk_in = get_object_or_404(WalkIn, nonce=nonce, workshop=self.workshop(slug))
        form = SettleWalkInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        if email := form.validated_data.get("email"):
            seat_walk_in(walk_in=walk_in, learner=get_object_or_404(User, email=email.lower(), is_active=True), by=request.user)
        else:
            set_walk_in_aside(walk_in=walk_in, by=request.user)
        walk_in.refresh_from_db()
        return Response(WalkInSerializer(walk_in).data)


class PaperView(DeskView):
    """POST: key in a sign-in sheet of paper for one block, with its scan where there is one; all of it or nothing."""

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(request={"application/json": PaperSheetSerializer, "multipart/form-data": PaperSheetSerializer}, responses={201: RecordedSerializer})
    def post(self, request: Request, slug: str) -> Response:
        workshop = self.workshop(slug)
        form = PaperSheetSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        block = get_object_or_404(Block, pk=values.pop("block"), workshop=workshop, kind=Block.Kind.INSTRUCTION)
        seats = {seat.pk: seat for seat in workshop.seats.confirmed().select_related("learner")}
        rows = values.pop("lines")
        if strange := [row["seat"] for row in rows if row["seat"] not in seats]:
            raise AttendanceRefused(_("This workshop has no seat %(seat)s.") % {"seat": strange[0]}, code="no_such_seat")
        lines = [PaperLine(seats[row["seat"]], row.get("arrived"), row.get("left")) for row in rows]
        return Response({"recorded": len(key_in_sheet(workshop=workshop, block=block, lines=lines, by=request.user, **values))}, status=201)


class EvidenceView(APIView):
    """What attendance rests on, for whoever may read the roster."""

    permission_classes = [HasRole.of(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)]

    def workshop(self, slug: str) -> Workshop:
        return get_object_or_404(Workshop.objects.roster_visible_to(self.request.user), slug=slug)


class SheetsView(EvidenceView):
    """GET: the scanned sign-in sheets of a workshop."""

    @extend_schema(responses={200: ScannedSheetSerializer(many=True)}, operation_id="workshops_checkin_sheets")
    def get(self, request: Request, slug: str) -> Response:
        rows = PaperSheet.objects.filter(workshop=self.workshop(slug)).listed().select_related("uploaded_by")
        return Response(ScannedSheetSerializer(rows, many=True, context={"slug": slug}).data)


class SheetView(EvidenceView):
    """GET: a scanned sheet as it was kept: a PDF, or a JPEG."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, (200, "image/jpeg"): OpenApiTypes.BINARY}, operation_id="workshops_checkin_sheet")
    def get(self, request: Request, slug: str, pk: int) -> HttpResponse:
        return sheet_answer(get_object_or_404(PaperSheet, pk=pk, workshop=self.workshop(slug)))


class SignatureView(EvidenceView):
    """GET: the signature under one entry of the log, as a picture (SVG)."""

    @extend_schema(responses={(200, "image/svg+xml"): OpenApiTypes.BINARY}, operation_id="workshops_checkin_signature")
    def get(self, request: Request, slug: str, entry: int) -> HttpResponse:
        return signature_answer(get_object_or_404(Signature, attendance=entry, attendance__seat__workshop=self.workshop(slug)))
