from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.closed_cycles import api

router = SimpleRouter()
router.register("closed-cycles", api.ClosedCycleViewSet, basename="closed-cycle")

urlpatterns = [
    path("closed-cycles/<int:pk>/decide/", api.DecideView.as_view(), name="closed-cycle-decide"),
    path("", include(router.urls)),
]
