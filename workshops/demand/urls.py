from django.urls import path

from workshops.asking import pages
from workshops.demand import views
from workshops.demand.kind import PINS
from workshops.near.maps import map_page

urlpatterns = [
    path("", views.pin_create, name="pin_create"),
    path("<str:token>/", map_page(pages.asked_detail), {"kind": PINS}, name="pin_detail"),
    path("<str:token>/confirm/", pages.asked_confirm, {"kind": PINS}, name="pin_confirm"),
    path("<str:token>/renew/", pages.asked_renew, {"kind": PINS}, name="pin_renew"),
    path("<str:token>/withdraw/", pages.asked_stop, {"kind": PINS}, name="pin_withdraw"),
]
