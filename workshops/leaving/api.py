"""Giving a seat back over the API: the exact sum first, then the decision; and the policies."""

from __future__ import annotations

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from accounts.permissions import HasRole
from core.limits import check_limit
from core.money import as_decimal
from workshops.api.serializers import SeatSerializer
from workshops.leaving.forms import PolicyForm
from workshops.leaving.quotes import quote_leaving
from workshops.leaving.services import leave_seat, offer_seat, save_policy, withdraw_offer
from workshops.leaving.views import OFFERING, OFFERING_RATE
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


class TierSerializer(serializers.Serializer):
    """Until so many days before the workshop begins, so many percent go back."""

    days = serializers.IntegerField(min_value=0, max_value=9999)
    percent = serializers.IntegerField(min_value=0, max_value=100)


class PolicySerializer(serializers.ModelSerializer):
    tiers = TierSerializer(many=True)
    is_default = serializers.BooleanField(required=False, help_text="Holds for every workshop that names no other; the one before lets go of it.")

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
        check_limit(request, group=OFFERING, rate=OFFERING_RATE)
        return Response(QuoteSerializer(quote_leaving(offer_seat(seat=_seat(request, slug), by=request.user))).data)


class KeepSeatView(APIView):
    """POST: keep a seat that was offered, unless it is promised to somebody at this moment. Calling again changes nothing."""

    @extend_schema(request=None, responses={200: QuoteSerializer})
    def post(self, request: Request, slug: str) -> Response:
        return Response(QuoteSerializer(quote_leaving(withdraw_offer(seat=_seat(request, slug), by=request.user))).data)


def _save_policy(request: Request, policy: CancellationPolicy, *, is_partial: bool) -> Response:
    """As the desk's form judges it."""
    asked, status = PolicySerializer(policy, data=request.data, partial=is_partial), 200 if policy.pk else 201
    asked.is_valid(raise_exception=True)
    wished = {name: getattr(policy, name) for name in ("name", "tiers", "fee_cents", "is_default")} | dict(asked.validated_data)
    lines = "\n".join(f"{tier['days']} days: {tier['percent']}" for tier in wished["tiers"])
    form = PolicyForm({**wished, "tiers": lines, "fee_cents": str(as_decimal(wished["fee_cents"], settings.PAYMENTS_CURRENCY))}, instance=policy)
    if not form.is_valid():
        raise serializers.ValidationError({name: [str(line) for line in said] for name, said in form.errors.items()})
    return Response(PolicySerializer(save_policy(policy=form.save(commit=False), by=request.user)).data, status=status)


class PoliciesView(ListAPIView):
    """GET: the cancellation policies. POST: write one; it holds for seats taken from then on. Staff alone."""

    serializer_class = PolicySerializer
    permission_classes = [HasRole.of(Role.STAFF)]
    queryset = CancellationPolicy.objects.all()

    @extend_schema(request=PolicySerializer, responses={201: PolicySerializer})
    def post(self, request: Request) -> Response:
        return _save_policy(request, CancellationPolicy(), is_partial=False)


class PolicyView(APIView):
    """PATCH: change a policy; seats keep the one they were taken under. Staff alone."""

    permission_classes = [HasRole.of(Role.STAFF)]

    @extend_schema(request=PolicySerializer, responses=PolicySerializer)
    def patch(self, request: Request, pk: int) -> Response:
        return _save_policy(request, get_object_or_404(CancellationPolicy, pk=pk), is_partial=True)
