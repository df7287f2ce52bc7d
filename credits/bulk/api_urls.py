from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.bulk import api

router = SimpleRouter()
router.register("bulk-changes", api.BulkViewSet, basename="bulk")

urlpatterns = [
    path("bulk-changes/begin/", api.BeginBulkView.as_view(), name="bulk-begin"),
    path("bulk-changes/<int:pk>/confirm/", api.ConfirmBulkView.as_view(), name="bulk-confirm"),
    path("bulk-changes/<int:pk>/discard/", api.DiscardBulkView.as_view(), name="bulk-discard"),
    path("", include(router.urls)),
]
