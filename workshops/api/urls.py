from django.urls import include, path
from rest_framework.routers import SimpleRouter

from workshops.api import views
from workshops.cancelling import api as cancelling
from workshops.moving.api import SeatMoveView

app_name = "workshops_api"

router = SimpleRouter()
router.register("seats", views.SeatViewSet, basename="seat")
router.register("", views.WorkshopViewSet, basename="workshop")

urlpatterns = [
    path("", include("workshops.alerts.api_urls")),
    path("", include("workshops.demand.api_urls")),
    path("", include("workshops.roster.api_urls")),
    path("", include("workshops.checkin.api_urls")),
    path("", include("workshops.near.api_urls")),
    path("", include("workshops.schedule.planning_urls")),
    path("", include("workshops.waiting.api_urls")),
    path("", include("workshops.leaving.api_urls")),
    path("<slug:slug>/move/", SeatMoveView.as_view(), name="seat-move"),
    path("<slug:slug>/choose/", cancelling.CallOffChooseView.as_view(), name="call-off-choose"),
    path("<slug:slug>/call-off/", cancelling.CallOffView.as_view(), name="call-off"),
    path("<slug:slug>/call-off/plan/", cancelling.CallOffPlanView.as_view(), name="call-off-plan"),
    path("<slug:slug>/call-off/again/", cancelling.CallOffAgainView.as_view(), name="call-off-again"),
    path("", include("workshops.transferring.api_urls")),
    path("", include("workshops.booking.api_urls")),
    path("<slug:slug>/", include("workshops.schedule.api_urls")),
    path("", include(router.urls)),
]
