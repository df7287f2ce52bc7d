from typing import Any

from django.urls import path

from workshops.asking.api import AskedConfirmView, AskedRenewView, AskedStopView
from workshops.demand import api
from workshops.demand.kind import PINS

PIN: dict[str, Any] = {"kind": PINS, "serializer_class": api.PinSerializer}

urlpatterns = [
    path("pins/", api.PinListView.as_view(), name="pin-list"),
    path("pins/<str:token>/", api.PinView.as_view(**PIN), name="pin-detail"),
    path("pins/<str:token>/confirm/", AskedConfirmView.as_view(**PIN), name="pin-confirm"),
    path("pins/<str:token>/renew/", AskedRenewView.as_view(**PIN), name="pin-renew"),
    path("pins/<str:token>/withdraw/", AskedStopView.as_view(**PIN), name="pin-withdraw"),
    path("demand/", api.TownListView.as_view(), name="town-list"),
    path("demand/calls/", api.CallListView.as_view(), name="call-list"),
    path("demand/calls/<int:pk>/draft/", api.CallDraftView.as_view(), name="call-draft"),
    path("demand/calls/<int:pk>/aside/", api.CallAsideView.as_view(), name="call-aside"),
    path("demand/thresholds/", api.ThresholdListView.as_view(), name="threshold-list"),
    path("demand/thresholds/<slug:level>/", api.ThresholdView.as_view(), name="threshold-detail"),
    path("<slug:slug>/first-booking/", api.FirstBookingView.as_view(), name="first-booking"),
]
