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
    path("", include("workshops.waiting.api_urls")),
    path("", include("workshops.leaving.api_urls")),
    path("", include(router.urls)),
]
