"""Seats that change hands, for programs."""

from __future__ import annotations

from typing import cast

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from core.limits import check_limit
from workshops.api.serializers import SeatSerializer
from workshops.models import Seat, Transfer
from workshops.transferring.services import accept_transfer, decline_transfer, may_pass_on, offer_seat, withdraw_transfer


class TransferSerializer(serializers.ModelSerializer):
    workshop = serializers.CharField(source="seat.workshop.slug")
    to_email = serializers.EmailField(source="to_user.email")

    class Meta:
        model = Transfer
        fields = ["id", "workshop", "seat", "to_name", "to_email", "state", "created_at", "decided_at"]


class OfferSeatSerializer(serializers.Serializer):
    email = serializers.EmailField()
    name = serializers.CharField(max_length=120)


def _person(request: Request) -> User:
    return cast(User, request.user)  # the permission let only people in


def _mine(request: Request) -> QuerySet[Transfer]:
    """Those the caller gives, and those offered to them."""
    person = _person(request)
    rows = Transfer.objects.filter(Q(offered_by=person) | Q(seat__learner=person) | Q(to_user=person)).distinct()
    return rows.select_related("seat__workshop", "seat__learner", "to_user", "offered_by", "new_seat")


class TransferListView(ListAPIView):
    """GET: seats the caller offers or is offered, the latest first."""

    serializer_class = TransferSerializer
    queryset = Transfer.objects.none()

    def get_queryset(self) -> QuerySet[Transfer]:
        return _mine(self.request).order_by("-pk") if self.request.user.is_authenticated else Transfer.objects.none()  # the schema is drawn without a user


class OfferSeatView(APIView):
    """POST: offer a seat that one holds or paid for to somebody. The same person again returns the open offer."""

    @extend_schema(request=OfferSeatSerializer, responses={201: TransferSerializer})
    def post(self, request: Request, pk: int) -> Response:
        form = OfferSeatSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        seats = Seat.objects.confirmed().select_related("workshop__venue", "learner")
        seat = get_object_or_404(seats.filter(pk__in=[seat.pk for seat in seats.filter(pk=pk) if may_pass_on(seat, request.user)]))
        check_limit(request, group="workshops.transfer", rate="30/h")
        return Response(TransferSerializer(offer_seat(seat=seat, by=_person(request), **form.validated_data)).data, status=201)


class WithdrawTransferView(APIView):
    """POST: call one's offer back. Calling again changes nothing."""

    @extend_schema(request=None, responses=TransferSerializer)
    def post(self, request: Request, pk: int) -> Response:
        found = get_object_or_404(_mine(request).exclude(to_user=_person(request)), pk=pk)
        return Response(TransferSerializer(withdraw_transfer(transfer=found, by=_person(request))).data)


class AcceptTransferView(APIView):
    """POST: take a seat offered to the caller, once what the workshop asks is there. Calling again returns the same seat."""

    @extend_schema(request=None, responses=SeatSerializer)
    def post(self, request: Request, pk: int) -> Response:
        found = get_object_or_404(_mine(request), pk=pk, to_user=_person(request))
        return Response(SeatSerializer(accept_transfer(transfer=found)).data)


class DeclineTransferView(APIView):
    """POST: leave a seat offered to the caller to its holder. Calling again changes nothing."""

    @extend_schema(request=None, responses=TransferSerializer)
    def post(self, request: Request, pk: int) -> Response:
        found = get_object_or_404(_mine(request), pk=pk, to_user=_person(request))
        return Response(TransferSerializer(decline_transfer(transfer=found)).data)
