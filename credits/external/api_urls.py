from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.external import api

router = SimpleRouter()
router.register("external/queue", api.ExternalQueueViewSet, basename="external-queue")
router.register("external", api.ExternalViewSet, basename="external")

urlpatterns = [
    path("external/add/", api.AddExternalView.as_view(), name="external-add"),
    path("external/<int:pk>/correct/", api.CorrectExternalView.as_view(), name="external-correct"),
    path("external/<int:pk>/withdraw/", api.WithdrawExternalView.as_view(), name="external-withdraw"),
    path("external/<int:pk>/review/", api.ReviewExternalView.as_view(), name="external-review"),
    path("external/proofs/<int:pk>/", api.ExternalProofView.as_view(), name="external-proof"),
    path("", include(router.urls)),
]
