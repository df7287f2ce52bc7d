from django.urls import path

from workshops.demand import views

urlpatterns = [
    path("", views.pin_create, name="pin_create"),
    path("<str:token>/", views.pin_detail, name="pin_detail"),
    path("<str:token>/confirm/", views.pin_confirm, name="pin_confirm"),
    path("<str:token>/renew/", views.pin_renew, name="pin_renew"),
    path("<str:token>/withdraw/", views.pin_withdraw, name="pin_withdraw"),
]
