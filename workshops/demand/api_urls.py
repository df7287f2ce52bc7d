from django.urls import path

from workshops.demand import api

urlpatterns = [
    path("pins/", api.PinListView.as_view(), name="pin-list"),
    path("pins/<str:token>/", api.PinView.as_view(), name="pin-detail"),
    path("pins/<str:token>/confirm/", api.PinConfirmView.as_view(), name="pin-confirm"),
    path("pins/<str:token>/renew/", api.PinRenewView.as_view(), name="pin-renew"),
    path("pins/<str:token>/withdraw/", api.PinWithdrawView.as_view(), name="pin-withdraw"),
    path("demand/", api.TownListView.as_view(), name="town-list"),
    path("demand/calls/", api.CallListView.as_view(), name="call-list"),
    path("demand/calls/<int:pk>/draft/", api.CallDraftView.as_view(), name="call-draft"),
    path("demand/calls/<int:pk>/aside/", api.CallAsideView.as_view(), name="call-aside"),
    path("demand/thresholds/", api.ThresholdListView.as_view(), name="threshold-list"),
    path("demand/thresholds/<slug:level>/", api.ThresholdView.as_view(), name="threshold-detail"),
    path("<slug:slug>/first-booking/", api.FirstBookingView.as_view(), name="first-booking"),
]
