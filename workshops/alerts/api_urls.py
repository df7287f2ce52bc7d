from django.urls import path

from workshops.alerts import api

urlpatterns = [
    path("alerts/", api.AlertListView.as_view(), name="alert-list"),
    path("alerts/<str:token>/", api.AlertView.as_view(), name="alert-detail"),
    path("alerts/<str:token>/confirm/", api.AlertConfirmView.as_view(), name="alert-confirm"),
    path("alerts/<str:token>/renew/", api.AlertRenewView.as_view(), name="alert-renew"),
    path("alerts/<str:token>/stop/", api.AlertStopView.as_view(), name="alert-stop"),
]
