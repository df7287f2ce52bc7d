from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.imports import api

router = SimpleRouter()
router.register("imports", api.ImportViewSet, basename="import")

urlpatterns = [
    path("imports/begin/", api.BeginImportView.as_view(), name="import-begin"),
    path("imports/<int:pk>/confirm/", api.ConfirmImportView.as_view(), name="import-confirm"),
    path("imports/<int:pk>/discard/", api.DiscardImportView.as_view(), name="import-discard"),
    path("imports/<int:pk>/undo/", api.UndoImportView.as_view(), name="import-undo"),
    path("", include(router.urls)),
]
