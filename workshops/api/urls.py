from django.urls import include, path
from rest_framework.routers import SimpleRouter

from workshops.api import views

app_name = "workshops_api"

router = SimpleRouter()
router.register("seats", views.SeatViewSet, basename="seat")
router.register("", views.WorkshopViewSet, basename="workshop")

urlpatterns = [
    path("", include("workshops.alerts.api_urls")),
    path("", include("workshops.demand.api_urls")),
    path("<slug:slug>/register/", views.RegisterView.as_view(), name="workshop-register"),
    path("<slug:slug>/cancel/", views.CancelSeatView.as_view(), name="workshop-cancel"),
    path("", include(router.urls)),
]
