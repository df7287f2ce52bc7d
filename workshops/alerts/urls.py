from django.urls import path

from workshops.alerts import views
from workshops.alerts.kind import ALERTS
from workshops.asking import pages

urlpatterns = [
    path("", views.alert_list, name="alert_list"),
    path("new/", views.alert_create, name="alert_create"),
    path("<str:token>/", pages.asked_detail, {"kind": ALERTS}, name="alert_detail"),
    path("<str:token>/confirm/", pages.asked_confirm, {"kind": ALERTS}, name="alert_confirm"),
    path("<str:token>/renew/", pages.asked_renew, {"kind": ALERTS}, name="alert_renew"),
    path("<str:token>/stop/", pages.asked_stop, {"kind": ALERTS}, name="alert_stop"),
]
