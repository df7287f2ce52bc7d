"""Alerts over the API, by the same links as the pages."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from workshops.alerts.kind import ALERTS
from workshops.alerts.services import set_alert
from workshops.asking.api import AskedDetailView, AskedListView, AskedSerializer, AskerSerializer, SentSerializer
from workshops.models import SearchAlert
from workshops.near.api import SearchSerializer, search_of


class AlertSerializer(AskedSerializer):
    """An alert. `token` is the key to it, as in the link of its mail; `search` the parameters of the search it watches."""

    class Meta:
        model = SearchAlert
        fields = ["token", "state", "search", "words", "pace", "expires_on"]


class PaceSerializer(serializers.Serializer):
    pace = serializers.ChoiceField(choices=SearchAlert.Pace.choices, default=SearchAlert.Pace.DAILY)

    @property
    def wish(self) -> str:
        return str(self.validated_data["pace"])


class NewAlertSerializer(PaceSerializer, AskerSerializer):
    """How often it writes, and to whom."""


class AlertListView(AskedListView):
    """GET: the caller's own. POST: watch the search in the address; a stranger's alert has to be confirmed by mail."""

    kind = ALERTS
    serializer_class = AlertSerializer
    queryset = SearchAlert.objects.none()

    @extend_schema(parameters=[SearchSerializer], request=NewAlertSerializer, responses={201: AlertSerializer, 202: SentSerializer})
    def post(self, request: Request) -> Response:
        search, form = search_of(request), NewAlertSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.ask(request, form, lambda user, email: set_alert(search=search, pace=form.wish, user=user, email=email))


class AlertView(AskedDetailView):
    """GET, PUT: one alert, by its token."""

    @extend_schema(request=PaceSerializer)
    def put(self, request: Request, token: str) -> Response:
        return self.change(token, PaceSerializer(data=request.data))
