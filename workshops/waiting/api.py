"""Waiting lists over the API: one's own entries, and for staff the list with its reasons and the number of seats."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role, User
from core.limits import check_limit
from workshops.api.serializers import SeatSerializer
from workshops.booking.services import check_details
from workshops.models import Seat, WaitingEntry, Workshop
from workshops.models.waiting import MOST_AT_ONCE
from workshops.services.capacity import plan_capacity, set_capacity
from workshops.waiting.selectors import list_rows
from workshops.waiting.services import accept_offer, join_list, leave_list, set_priority
from workshops.waiting.views import JOINING, JOINING_RATE


class WaitingEntrySerializer(serializers.ModelSerializer):
    """One's place on a list. `position` is 0 for who has an offer or does not wait any more."""

    workshop: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    position = serializers.IntegerField(read_only=True)

    class Meta:
        model = WaitingEntry
        fields = ["id", "workshop", "place", "party", "state", "closing", "position", "offered_at", "offer_until", "created_at"]


class JoinSerializer(serializers.Serializer):
    place = serializers.ChoiceField(choices=Seat.Place.choices, default=Seat.Place.ROOM)
    party = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=1)


class AddSerializer(JoinSerializer):
    email = serializers.EmailField()


class PrioritySerializer(serializers.Serializer):
    priority = serializers.IntegerField(min_value=-100, max_value=100)
    reason = serializers.CharField(max_length=300)


class ListRowSerializer(serializers.Serializer):
    """`why` says why there is no offer; empty for who has one."""

    id = serializers.IntegerField(source="entry.pk")
    email = serializers.EmailField(source="entry.learner.email")
    place = serializers.ChoiceField(source="entry.place", choices=Seat.Place.choices)
    party = serializers.IntegerField(source="entry.party")
    priority = serializers.IntegerField(source="entry.priority")
    position = serializers.IntegerField()
    offer_until = serializers.DateTimeField(source="entry.offer_until", allow_null=True)
    is_paying = serializers.BooleanField()
    why = serializers.CharField()


class CapacitySerializer(serializers.Serializer):
    """`is_dry_run` changes nothing and says who would be offered seats."""

    capacity = serializers.IntegerField(min_value=1, max_value=32_000)
    remote_capacity = serializers.IntegerField(min_value=0, max_value=32_000, default=0)
    is_dry_run = serializers.BooleanField(default=True)


class CapacityPlanSerializer(serializers.Serializer):
    capacity = serializers.IntegerField()
    remote_capacity = serializers.IntegerField()
    is_done = serializers.BooleanField()
    offers = serializers.ListField(child=serializers.IntegerField(), help_text="Entries that are offered seats by it, in turn.")
    refusal = serializers.CharField()


def _visible(request: Request, slug: str) -> Workshop:
    return get_object_or_404(Workshop.objects.visible_to(request.user), slug=slug)


def _editable(request: Request, slug: str) -> Workshop:
    return get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue"), slug=slug)


def _as_staff(request: Request, slug: str) -> Workshop:
    found = Workshop.objects.all() if request.user.is_authenticated and request.user.has_role(Role.STAFF) else Workshop.objects.none()
    return get_object_or_404(found, slug=slug)


class WaitingListView(ListAPIView):
    """Where the caller waits or waited, newest first."""

    serializer_class = WaitingEntrySerializer
    queryset = WaitingEntry.objects.none()

    def get_queryset(self) -> Any:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return WaitingEntry.objects.none()
        return WaitingEntry.objects.filter(learner=self.request.user).with_position().select_related("workshop").order_by("-pk")


class JoinView(APIView):
    """POST: join the waiting list of a full workshop. Calling again returns the same entry."""

    @extend_schema(request=JoinSerializer, responses={201: WaitingEntrySerializer})
    def post(self, request: Request, slug: str) -> Response:
        wanted = JoinSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        check_limit(request, group=JOINING, rate=JOINING_RATE)
        entry = join_list(workshop=_visible(request, slug), learner=request.user, **wanted.validated_data)
        return Response(_answer(entry), status=201)


class AcceptView(APIView):
    """POST: take the seat that an offer holds, where nothing is to be paid; else buy it, and the order takes the hold over."""

    @extend_schema(request=None, responses={201: SeatSerializer})
    def post(self, request: Request, slug: str) -> Response:
        entry = _own_entry(request, slug)
        if entry.has_offer:
            check_details(workshop=entry.workshop, learner=entry.learner)
        return Response(SeatSerializer(accept_offer(entry=entry)).data, status=201)


class LeaveListView(APIView):
    """POST: leave the list, or decline its offer. Calling again changes nothing."""

    @extend_schema(request=None, responses={200: WaitingEntrySerializer})
    def post(self, request: Request, slug: str) -> Response:
        return Response(_answer(leave_list(entry=_own_entry(request, slug), by=request.user)))


def _answer(entry: WaitingEntry) -> Any:
    return WaitingEntrySerializer(WaitingEntry.objects.with_position().select_related("workshop").get(pk=entry.pk)).data


def _own_entry(request: Request, slug: str) -> WaitingEntry:
    """The caller's entry for the workshop, the last if there are several."""
    found = _visible(request, slug).waiting.filter(learner_id=request.user.pk).select_related("workshop", "learner").order_by("-pk").first()
    return found or get_object_or_404(WaitingEntry.objects.none())


class StaffListView(APIView):
    """GET: everybody who waits, in turn, with why there is no offer. For who may edit the workshop."""

    @extend_schema(responses=ListRowSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return Response(ListRowSerializer(list_rows(_editable(request, slug)), many=True).data)


class AddView(APIView):
    """POST: put a person on the list, at its end. Staff alone."""

    @extend_schema(request=AddSerializer, responses={201: WaitingEntrySerializer})
    def post(self, request: Request, slug: str) -> Response:
        workshop, wanted = _as_staff(request, slug), AddSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        learner = User.objects.filter(email__iexact=values.pop("email"), is_active=True).first()
        if learner is None:
            raise serializers.ValidationError({"email": [_("Nobody has an account with this address. Ask them to sign up first.")]})
        return Response(_answer(join_list(workshop=workshop, learner=learner, by=request.user, **values)), status=201)


class PriorityView(APIView):
    """POST: let somebody wait ahead of others, with a reason. Staff alone."""

    @extend_schema(request=PrioritySerializer, responses={200: WaitingEntrySerializer})
    def post(self, request: Request, slug: str, pk: int) -> Response:
        entry = get_object_or_404(_as_staff(request, slug).waiting.select_related("workshop", "learner"), pk=pk)
        wanted = PrioritySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return Response(_answer(set_priority(entry=entry, by=request.user, **wanted.validated_data)))


class RemoveView(APIView):
    """POST: take a person off the list; they are told. Staff alone."""

    @extend_schema(request=None, responses={200: WaitingEntrySerializer})
    def post(self, request: Request, slug: str, pk: int) -> Response:
        entry = get_object_or_404(_as_staff(request, slug).waiting.select_related("workshop", "learner"), pk=pk)
        return Response(_answer(leave_list(entry=entry, by=request.user)))


class CapacityView(APIView):
    """POST: see what another number of seats would change, or change it. For who may edit the workshop."""

    @extend_schema(request=CapacitySerializer, responses={200: CapacityPlanSerializer})
    def post(self, request: Request, slug: str) -> Response:
        workshop, wanted = _editable(request, slug), CapacitySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        is_dry_run = values.pop("is_dry_run")
        plan = plan_capacity(workshop, **values)
        if not is_dry_run:
            set_capacity(workshop=workshop, by=request.user, **values)
        told = {**values, "is_done": not is_dry_run, "offers": [entry.pk for entry in plan.offers], "refusal": plan.refusal}
        return Response(CapacityPlanSerializer(told).data)
