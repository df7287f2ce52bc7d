"""Staff's word on seats, for programs: give one, take one back with what its money does, move one to another date."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.permissions import HasRole
from workshops.api.serializers import SeatSerializer
from workshops.leaving.api import QuoteSerializer
from workshops.leaving.quotes import quote_leaving
from workshops.leaving.services import leave_seat
from workshops.models import Seat, Workshop
from workshops.moving.api import MoveQuoteSerializer, MoveSerializer
from workshops.moving.quotes import ROWS, any_dates, other_dates, quotes_for
from workshops.moving.services import start_move
from workshops.services import change_seat

STAFF = HasRole.of(Role.STAFF)


class GiveSeatSerializer(serializers.Serializer[Any]):
    """To whom; `place` is asked in a hybrid workshop alone."""

    email = serializers.EmailField()
    place = serializers.ChoiceField(choices=Seat.Place.choices, default=Seat.Place.ROOM)


class TakeBackSerializer(serializers.Serializer[Any]):
    expected_cents = serializers.IntegerField(min_value=0, required=False, help_text="The sum that was shown; another one is refused.")
    refund_cents = serializers.IntegerField(min_value=0, required=False, help_text="Another sum than the policy's; needs a reason.")
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class StaffMoveSerializer(serializers.Serializer[Any]):
    to = serializers.SlugField(help_text="The other date.")
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


def _given(shape: Any, request: Request) -> dict[str, Any]:
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    values: dict[str, Any] = asked.validated_data
    return values


def _seat(workshop: int, pk: int) -> Seat:
    rows = Seat.objects.own().select_related("workshop__venue", "workshop__activity", "learner")
    return get_object_or_404(rows, pk=pk, workshop=workshop)


class GiveSeatView(APIView):
    """POST: give a person with an account a seat. Calling again returns the same seat."""

    permission_classes = [STAFF]

    @extend_schema(request=GiveSeatSerializer, responses={201: SeatSerializer})
    def post(self, request: Request, pk: int) -> Response:
        workshop, values = get_object_or_404(Workshop, pk=pk), _given(GiveSeatSerializer, request)
        learner = User.objects.filter(email__iexact=values["email"], is_active=True).first()
        if learner is None:
            raise serializers.ValidationError({"email": [_("Nobody with this address has an account. Ask the person to sign up first.")]})
        seat = change_seat(workshop=workshop, learner=learner, to="confirmed", by=request.user, place=values["place"])
        return Response(SeatSerializer(seat).data, status=201)


class TakeBackView(APIView):
    """GET: what the policy gives back for a seat. POST: take it back and send the money. Calling again changes nothing."""

    permission_classes = [STAFF]

    @extend_schema(responses=QuoteSerializer)
    def get(self, request: Request, pk: int, seat: int) -> Response:
        return Response(QuoteSerializer(quote_leaving(_seat(pk, seat))).data)

    @extend_schema(request=TakeBackSerializer, responses=SeatSerializer)
    def post(self, request: Request, pk: int, seat: int) -> Response:
        held, values = _seat(pk, seat), _given(TakeBackSerializer, request)
        if held.state != Seat.State.CANCELLED:
            leave_seat(seat=held, by=request.user, **values)
            held.refresh_from_db()
        return Response(SeatSerializer(held).data)


class StaffMoveView(APIView):
    """GET: where a seat may go (`?all` for every workshop). POST: move it; what the other date costs more the school bears."""

    permission_classes = [STAFF]

    @extend_schema(responses=MoveQuoteSerializer(many=True), operation_id="roster_seat_move_quotes")
    def get(self, request: Request, pk: int, seat: int) -> Response:
        moved = _seat(pk, seat)
        rows = any_dates(moved.workshop) if "all" in request.query_params else other_dates(moved.workshop)
        return Response(MoveQuoteSerializer(quotes_for(moved, list(rows[:ROWS]), by=request.user), many=True).data)

    @extend_schema(request=StaffMoveSerializer, responses=MoveSerializer, operation_id="roster_seat_move")
    def post(self, request: Request, pk: int, seat: int) -> Response:
        values = _given(StaffMoveSerializer, request)
        to = get_object_or_404(Workshop.objects.select_related("venue", "activity"), slug=values["to"])
        move = start_move(seat=_seat(pk, seat), to=to, by=request.user, reason=values["reason"].strip(), is_waived=True)
        return Response(MoveSerializer(move).data)
