from typing import Any

from django.urls import path

from workshops.alerts.api import AlertListView, AlertSerializer, AlertView
from workshops.alerts.kind import ALERTS
from workshops.asking import api

ALERT: dict[str, Any] = {"kind": ALERTS, "serializer_class": AlertSerializer}

urlpatterns = [
    path("alerts/", AlertListView.as_view(), name="alert-list"),
    path("alerts/<str:token>/", AlertView.as_view(**ALERT), name="alert-detail"),
    path("alerts/<str:token>/confirm/", api.AskedConfirmView.as_view(**ALERT), name="alert-confirm"),
    path("alerts/<str:token>/renew/", api.AskedRenewView.as_view(**ALERT), name="alert-renew"),
    path("alerts/<str:token>/stop/", api.AskedStopView.as_view(**ALERT), name="alert-stop"),
]
