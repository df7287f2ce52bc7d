"""What is owed after deposits, over the API."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role, User
from accounts.permissions import HasRole
from core.limits import check_limit
from payments.api.serializers import BalancePaymentSerializer, BalanceSerializer, ExtendSerializer, WaiveSerializer
from payments.models import Balance
from payments.services import extend_balance, open_checkout, pay_balance, waive_balance

ORDERS, ORDERS_RATE = "payments.begin_order", "40/h"  # counted together with those begun on pages
STAFF = [HasRole.of(Role.STAFF)]


class BalanceViewSet(ReadOnlyModelViewSet):
    """What the caller still owes, or owed, for a seat they paid or have; staff see everybody's."""

    serializer_class = BalanceSerializer
    queryset = Balance.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Balance.objects.visible_to(cast(User, self.request.user)).with_lines().order_by("due_on", "pk")

    @extend_schema(request=None, responses={201: BalancePaymentSerializer})
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        """Begin to pay it; a repeat returns the same order. The answer's address is where it is paid."""
        return self._pay(request, for_everybody=False)

    @extend_schema(request=None, responses={201: BalancePaymentSerializer})
    @action(detail=True, methods=["post"], url_path="pay-all")
    def pay_all(self, request: Request, pk: str) -> Response:
        """Begin to pay what is owed for everybody on the same order, for who paid its deposits; a repeat returns the same order."""
        return self._pay(request, for_everybody=True)

    def _pay(self, request: Request, *, for_everybody: bool) -> Response:
        balance = self.get_object()
        check_limit(request, group=ORDERS, rate=ORDERS_RATE)
        order = pay_balance(balance=balance, by=cast(User, request.user), for_everybody=for_everybody)
        pay_at = "" if order.is_paid or order.processing_at else open_checkout(order=order).url
        return Response(BalancePaymentSerializer({"order": order.number, "pay_at": pay_at}).data, status=201)

    @extend_schema(request=WaiveSerializer, responses=BalanceSerializer)
    @action(detail=True, methods=["post"], permission_classes=STAFF)
    def waive(self, request: Request, pk: str) -> Response:
        """Staff let it off; the seat stays. A repeat changes nothing."""
        form = WaiveSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        balance = waive_balance(balance=self.get_object(), by=cast(User, request.user), **form.validated_data)
        return Response(BalanceSerializer(balance).data)

    @extend_schema(request=ExtendSerializer, responses=BalanceSerializer)
    @action(detail=True, methods=["post"], permission_classes=STAFF)
    def extend(self, request: Request, pk: str) -> Response:
        """Staff set another day, before the workshop begins."""
        form = ExtendSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        balance = extend_balance(balance=self.get_object(), by=cast(User, request.user), **form.validated_data)
        return Response(BalanceSerializer(balance).data)
