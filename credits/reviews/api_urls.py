from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.reviews import api

router = SimpleRouter()
router.register("flags", api.FlagViewSet, basename="flag")

urlpatterns = [
    path("licences/<int:pk>/held/", api.HeldView.as_view(), name="licence-held"),
    path("awards/<int:pk>/hold/", api.HoldAwardView.as_view(), name="award-hold"),
    path("awards/<int:pk>/release/", api.ReleaseAwardView.as_view(), name="award-release"),
    path("flags/<int:pk>/lift/", api.LiftFlagView.as_view(), name="flag-lift"),
    path("", include(router.urls)),
]
