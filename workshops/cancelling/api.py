"""Calling a workshop off, as JSON: the dry run and the deed for staff, the choice for its people."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from workshops.cancelling.plans import CHOICES, Plan, PlannedSeat, plan_call_off
from workshops.cancelling.selectors import Progress, entry_of, progress_of
from workshops.cancelling.services import call_off, choose, try_again
from workshops.models import CallOff, CallOffEntry, Workshop
from workshops.moving.quotes import other_dates


class IsStaff(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.has_role(Role.STAFF))


class CallOffWishSerializer(serializers.Serializer[Any]):
    """What is to become of seats and money."""

    default = serializers.ChoiceField(choices=[(value, value) for value in CHOICES], default=CallOffEntry.Action.REFUND)
    to = serializers.SlugField(required=False, help_text="The date to which people are moved.")
    choose_until = serializers.DateTimeField(required=False)
    choices = serializers.DictField(
        child=serializers.ChoiceField(choices=[(value, value) for value in CHOICES]), required=False, help_text="For single seats, by their id."
    )

    def validate_choices(self, choices: dict[str, str]) -> dict[int, str]:
        if not all(key.isdecimal() and len(key) < 18 for key in choices):
            raise serializers.ValidationError(_("Name seats by their ids."))
        return {int(key): value for key, value in choices.items()}


class CallOffInputSerializer(CallOffWishSerializer):
    reason = serializers.CharField(max_length=300, help_text="Everybody who has a seat reads it.")
    expected = serializers.CharField(required=False, help_text="The `digest` of the plan that was agreed to.")


class PlannedSeatSerializer(serializers.Serializer[PlannedSeat]):
    seat = serializers.IntegerField(source="seat.pk")
    email = serializers.EmailField(source="seat.learner.email")
    action = serializers.CharField()
    paid_cents = serializers.IntegerField()
    back_cents = serializers.IntegerField()
    currency = serializers.CharField()
    is_blocked = serializers.BooleanField()
    note = serializers.CharField()


class CallOffPlanSerializer(serializers.Serializer[Plan]):
    digest = serializers.CharField()
    back = serializers.CharField(help_text="All that goes back, in words.")
    rows = PlannedSeatSerializer(many=True)


class CallOffProgressSerializer(serializers.Serializer[Progress]):
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    choosing = serializers.IntegerField()
    working = serializers.IntegerField()
    percent = serializers.IntegerField()
    back = serializers.CharField()


class CallOffChoiceSerializer(serializers.ModelSerializer[CallOffEntry]):
    action = serializers.CharField(help_text="refund, move, ask, end, release or keep.")

    class Meta:
        model = CallOffEntry
        fields = ["action", "outcome", "back_cents", "currency", "note", "decided_at"]


class ChooseInputSerializer(serializers.Serializer[Any]):
    to = serializers.SlugField(allow_null=True, help_text="The other date, or null for the money.")


class _StaffView(APIView):
    permission_classes = [IsAuthenticated, IsStaff]


class CallOffPlanView(_StaffView):
    """POST: what calling the workshop off would mean for each seat. Nothing happens."""

    @extend_schema(request=CallOffWishSerializer, responses=CallOffPlanSerializer)
    def post(self, request: Request, slug: str) -> Response:
        workshop, wish = _wish(request, slug, CallOffWishSerializer)
        plan = plan_call_off(workshop, default=wish["default"], to=wish["to"], choices=wish.get("choices"))
        return Response(CallOffPlanSerializer(plan).data)


class CallOffView(_StaffView):
    """GET: how far it is. POST: call the workshop off; calling again returns how far it is."""

    @extend_schema(responses=CallOffProgressSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(CallOffProgressSerializer(progress_of(get_object_or_404(CallOff, workshop__slug=slug))).data)

    @extend_schema(request=CallOffInputSerializer, responses={201: CallOffProgressSerializer})
    def post(self, request: Request, slug: str) -> Response:
        workshop, wish = _wish(request, slug, CallOffInputSerializer)
        made = call_off(workshop=workshop, by=request.user, **wish)
        return Response(CallOffProgressSerializer(progress_of(made)).data, status=201)


class CallOffAgainView(_StaffView):
    """POST: try again what needed a person."""

    @extend_schema(request=None, responses=CallOffProgressSerializer)
    def post(self, request: Request, slug: str) -> Response:
        made = try_again(call_off=get_object_or_404(CallOff, workshop__slug=slug), by=request.user)
        return Response(CallOffProgressSerializer(progress_of(made)).data)


class CallOffChooseView(APIView):
    """GET: what becomes of one's seat. POST: choose another date, or the money."""

    @extend_schema(responses=CallOffChoiceSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(CallOffChoiceSerializer(_entry(request, slug)).data)

    @extend_schema(request=ChooseInputSerializer, responses=CallOffChoiceSerializer)
    def post(self, request: Request, slug: str) -> Response:
        given = ChooseInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        entry, wanted = _entry(request, slug), given.validated_data["to"]
        to = get_object_or_404(other_dates(entry.call_off.workshop), slug=wanted) if wanted is not None else None
        return Response(CallOffChoiceSerializer(choose(entry=entry, to=to, by=request.user)).data)


def _entry(request: Request, slug: str) -> CallOffEntry:
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user), slug=slug)
    entry = entry_of(workshop, request.user)
    if entry is None:
        raise Http404
    return entry


def _wish(request: Request, slug: str, serializer: type[CallOffWishSerializer]) -> tuple[Workshop, dict[str, Any]]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    workshop = get_object_or_404(Workshop.objects.select_related("venue", "activity"), slug=slug)
    wish: dict[str, Any] = given.validated_data
    to = get_object_or_404(other_dates(workshop), slug=wish["to"]) if wish.get("to") else None
    return workshop, {**wish, "to": to}
