from django.urls import path

from credits.audits import api

urlpatterns = [
    path("audit-packs/", api.PackListView.as_view(), name="audit-pack-list"),
    path("audit-packs/request/", api.RequestPackView.as_view(), name="audit-pack-request"),
    path("audit-packs/<int:pk>/", api.PackView.as_view(), name="audit-pack-detail"),
    path("audit-packs/<int:pk>/file/", api.PackFileView.as_view(), name="audit-pack-file"),
    path("audit-packs/<int:pk>/again/", api.MakePackAgainView.as_view(), name="audit-pack-again"),
    path("audit-packs/<int:pk>/remove/", api.RemovePackView.as_view(), name="audit-pack-remove"),
]
