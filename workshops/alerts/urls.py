from django.urls import path

from workshops.alerts import views

urlpatterns = [
    path("", views.alert_list, name="alert_list"),
    path("new/", views.alert_create, name="alert_create"),
    path("<str:token>/", views.alert_detail, name="alert_detail"),
    path("<str:token>/confirm/", views.alert_confirm, name="alert_confirm"),
    path("<str:token>/renew/", views.alert_renew, name="alert_renew"),
    path("<str:token>/stop/", views.alert_stop, name="alert_stop"),
]
