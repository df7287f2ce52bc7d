"""Moving one's seat to another date, as JSON."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.limits import check_limit
from payments.views.shop import ORDERS, ORDERS_RATE
from workshops.models import Seat, SeatMove, Workshop
from workshops.moving.quotes import ROWS, any_dates, other_dates, quotes_for
from workshops.moving.services import start_move


class MoveQuoteSerializer(serializers.Serializer[Any]):
    to = serializers.SlugField(source="to.slug")
    starts_at = serializers.DateTimeField(source="to.starts_at")
    difference_cents = serializers.IntegerField(help_text="Above zero it is to be paid, below zero it goes back.")
    rest_cents = serializers.IntegerField(help_text="What is still to be paid after a deposit; it goes along.")
    rest_less_cents = serializers.IntegerField(help_text="What is taken off that rest.")
    kept_cents = serializers.IntegerField(help_text="What it costs less and does not go back, by the policy of the seat; it stays with the seat.")
    currency = serializers.CharField()
    why_not = serializers.CharField(help_text='Why the seat cannot go there; "" when it can.')
    code = serializers.CharField()
    notice = serializers.CharField(help_text='What staff should know before they move it there all the same; "" for nothing.')


class MoveInputSerializer(serializers.Serializer[Any]):
    to = serializers.SlugField(help_text="The other date.")
    difference_cents = serializers.IntegerField(required=False, help_text="The difference that was agreed to: when it is another by now, nothing happens.")


class MoveSerializer(serializers.ModelSerializer[SeatMove]):
    to = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]  # of a row, never of a queryset
    pay_at = serializers.SerializerMethodField(help_text="The order's page, where a difference is paid; null when there is none.")

    class Meta:
        model = SeatMove
        fields = ["id", "to", "state", "difference_cents", "currency", "pay_at"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_pay_at(self, move: SeatMove) -> str | None:
        return move.order.get_absolute_url() if move.order and move.state == SeatMove.State.PAYING else None


class SeatMoveView(APIView):
    """GET: where one's seat may go and what it costs (`?all` for every workshop). POST: move it; calling again returns the same move."""

    @extend_schema(responses=MoveQuoteSerializer(many=True), operation_id="workshop_move_quotes")
    def get(self, request: Request, slug: str) -> Response:
        seat = self._seat(request, slug)
        rows = any_dates(seat.workshop) if "all" in request.query_params else other_dates(seat.workshop)
        return Response(MoveQuoteSerializer(quotes_for(seat, list(rows[:ROWS]), by=request.user), many=True).data)

    @extend_schema(request=MoveInputSerializer, responses={200: MoveSerializer}, operation_id="workshop_move")
    def post(self, request: Request, slug: str) -> Response:
        given = MoveInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        check_limit(request, group=ORDERS, rate=ORDERS_RATE)
        seat = self._seat(request, slug, for_repeat=True)
        to = get_object_or_404(Workshop.objects.visible_to(request.user), slug=given.validated_data["to"])
        move = start_move(seat=seat, to=to, by=request.user, expected_cents=given.validated_data.get("difference_cents"))
        return Response(MoveSerializer(move).data)

    def _seat(self, request: Any, slug: str, *, for_repeat: bool = False) -> Seat:
        """The confirmed seat; for a repeat, else the last one that was moved away."""
        rows = Seat.objects.own().filter(workshop__slug=slug, learner=request.user).select_related("workshop__venue", "workshop__activity", "learner")
        seat = rows.filter(state=Seat.State.CONFIRMED).first()
        if seat is None and for_repeat:
            seat = rows.filter(moves__state=SeatMove.State.DONE).last()
        if seat is None:
            raise Http404
        return seat
