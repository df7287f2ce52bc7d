"""Giving a seat back over the API: the exact sum first, then the decision; and the policies."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from workshops.api.serializers import SeatSerializer
from workshops.leaving.quotes import quote_leaving
from workshops.leaving.services import leave_seat, offer_seat, withdraw_offer
from workshops.models import CancellationPolicy, Seat, Workshop


class QuoteSerializer(serializers.Serializer):
    """What giving the seat back now brings, in the smallest unit of `currency`; `resale_cents` if the waiting list takes it."""

    code = serializers.ChoiceField(choices=["unpaid", "by_hand", "terms_changed", "policy"])
    sentence = serializers.CharField()
    paid_cents = serializers.IntegerField()
    percent = serializers.IntegerField()
    fee_cents = serializers.IntegerField()
    refund_cents = serializers.IntegerField()
    resale_cents = serializers.IntegerField()
    currency = serializers.CharField()
    may_be_offered = serializers.BooleanField()
    offered_at = serializers.DateTimeField(source="seat.resale_at", allow_null=True)


class ExpectedSerializer(serializers.Serializer):
    expected_cents = serializers.IntegerField(min_value=0, required=False, help_text="The sum that was shown; another one is refused.")


class PolicySerializer(serializers.ModelSerializer):
    class Meta:
        model = CancellationPolicy
        fields = ["id", "name", "tiers", "fee_cents", "is_default"]


def _seat(request: Request, slug: str, *, last: bool = False) -> Seat:
    """The caller's confirmed seat; with `last`, also the last one that was given back."""
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user), slug=slug)
    seats = workshop.seats.own().filter(learner_id=request.user.pk).select_related("workshop__venue", "learner").order_by("-pk")
    found = seats.filter(state=Seat.State.CONFIRMED).first() or (seats.first() if last else None)
    return found or get_object_or_404(Seat.objects.none())


class LeavingView(APIView):
    """GET: what giving the caller's seat back now would bring."""

    @extend_schema(responses=QuoteSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(QuoteSerializer(quote_leaving(_seat(request, slug))).data)


class CancelSeatView(APIView):
    """POST: give the seat back; its money follows by the policy. Calling again changes nothing."""

    @extend_schema(request=ExpectedSerializer, responses={200: SeatSerializer})
    def post(self, request: Request, slug: str) -> Response:
        seat, said = _seat(request, slug, last=True), ExpectedSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        if seat.state != Seat.State.CANCELLED:
            leave_seat(seat=seat, by=request.user, expected_cents=said.validated_data.get("expected_cents"))
            seat.refresh_from_db()
        return Response(SeatSerializer(seat).data)


class OfferSeatView(APIView):
    """POST: offer the seat to the waiting list; it stays the caller's until somebody has taken it. Calling again changes nothing."""

    @extend_schema(request=None, responses={200: QuoteSerializer})
    def post(self, request: Request, slug: str) -> Response:
        return Response(QuoteSerializer(quote_leaving(offer_seat(seat=_seat(request, slug), by=request.user))).data)


class KeepSeatView(APIView):
    """POST: keep a seat that was offered, unless it is promised to somebody at this moment. Calling again changes nothing."""

    @extend_schema(request=None, responses={200: QuoteSerializer})
    def post(self, request: Request, slug: str) -> Response:
        return Response(QuoteSerializer(quote_leaving(withdraw_offer(seat=_seat(request, slug), by=request.user))).data)


class PoliciesView(ListAPIView):
    """The cancellation policies. Staff alone."""

    serializer_class = PolicySerializer
    queryset = CancellationPolicy.objects.none()

    def get_queryset(self) -> Any:
        user = self.request.user
        return CancellationPolicy.objects.all() if user.is_authenticated and user.has_role(Role.STAFF) else CancellationPolicy.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not (request.user.is_authenticated and request.user.has_role(Role.STAFF)):
            self.permission_denied(request)
        return super().list(request, *args, **kwargs)
