"""Planning over the API: workshops with their schedule, announcing them, series and venues. The desk's forms judge what is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.forms import BaseForm
from django.forms.models import model_to_dict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView, ListCreateAPIView, RetrieveUpdateAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.models import Role
from accounts.permissions import HasRole
from workshops.models import Block, Series, Venue, Workshop
from workshops.schedule.api import PlannedBlockSerializer, ScheduleAnswerSerializer
from workshops.schedule.changes import change_of_terms
from workshops.schedule.forms.venues import VenueForm
from workshops.schedule.forms.workshops import WorkshopForm
from workshops.schedule.repeats import save_series
from workshops.schedule.venues import affected_by, save_venue, token_of, told
from workshops.services import BlockInput, publish_workshop, save_workshop

TEACHERS = HasRole.of(Role.STAFF, Role.INSTRUCTOR)
READERS = HasRole.of(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)
STAFF = HasRole.of(Role.STAFF)
PLAN = list(WorkshopForm.base_fields)
HOUSE = list(VenueForm.base_fields)


class ConfirmedSerializer(serializers.Serializer):
    """`confirm` is what the answer 409 named, once somebody has seen whom the change concerns; `note` goes into their mail."""

    confirm = serializers.CharField(required=False, allow_blank=True, default="", write_only=True)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=500, write_only=True)


class WorkshopPlanSerializer(ConfirmedSerializer, serializers.ModelSerializer):
    """A workshop as who plans it sees it, with its whole schedule. `id` is the number of its roster."""

    blocks = PlannedBlockSerializer(many=True, allow_empty=False)

    class Meta:
        model = Workshop
        fields = ["id", "slug", "state", *PLAN, "blocks", "confirm", "note"]
        read_only_fields = ["slug", "state"]


class PlannedVenueSerializer(ConfirmedSerializer, serializers.ModelSerializer):
    """A venue. Position and time zone may be left out: the address book knows the town's."""

    lat = serializers.FloatField(required=False, allow_null=True)
    lng = serializers.FloatField(required=False, allow_null=True)
    time_zone = serializers.CharField(required=False, allow_blank=True)

    class Meta:
        model = Venue
        fields = ["id", *HOUSE, "confirm", "note"]


class PlannedSeriesSerializer(serializers.ModelSerializer):
    class Meta:
        model = Series
        fields = ["id", "title", "note"]


class AffectedSerializer(serializers.Serializer):
    """Nothing is saved yet: so many people of these workshops will be told. Send it again with `confirm`."""

    code = serializers.ChoiceField(choices=["look_at_change"])
    workshops = serializers.ListField(child=serializers.SlugField())
    people = serializers.IntegerField()
    confirm = serializers.CharField()


def _judge(form: BaseForm) -> None:
    """Refuse what the desk's form refuses, by the names of its fields."""
    if not form.is_valid():
        said = {name: [str(line) for line in lines] for name, lines in form.errors.items()}
        raise serializers.ValidationError({"non_field_errors" if name == "__all__" else name: lines for name, lines in said.items()})


def _typed(instance: Any, names: list[str], values: dict[str, Any]) -> dict[str, Any]:
    """What a form would have been sent: what stands, with what is changed."""
    return model_to_dict(instance, fields=names) | {name: getattr(value, "pk", value) for name, value in values.items()}


def _save_plan(request: Any, workshop: Workshop, *, is_partial: bool) -> Response:
    """Save the workshop; with 409 say first whom a change concerns."""
    asked = WorkshopPlanSerializer(data=request.data, partial=is_partial)
    asked.is_valid(raise_exception=True)
    values = dict(asked.validated_data)
    confirm, note, lines = values.pop("confirm", ""), values.pop("note", ""), values.pop("blocks", None)
    form = WorkshopForm(_typed(workshop, PLAN, values), instance=workshop, user=request.user)
    _judge(form)
    old = Workshop.objects.select_related("venue").filter(pk=workshop.pk).first()
    if lines is None:
        stand = old.blocks.all() if old else []
        blocks = [BlockInput(block.starts_at, block.ends_at, block.kind, block.mode, block.topic) for block in stand]
    else:
        blocks = [BlockInput(**line) for line in lines]
    planned = form.save()
    if planned.format == Workshop.Format.ONLINE:
        blocks = [replace(block, mode=Block.Mode.REMOTE) for block in blocks]
    change = change_of_terms(old=old, new=planned, blocks=blocks) if old else None
    if change and change.seats and confirm != change.token:
        answer = {"code": "look_at_change", "lines": change.lines, "rests": change.rests_told, "people": len(change.seats), "confirm": change.token}
        return Response(ScheduleAnswerSerializer(answer).data, status=409)
    saved = save_workshop(workshop=planned, blocks=blocks, by=request.user, note=note)
    return Response(WorkshopPlanSerializer(saved).data, status=200 if old else 201)


class PlanListView(ListAPIView):
    """GET: the workshops whose roster the caller may see, drafts too, the latest first. POST: plan one; it is a draft."""

    serializer_class = WorkshopPlanSerializer
    queryset = Workshop.objects.none()

    def get_permissions(self) -> list[BasePermission]:
        return [(READERS if self.request.method == "GET" else TEACHERS)()]

    def get_queryset(self) -> QuerySet[Workshop]:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return Workshop.objects.none()
        return Workshop.objects.roster_visible_to(self.request.user).prefetch_related("blocks").order_by("-starts_at", "-pk")

    @extend_schema(request=WorkshopPlanSerializer, responses={201: WorkshopPlanSerializer})
    def post(self, request: Request) -> Response:
        return _save_plan(request, Workshop(), is_partial=False)


class PlanView(APIView):
    """GET: one workshop as planned. PATCH: change it; when people with seats will be told, the first answer is 409 and says of what."""

    permission_classes = [TEACHERS]

    def workshop(self, request: Request, slug: str) -> Workshop:
        found = Workshop.objects.editable_by(request.user).select_related("venue").prefetch_related("blocks")
        return get_object_or_404(found, slug=slug)

    @extend_schema(responses=WorkshopPlanSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(WorkshopPlanSerializer(self.workshop(request, slug)).data)

    @extend_schema(request=WorkshopPlanSerializer, responses={200: WorkshopPlanSerializer, 409: ScheduleAnswerSerializer})
    def patch(self, request: Request, slug: str) -> Response:
        return _save_plan(request, self.workshop(request, slug), is_partial=True)


class AnnounceView(APIView):
    """POST: announce a draft. Calling again changes nothing."""

    permission_classes = [TEACHERS]

    @extend_schema(request=None, responses={200: WorkshopPlanSerializer})
    def post(self, request: Request, slug: str) -> Response:
        workshop = get_object_or_404(Workshop.objects.editable_by(request.user), slug=slug)
        return Response(WorkshopPlanSerializer(publish_workshop(workshop=workshop, by=request.user)).data)


def _save_house(request: Request, venue: Venue, *, is_partial: bool) -> Response:
    asked = PlannedVenueSerializer(data=request.data, partial=is_partial)
    asked.is_valid(raise_exception=True)
    values, status = dict(asked.validated_data), 200 if venue.pk else 201
    confirm, note = values.pop("confirm", ""), values.pop("note", "")
    form = VenueForm(_typed(venue, HOUSE, values), instance=venue)
    _judge(form)
    planned = form.save(commit=False)
    affected = told(affected_by(planned))
    if affected and confirm != token_of(affected):
        people = {seat.learner_id for one in affected if one.change for seat in one.change.seats}
        answer = {"code": "look_at_change", "workshops": [one.workshop.slug for one in affected], "people": len(people), "confirm": token_of(affected)}
        return Response(AffectedSerializer(answer).data, status=409)
    return Response(PlannedVenueSerializer(save_venue(venue=planned, by=request.user, note=note)).data, status=status)


class VenueListView(ListAPIView):
    """GET: the venues. POST: add one; staff alone."""

    serializer_class = PlannedVenueSerializer
    queryset = Venue.objects.all()

    def get_permissions(self) -> list[BasePermission]:
        return [(TEACHERS if self.request.method == "GET" else STAFF)()]

    @extend_schema(request=PlannedVenueSerializer, responses={201: PlannedVenueSerializer})
    def post(self, request: Request) -> Response:
        return _save_house(request, Venue(), is_partial=False)


class VenueView(APIView):
    """PATCH: change a venue; when people with seats will be told of its new address, the first answer is 409. Staff alone."""

    permission_classes = [STAFF]

    @extend_schema(request=PlannedVenueSerializer, responses={200: PlannedVenueSerializer, 409: AffectedSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        return _save_house(request, get_object_or_404(Venue, pk=pk), is_partial=True)


class SeriesListView(ListCreateAPIView):
    """GET: the series that dates belong to. POST: add one; staff alone."""

    serializer_class = PlannedSeriesSerializer
    queryset = Series.objects.order_by("title", "pk")

    def get_permissions(self) -> list[BasePermission]:
        return [(TEACHERS if self.request.method == "GET" else STAFF)()]

    def perform_create(self, serializer: BaseSerializer[Series]) -> None:
        serializer.instance = save_series(series=Series(**serializer.validated_data), by=self.request.user)


class SeriesView(RetrieveUpdateAPIView):
    """GET: one series. PUT and PATCH: change its words; staff alone."""

    serializer_class = PlannedSeriesSerializer
    queryset = Series.objects.all()

    def get_permissions(self) -> list[BasePermission]:
        return [(TEACHERS if self.request.method == "GET" else STAFF)()]

    def perform_update(self, serializer: BaseSerializer[Series]) -> None:
        series = self.get_object()
        for name, value in serializer.validated_data.items():
            setattr(series, name, value)
        serializer.instance = save_series(series=series, by=self.request.user)
