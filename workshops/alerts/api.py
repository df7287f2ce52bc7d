"""Alerts over the API, by the same links as the pages."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.limits import check_limit
from workshops.alerts import services
from workshops.alerts.views import ALERT_RATE
from workshops.asking.links import link_token, read_link
from workshops.demand.api import SentSerializer
from workshops.models import SearchAlert
from workshops.models.asking import AskedQuerySet
from workshops.near.api import SearchSerializer, search_of


class AlertSerializer(serializers.ModelSerializer):
    """An alert. `token` is the key to it, as in the link of its mail; `search` the parameters of the search it watches."""

    token = serializers.SerializerMethodField()

    class Meta:
        model = SearchAlert
        fields = ["token", "state", "search", "words", "pace", "expires_on"]

    def get_token(self, alert: SearchAlert) -> str:
        return link_token(alert)


class PaceSerializer(serializers.Serializer):
    pace = serializers.ChoiceField(choices=SearchAlert.Pace.choices, default=SearchAlert.Pace.DAILY)


class NewAlertSerializer(PaceSerializer):
    email = serializers.EmailField(required=False, help_text="Of somebody who is not signed in; it is written to and has to be confirmed.")


class AlertListView(ListAPIView):
    """GET: the caller's own. POST: watch the search in the address; a stranger's alert has to be confirmed by mail."""

    serializer_class = AlertSerializer
    queryset = SearchAlert.objects.none()

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    def get_queryset(self) -> AskedQuerySet:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return SearchAlert.objects.none()
        return SearchAlert.objects.asked_by(self.request.user).exclude(state=SearchAlert.State.UNCONFIRMED)

    @extend_schema(parameters=[SearchSerializer], request=NewAlertSerializer, responses={201: AlertSerializer, 202: SentSerializer})
    def post(self, request: Request) -> Response:
        search = search_of(request)
        form = NewAlertSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        pace, email = form.validated_data["pace"], form.validated_data.get("email", "")
        if not request.user.is_authenticated and not email:
            raise serializers.ValidationError({"email": "Sign in, or give an address to confirm."})
        check_limit(request, group="alerts", rate=ALERT_RATE)
        if request.user.is_authenticated:
            return Response(AlertSerializer(services.set_alert(search=search, pace=pace, user=request.user)).data, status=201)
        services.set_alert(search=search, pace=pace, email=email)
        return Response({"sent_to": email}, status=202)


def _alert(token: str) -> SearchAlert:
    alert = read_link(token, SearchAlert)
    if alert is None:
        raise Http404
    return alert


class AlertView(APIView):
    """GET, PUT: one alert, by its token."""

    permission_classes = [AllowAny]

    @extend_schema(responses=AlertSerializer)
    def get(self, request: Request, token: str) -> Response:
        return Response(AlertSerializer(_alert(token)).data)

    @extend_schema(request=PaceSerializer, responses=AlertSerializer)
    def put(self, request: Request, token: str) -> Response:
        alert = _alert(token)
        form = PaceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(AlertSerializer(services.change_alert(alert=alert, pace=form.validated_data["pace"])).data)


class AlertConfirmView(APIView):
    """POST: confirm it. Calling again changes nothing."""

    permission_classes = [AllowAny]

    @extend_schema(request=None, responses=AlertSerializer)
    def post(self, request: Request, token: str) -> Response:
        return Response(AlertSerializer(services.confirm_alert(alert=_alert(token))).data)


class AlertRenewView(APIView):
    """POST: watch for a year from today, or again."""

    permission_classes = [AllowAny]

    @extend_schema(request=None, responses=AlertSerializer)
    def post(self, request: Request, token: str) -> Response:
        return Response(AlertSerializer(services.renew_alert(alert=_alert(token))).data)


class AlertStopView(APIView):
    """POST: no more mail. Calling again changes nothing."""

    permission_classes = [AllowAny]

    @extend_schema(request=None, responses=AlertSerializer)
    def post(self, request: Request, token: str) -> Response:
        return Response(AlertSerializer(services.stop_alert(alert=_alert(token))).data)
